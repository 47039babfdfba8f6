"""Signing in: password, second factor, recovery codes, sessions; on a node that is no demonstration."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from comity.accounts import FRESH_S, addresses, audit, factors, fresh, sessions
from comity.journal.models import Journal
from comity.kernel.errors import ConflictError, FormatError
from comity.node import settings as base
from tests import node
from tests.people import code, sign_in

PASSWORD = "three-dry-stones"


class Quick(Argon2PasswordHasher):
    """As the node's own, but for the work that it makes: these tests sign in often."""

    time_cost, memory_cost, parallelism = 1, 64, 1


# What a virtual key of Chromium answered when it was added.
CREDENTIAL: dict[str, Any] = {
    "type": "public-key",
    "id": "AbCPC4NmkxDPyx50UF71qknYfkRXx6CxQf75DAMNB_w",
    "rawId": "AbCPC4NmkxDPyx50UF71qknYfkRXx6CxQf75DAMNB_w",
    "response": {
        "clientDataJSON": (
            "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoicm1TWUpQOEd2STJ6Y2ZHVERKUVlYOG1LS2FTc1ktYkpO"
            "NHluZkZHVHB2ZyIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6NDYwOTMiLCJjcm9zc09yaWdpbiI6ZmFsc2V9"
        ),
        "attestationObject": (
            "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NBAAAAAQAAAAAAAAAA"
            "AAAAAAAAAAAAIAGwjwuDZpMQz8sedFBe9apJ2H5EV8egsUH--QwDDQf8pQECAyYgASFYIAWO11x3p50L6Bzaeylu3q1gTmvL9Pfj"
            "9rBSP44n9DU_IlggSmGrlMPiDdNkDyy1Nv00II9IWR4wCJmlc1FffibDHec"
        ),
    },
    "clientExtensionResults": {},
}
# Well formed, and about nothing that was asked.
FORGED = json.dumps(
    {**CREDENTIAL, "response": {**CREDENTIAL["response"], "authenticatorData": "AA", "signature": "AA"}}
)
EMPTY = json.dumps({**CREDENTIAL, "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}})
HASH = Quick().encode(PASSWORD, Quick().salt())


@pytest.fixture(autouse=True)
def real(journal: Journal, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the middle of a half minute, and it stays there: codes do not pass by while a test runs.
    now = time.time() // 30 * 30 + 15.0
    monkeypatch.setattr("time.time", lambda: now)
    settings.PASSWORD_HASHERS = [f"{__name__}.Quick", *settings.PASSWORD_HASHERS[1:]]
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})


def somebody(name: str = "anna", *roles: str, email: str = "") -> User:
    person = node.user(name, *(roles or ("viewer",)))
    person.password = HASH
    person.save()
    addresses.give(person, email or f"{name}@office.example")
    return person


def with_app(person: User) -> str:
    """Give him an authenticator app; its secret."""
    TOTP.activate(person, secret := generate_totp_secret())
    return secret


def enter(name: str = "anna", password: str = PASSWORD, client: Client | None = None, **more: Any) -> Any:
    client = client or Client(raise_request_exception=False)
    return client.post("/sign-in/", {"username": name, "password": password, **more})


def in_session(client: Client) -> bool:
    return "_auth_user_id" in client.session


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


# Second factors


@pytest.mark.parametrize("role", sorted(factors.ROLES))
def test_who_signs_or_approves_is_led_to_set_up_a_second_factor_before_anything_else(role: str) -> None:
    person = somebody("anna", role)
    client = sign_in(person)
    for path in ("/", "/search", "/exchange", "/agreement", "/help"):
        assert client.get(path)["Location"] == "/account", path
    assert client.get("/api/v1/rights").status_code == 403
    page = client.get("/account").content.decode()
    assert "needs a second factor" in page
    for path in ("/account/app", "/account/key", "/verify"):
        assert client.get(path).status_code == 200, path
    assert client.post("/sign-out").status_code == 302


def test_a_role_that_only_reads_needs_none() -> None:
    client = sign_in(somebody("anna", "viewer", "clerk", "examiner", "auditor"))
    assert client.get("/search").status_code == 200
    assert "needs a second factor" not in client.get("/account").content.decode()


def test_the_demonstration_demands_none_and_says_so(settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": True})
    client = sign_in(somebody("anna", "operator"))
    assert client.get("/search").status_code == 200
    assert "A node with demonstration data does not demand one" in client.get("/account").content.decode()


def test_setting_up_an_app_opens_the_node_and_shows_the_recovery_codes_once() -> None:
    person = somebody("anna", "operator")
    client = sign_in(person)
    page = client.get("/account/app").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page)[1]  # type: ignore[index]
    assert "<svg" in page
    assert "style=" not in page
    assert client.post("/account/app", {"code": "000000"}).status_code == 200
    assert client.post("/account/app", {"code": code(secret)})["Location"] == "/account/recovery"
    # From now on it takes the factor itself to change how one signs in.
    asked = client.get("/account/recovery")
    assert asked["Location"] == "/account/confirm/code?next=%2Faccount%2Frecovery"
    assert client.post(asked["Location"], {"code": code(secret), "next": "/account/recovery"})["Location"] == (
        "/account/recovery"
    )
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/account/recovery").content.decode())
    assert len(set(codes)) == 10
    assert not re.findall(r"<li>\d{8}</li>", client.get("/account/recovery").content.decode())
    assert client.get("/search").status_code == 200


def test_secrets_of_factors_are_not_in_clear_in_the_database() -> None:
    secret = with_app(person := somebody())
    RecoveryCodes.activate(person)
    kept = "".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in kept
    assert all(one not in kept for one in Authenticator.objects.get(type="recovery_codes").wrap().generate_codes())


def test_password_alone_does_not_sign_in_who_has_a_factor() -> None:
    secret = with_app(somebody("anna", "operator"))
    client = Client()
    assert enter(client=client, next="/exchange")["Location"] == "/sign-in/factor"
    assert not in_session(client)
    assert client.get("/search")["Location"].startswith("/sign-in/")
    assert client.post("/sign-in/factor", {"code": "000000"}).status_code == 200
    assert not in_session(client)
    assert client.post("/sign-in/factor", {"code": code(secret)})["Location"] == "/exchange"
    assert client.get("/search").status_code == 200


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_counts_once(steps: int) -> None:
    secret = with_app(somebody())
    shown = code(secret, steps=steps)
    first, second = Client(), Client()
    for client in (first, second):
        enter(client=client)
    first.post("/sign-in/factor", {"code": shown})
    answer = second.post("/sign-in/factor", {"code": f"{shown[:3]} {shown[3:]}"})
    assert (in_session(first), in_session(second)) == (True, False)
    assert "it was used" in answer.content.decode()


def test_codes_cannot_be_guessed_through() -> None:
    secret = with_app(somebody())
    for i in range(10):
        client = Client(REMOTE_ADDR=f"192.0.2.{i}")
        enter(client=client)
        client.post("/sign-in/factor", {"code": "000000"})
    client = Client(REMOTE_ADDR="192.0.2.99")
    enter(client=client)
    assert "Too many attempts" in client.post("/sign-in/factor", {"code": code(secret)}).content.decode()
    assert not in_session(client)


def test_a_recovery_code_opens_the_account_once() -> None:
    person = somebody()
    with_app(person)
    one = RecoveryCodes.activate(person).generate_codes()[3]
    first, second = Client(), Client()
    for client in (first, second):
        enter(client=client)
        client.post("/sign-in/factor", {"code": one})
    assert (in_session(first), in_session(second)) == (True, False)


def test_the_page_of_the_factor_is_not_reached_without_the_password() -> None:
    with_app(somebody())
    client = Client()
    assert client.get("/sign-in/factor")["Location"] == "/sign-in/"
    assert client.post("/sign-in/factor", {"code": "000000"})["Location"] == "/sign-in/"


def test_the_operator_takes_a_lost_factor_back_and_the_sessions_end() -> None:
    person = somebody("anna", "operator")
    secret = with_app(person)
    client = Client()
    enter(client=client)
    client.post("/sign-in/factor", {"code": code(secret)})
    assert factors.reset(person) == 1
    assert client.get("/search")["Location"].startswith("/sign-in/")
    assert enter(client=client)["Location"] == "/"
    assert client.get("/search")["Location"] == "/account"


# What signs or approves


def asked(client: Client, person: User) -> HttpRequest:
    request = RequestFactory().get("/letters/new?x=1")
    request.session = client.session  # type: ignore[assignment]
    request.user = person
    return request


@fresh.fresh
def signing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("signed")


@pytest.mark.parametrize(
    ("method", "ago_s", "app", "wanted"),
    [
        ("mfa", 0, True, True),
        ("mfa", FRESH_S - 60, True, True),
        ("mfa", FRESH_S + 1, True, False),
        ("password", 0, True, False),
        ("password", 0, False, False),
    ],
)
def test_only_a_second_factor_of_late_signs(method: str, ago_s: float, app: bool, wanted: bool) -> None:
    person = somebody("anna", "head")
    if app:
        with_app(person)
    request = asked(sign_in(person, method=method, ago_s=ago_s), person)
    assert fresh.verified(request) is wanted
    answer = signing(request)
    if wanted:
        assert answer.content == b"signed"
    else:
        page = "/account/confirm/code" if app else "/account"
        assert answer["Location"] == f"{page}?next=%2Fletters%2Fnew%3Fx%3D1"


def test_in_the_demonstration_the_password_of_late_signs(settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": True})
    person = somebody("anna", "head")
    assert fresh.verified(asked(sign_in(person), person))
    late = asked(sign_in(person, ago_s=FRESH_S + 1), person)
    assert signing(late)["Location"].startswith("/account/confirm?next=")
    with_app(person)
    assert not fresh.verified(asked(sign_in(person), person))


def test_what_another_proved_in_this_browser_counts_for_nobody_else() -> None:
    anna, boris = somebody("anna", "head"), somebody("boris", "head")
    with_app(boris)
    assert not fresh.verified(asked(sign_in(anna, method="mfa"), boris))


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


@pytest.mark.parametrize(
    "said", ["", "x", "{}", "[]", "null", "7", '{"id": 1}', '{"response": {}, "id": "AA"}', "[" * 99]
)
def test_what_is_no_answer_of_a_key_is_refused_and_not_stumbled_over(said: str) -> None:
    person = somebody()
    Authenticator.objects.create(user=person, type="webauthn", data={"name": "ring", "credential": CREDENTIAL})
    client = Client(raise_request_exception=False)
    enter(client=client)
    answer = client.post("/sign-in/factor", {"credential": said})
    assert (answer.status_code, in_session(client)) == (200, False)
    inside = sign_in(person, method="mfa", raise_request_exception=False)
    inside.get("/account/confirm/key")
    assert inside.post("/account/confirm/key", {"credential": said}).status_code == 200
    inside.get("/account/key")
    assert inside.post("/account/key", {"credential": said, "name": "second"}).status_code == 200
    assert Authenticator.objects.filter(type="webauthn").count() == 1
