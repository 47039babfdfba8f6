"""What partners' receipts say is on the pages, in the API and on the command line; deletions not confirmed by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from comity.accounts.services import make_token
from comity.federation import confirmations
from comity.federation.entries import RECEIPT
from comity.federation.models import Partner
from comity.journal import home, services
from comity.journal.fsck import fsck
from comity.journal.models import Cosignature, Journal
from comity.journal.services import Draft
from comity.kernel import clock
from comity.node import cli, commands_partner
from tests import node
from tests.node import ORIGIN

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REFUSED = {"index": 1, "kind": "registers.right", "version": 1, "state": "quarantined", "reason": "No such office."}


@pytest.fixture
def mine(db: None, settings: Any, tmp_path: Path) -> Journal:
    """An own journal of an opening, a right and the redaction of that."""
    with clock.at(NOON):
        journal = node.set_up(settings, tmp_path)
        node.tell(journal, node.MARK)
        services.redact(journal, 1)
        node.sequence(journal)
    return journal


@pytest.fixture
def partner(mine: Journal) -> Partner:
    return Partner.objects.create(party="RU", state=Partner.State.PAIRED, journal=node.partner_tells([]))


@pytest.fixture
def reader(mine: Journal) -> Client:
    client = Client()
    client.force_login(node.user("reader", "examiner"))
    return client


@pytest.fixture
def tells(mine: Journal) -> Callable[..., None]:
    """The partner gives a receipt for the own journal, of the tree that it really has."""

    def tell(start: int, end: int, root: str = "", **more: Any) -> None:
        mine.refresh_from_db()
        root = root or home.store(mine).frontier(min(end, mine.size)).root().hex()
        body = {"origin": ORIGIN, "from": start, "to": end, "root": root, **more}
        with clock.at(NOON + timedelta(hours=1)):
            node.partner_tells([Draft(RECEIPT, 1, f"journal:{ORIGIN}", body)])

    return tell


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def states(journal: Journal) -> list[str]:
    said = confirmations.said_of(journal, range(journal.next_index))
    return [views[0].state for _, views in sorted(said.items())]


def test_a_partner_says_nothing_then_applied_refused_and_settled(
    mine: Journal, partner: Partner, tells: Callable[..., None]
) -> None:
    assert states(mine) == ["nothing"] * 3
    tells(0, 2, refused=[REFUSED])
    assert states(mine) == ["applied", "quarantined", "nothing"]
    tells(2, 3, settled=[1])
    assert states(mine) == ["applied", "settled", "applied"]
    assert [view.entry for view in confirmations.said_of(mine, [0, 1, 2])[1]] == [2]


def test_pages_tell_how_far_the_partner_is_and_what_it_refused(
    mine: Journal, partner: Partner, reader: Client, tells: Callable[..., None]
) -> None:
    assert "no receipt yet" in page(reader, "/exchange")
    tells(0, 2, refused=[REFUSED])
    shown = page(reader, "/exchange")
    assert "up to 2 of 3" in shown
    assert '<a href="/exchange/BY/1">1</a> <b>stored; refused by its rules</b>: No such office.' in shown
    entry = page(reader, "/exchange/BY/1")
    assert "What others said of it" in entry
    assert "No such office." in entry
    assert 'href="/exchange/RU/1"' in entry
    assert "applied" in page(reader, "/exchange/BY/0")


def test_the_api_tells_the_same(mine: Journal, partner: Partner, reader: Client, tells: Callable[..., None]) -> None:
    headers = {"Authorization": f"Bearer {make_token(node.user('program', 'viewer'))}"}

    def ask(path: str) -> Any:
        return Client().get(f"/api/v1/{path}", headers=headers).json()

    assert ask("partners")[0]["answer"] is None
    tells(0, 2, refused=[REFUSED])
    (told,) = ask("partners")
    assert (told["answer"]["end"], told["answer"]["of"], told["answer"]["count"], told["unconfirmed"]) == (2, 3, 1, 1)
    assert told["answer"]["refused"] == [{**REFUSED, "entry": 1, "at": "2026-11-22T13:00:00Z"}]
    assert ask("journals/BY/entries/1")["said"][0]["reason"] == "No such office."
    assert [row["said"][0]["state"] for row in ask("journals/BY/entries")["entries"]] == [
        "nothing",
        "quarantined",
        "applied",
    ]
    assert [(row["party"], row["entry"], row["refused"]) for row in ask("unconfirmed-redactions")] == [("RU", 2, False)]


def test_a_deletion_is_listed_until_a_receipt_covers_it(
    mine: Journal, partner: Partner, reader: Client, tells: Callable[..., None]
) -> None:
    assert confirmations.count_unconfirmed() == {"RU": 1}
    tells(0, 2)
    (late,) = confirmations.unconfirmed()
    assert (late.party, late.entry, late.index, late.about, late.at) == ("RU", 2, 1, "BY/trademark/74512", NOON)
    shown = page(reader, "/exchange")
    assert "Deletions not confirmed" in shown
    assert "BY/trademark/74512" in shown
    tells(2, 3)
    assert confirmations.unconfirmed() == []
    assert confirmations.count_unconfirmed() == {}
    assert "Deletions not confirmed" not in page(reader, "/exchange")


def test_a_deletion_that_the_partner_refused_stays_listed_until_it_is_settled(
    mine: Journal, partner: Partner, reader: Client, tells: Callable[..., None]
) -> None:
    tells(0, 3, refused=[{**REFUSED, "index": 2, "kind": "journal.redaction", "state": "unknown"}])
    assert [view.refused for view in confirmations.unconfirmed()] == [True]
    assert "the partner refused it" in page(reader, "/exchange")
    tells(3, 3, settled=[2])
    assert confirmations.unconfirmed() == []


def test_a_stopped_partner_is_listed_for_what_it_was_given(mine: Journal, partner: Partner) -> None:
    partner.state = Partner.State.STOPPED
    partner.save()
    # It was never shown to hold anything of ours.
    assert confirmations.unconfirmed() == []
    node.cosigned(mine, "RU")
    assert [view.state for view in confirmations.unconfirmed()] == ["stopped"]
    Cosignature.objects.all().delete()
    assert confirmations.count_unconfirmed() == {}


def test_a_receipt_that_cannot_be_true_is_shown_as_doubtful(
    mine: Journal, partner: Partner, reader: Client, tells: Callable[..., None]
) -> None:
    tells(0, 2, root="ab" * 32)
    assert "It has applied other entries" in page(reader, "/exchange")
    tells(2, 900)
    assert "entries that our journal does not have" in page(reader, "/exchange")
    found = [finding for finding in fsck().findings if finding.place.startswith("federation.receipt")]
    assert [finding.warning for finding in found] == [True, True]
    assert "another tree of 2 entries" in found[0].what
    assert "entries that this journal does not have" in found[1].what


def test_the_command_line_tells_the_same(
    mine: Journal, partner: Partner, tells: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_partner, "node", lambda: None)
    partner.release, partner.kinds = "0.0.9", ["journal.open/1", "registers.right/7"]
    partner.save()

    def show() -> str:
        done = CliRunner().invoke(cli.app, ["partner", "show", "RU"])
        assert done.exit_code == 0
        return done.stdout

    assert "It has given no receipt yet." in show()
    tells(0, 2, refused=[REFUSED])
    with clock.at(NOON + timedelta(days=2, hours=3)):
        shown = show()
    assert "Applied up to 2 of 3 entries, 2 d ago." in shown
    assert "  refused 1 (registers.right/1): quarantined No such office." in shown
    assert "Deletion 2, of entry 1 (BY/trademark/74512): not confirmed, 2 d old." in shown
    assert "It does not know registers.right/1 yet: such entries wait there." in shown
    assert "This node does not know registers.right/7 yet: such entries wait here." in shown
    assert "Its release is 0.0.9." in shown
    assert CliRunner().invoke(cli.app, ["partner", "show", "KZ"]).exit_code == 1
    assert "2 of 3" in CliRunner(env={"COLUMNS": "240"}).invoke(cli.app, ["partner", "list"]).stdout
