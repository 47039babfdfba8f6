"""Deriving the shared tables again from the journals.

The tables of a journal are cleared and its cursor is set to 0 in one transaction; then its entries are applied in
order, each batch in one transaction with the cursor. A kill anywhere leaves a cursor that says so, and running again
starts anew. Vault, imports and source marks stay; private derivations come back through the kinds' `project`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from comity.journal import home, roster
from comity.journal.kinds import shared_tables
from comity.journal.models import Held, Journal, Pending
from comity.journal.services import APPLY_AT_ONCE, Applier
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, verify_checkpoint
from comity.kernel.errors import ConflictError, IntegrityError

Tick = Callable[[str, int, int], None]
"""`tick(origin, entries done, entries in all)`."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of one journal: entries read, applied, held; `recovered` if the database was older than its files."""

    origin: str
    entries: int
    applied: int
    held: int
    recovered: bool = False


@contextmanager
def no_sequencer() -> Iterator[None]:
    """Within the block no sequencer can sign. Raises ConflictError while one runs."""
    folder = home.home() / "journals" / "own"
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConflictError(
            "This node is running.", place=str(folder), remedy="Stop `comity serve` and `comity worker` first."
        ) from None
    finally:
        os.close(lock)


def rebuild(journal: Journal | None = None, tick: Tick | None = None) -> list[Rebuilt]:
    """Derive the shared tables of one journal, or of all, again from their files and pending entries.

    Nothing else of this node may write meanwhile. Raises ConflictError while a sequencer runs, IntegrityError where
    the files cannot be believed (then `fsck` says what to do).
    """
    with no_sequencer():
        rows = [journal] if journal is not None else list(Journal.objects.order_by("-own", "origin"))
        return [_rebuild(row.pk, tick) for row in rows]


def _rebuild(pk: int, tick: Tick | None) -> Rebuilt:
    with transaction.atomic():
        journal = Journal.objects.select_for_update().get(pk=pk)
        recovered = _recover(journal) if journal.own else False
        for table in shared_tables():
            table.clear(journal, "default")
        Held.objects.filter(journal=journal).delete()
        Journal.objects.filter(pk=pk).update(applied=0)
    journal = Journal.objects.get(pk=pk)
    applier = Applier(journal)
    end = journal.next_index
    for batch in batches(journal, end):
        applier.apply(batch)
        if tick:
            tick(journal.origin, journal.applied, end)
    return Rebuilt(journal.origin, end, applier.outcome.applied, applier.outcome.held, recovered)


def batches(journal: Journal, end: int) -> Iterator[list[tuple[int, bytes]]]:
    """Entries 0 ≤ index < `end` of a journal in order: what is signed from its files, the rest from pending rows."""
    files = home.store(journal)
    signed = min(end, journal.size if journal.own else journal.next_index)
    for start in range(0, signed, APPLY_AT_ONCE):
        yield list(files.entries(start, min(signed, start + APPLY_AT_ONCE)))
    pending = Pending.objects.filter(journal=journal).order_by("index").values_list("index", "data")
    for start in range(signed, end, APPLY_AT_ONCE):
        stop = min(end, start + APPLY_AT_ONCE)
        rows = [(index, bytes(data)) for index, data in pending.filter(index__gte=start, index__lt=stop)]
        if [index for index, _ in rows] != list(range(start, stop)):
            raise IntegrityError(
                f"A pending entry between {start} and {stop} is missing.",
                place=journal.origin,
                remedy="It was deleted from the database: restore that from a backup.",
            )
        yield rows


def _recover(journal: Journal) -> bool:
    """Bring the row of the own journal in step with its signed files. Whether the database was older than they are."""
    files = home.store(journal)
    raw = files.checkpoint()
    if raw is None:
        if journal.size:
            raise IntegrityError(
                "The checkpoint file is missing, though this journal has signed before.",
                place=str(files.root / "checkpoint"),
                remedy="Restore it from a backup or from a partner's copy.",
            )
        return False
    # The keys of this folder besides the roster's: the database may be older than the files.
    keys = {*roster.keyring(journal).known(), *(key.verifier for key in home.signing_keys("log"))}
    signed = verify_checkpoint(raw, keys)
    _believe(journal, signed)
    if signed.size < journal.size:
        raise IntegrityError(
            f"The database says that {journal.size} entries are signed, the files {signed.size}.",
            place=str(files.root / "checkpoint"),
            remedy="The folder is older than the database: restore the journal's files from a partner's copy.",
        )
    if signed.size == journal.size and journal.root:
        return False
    older = journal.next_index < signed.size
    rows = Pending.objects.filter(journal=journal, index__lt=signed.size).order_by("index")
    for index, data in rows.values_list("index", "data").iterator():
        if files.entry(index, signed.size) != bytes(data):
            raise IntegrityError(
                f"Pending entry {index} is not the one that was signed at this place.",
                place=journal.origin,
                remedy=(
                    "The database was restored and then worked on. Keep a copy of its pending rows, delete those"
                    f" below {signed.size}, run this again, and enter their facts anew."
                ),
            )
    rows.delete()
    journal.next_index = max(journal.next_index, signed.size)
    journal.size, journal.root, journal.checkpoint_at = signed.size, signed.root.hex(), clock.now()
    journal.save(update_fields=["next_index", "size", "root", "checkpoint_at"])
    return older


def _believe(journal: Journal, signed: Checkpoint) -> None:
    files = home.store(journal)
    if signed.origin != journal.origin or (signed.size and files.frontier(signed.size).root() != signed.root):
        raise IntegrityError(
            "The checkpoint does not agree with the journal's files.",
            place=str(files.root / "checkpoint"),
            remedy="Run `comity fsck`.",
        )
