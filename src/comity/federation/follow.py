"""Following a partner's journal: verified before it is stored, stored before it is applied.

Order, each step durable before the next: checkpoint verified and noted as pending → bundles proved against tiles
proved against its root → written to this node's copy → openings proved against their commitments and kept → cursor of
stored entries → entries applied → checkpoint of the copy. A kill anywhere is made good by running again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from django.db import transaction

from comity.confidential import sealed
from comity.federation.ahead import ahead
from comity.federation.forks import keep_fork
from comity.federation.pull import Batch, Puller
from comity.federation.source import Source
from comity.federation.succession import check_opening
from comity.federation.verified import VerifiedTree
from comity.journal import home, roster, services, vault
from comity.journal.models import Journal, Mirrored, Witnessed
from comity.journal.services import Outcome
from comity.journal.store import handover_path, write_durably
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, signers
from comity.kernel.errors import (
    ComityError,
    ForkError,
    NoteError,
    NotFoundError,
    PartnerError,
    ProofError,
)
from comity.kernel.merkle import EMPTY, Frontier

logger = logging.getLogger("comity.federation")

# Log keys that a partner may have ended while this node was away.
MOST_HANDOVERS = 16


@dataclass(slots=True)
class Followed:
    """What came of one round: the size that the partner has signed, entries stored, applied, held."""

    size: int = 0
    stored: int = 0
    applied: int = 0
    held: int = 0


class Follower:
    """Follows one journal from one source."""

    def __init__(self, journal: Journal, source: Source) -> None:
        self.journal = journal
        self.source = source
        self.store = home.store(journal)
        self.puller = Puller(source, journal.origin, home.sealing_keys())

    def round(self, tick: Callable[[int, int], None] | None = None) -> Followed:
        """Fetch, prove, store and apply all that the partner has signed by now.

        Raises PartnerError when it cannot be reached or serves what does not prove, ForkError when it has signed two
        views; what was proved before stays stored and applied.
        """
        done = Followed()
        raw = self.source.get("journal/checkpoint")
        self.journal.refresh_from_db()
        try:
            for handed in self._handovers(raw):
                self._follow(handed, done, tick)
        except NoteError as error:
            raise PartnerError(
                f"The partner's checkpoint does not verify: {error}", place=self.journal.origin
            ) from error
        self._follow(raw, done, tick)
        return done

    def _handovers(self, raw: bytes) -> Iterator[bytes]:
        """What leads from the log keys known here to one that signed `raw`: the last checkpoint of each that ended.

        C2SP signed-note knows no succession of keys; this is ours. The caller follows each before it asks for the
        next: the entries under it name the key after.
        """
        for _ in range(MOST_HANDOVERS):
            ring = roster.keyring(self.journal)
            if any(key.keyid in signers(raw) for key in ring.known()):
                return
            held = self.journal.next_index
            for key in reversed(ring.at(max(held, 1))):
                try:
                    handed = self.source.get(f"journal/{handover_path(key.keyid.hex())}")
                except NotFoundError:
                    continue
                if parse_checkpoint(handed).checkpoint.size > held:
                    yield handed
                    break
            else:
                return

    def _follow(self, raw: bytes, done: Followed, tick: Callable[[int, int], None] | None) -> None:
        signed = self._checkpoint(raw)
        self.journal.refresh_from_db()
        done.size = signed.size
        frontier = self._frontier()
        self._compare(raw, signed, frontier)
        if signed.size > frontier.size:
            known = self._known(signed, frontier)
            tree = VerifiedTree(self._tile, signed.size, signed.root)
            self._extends(raw, tree, known)
            self.store.root.mkdir(parents=True, exist_ok=True)
            write_durably(self.store.root / "pending", raw)
            for batch in self._batches(tree, frontier):
                self._keep(batch)
                done.stored += len(batch.entries)
                self._apply(done, batch)
                if tick:
                    tick(batch.end, signed.size)
        self._apply(done)
        if signed.size == frontier.size and (signed.size != self.journal.size or not self.journal.root):
            self.store.root.mkdir(parents=True, exist_ok=True)
            self.store.publish(raw)
            self.journal.size, self.journal.root = signed.size, signed.root.hex()
            self.journal.checkpoint_at = clock.now()
            self.journal.save(update_fields=["size", "root", "checkpoint_at"])
            self.store.drop_partials(signed.size)

    def _checkpoint(self, raw: bytes) -> Checkpoint:
        try:
            signed = roster.keyring(self.journal).verify(raw)
        except ComityError as error:
            raise PartnerError(
                f"The partner's checkpoint does not verify: {error}", place=self.journal.origin
            ) from error
        if signed.origin != self.journal.origin:
            raise PartnerError(f"The checkpoint is of {signed.origin}.", place=self.journal.origin)
        return signed

    def _frontier(self) -> Frontier:
        """The tree of what is stored here: at least what the database counts, for the files are written first."""
        return self.store.frontier(self.journal.next_index)

    def _held_raw(self) -> str:
        """The newest checkpoint under which entries were stored."""
        path = self.store.root / "pending"
        raw = path.read_bytes() if path.is_file() else self.store.checkpoint()
        return raw.decode() if raw else ""

    def _compare(self, raw: bytes, signed: Checkpoint, frontier: Frontier) -> None:
        """A checkpoint not newer than ours must be a prefix of what is stored here."""
        if signed.size > frontier.size:
            return
        ours = self.store.frontier(signed.size).root() if signed.size else EMPTY
        if ours != signed.root:
            reason = f"Its tree of {signed.size} entries is not the one that this node holds."
            keep_fork(self.journal, self._held_raw(), raw.decode(), reason)
            raise ForkError(reason, place=self.journal.origin, remedy="Speak with the partner: the evidence is kept.")

    def _known(self, signed: Checkpoint, frontier: Frontier) -> list[tuple[int, bytes, str]]:
        """What the partner's new tree must extend, as `(size, root, evidence)`: what is stored here, the checkpoint
        under which a cut-off round began, and what this node's witness has cosigned.
        """
        held = self._held_raw()
        known = [(frontier.size, frontier.root() if frontier.size else EMPTY, held)]
        path = self.store.root / "pending"
        if path.is_file():
            pending = self._checkpoint(path.read_bytes())
            if pending.size > signed.size:
                raise PartnerError(
                    f"The partner shows {signed.size} entries; it has signed {pending.size} before.",
                    place=self.journal.origin,
                )
            known.append((pending.size, pending.root, held))
        witnessed = Witnessed.objects.filter(journal=self.journal, size__gt=0, size__lte=signed.size).first()
        if witnessed is not None:
            known.append((witnessed.size, bytes.fromhex(witnessed.root), witnessed.checkpoint))
        mirrored = Mirrored.objects.filter(journal=self.journal).first()
        if mirrored is not None:
            # What the owner has handed to the mirror lies in the same files.
            both = min(max(mirrored.held, frontier.size), signed.size)
            known.append((both, self.store.frontier(both).root() if both else EMPTY, mirrored.pending_checkpoint))
            if 0 < mirrored.pending_size <= signed.size:
                root = bytes.fromhex(mirrored.pending_root)
                known.append((mirrored.pending_size, root, mirrored.pending_checkpoint))
        return known

    def _extends(self, raw: bytes, tree: VerifiedTree, known: list[tuple[int, bytes, str]]) -> None:
        for size, root, held in known:
            try:
                tree.check_extends(size, root)
            except ProofError:
                # The tiles lead to the signed root: the partner itself signed a tree that denies what it signed before.
                reason = f"Its tree of {tree.size} entries does not extend the {size} that it signed before."
                keep_fork(self.journal, held, raw.decode(), reason)
                raise ForkError(
                    reason, place=self.journal.origin, remedy="Speak with the partner: the evidence is kept."
                ) from None

    def _tile(self, path: str) -> bytes:
        return self.source.get(f"journal/{path}")

    def _batches(self, tree: VerifiedTree, frontier: Frontier) -> Iterator[Batch]:
        """Proved batches up to the end of the tree, each in the files of the copy before it is given.

        While one is kept and applied, the next is written and synced, and the one after it fetched and proved: each in
        a thread of its own. What comes in one batch needs none.
        """
        proved = self._proved(tree, frontier.size)
        first = next(proved)
        self.store.grow(frontier, first.entries, first.leaves)
        yield first
        if first.end < tree.size:
            yield from ahead(self._written(ahead(proved), frontier))

    def _proved(self, tree: VerifiedTree, start: int) -> Generator[Batch, None, None]:
        while start < tree.size:
            batch = self.puller.take(tree, start)
            if batch.start == 0:
                check_opening(self.journal, batch.entries[0])
            start = batch.end
            yield batch

    def _written(self, batches: Generator[Batch, None, None], frontier: Frontier) -> Generator[Batch, None, None]:
        with closing(batches):
            for batch in batches:
                self.store.grow(frontier, batch.entries, batch.leaves)
                yield batch

    def _keep(self, batch: Batch) -> None:
        """Keep the openings of a batch and move the cursor of what is stored."""
        with transaction.atomic():
            taken = vault.redacted(self.journal, [*batch.openings, *batch.sealed])
            gone = {index for index, paths in taken.items() if "" in paths}
            vault.replace(self.journal, {i: data for i, data in batch.openings.items() if i not in gone})
            sealed.keep(self.journal, {i: data for i, data in batch.sealed.items() if i not in gone})
            self.journal.next_index = batch.end
            self.journal.save(update_fields=["next_index"])

    def _apply(self, done: Followed, batch: Batch | None = None) -> None:
        outcome: Outcome = services.apply_stored(self.journal, ahead=batch.reads if batch else ())
        done.applied += outcome.applied
        done.held += outcome.held
