"""Signing in: password, lock-out, sessions, and what the audit trail tells; on a node that is no demonstration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from comity.accounts import addresses, audit, factors, sessions
from comity.kernel.errors import ConflictError, FormatError
from comity.node import settings as base
from tests.people import PASSWORD, code, enter, real, sign_in, somebody, with_app

__all__ = ["real"]


@pytest.mark.parametrize("name", ["anna@office.example", "ANNA@Office.Example", " anna@office.example ", "anna"])
def test_address_or_name_and_password_sign_in(name: str) -> None:
    somebody()
    client = Client()
    assert enter(name, client=client)["Location"] == "/"
    assert client.get("/search").status_code == 200


def test_a_password_is_hashed_with_argon2_and_an_older_hash_is_made_anew_at_sign_in() -> None:
    person = somebody()
    assert base.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    person.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    person.save()
    enter()
    person.refresh_from_db()
    assert person.password.startswith("argon2$")


def test_nobody_signs_up() -> None:
    for path in ("/accounts/signup/", "/sign-up", "/accounts/password/reset/", "/accounts/email/"):
        assert Client(raise_request_exception=False).get(path).status_code == 404


def test_ten_failures_close_the_door_for_name_and_address_together() -> None:
    somebody()
    for i in range(10):
        name = "anna" if i % 2 else "anna@office.example"
        assert enter(name, "no", Client(REMOTE_ADDR=f"192.0.2.{i}")).status_code == 200
    right = enter(client=Client(REMOTE_ADDR="192.0.2.99", raise_request_exception=False))
    assert right.status_code == 429
    # Another account is not concerned.
    somebody("boris")
    assert enter("boris").status_code == 302


def test_another_host_name_of_the_node_opens_no_second_round(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    somebody()
    for i in range(10):
        enter("anna", "no", Client(REMOTE_ADDR=f"192.0.2.{i}"))
    client = Client(REMOTE_ADDR="192.0.2.99", headers={"host": "other.example"})
    assert enter(client=client).status_code == 429


def test_failures_are_counted_where_every_web_process_sees_them(settings: Any) -> None:
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


def test_addresses_behind_a_proxy_are_told_apart_as_the_settings_say(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    somebody()
    for _ in range(10):
        enter("nobody", "no", Client(headers={"x-forwarded-for": "203.0.113.9, 192.0.2.1"}))
    assert enter(client=Client(headers={"x-forwarded-for": "203.0.113.9, 192.0.2.1"})).status_code == 429
    assert enter(client=Client(headers={"x-forwarded-for": "203.0.113.9, 192.0.2.2"})).status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http://localhost/x"],
)
def test_one_is_led_nowhere_but_back_to_this_node(target: str) -> None:
    somebody()
    assert enter(next=target)["Location"] == "/"
    assert f'value="{target}"' not in Client().get("/sign-in/", {"next": target}).content.decode()


def test_one_is_led_back_to_the_page_that_was_asked_for() -> None:
    somebody()
    assert enter(next="/exchange?x=1")["Location"] == "/exchange?x=1"


def test_a_closed_account_is_told_so_only_with_its_password() -> None:
    person = somebody()
    person.is_active = False
    person.save()
    assert "do not match" in enter(password="no").content.decode()
    closed = enter()
    assert closed.status_code == 403
    assert "This account is closed" in closed.content.decode()


# Sessions and the password


def test_a_session_is_ended_from_elsewhere() -> None:
    somebody()
    here, there = Client(headers={"user-agent": "here"}), Client(headers={"user-agent": "there"})
    enter(client=here)
    enter(client=there)
    page = here.get("/account").content.decode()
    number = re.search(r"/account/sessions/(\d+)/end", page)[1]  # type: ignore[index]
    assert "there" in page
    assert here.post(f"/account/sessions/{number}/end").status_code == 302
    assert here.get("/search").status_code == 200
    assert there.get("/search")["Location"].startswith("/sign-in/")


def test_nobody_ends_anothers_session() -> None:
    somebody("anna")
    somebody("boris")
    anna, boris = Client(), Client(raise_request_exception=False)
    enter("anna", client=anna)
    enter("boris", client=boris)
    number = UserSession.objects.get(user__username="anna").pk
    assert boris.post(f"/account/sessions/{number}/end").status_code == 404
    boris.post("/account/sessions/end")
    assert anna.get("/search").status_code == 200


def test_sessions_that_have_run_out_are_forgotten() -> None:
    somebody()
    here, there = Client(), Client()
    enter(client=here)
    enter(client=there)
    Session.objects.filter(session_key=there.session.session_key).update(expire_date=timezone.now())
    assert sessions.forget() == 1
    assert UserSession.objects.get().session_key == here.session.session_key
    assert here.get("/search").status_code == 200


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one() -> None:
    somebody()
    here, there = Client(), Client()
    enter(client=here)
    enter(client=there)
    new = {"password1": "four-wet-stones-x", "password2": "four-wet-stones-x"}
    assert "another" in here.post("/account/password", {"oldpassword": "no", **new}).content.decode()
    assert (
        "not the same"
        in here.post("/account/password", {"oldpassword": PASSWORD, **new, "password2": "a"}).content.decode()
    )
    weak = here.post("/account/password", {"oldpassword": PASSWORD, "password1": "anna", "password2": "anna"})
    assert weak.status_code == 200
    assert here.post("/account/password", {"oldpassword": PASSWORD, **new})["Location"] == "/account"
    assert here.get("/search").status_code == 200
    assert there.get("/search")["Location"].startswith("/sign-in/")


def test_an_address_belongs_to_one_account() -> None:
    anna, boris = somebody("anna"), somebody("boris")
    with pytest.raises(ConflictError):
        addresses.give(boris, "Anna@office.example")
    with pytest.raises(FormatError):
        addresses.give(boris, "no address")
    assert addresses.owner("ANNA@office.example") == anna
    anna.is_active = False
    anna.save()
    assert addresses.owner("anna@office.example") is None
    assert addresses.taken("anna@office.example")


def test_every_page_of_an_account_is_closed_to_foreign_code(tmp_path: Path) -> None:
    client = sign_in(somebody())
    for path in ("/account", "/account/app", "/account/key", "/account/password", "/account/recovery/new"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "unsafe" not in answer["Content-Security-Policy"]
        # A script without an address would stand in the page itself.
        assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|style=", answer.content.decode()), path


# The trail


def trail() -> list[tuple[str, str, str, str]]:
    """Person, event, about, what changed; the oldest first. Roles are another's."""
    rows = reversed(audit.events(audit.Query()))
    kept = [row for row in rows if row.event != audit.ROLE]
    return [
        (row.person, row.event, row.about, row.details.get("change", row.details.get("factor", ""))) for row in kept
    ]


