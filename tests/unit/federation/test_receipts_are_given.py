"""A node answers a partner's journal in its own: what it applied, what it refused, what it settled since; each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from comity.federation import receipts
from comity.federation.entries import RECEIPT, ReceiptBody
from comity.federation.models import Partner, Receipt, Refusal
from comity.federation.receipts import Refusing, divide, plain_reason
from comity.journal import digest, home, kinds, services
from comity.journal.fsck import fsck
from comity.journal.models import Held, Journal
from comity.journal.rebuild import rebuild
from comity.journal.selectors import entry_bytes
from comity.journal.services import Draft
from comity.kernel import clock
from comity.kernel.entry import encode_entry, parse_entry
from comity.kernel.errors import ConflictError
from tests import node
from tests.node import PARTNER_ORIGIN

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def mine(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


@pytest.fixture
def partner(mine: Journal) -> Partner:
    return Partner.objects.create(party="RU", state=Partner.State.UNCONFIRMED, journal=node.partner_tells([]))


@pytest.fixture
def hours() -> Iterator[list[datetime]]:
    """The clock, to be set: `hours[0]`."""
    now = [NOON]
    with clock.at(lambda: now[0]):
        yield now


def tell(count: int, first: int = 1) -> None:
    node.partner_tells([node.draft(node.russian(number=str(number))) for number in range(first, first + count)])


def bodies(mine: Journal) -> list[dict[str, Any]]:
    mine.refresh_from_db()
    found = [parse_entry(entry_bytes(mine, index)) for index in range(mine.next_index)]
    return [
        {key: value for key, value in entry.body.items() if key not in {"about", "at", "root"}}
        for entry in found
        if entry.kind == RECEIPT
    ]


def said(start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"origin": PARTNER_ORIGIN, "from": start, "to": end, **more}


def their_receipt(mine: Journal, start: int, end: int) -> Draft:
    root = home.store(mine).frontier(end).root().hex() if end <= mine.size else "00" * 32
    body = {"origin": mine.origin, "from": start, "to": end, "root": root}
    return Draft(RECEIPT, 1, f"journal:{mine.origin}", body)


def test_what_is_applied_is_answered_once(mine: Journal, partner: Partner) -> None:
    tell(3)
    assert receipts.outstanding(partner)
    assert receipts.answer(partner) == 1
    assert bodies(mine) == [said(0, 4)]
    assert not receipts.outstanding(partner)
    for _ in range(3):
        assert receipts.answer(partner, at_once=True) == 0
    # A row that was read before, as a second process has it.
    assert receipts.answer(Partner.objects.get(), at_once=True) == 0
    tell(2, 50)
    assert receipts.answer(partner, at_once=True) == 1
    assert bodies(mine) == [said(0, 4), said(4, 6)]


def test_the_receipt_names_the_tree_that_was_applied(mine: Journal, partner: Partner) -> None:
    tell(300)
    receipts.answer(partner)
    theirs = Journal.objects.get(origin=PARTNER_ORIGIN)
    assert Receipt.objects.get().root == theirs.root == home.store(theirs).frontier(301).root().hex()


def test_a_crash_before_the_commit_leaves_neither_receipt_nor_cursor(
    mine: Journal, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(1)

    def crash(self: Partner, **kwargs: Any) -> None:
        raise OSError("the machine stops")

    with monkeypatch.context() as patch:
        patch.setattr(Partner, "save", crash)
        with pytest.raises(OSError, match="stops"):
            receipts.answer(partner)
    assert bodies(mine) == []
    assert receipts.answer(Partner.objects.get()) == 1
    assert bodies(mine) == [said(0, 2)]


def test_receipts_are_not_answered_with_receipts(mine: Journal, partner: Partner) -> None:
    tell(1)
    receipts.answer(partner)
    node.partner_tells([their_receipt(mine, 0, 1), their_receipt(mine, 1, 2)])
    assert receipts.answer(partner, at_once=True) == 0
    # A refused one neither.
    node.partner_tells([their_receipt(mine, 7, 9)])
    assert Held.objects.get().state == "quarantined"
    assert receipts.answer(partner, at_once=True) == 0
    # The next real one covers them, and says what was refused.
    tell(1, 50)
    assert receipts.answer(partner, at_once=True) == 1
    reason = "from: The receipt begins at 7; the one before it ended at 2."
    refused = {"index": 4, "kind": RECEIPT, "version": 1, "state": "quarantined", "reason": reason}
    assert bodies(mine)[1:] == [said(2, 6, refused=[refused])]


def test_what_is_refused_is_said_with_its_reason_and_settled_after_the_upgrade(mine: Journal, partner: Partner) -> None:
    right = kinds.forget("registers.right", 1)
    try:
        tell(2)
        node.partner_tells([Draft("journal.redaction", 1, "RU/trademark/1", {"index": 90})])
        receipts.answer(partner)
    finally:
        kinds.register(right)
    first = bodies(mine)[0]
    assert [(item["index"], item["kind"], item["state"]) for item in first["refused"]] == [
        (1, "registers.right", "unknown"),
        (2, "registers.right", "unknown"),
        (3, "journal.redaction", "quarantined"),
    ]
    assert first["refused"][0]["reason"] == "This release does not know registers.right/1."
    assert receipts.answer(partner, at_once=True) == 0
    services.retry_known()
    assert receipts.answer(partner, at_once=True) == 1
    assert bodies(mine)[1:] == [said(4, 4, settled=[1, 2])]
    assert receipts.answer(partner, at_once=True) == 0
    states = Refusal.objects.order_by("index").values_list("index", "state", "settled")
    assert list(states) == [(1, "unknown", 2), (2, "unknown", 2), (3, "quarantined", None)]


def test_what_waits_is_told_apart_from_what_is_refused(mine: Journal, partner: Partner) -> None:
    record = node.russian()
    node.partner_tells([node.draft(record, version=3), node.draft(record, version=4)])
    receipts.answer(partner)
    refused = bodies(mine)[0]["refused"]
    assert [(item["state"], item.get("reason", "")) for item in refused] == [
        ("quarantined", "version: Version 3 of RU/trademark/1008824 does not follow version none."),
        ("waiting", ""),
    ]


def test_a_stream_gets_one_receipt_a_second_and_always_one_in_the_end(
    mine: Journal, partner: Partner, hours: list[datetime]
) -> None:
    for number in range(1, 31):
        tell(1, number)
        hours[0] = NOON + timedelta(milliseconds=100 * number)
        receipts.answer(partner)
    assert len(bodies(mine)) == 4
    hours[0] += timedelta(seconds=1)
    receipts.answer(partner)
    assert not receipts.outstanding(partner)
    assert bodies(mine)[-1]["to"] == 31


def test_a_large_part_is_answered_within_the_second(
    mine: Journal, partner: Partner, hours: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "ENTRIES_AT_ONCE", 20)
    for first in (1, 100, 200):
        tell(20, first)
        assert receipts.answer(partner) == 1
    tell(19, 300)
    assert receipts.answer(partner) == 0


def test_a_clock_that_is_set_back_silences_nobody(mine: Journal, partner: Partner, hours: list[datetime]) -> None:
    tell(1)
    receipts.answer(partner)
    hours[0] -= timedelta(days=2)
    tell(1, 50)
    assert receipts.answer(partner) == 1


def test_a_held_entry_about_the_journal_stops_no_receipt(mine: Journal, partner: Partner) -> None:
    Held.objects.create(journal=mine, index=0, kind="journal.open", about=f"journal:{PARTNER_ORIGIN}", state="unknown")
    tell(1)
    assert receipts.answer(partner) == 1
    opening = {"origin": mine.origin, "party": "BY", "name": "x", "offices": ["BY"]}
    with pytest.raises(ConflictError, match="held back"), transaction.atomic():
        services.append(mine, [Draft("journal.open", 1, f"journal:{PARTNER_ORIGIN}", opening)])


def test_receipts_come_out_the_same_when_derived_anew(mine: Journal, partner: Partner) -> None:
    right = kinds.forget("registers.right", 1)
    try:
        tell(3)
        receipts.answer(partner)
    finally:
        kinds.register(right)
    services.retry_known()
    receipts.answer(partner, at_once=True)
    node.sequence(mine)
    node.partner_tells([their_receipt(mine, 0, 1)])
    before = digest.digest()
    assert {"federation.receipt", "federation.refusal"} <= set(before.journals[mine.origin].tables)
    assert fsck().findings == []
    rebuild()
    assert digest.digest().total == before.total
    # The rebuild gives no second receipt.
    assert receipts.answer(Partner.objects.get(), at_once=True) == 0
    Refusal.objects.filter(index=2).update(state="waiting")
    assert [finding.place for finding in fsck().findings] == [
        f"federation.refusal {PARTNER_ORIGIN} {2:016d} ({mine.origin})"
    ]


REASONS = [
    ("right.titles.0: 'Иван Петров' is no text", "right.titles.0: ... is no text"),
    ("Лицо: not so", "...: not so"),
    ("The tables cannot take it: DETAIL: Key (name)=(Ivan Petrov)", "The tables cannot take it"),
    ('The note "Ivan" is bad.', "The note ... is bad."),
    ("a\x00b\nc", "a...b...c"),
    ("x" * 900, "x" * 200),
]


@pytest.mark.parametrize(("reason", "plain"), REASONS)
def test_a_receipt_repeats_nothing_that_the_entry_said(reason: str, plain: str) -> None:
    assert plain_reason(reason) == plain


@given(st.data())
def test_receipts_divided_say_all_and_fit_into_entries(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 2000))
    end = start + data.draw(st.integers(0, 2000))
    below = st.integers(0, max(0, end - 1))
    size = data.draw(st.sampled_from([0, 3, 200]))
    refused = {} if end == 0 else data.draw(st.dictionaries(below, st.sampled_from(["", "y" * 200]), max_size=size * 5))
    settled = set() if end == 0 else data.draw(st.sets(below, max_size=size)) - set(refused)
    if start == end and not refused and not settled:
        return
    items = [Refusing(index, "k" * 64, 1, "quarantined", reason) for index, reason in refused.items()]
    made = list(divide(start, end, items, settled))
    assert (made[0].start, made[-1].end) == (start, end)
    assert all(one.end == two.start for one, two in pairwise(made))
    assert [item for one in made for item in one.refused] == sorted(items)
    assert [index for one in made for index in one.settled] == sorted(settled)
    for one in made:
        body = {
            "origin": "o" * 255,
            "from": one.start,
            "to": one.end,
            "root": "0" * 64,
            "refused": [item.body() for item in one.refused],
            "settled": list(one.settled),
        }
        ReceiptBody.model_validate(orjson.loads(orjson.dumps(body)))
        encode_entry(RECEIPT, 1, {**body, "about": "o" * 263, "at": "2026-11-22T15:00:00Z"})
