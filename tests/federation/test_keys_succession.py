"""A journal that goes on from a lost one is held to what the old log signed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.federation import domain, services
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.openings import leaves_of, seal_segment
from comity.journal import entries, home
from comity.journal.models import Fork, Journal
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.entry import encode_entry
from comity.kernel.errors import ConflictError, ForkError, NotFoundError, PartnerError
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingKey
from tests import node
from tests.federation.standin import AT, KEY, ORIGIN, Log, journal_of, rights

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = f"{ORIGIN}/v2"
NEW = SigningKey(SECOND, 1, b"\x41" * 32)


class Beside:
    """A journal read where it lies; it has no openings."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def get(self, path: str) -> bytes:
        if path.startswith("journal/openings/"):
            start, end = map(int, path.rpartition("/")[2].split("-"))
            leaves = leaves_of(self.log.store, self.log.size)
            return seal_segment(home.sealing_key().public, self.log.key.name, (start, end), leaves, b"")
        answer = self.log.get(path)
        if not isinstance(answer, bytes):
            raise NotFoundError("no such file", place=path)
        return answer


@pytest.fixture
def old(settings: Any, tmp_path: Path) -> Log:
    """A partner's journal of 11 entries, followed here."""
    node.set_up(settings, tmp_path / "ours")
    log = Log(tmp_path / "old" / "journal")
    log.tell(*rights(range(10)))
    log.publish()
    Follower(journal_of(), Beside(log)).round()
    return log


def goes_on(folder: Path, **continues: str) -> Follower:
    """The journal that says it goes on from the old one, and who follows it."""
    made = Log(folder / "new" / "journal", key=NEW, opened=False)
    body = {"origin": SECOND, "party": "RU", "name": "Rospatent", "offices": ["RU"]}
    said = {"origin": ORIGIN, **continues}
    made.add(
        encode_entry(entries.OPEN, 2, {**body, "about": f"journal:{SECOND}", "at": AT, "continues": said}),
    )
    made.tell(*rights(range(3)))
    made.publish()
    journal = Journal.objects.create(origin=SECOND, vkey=str(NEW.verifier))
    return Follower(journal, Beside(made))


def nothing_taken() -> bool:
    row = Journal.objects.get(origin=SECOND)
    return (row.next_index, row.applied, row.continues) == (0, 0, "")


def test_one_that_goes_on_from_all_that_was_signed_is_followed(old: Log, tmp_path: Path) -> None:
    follower = goes_on(tmp_path, checkpoint=old.sign().decode(), cosigned=old.sign(5).decode())
    assert follower.round().applied == 4
    assert Journal.objects.get(origin=SECOND).continues == ORIGIN


def test_one_that_leaves_out_what_was_signed_is_refused(old: Log, tmp_path: Path) -> None:
    follower = goes_on(tmp_path, checkpoint=old.sign(9).decode())
    with pytest.raises(PartnerError, match=r"goes on from 9 entries .* had signed 11"):
        follower.round()
    assert nothing_taken()


def test_one_that_goes_on_from_another_tree_is_a_fork_of_the_old_journal(old: Log, tmp_path: Path) -> None:
    follower = goes_on(tmp_path, checkpoint=old.sign(11, b"\x07" * 32).decode())
    with pytest.raises(ForkError, match="not the one held here"):
        follower.round()
    assert nothing_taken()
    assert Fork.objects.get().journal.origin == ORIGIN


def test_one_that_the_old_log_did_not_sign_is_refused(old: Log, tmp_path: Path) -> None:
    thief = SigningKey(ORIGIN, 1, b"\x66" * 32)
    root = old.store.frontier(11).root()
    follower = goes_on(tmp_path, checkpoint=sign_checkpoint(Checkpoint(ORIGIN, 11, root), thief).decode())
    with pytest.raises(PartnerError, match="was not signed by"):
        follower.round()
    assert nothing_taken()


def test_confirming_the_new_journal_ends_the_exchange_over_the_old_one(old: Log) -> None:
    def card(origin: str, log: SigningKey) -> str:
        keys = {
            role: str(SigningKey(f"{origin}/{role}", 4 if role in domain.COSIGNERS else 1, bytes([at]) * 32).verifier)
            for at, role in enumerate(("witness", "mirror", "transport", "extract"), ord(origin[-1]))
        }
        sealing = str(SealingKey.generate(f"{origin}/sealing").public)
        fields = {"origin": origin, "party": "RU", "name": "R", "url": "", "role": "party", "sealing": sealing}
        return domain.write_card(domain.Card(**fields, **keys, log=str(log.verifier)), log)

    first = services._meet(domain.read_card(note := card(ORIGIN, KEY)), note, None)
    services.confirm(first, first.fingerprint)
    second = services._meet(domain.read_card(note := card(SECOND, NEW)), note, None)
    first.refresh_from_db()
    assert first.state == Partner.State.PAIRED
    with pytest.raises(ConflictError, match="differ"):
        services.confirm(second, "00000")
    services.confirm(second, second.fingerprint)
    first.refresh_from_db()
    assert (first.state, second.state) == (Partner.State.STOPPED, Partner.State.PAIRED)
