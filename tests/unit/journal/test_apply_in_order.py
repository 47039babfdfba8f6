"""Entries are applied in the order of their journal; a bad one is held alone, with what follows about its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.journal import digest, home, kinds, services
from comity.journal.kinds import Kind
from comity.journal.models import Held, Journal, Redaction
from comity.journal.services import Applier
from comity.kernel.entry import encode_entry
from comity.kernel.merkle import Frontier
from comity.registers.models import Right
from tests import node
from tests.unit.journal.notes import AT, Notes, entry, noting, read

THEIRS = "other.example/journal"


@pytest.fixture
def notes() -> Iterator[Notes]:
    with noting() as made:
        yield made


@pytest.fixture
def partner(db: None, settings: Any, tmp_path: Path) -> Journal:
    settings.COMITY_HOME = tmp_path
    return Journal.objects.create(origin=THEIRS, vkey="x", offices=["RU"])


def store(journal: Journal, data: Sequence[bytes]) -> None:
    """Put entries into the files of a partner's journal, as following does."""
    files = home.store(journal)
    files.root.mkdir(parents=True, exist_ok=True)
    frontier = files.frontier(journal.next_index) if journal.next_index else Frontier()
    files.grow(frontier, data)
    journal.next_index = frontier.size
    journal.save()


def held() -> list[tuple[int, str, str, int]]:
    return list(Held.objects.order_by("index").values_list("index", "state", "about", "attempts"))


def test_an_unknown_kind_is_stored_counted_shown_and_applied_after_the_upgrade(partner: Journal, notes: Notes) -> None:
    data = [
        entry("one"),
        entry("new", kind="test.later"),
        entry("newer", version=2),
        entry("waits"),
        entry("goes on", about="test:2"),
    ]
    store(partner, data)
    outcome = services.apply_stored(partner)
    assert (outcome.applied, outcome.held, partner.applied) == (2, 3, 5)
    assert [(i, s) for i, s, _, _ in held()] == [(1, "unknown"), (2, "unknown"), (3, "waiting")]
    assert "test.later/1" in Held.objects.get(index=1).reason
    later, two = Kind("test.later", 1, read, notes.apply), Kind("test.note", 2, read, notes.apply)
    kinds.register(later)
    kinds.register(two)
    try:
        outcome = services.retry(partner)
    finally:
        kinds.forget("test.later", 1)
        kinds.forget("test.note", 2)
    assert (outcome.applied, outcome.held, held()) == (3, 0, [])
    assert [text for _, about, text in notes.seen if about == "test:1"] == ["one", "new", "newer", "waits"]
    partner.refresh_from_db()
    assert partner.applied == 5


def test_a_refused_entry_holds_back_only_its_own_subject(partner: Journal, notes: Notes) -> None:
    store(partner, [entry("a"), entry("bad"), entry("b", "test:2"), entry("c"), entry("d", "test:3")])
    services.apply_stored(partner)
    assert [(i, s) for i, s, _, _ in held()] == [(1, "quarantined"), (3, "waiting")]
    assert "This note is bad." in Held.objects.get(index=1).reason
    assert [text for _, _, text in notes.seen] == ["a", "b", "d"]
    # Later entries about the subject wait as well, in another batch.
    store(partner, [entry("e"), entry("f", "test:2")])
    services.apply_stored(partner)
    assert [i for i, _, _, _ in held()] == [1, 3, 5]


def test_retry_counts_attempts_and_applies_in_order_once_the_reason_is_gone(partner: Journal, notes: Notes) -> None:
    store(partner, [entry("bad"), entry("b"), entry("bad", "test:2")])
    services.apply_stored(partner)
    for attempt in (2, 3):
        assert services.retry(partner, "test:1").held == 2
        assert [a for _, _, about, a in held() if about == "test:1"] == [attempt, attempt]
    assert [a for _, _, about, a in held() if about == "test:2"] == [1]
    notes.refuse = False
    assert services.retry(partner).applied == 3
    assert held() == []
    assert [text for _, about, text in notes.seen if about == "test:1"] == ["bad", "b"]


def test_a_mistake_in_a_handler_is_held_as_a_bad_entry_is(partner: Journal, notes: Notes) -> None:
    store(partner, [entry("odd"), entry("b", "test:2")])
    services.apply_stored(partner)
    assert "a mistake in the handler" in Held.objects.get().reason
    assert partner.applied == 2


def test_what_came_before_an_unknown_entry_does_not_wait_for_it(partner: Journal, notes: Notes) -> None:
    """In one batch: a good entry about a subject, an unknown one about it, and a bad one about another."""
    store(partner, [entry("good"), entry("new", kind="test.later"), entry("bad", "test:2")])
    services.apply_stored(partner)
    assert [(i, s) for i, s, _, _ in held()] == [(1, "unknown"), (2, "quarantined")]
    assert [text for _, _, text in notes.seen] == ["good"]


