"""Killed between any two steps, the sequencer loses no committed entry and never signs two views."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.journal import home, sequencer, services, store
from comity.journal.models import Journal, Pending
from comity.journal.sequencer import Sequencer
from comity.kernel.checkpoint import parse_checkpoint, sign_checkpoint
from comity.kernel.errors import ConflictError, IntegrityError
from comity.kernel.merkle import consistency_proof, verify_consistency
from comity.kernel.notes import SigningKey
from tests import node
from tests.unit.journal.notes import draft, noting

STEPS = ("written", "signed", "published", "marked")


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Iterator[Journal]:
    with noting():
        yield node.set_up(settings, tmp_path)


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every checkpoint that was ever signed, published or not."""
    made: list[bytes] = []

    def sign(checkpoint: Any, key: SigningKey) -> bytes:
        note = sign_checkpoint(checkpoint, key)
        made.append(note)
        return note

    monkeypatch.setattr(sequencer, "sign_checkpoint", sign)
    return made


def add(journal: Journal, count: int) -> None:
    with transaction.atomic():
        first = Journal.objects.get(pk=journal.pk).next_index
        services.append(journal, [draft(str(first + i), f"test:{first + i}") for i in range(count)])


def kill_after(step: str) -> Any:
    def after(done: str) -> None:
        if done == step:
            raise KilledError(step)

    return after


def check(journal: Journal, signed: list[bytes], entries: int) -> None:
    """All is there, and all that was ever signed agrees pairwise."""
    files = home.store(journal)
    published = parse_checkpoint(files.checkpoint() or b"").checkpoint
    assert published.size == entries
    assert not Pending.objects.exists()
    texts = [data.split(b'"text":')[-1] for _, data in files.entries(1, entries)]
    assert texts == [f'"{i}"}}\n'.encode() for i in range(1, entries)]
    views = sorted({(c.size, c.root) for c in (parse_checkpoint(raw).checkpoint for raw in signed)})
    assert len(views) == len({size for size, _ in views})
    reader = files.reader(entries)
    for (old, old_root), (new, new_root) in pairwise(views):
        verify_consistency(old, new, consistency_proof(old, new, reader.hash), old_root, new_root)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("first", [3, 255, 256, 300])
def test_a_kill_between_two_steps_loses_nothing(journal: Journal, signed: list[bytes], step: str, first: int) -> None:
    add(journal, first)
    node.sequence(journal)
    add(journal, 7)
    running = Sequencer(journal, home.signing_key("log")).open()
    running.after = kill_after(step)
    with pytest.raises(KilledError):
        running.step()
    running.close()
    # More is committed before the node comes back: what is signed then is longer than what was signed before.
    add(journal, 300)
    node.sequence(journal)
    check(journal, signed, 1 + first + 7 + 300)


@pytest.mark.parametrize("step", STEPS)
def test_the_same_sequencer_goes_on_after_a_fault(journal: Journal, signed: list[bytes], step: str) -> None:
    add(journal, 5)
    with Sequencer(journal, home.signing_key("log"), batch_seconds=3600, batch_entries=8192) as running:
        running.after = kill_after(step)
        with pytest.raises(KilledError):
            running.step()
        running.after = lambda done: None
        # Nothing new comes: what is pending must still come under a checkpoint.
        assert running.wait_s() == 0
        running.drain()
        assert running.wait_s() is None
    check(journal, signed, 6)
    journal.refresh_from_db()
    assert journal.size == 6


def test_a_full_disk_between_bundle_and_tiles_is_made_good(
    journal: Journal, signed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(journal, 600)
    put, calls = store.Store._put, 0

    def failing(self: store.Store, path: str, data: bytes, touched: set[Path], fresh: dict[Path, Path]) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise OSError("No space left on device")
        put(self, path, data, touched, fresh)

    with Sequencer(journal, home.signing_key("log")) as running:
        monkeypatch.setattr(store.Store, "_put", failing)
        with pytest.raises(OSError, match="space"):
            running.step()
        assert home.store(journal).checkpoint() is None
        assert not list(home.store(journal).root.rglob(".*.tmp")), "what was begun takes no room"
        running.drain()
    check(journal, signed, 601)


def test_files_written_and_never_signed_are_found_again(journal: Journal, signed: list[bytes]) -> None:
    add(journal, 5)
    running = Sequencer(journal, home.signing_key("log")).open()
    running.after = kill_after("written")
    with pytest.raises(KilledError):
        running.step()
    running.close()
    node.sequence(journal)
    check(journal, signed, 6)


def test_other_bytes_under_a_written_name_are_refused(journal: Journal) -> None:
    add(journal, 5)
    running = Sequencer(journal, home.signing_key("log")).open()
    running.after = kill_after("written")
    with pytest.raises(KilledError):
        running.step()
    running.close()
    row = Pending.objects.get(index=3)
    Pending.objects.filter(index=3).update(data=bytes(row.data).replace(b'"3"', b'"X"'))
    with Sequencer(journal, home.signing_key("log")) as again, pytest.raises(IntegrityError, match="other bytes"):
        again.step()
    assert home.store(journal).checkpoint() is None


def test_a_missing_checkpoint_file_is_refused(journal: Journal) -> None:
    node.sequence(journal)
    (home.journal_folder(journal) / "checkpoint").unlink()
    with pytest.raises(IntegrityError, match="missing"):
        Sequencer(journal, home.signing_key("log")).open()


def test_a_checkpoint_that_is_not_of_these_files_is_refused(journal: Journal) -> None:
    node.sequence(journal)
    add(journal, 3)
    path = home.journal_folder(journal) / "checkpoint"
    old = parse_checkpoint(path.read_bytes()).checkpoint
    forged = type(old)(old.origin, old.size, b"\x00" * 32)
    path.write_bytes(sign_checkpoint(forged, home.signing_key("log")))
    with pytest.raises(IntegrityError, match="does not agree"):
        Sequencer(journal, home.signing_key("log")).open()


def test_a_lost_pending_entry_is_refused_by_its_number(journal: Journal) -> None:
    node.sequence(journal)
    add(journal, 5)
    Pending.objects.filter(index=3).delete()
    with Sequencer(journal, home.signing_key("log")) as running, pytest.raises(IntegrityError, match="Entry 3"):
        running.step()


def test_a_database_older_than_the_journal_is_refused(journal: Journal) -> None:
    add(journal, 5)
    node.sequence(journal)
    Journal.objects.filter(pk=journal.pk).update(next_index=4, size=1)
    with pytest.raises(IntegrityError, match="rebuild"):
        Sequencer(journal, home.signing_key("log")).open()


def test_a_second_sequencer_is_refused_until_the_first_ends(journal: Journal) -> None:
    first = Sequencer(journal, home.signing_key("log")).open()
    with pytest.raises(ConflictError, match="Another sequencer"):
        Sequencer(journal, home.signing_key("log")).open()
    first.close()
    Sequencer(journal, home.signing_key("log")).open().close()
