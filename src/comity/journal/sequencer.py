"""The sequencer: the only signer of this node's journal.

It takes pending entries in the order of their index, writes them durably (`Store.grow`), signs the checkpoint and puts
it in place. A kill between any two steps is safe: an index and its bytes are fixed at the commit that added the entry,
so whatever is signed later is an extension of what was signed before.
"""

from __future__ import annotations

import fcntl
import logging
import math
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType

from django.db import transaction

from comity.journal import home, machine, roster, standing
from comity.journal.models import Journal, Pending
from comity.journal.store import Store
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.errors import ConfigurationError, ConflictError, IntegrityError
from comity.kernel.merkle import EMPTY, Frontier
from comity.kernel.notes import SigningKey

logger = logging.getLogger("comity.journal")

MOST_AT_ONCE = 8192


class Sequencer:
    """Holds the lock on the journal's folder from `open` to `close`; a second one is refused."""

    def __init__(
        self, journal: Journal, key: SigningKey, *, batch_entries: int = 256, batch_seconds: float = 0.2
    ) -> None:
        self.journal_id = journal.pk
        self.origin = journal.origin
        self.keys = [key]
        self.batch_entries = batch_entries
        self.batch_seconds = batch_seconds
        self.store = Store(home.journal_folder(journal))
        self.frontier = Frontier()
        self._lock = -1
        self._torn = False
        self._signed_at = -math.inf
        # Held while the journal's files change: by a step, and by whoever takes entries back from a partner.
        self.turn = threading.Lock()
        # Called between the steps of `step`, with the name of the step just done: tests kill the process there.
        self.after: Callable[[str], None] = lambda step: None

    def open(self) -> Sequencer:
        """Take the lock and read from the files where the journal stands."""
        self.hold()
        try:
            self.settle()
        except BaseException:
            self.close()
            raise
        return self

    def settle(self) -> None:
        """Read from the files where the journal stands. Raises IntegrityError where that cannot be believed."""
        self._torn = True
        self._recover()
        self._torn = False

    def hold(self) -> Sequencer:
        """Take the lock only; the next step reads where the journal stands."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.store.root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = -1
            raise ConflictError(
                "Another sequencer works on this journal.",
                place=str(self.store.root),
                remedy="Only one process may sign it: stop the other `comity serve` or `comity worker` first.",
            ) from None
        self._torn = True
        return self

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Sequencer:
        return self.open()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _recover(self) -> None:
        raw = self.store.checkpoint()
        if raw is None:
            self.frontier = Frontier()
            if Journal.objects.get(pk=self.journal_id).size:
                raise IntegrityError(
                    "The checkpoint file is missing, though this journal has signed before.",
                    place=str(self.store.root / "checkpoint"),
                    remedy="Restore it from a backup or from a partner's copy; signing anew could fork the journal.",
                )
            return
        # Besides the roster the keys of this folder: the database may be older than the files.
        known = {*roster.keyring(self._journal()).known(), *(key.verifier for key in self.keys)}
        known.update(key.verifier for key in home.signing_keys("log"))
        signed = verify_checkpoint(raw, known)
        self.frontier = self.store.frontier(signed.size)
        if signed.origin != self.origin or self.frontier.root() != signed.root:
            raise IntegrityError(
                "The checkpoint does not agree with the journal's files.",
                place=str(self.store.root / "checkpoint"),
                remedy="Run `comity fsck`.",
            )
        self._mark(signed)

    def _mark(self, signed: Checkpoint) -> None:
        """Tell the database what is signed. The file came first, so the database may only lag behind."""
        with transaction.atomic():
            row = Journal.objects.select_for_update().get(pk=self.journal_id)
            if row.next_index < signed.size:
                raise IntegrityError(
                    f"The journal has signed {signed.size} entries; the database knows only {row.next_index}.",
                    place=self.origin,
                    remedy="The database is older than the journal: run `comity rebuild`, which derives it anew.",
                )
            if row.size < signed.size or not row.root:
                row.size, row.root, row.checkpoint_at = signed.size, signed.root.hex(), clock.now()
                row.save(update_fields=["size", "root", "checkpoint_at"])
            Pending.objects.filter(journal_id=self.journal_id, index__lt=signed.size).delete()

    def wait_s(self) -> float | None:
        """In how many seconds a step is due, 0 for now; None: there is nothing to sign.

        What is added while nothing was signed lately is signed at once; under a stream, every `batch_seconds`, or when
        `batch_entries` are pending.
        """
        if standing.read() is not None:
            return None
        if self._torn:
            return 0.0
        pending = Pending.objects.filter(journal_id=self.journal_id, index__gte=self.frontier.size)
        if not pending.exists():
            return 0.0 if self.frontier.size == 0 and self.store.checkpoint() is None else None
        # By a clock that is never set: an entry's time may lie ahead, or long ago.
        wait = self._signed_at + self.batch_seconds - time.monotonic()
        return wait if wait > 0 and pending[: self.batch_entries].count() < self.batch_entries else 0.0

    def step(self) -> int:
        """Sequence what is pending, at most 8,192 entries. Returns how many; signs the empty journal once.

        Raises IntegrityError where files and database do not belong together, OSError where the disk does not take it.
        After any error the next step reads from the files anew where the journal stands. A node that reads only signs
        nothing.
        """
        with self.turn:
            if standing.read() is not None:
                self._torn = True
                return 0
            if self._torn:
                self._recover()
            self._torn = True
            count = self._step()
            self._torn = False
            return count

    def _step(self) -> int:
        rows = list(
            Pending.objects.filter(journal_id=self.journal_id, index__gte=self.frontier.size)
            .order_by("index")
            .values_list("index", "data")[:MOST_AT_ONCE]
        )
        if not rows and self.store.checkpoint() is not None:
            return 0
        expected = range(self.frontier.size, self.frontier.size + len(rows))
        if [index for index, _ in rows] != list(expected):
            raise IntegrityError(
                f"Entry {next(e for e, (i, _) in zip(expected, rows, strict=True) if e != i)} is missing.",
                place=self.origin,
                remedy="A pending entry was deleted from the database: restore it from a backup.",
            )
        self.store.grow(self.frontier, [bytes(data) for _, data in rows])
        self.after("written")
        signed = Checkpoint(self.origin, self.frontier.size, self.frontier.root() if self.frontier.size else EMPTY)
        self.store.promise(signed)
        machine.note(self._journal(), signed)
        self.after("promised")
        note = sign_checkpoint(signed, *self._signers(signed.size))
        self.after("signed")
        self.store.publish(note)
        self.after("published")
        self._mark(signed)
        self.after("marked")
        self._signed_at = time.monotonic()
        self.store.drop_partials(signed.size)
        return len(rows)

    def _journal(self) -> Journal:
        return Journal.objects.get(pk=self.journal_id)

    def _signers(self, size: int) -> list[SigningKey]:
        """The keys that sign a tree of `size` entries: all that the roster lets and that lie in this folder."""
        ring = roster.keyring(self._journal()).at(size)
        if any(key not in {mine.verifier for mine in self.keys} for key in ring):
            # A key came since this process read them.
            self.keys = home.signing_keys("log")
        signers = [key for key in self.keys if key.verifier in ring]
        if not signers:
            raise ConfigurationError(
                f"No log key of this folder may sign a tree of {size} entries.",
                place=str(home.key_path("log")),
                remedy="Restore the key from its safe place; if it is lost, see `comity key lost`.",
            )
        return signers

    def drain(self) -> int:
        """Sequence everything that is pending now."""
        total = 0
        while count := self.step():
            total += count
        return total
