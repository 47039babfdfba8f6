"""Signing in at an identity provider: whose account it is, and what is refused of what the provider says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.test import Client

from comity.accounts import addresses
from comity.accounts.policy import roles
from comity.journal.models import Journal
from comity.node.config import Settings
from tests import node
from tests.identity import CLIENT, SECRET, Identity, identity


@pytest.fixture
def office(journal: Journal, settings: Any, tmp_path: Path) -> Iterator[Identity]:
    secret = tmp_path / "oidc.secret"
    secret.write_text(f"{SECRET}\n")
    with identity() as provider:
        said = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_secret_file": secret}
        settings.COMITY = settings.COMITY.model_copy(update={**said, "oidc_name": "Ministry", "fictional": False})
        yield provider


def somebody(name: str = "anna", role: str = "viewer") -> User:
    person = node.user(name, role)
    addresses.give(person, f"{name}@office.example")
    return person


def begin(office: Identity, client: Client, **form: str) -> dict[str, str]:
    """Leave for the provider; what the node asks it."""
    left = client.post("/sign-in/office", form)
    address = left.headers["Refresh"].removeprefix("0; url=")
    assert address.startswith(f"{office.issuer}/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    office.nonce, office.challenge = asked["nonce"], asked["code_challenge"]
    return asked


def arrive(client: Client, asked: dict[str, str], **instead: str) -> Any:
    return client.get("/sign-in/office/answer", {"code": "code", "state": asked["state"], **instead})


def through(office: Identity, client: Client | None = None, **form: str) -> Any:
    client = client or Client(raise_request_exception=False)
    return arrive(client, begin(office, client, **form))


def signed_in(client: Client) -> str:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else ""


def test_the_node_asks_for_a_code_with_state_nonce_and_pkce(office: Identity) -> None:
    asked = begin(office, Client())
    assert asked["redirect_uri"] == "http://testserver/sign-in/office/answer"
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    again = begin(office, Client())
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_the_sign_in_page_names_the_provider_only_where_there_is_one(office: Identity, settings: Any) -> None:
    assert "Sign in at Ministry" in Client().get("/sign-in/").content.decode()
    settings.COMITY = settings.COMITY.model_copy(update={"oidc_issuer": "", "oidc_name": ""})
    assert "/sign-in/office" not in Client().get("/sign-in/").content.decode()
    assert Client(raise_request_exception=False).post("/sign-in/office").status_code == 404


def test_a_verified_address_finds_the_account_and_the_subject_keeps_it(office: Identity) -> None:
    somebody()
    client = Client()
    assert through(office, client, next="/exchange")["Location"] == "/exchange"
    assert signed_in(client) == "anna"
    # From now on the subject says who it is, whatever his address is there.
    office.userinfo.update(email="other@office.example", email_verified=False)
    again = Client()
    assert through(office, again)["Location"] == "/"
    assert signed_in(again) == "anna"


def test_nothing_of_what_the_provider_says_is_kept_but_the_subject(office: Identity) -> None:
    somebody()
    office.userinfo["phone_number"] = "+375290000000"
    client = Client()
    through(office, client)
    through(office, client)
    account = SocialAccount.objects.get()
    assert (account.uid, account.extra_data) == ("subject-1", {})
    assert not SocialToken.objects.exists()
    assert "+375290000000" not in json.dumps(dict(client.session), default=str)


def test_an_address_that_passed_to_another_subject_does_not_open_the_old_account(office: Identity) -> None:
    somebody()
    through(office)
    office.claims["sub"] = office.userinfo["sub"] = "subject-2"
    assert through(office).status_code == 403


@pytest.mark.parametrize(
    "said",
    [
        {"email": "nobody@office.example"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": ""},
        {"email": "anna"},
    ],
)
def test_who_is_nobody_here_is_refused_and_gets_no_account(office: Identity, said: dict[str, Any]) -> None:
    somebody()
    office.userinfo.update(said)
    client = Client(raise_request_exception=False)
    answer = through(office, client)
    assert answer.status_code == 403
    assert "No account of this node belongs" in answer.content.decode()
    assert signed_in(client) == ""
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("groups", "wanted"), [(["x", "staff"], True), ("staff", True), (["x"], False), ([7, None], False), (None, False)]
)
def test_only_the_claim_of_the_settings_opens_an_account_and_it_has_no_role(
    office: Identity, settings: Any, groups: Any, wanted: bool
) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"oidc_values": ["staff"]})
    office.userinfo.update(email="new@office.example", groups=groups, preferred_username="operator")
    somebody("operator", "operator")
    client = Client(raise_request_exception=False)
    answer = through(office, client)
    assert answer.status_code == (302 if wanted else 403)
    made = User.objects.filter(email="new@office.example").first()
    assert (made is not None) is wanted
    if made is not None:
        assert made.username != "operator"
        assert not made.has_usable_password()
        assert roles(made) == frozenset()
        assert addresses.owner("new@office.example") == made
        assert client.get("/search").status_code == 403
        assert client.get("/account").status_code == 200


def test_a_claim_does_not_open_an_account_that_somebody_has(office: Identity, settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"oidc_values": ["staff"]})
    somebody().emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
    office.userinfo["groups"] = ["staff"]
    assert through(office).status_code == 403
    assert User.objects.count() == 1


LIES: dict[str, Any] = {
    "a token of another sign-in": lambda o: o.claims.update(nonce="another"),
    "a token without nonce": lambda o: o.claims.update(nonce=None),
    "a token of another issuer": lambda o: o.claims.update(iss="http://localhost:1"),
    "a description of another issuer": lambda o: o.description.update(issuer="https://evil.example"),
    "a description without keys": lambda o: o.description.pop("jwks_uri"),
    "a token for another client": lambda o: o.claims.update(aud="another"),
    "a token that another may use": lambda o: o.claims.update(aud=[CLIENT, "another"], azp="another"),
    "a token that has expired": lambda o: o.claims.update(exp=o.claims["exp"] - 3600),
    "a token without end": lambda o: o.claims.pop("exp"),
    "a token about nobody": lambda o: o.claims.pop("sub"),
    "a token signed by another": lambda o: setattr(o, "signs_with", o.other_key),
    "a token by a key that is not there": lambda o: setattr(o, "kid", "two"),
    "somebody else's particulars": lambda o: o.userinfo.update(sub="subject-2"),
    "particulars of nobody": lambda o: o.userinfo.pop("sub"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_of_the_provider_signs_nobody_in(office: Identity, lie: str) -> None:
    somebody()
    client = Client(raise_request_exception=False)
    asked = begin(office, client)
    LIES[lie](office)
    answer = arrive(client, asked)
    assert answer.status_code == 403
    assert "not accepted" in answer.content.decode()
    assert signed_in(client) == ""


@pytest.mark.parametrize("forger", ["unsigned", "by_public_key"])
def test_a_token_that_anybody_could_have_made_is_refused(office: Identity, forger: str) -> None:
    somebody()
    office.forged = getattr(office, forger)
    client = Client(raise_request_exception=False)
    assert through(office, client).status_code == 403
    assert signed_in(client) == ""


@pytest.mark.parametrize("lie", ["a description of another issuer", "a description without keys"])
def test_nobody_is_led_by_a_description_that_is_not_accepted(office: Identity, lie: str) -> None:
    LIES[lie](office)
    left = Client(raise_request_exception=False).post("/sign-in/office")
    assert left.status_code == 403
    assert "Refresh" not in left.headers


@pytest.mark.parametrize("state", ["", "made-up"])
def test_an_answer_that_was_not_asked_for_is_refused(office: Identity, state: str) -> None:
    somebody()
    client = Client(raise_request_exception=False)
    asked = begin(office, client)
    assert arrive(client, asked, state=state).status_code == 403
    assert signed_in(client) == ""


def test_an_answer_counts_once_and_in_its_own_browser_only(office: Identity) -> None:
    somebody()
    mine, other = Client(raise_request_exception=False), Client(raise_request_exception=False)
    asked = begin(office, mine)
    begin_elsewhere = arrive(other, asked)
    assert (begin_elsewhere.status_code, signed_in(other)) == (403, "")
    assert arrive(mine, asked).status_code == 302
    mine.post("/sign-out")
    assert (arrive(mine, asked).status_code, signed_in(mine)) == (403, "")


def test_who_turns_back_at_the_provider_is_told_so(office: Identity) -> None:
    client = Client(raise_request_exception=False)
    asked = begin(office, client)
    answer = client.get("/sign-in/office/answer", {"error": "access_denied", "state": asked["state"]})
    assert answer.status_code == 403
    assert "You did not sign in there" in answer.content.decode()


def test_the_second_factor_of_the_node_is_asked_for_all_the_same(office: Identity) -> None:
    TOTP.activate(somebody(role="operator"), generate_totp_secret())
    client = Client()
    assert through(office, client)["Location"] == "/sign-in/factor"
    assert signed_in(client) == ""


def test_a_closed_account_stays_closed(office: Identity) -> None:
    person = somebody()
    through(office)
    person.is_active = False
    person.save()
    client = Client(raise_request_exception=False)
    assert (through(office, client).status_code, signed_in(client)) == (403, "")


def test_one_is_led_nowhere_but_back_to_this_node(office: Identity) -> None:
    somebody()
    assert through(office, next="https://evil.example/")["Location"] == "/"


def test_a_link_cannot_begin_it_nor_change_what_is_asked(office: Identity) -> None:
    client = Client(raise_request_exception=False)
    assert client.get("/sign-in/office").status_code == 405
    left = client.post("/sign-in/office?scope=admin&auth_params=prompt%3Dnone&process=connect")
    assert "admin" not in left.headers["Refresh"]
    assert "prompt" not in left.headers["Refresh"]


def test_a_provider_that_is_away_is_said_to_be(office: Identity, settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"oidc_issuer": "http://localhost:9"})
    client = Client(raise_request_exception=False)
    answer = client.post("/sign-in/office")
    assert answer.status_code == 504
    assert "did not answer" in answer.content.decode()


@pytest.mark.parametrize(
    ("issuer", "taken"),
    [("https://id.example", True), ("http://localhost:8", True), ("http://id.example", False), ("id.example", False)],
)
def test_a_provider_is_reached_over_https(issuer: str, taken: bool, tmp_path: Path) -> None:
    if taken:
        assert Settings(home=tmp_path, oidc_issuer=issuer).oidc_issuer == issuer
    else:
        with pytest.raises(ValueError, match="https"):
            Settings(home=tmp_path, oidc_issuer=issuer)