def test_the_trail_tells_how_somebody_signed_in_and_what_he_changed() -> None:
    person = somebody()
    secret = with_app(person)
    one = RecoveryCodes.activate(person).generate_codes()[0]
    client = Client()
    enter(password="no")
    enter(client=client)
    client.post("/sign-in/factor", {"code": "000000"})
    client.post("/sign-in/factor", {"code": one})
    client.post("/account/app/remove")
    client.post("/account/sessions/end")
    factors.reset(person)
    assert trail() == [
        ("", "account", "anna", "address"),
        ("", "sign-in-failed", "anna", ""),
        ("", "sign-in-failed", "anna", "totp"),
        ("anna", "account", "anna", "recovery code used"),
        ("anna", "sign-in", "", ""),
        ("anna", "account", "anna", "factor removed"),
        ("anna", "account", "anna", "factor removed"),
        ("anna", "account", "anna", "other sessions ended"),
        ("", "account", "anna", "second factor taken back"),
    ]
    kept = "".join(str(row.details) for row in audit.events(audit.Query()))
    assert PASSWORD not in kept
    assert secret not in kept
    assert one not in kept


def test_a_code_that_was_used_before_is_noted_as_wrong() -> None:
    secret = with_app(somebody())
    for _ in range(2):
        client = Client()
        enter(client=client)
        client.post("/sign-in/factor", {"code": code(secret)})
    assert trail()[-1] == ("", "sign-in-failed", "anna", "totp")
