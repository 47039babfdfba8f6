"""A partner's journal that goes on from a lost one takes back what stands in that; nobody else's does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.federation import domain, introduced, receipts, services
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.journal import entries, fsck
from comity.journal.models import Held, Journal, Opening
from comity.kernel.entry import encode_entry
from comity.kernel.errors import ConflictError, NotFoundError, PartnerError
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingKey
from comity.registers.models import SearchDoc
from tests import node
from tests.federation.standin import AT, KEY, ORIGIN, Log, journal_of, right
from tests.federation.test_keys_succession import NEW, SECOND, Beside

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Зорка Сакрэтная"


class Given(Beside):
    """A journal read where it lies, with its openings."""

    def get(self, path: str) -> bytes:
        if self.log.key.name != ORIGIN:
            return super().get(path)
        answer = self.log.get(path)
        if not isinstance(answer, bytes):
            raise NotFoundError("no such file", place=path)
        return answer


@pytest.fixture
def old(settings: Any, tmp_path: Path) -> Log:
    node.set_up(settings, tmp_path / "ours")
    log = Log(tmp_path / "old" / "journal")
    log.tell(*(right(number, person=f"{NAME} {number}") for number in range(6)))
    log.publish()
    return log


def going_on(folder: Path, old: Log, *, party: str = "RU", taken: tuple[int, ...] = (2, 4)) -> Follower:
    made = Log(folder / "new" / "journal", key=NEW, opened=False)
    body = {"origin": SECOND, "party": party, "name": "Rospatent", "offices": ["RU"]}
    said = {"origin": ORIGIN, "checkpoint": old.sign().decode()}
    made.add(encode_entry(entries.OPEN, 2, {**body, "about": f"journal:{SECOND}", "at": AT, "continues": said}))
    for index in taken:
        about = f"RU/trademark/{index - 1}"
        made.add(encode_entry("journal.redaction", 2, {"about": about, "at": AT, "origin": ORIGIN, "index": index}))
    made.publish()
    journal, _ = Journal.objects.get_or_create(origin=SECOND, defaults={"vkey": str(NEW.verifier)})
    return Follower(journal, Given(made))


def kept() -> list[int]:
    return list(Opening.objects.filter(journal__origin=ORIGIN).order_by("index").values_list("index", flat=True))


def searched() -> int:
    return SearchDoc.objects.filter(people__icontains=NAME.split()[1].casefold()).count()


def test_what_is_taken_back_goes_here_too_and_the_receipt_covers_it(old: Log, tmp_path: Path) -> None:
    Follower(journal_of(), Given(old)).round()
    assert (kept(), searched()) == ([1, 2, 3, 4, 5, 6], 6)
    follower = going_on(tmp_path, old)
    assert follower.round().applied == 3
    assert (kept(), searched()) == ([1, 3, 5, 6], 4)
    assert not Held.objects.exists()
    partner = Partner.objects.create(party="RU", journal=follower.journal, state=Partner.State.PAIRED)
    assert receipts.answer(partner) == 1
    assert [str(finding) for finding in fsck.fsck().findings if "partner" not in finding.place] == []


def test_who_comes_to_the_frozen_journal_afterwards_keeps_none_of_it(old: Log, tmp_path: Path) -> None:
    assert going_on(tmp_path, old).round().applied == 3
    Follower(journal_of(), Given(old)).round()
    assert (kept(), searched()) == ([1, 3, 5, 6], 4)


def test_a_journal_of_another_party_does_not_go_on_from_it(old: Log, tmp_path: Path) -> None:
    Follower(journal_of(), Given(old)).round()
    with pytest.raises(PartnerError, match="of another party"):
        going_on(tmp_path, old, party="KZ").round()
    assert kept() == [1, 2, 3, 4, 5, 6]


def test_one_of_another_party_that_came_first_takes_nothing_back(old: Log, tmp_path: Path) -> None:
    going_on(tmp_path, old, party="KZ").round()
    Follower(journal_of(), Given(old)).round()
    assert (kept(), searched()) == ([1, 2, 3, 4, 5, 6], 6)


def card(origin: str, log: SigningKey, party: str, seed: int = 0x70) -> str:
    keys = {
        role: str(SigningKey(f"{origin}/{role}", 4 if role in domain.COSIGNERS else 1, bytes([at]) * 32).verifier)
        for at, role in enumerate(("witness", "mirror", "transport", "extract"), seed)
    }
    sealing = str(SealingKey.generate(f"{origin}/sealing").public)
    fields = {"origin": origin, "party": party, "name": "R", "url": "", "role": "party", "sealing": sealing}
    return domain.write_card(domain.Card(**fields, **keys, log=str(log.verifier)), log)


def test_a_card_of_another_partys_line_is_refused(old: Log) -> None:
    Follower(journal_of(), Given(old)).round()
    ours = SigningKey(f"{node.ORIGIN}/v2", 1, b"\x77" * 32)
    for note in (card(SECOND, NEW, "KZ"), card(ours.name, ours, "KZ")):
        with pytest.raises(ConflictError, match="of one line"):
            services._meet(domain.read_card(note), note, None)
        with pytest.raises(ConflictError, match="of one line"):
            introduced.introduce(note, introduced.fingerprint(note))
    assert not Partner.objects.exists()
    note = card(SECOND, NEW, "RU")
    assert services._meet(domain.read_card(note), note, None).party == "RU"


def test_the_line_is_minded_from_its_other_end_as_well(old: Log) -> None:
    note = card(SECOND, NEW, "RU")
    services._meet(domain.read_card(note), note, None)
    note = card(ORIGIN, KEY, "KZ")
    with pytest.raises(ConflictError, match="of one line"):
        services._meet(domain.read_card(note), note, None)
