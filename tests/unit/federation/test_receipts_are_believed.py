"""A partner's receipts are applied where they hang together; a bad one is set aside and stops no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.federation.entries import RECEIPT
from comity.federation.models import Receipt, Refusal
from comity.journal import digest, kinds, services
from comity.journal.models import Held, Journal
from comity.journal.services import Applier, Draft
from comity.kernel.entry import encode_entry
from tests import node
from tests.node import ORIGIN, PARTNER_ORIGIN

AT = "2026-11-22T15:00:00Z"
ROOT = "0f" * 32


@pytest.fixture
def mine(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


def refused(index: int, state: str = "quarantined", reason: str = "") -> dict[str, Any]:
    return {"index": index, "kind": "registers.right", "version": 1, "state": state, "reason": reason}


def receipt(start: int, end: int, *, origin: str = ORIGIN, about: str = "", **more: Any) -> Draft:
    body = {"origin": origin, "from": start, "to": end, "root": ROOT, **more}
    return Draft(RECEIPT, 1, about or f"journal:{origin}", body)


def held() -> list[tuple[int, str, str]]:
    return list(Held.objects.order_by("index").values_list("index", "state", "reason"))


def test_receipts_follow_each_other(mine: Journal) -> None:
    node.partner_tells([receipt(0, 5, refused=[refused(2, reason="bad")]), receipt(5, 9), receipt(9, 9, settled=[2])])
    assert held() == []
    assert list(Receipt.objects.order_by("entry").values_list("start", "end")) == [(0, 5), (5, 9), (9, 9)]
    assert list(Refusal.objects.values_list("index", "reason", "entry", "settled")) == [(2, "bad", 1, 3)]


BAD = {
    "overlaps": (receipt(3, 8), "begins at 3; the one before it ended at 5"),
    "goes back": (receipt(0, 5), "begins at 0; the one before it ended at 5"),
    "leaves a gap": (receipt(6, 8), "begins at 6; the one before it ended at 5"),
    "ends before it begins": (receipt(5, 4), "says something of at least one entry"),
    "says nothing": (receipt(5, 5), "says something of at least one entry"),
    "speaks of its own journal": (receipt(0, 5, origin=PARTNER_ORIGIN), "gives no receipt for itself"),
    "is about something else": (receipt(5, 8, about="RU/trademark/1"), "another journal than it speaks of"),
    "refuses what it has not read": (receipt(5, 8, refused=[refused(8)]), "below `to`"),
    "refuses twice": (receipt(5, 8, refused=[refused(6), refused(6)]), "each once"),
    "settles what was not refused": (receipt(5, 8, settled=[1]), "not refused"),
    "settles twice": (receipt(5, 8, settled=[2, 2]), "each once"),
    "settles and refuses": (receipt(5, 8, settled=[2], refused=[refused(2)]), "not both"),
    "has no tree": (receipt(5, 8, root="zz"), "root"),
    "repeats a name": (receipt(5, 8, refused=[refused(6, reason="Лицо")]), "reason"),
    "is too talkative": (receipt(5, 8, refused=[refused(6, reason="x" * 201)]), "reason"),
    "knows another state": (receipt(5, 8, refused=[refused(6, "lost")]), "state"),
    "has more to say": (receipt(5, 8, greeting="hello"), "greeting"),
}


@pytest.mark.parametrize("case", BAD, ids=lambda name: name.replace(" ", "_"))
def test_a_bad_receipt_is_set_aside_and_the_next_good_one_counts(mine: Journal, case: str) -> None:
    bad, reason = BAD[case]
    node.partner_tells([receipt(0, 5, refused=[refused(2)]), bad, receipt(5, 9), receipt(9, 12, settled=[2])])
    ((index, state, said),) = held()
    assert (index, state) == (2, "quarantined")
    assert reason in said
    assert list(Receipt.objects.order_by("entry").values_list("start", "end")) == [(0, 5), (5, 9), (9, 12)]


def test_a_receipt_for_a_journal_that_is_not_known_here_is_kept(mine: Journal) -> None:
    """Another node may know it: what one node has may not decide what the tables say."""
    node.partner_tells([receipt(0, 7, origin="office-kz.example/journal")])
    assert held() == []
    assert Receipt.objects.get().origin == "office-kz.example/journal"


def test_a_state_that_changed_replaces_what_was_said(mine: Journal) -> None:
    node.partner_tells(
        [receipt(0, 5, refused=[refused(2, "unknown")]), receipt(5, 5, refused=[refused(2, reason="now read")])]
    )
    assert list(Refusal.objects.values_list("index", "state", "reason", "entry")) == [(2, "quarantined", "now read", 2)]


def test_receipts_of_a_version_not_known_yet_are_made_up_for_after_the_upgrade(mine: Journal) -> None:
    kind = kinds.forget(RECEIPT, 1)
    try:
        node.partner_tells([receipt(0, 5), receipt(5, 8), receipt(2, 3)])
    finally:
        kinds.register(kind)
    assert [state for _, state, _ in held()] == ["unknown"] * 3
    services.retry_known()
    assert [(index, state) for index, state, _ in held()] == [(3, "quarantined")]
    assert Receipt.objects.count() == 2


STEPS = st.tuples(
    st.integers(0, 6), st.integers(0, 6), st.sets(st.integers(0, 6), max_size=2), st.sets(st.integers(0, 6), max_size=2)
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=8))
def test_a_batch_leaves_the_same_as_one_by_one(mine: Journal, steps: list[Any]) -> None:
    items = []
    for index, (start, end, bad, good) in enumerate(steps):
        made = receipt(start, end, refused=[refused(one) for one in sorted(bad)], settled=sorted(good))
        items.append((index, encode_entry(RECEIPT, 1, {**made.body, "about": made.about, "at": AT})))
    digests = []
    for parts in ([items], [[item] for item in items]):
        Journal.objects.filter(own=False).delete()
        journal = Journal.objects.create(origin=PARTNER_ORIGIN, vkey="x", offices=["RU"])
        applier = Applier(journal)
        for part in parts:
            applier.apply(part)
        digests.append((digest.digest().journals[PARTNER_ORIGIN].tables, held()))
    assert digests[0] == digests[1]
