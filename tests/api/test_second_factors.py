"""Second factors: who must have one, what opens an account, what signs; on a node that is no demonstration."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from comity.accounts import FRESH_S, factors, fresh
from comity.web.urls import urlpatterns
from tests.people import code, enter, in_session, real, sign_in, somebody, with_app

__all__ = ["real"]

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


def test_no_page_escapes_the_look_at_the_factor() -> None:
    """The middleware asks the view itself for its action: a view that does not tell it would be open."""
    assert [pattern.name for pattern in urlpatterns if not hasattr(pattern.callback, "action")] == []


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
