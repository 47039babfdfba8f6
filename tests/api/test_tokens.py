"""A token does what its scope holds and its owner may, until it ends."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from typer.testing import CliRunner

from comity.accounts import audit, policy, services
from comity.journal.models import Journal
from comity.kernel import clock
from comity.kernel.errors import FormatError, NotFoundError
from comity.node import commands_people
from comity.node.cli import app
from tests import node
from tests.people import sign_in


def get(token: str, path: str) -> int:
    return int(Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}).status_code)


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        (["open"], (200, 200, 403)),
        (["letters.read"], (403, 403, 200)),
        (["letters.*", "journal.read"], (403, 200, 200)),
        (["*"], (200, 200, 200)),
        # What the person may not, his token may not.
        (["audit.*", "node.watch"], (403, 403, 403)),
    ],
)
def test_a_token_does_what_its_scope_holds(journal: Journal, scopes: list[str], statuses: tuple[int, ...]) -> None:
    token = services.make_token(node.user("anna", "clerk"), scopes=scopes)
    assert tuple(get(token, path) for path in ("rights", "journals", "letters")) == statuses
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_a_service_that_asks_the_policy_is_narrowed_too(journal: Journal) -> None:
    token = services.make_token(node.user("anna", "clerk"), scopes=["letters.read"])
    actor = services.user_of_token(token)
    assert policy.can(actor, "letters.read")
    assert not policy.can(actor, "letters.write")
    assert not policy.can(actor, "accounts.own")


def test_a_token_expires(journal: Journal) -> None:
    anna = node.user("anna", "clerk")
    token = services.make_token(anna, days=2)
    assert get(token, "rights") == 200
    with clock.at(clock.now() + timedelta(days=2)):
        assert services.user_of_token(token) is None
        assert not services.tokens_of(anna)[0].works
        with pytest.raises(NotFoundError):
            services.end_token(token)


@pytest.mark.parametrize(
    ("scopes", "days"), [([], 1), (["letters"], 1), (["letters.fly"], 1), (["*"], 0), (["*"], 4000)]
)
def test_a_token_for_nothing_is_refused(db: None, scopes: list[str], days: int) -> None:
    with pytest.raises(FormatError):
        services.make_token(node.user("anna", "clerk"), scopes=scopes, days=days)


def test_everybody_makes_and_ends_his_own_on_the_page(journal: Journal) -> None:
    client, other = sign_in(node.user("anna", "clerk")), sign_in(node.user("boris", "operator"))
    offered = client.get("/account/tokens").content.decode()
    assert 'value="letters.*"' in offered
    assert 'value="node.*"' not in offered
    refused = client.post("/account/tokens", {"label": "portal", "days": "30", "scopes": ["node.*"]})
    assert refused.status_code == 400
    answer = client.post("/account/tokens", {"label": "portal", "days": "30", "scopes": ["open"]})
    assert answer["Cache-Control"] == "private, no-store"
    [token] = re.findall(r"comity_[\w-]{43}", answer.content.decode())
    assert (get(token, "rights"), get(token, "letters")) == (200, 403)
    page = client.get("/account/tokens").content.decode()
    assert "portal" in page
    assert token not in page
    [view] = services.tokens_of(User.objects.get(username="anna"))
    assert other.post(f"/account/tokens/{view.number}/end").status_code == 404
    assert get(token, "rights") == 200
    assert client.post(f"/account/tokens/{view.number}/end").status_code == 302
    assert get(token, "rights") == 401
    rows = audit.events(audit.Query(event=audit.TOKEN))
    assert [(row.person, row.about, row.details["change"]) for row in rows] == [
        ("anna", "anna", "ended"),
        ("anna", "anna", "made"),
    ]


def test_the_command_line_makes_lists_and_ends_one(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    # The command would choose the node's own database.
    monkeypatch.setattr(commands_people, "node", lambda: None)
    node.user("anna", "clerk")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["token", "anna", *arguments])
        assert done.exit_code == 0, done.output
        return done.output.strip()

    token = run("--label", "portal", "--scope", "letters.read", "--days", "10")
    assert get(token, "letters") == 200
    assert (get(run(), "rights"), get(run(), "letters")) == (200, 403)
    number = services.tokens_of(User.objects.get(username="anna"))[-1].number
    assert "letters.read" in run("--list")
    assert "letters.read" not in run("--end", str(number))
    assert get(token, "letters") == 401