OPEN = {"at": AT, "origin": THEIRS, "party": "RU", "name": "a", "offices": ["RU"]}
RUBBISH = [
    b"",
    b"\x00",
    b"\xff" * 300,
    b"comity/test.note/1\n",
    b"comity/test.note/1\n{}\n",
    b"comity/test.note/0\n{}\n",
    b'comity/test.note/1\n{"about":"x","at":"yesterday","text":"a"}\n',
    b'comity/test.note/1\n{"about":"","at":"2026-11-22T15:00:00Z","text":"a"}\n',
    b'comity/test.note/1\n{"about":"a\\u0000b","at":"2026-11-22T15:00:00Z","text":"a"}\n',
    b'comity/test.none/1\n{"about":"a\\u0000b","at":"2026-11-22T15:00:00Z"}\n',
    b'comity/test.note/1\n{"at":"2026-11-22T15:00:00Z","about":"x","text":"a"}\n',
    b'comity/test.note/1\n{"about":["x"],"at":{},"text":"a"}\n',
    b"comity/test.note/1\n" + b"[" * 5000 + b"\n",
    encode_entry("test.note", 1, {"about": "y" * 401, "at": AT, "text": "a"}),
    encode_entry("registers.right", 1, {"about": "RU/trademark/1", "at": AT, "right": "x\x00", "version": 1}),
    encode_entry("journal.redaction", 1, {"about": "x1", "at": AT, "index": 2**52}),
    encode_entry("journal.redaction", 1, {"about": "x2", "at": AT, "index": 0, "ground": "a\x00b"}),
    encode_entry("journal.open", 1, {**OPEN, "about": "x3", "name": "a\x00b"}),
    encode_entry("journal.open", 1, {**OPEN, "about": "x4", "offices": ["R\x00"]}),
]


def test_rubbish_is_held_entry_by_entry_on_either_database(partner: Journal, notes: Notes) -> None:
    store(partner, [*RUBBISH, entry("good")])
    services.apply_stored(partner)
    assert [index for index, _, _, _ in held()] == list(range(len(RUBBISH)))
    assert [text for _, _, text in notes.seen] == ["good"]
    assert not Redaction.objects.exists()


@given(st.lists(st.binary(max_size=80), max_size=6))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_bytes_can_be_an_entry(partner: Journal, data: list[bytes]) -> None:
    with transaction.atomic():
        applier = Applier(partner)
        applier.apply(enumerate(data))
        assert applier.outcome.held == len(data)
        transaction.set_rollback(True)


def version(number: int, count: int, office: str = "RU", title: str = "a") -> bytes:
    right = {"office": office, "kind": "trademark", "number": str(number), "titles": [{"text": title}]}
    full = {"stage": "right", "status": "unknown", **right}
    body = {"about": f"RU/trademark/{number}", "at": AT, "right": full, "version": count}
    return encode_entry("registers.right", 1, body)


ENTRIES = st.one_of(
    st.builds(version, st.integers(1, 3), st.integers(1, 4), st.just("RU"), st.sampled_from(["a", "b"])),
    st.builds(version, st.integers(1, 3), st.integers(1, 2), st.just("BY")),
    st.builds(lambda n: entry("x", f"RU/trademark/{n}", kind="test.later"), st.integers(1, 3)),
    st.builds(lambda n, text: entry(text, f"RU/trademark/{n}"), st.integers(1, 3), st.sampled_from(["ok", "bad"])),
    st.builds(
        lambda n, i: encode_entry("journal.redaction", 1, {"about": f"RU/trademark/{n}", "at": AT, "index": i}),
        st.integers(1, 3),
        st.integers(0, 12),
    ),
    st.just(b"rubbish"),
)


@given(st.lists(ENTRIES, min_size=1, max_size=14), st.lists(st.integers(1, 5), min_size=1, max_size=14))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_batch_leaves_what_one_by_one_leaves(
    partner: Journal, notes: Notes, data: list[bytes], sizes: list[int]
) -> None:
    def outcome(batches: Callable[[], Iterator[list[tuple[int, bytes]]]]) -> Any:
        notes.seen.clear()
        with transaction.atomic():
            for batch in batches():
                Applier(partner).apply(batch)
            states = list(Held.objects.order_by("index").values_list("index", "state", "about", "reason"))
            rows = list(Right.objects.order_by("key").values_list("key", "version", "entry", "record"))
            left = (digest.digest(), states, rows, list(notes.seen), partner.applied)
            transaction.set_rollback(True)
        partner.refresh_from_db()
        return left

    def single() -> Iterator[list[tuple[int, bytes]]]:
        yield from ([item] for item in enumerate(data))

    def grouped() -> Iterator[list[tuple[int, bytes]]]:
        at = 0
        while at < len(data):
            for size in sizes:
                if at < len(data):
                    yield list(enumerate(data))[at : at + size]
                    at += size

    assert outcome(grouped) == outcome(single)


def test_held_entries_of_the_own_journal_are_retried_too(db: None, settings: Any, tmp_path: Path) -> None:
    """After a rebuild on a release that knows less: some are under a checkpoint, some still pending."""
    journal = node.set_up(settings, tmp_path)
    with noting():
        with transaction.atomic():
            services.append(journal, [services.Draft("test.note", 1, "test:1", {"text": "a"})])
        node.sequence(journal)
        with transaction.atomic():
            services.append(journal, [services.Draft("test.note", 1, "test:1", {"text": "b"})])
    for index in (1, 2):
        Held.objects.create(journal=journal, index=index, kind="test.note", version=1, about="test:1", state="unknown")
    assert services.retry(journal).held == 2
    with noting() as notes:
        assert services.retry(journal).applied == 2
        assert [text for _, _, text in notes.seen] == ["a", "b"]
