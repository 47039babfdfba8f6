"""Following a partner's journal: verified before it is stored, stored before it is applied.

Order, each step durable before the next: checkpoint verified and noted as pending → bundles proved against tiles
proved against its root → written to this node's copy → openings proved against their commitments and kept → cursor of
stored entries → entries applied → checkpoint of the copy. A kill anywhere is made good by running again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from comity.confidential import sealed
from comity.federation.forks import keep_fork
from comity.federation.openings import Given, open_segment, segments
from comity.federation.source import Source
from comity.federation.succession import check_opening
from comity.federation.verified import VerifiedTree
from comity.journal import home, roster, services, vault
from comity.journal.models import Journal, Mirrored, Witnessed
from comity.journal.services import Outcome
from comity.journal.store import handover_path, write_durably
from comity.kernel import clock, tiles
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, signers
from comity.kernel.entry import parse_entry
from comity.kernel.errors import (
    ComityError,
    ForkError,
    FormatError,
    NoteError,
    NotFoundError,
    PartnerError,
    ProofError,
)
from comity.kernel.merkle import EMPTY, Frontier, leaf_hash

logger = logging.getLogger("comity.federation")

BUNDLES_AT_ONCE = 8
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
        self.keys = home.sealing_keys()

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
            while frontier.size < signed.size:
                done.stored += self._take(tree, frontier)
                self._apply(done)
                if tick:
                    tick(frontier.size, signed.size)
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

    def _bundle(self, n: int, width: int) -> bytes:
        try:
            return self.source.get(f"journal/{tiles.bundle_path(n, width)}")
        except NotFoundError:
            if width == tiles.TILE:
                raise PartnerError("The partner does not serve a bundle.", place=tiles.bundle_path(n)) from None
        full = self.source.get(f"journal/{tiles.bundle_path(n)}")
        return tiles.encode_bundle(tiles.decode_bundle(full, tiles.TILE)[:width])

    def _take(self, tree: VerifiedTree, frontier: Frontier) -> int:
        """Fetch, prove and store the next bundles; keep their openings; move the cursor. Returns how many entries."""
        start = frontier.size
        entries = self._entries(tree, start)
        if start == 0 and entries:
            check_opening(self.journal, entries[0])
        openings, waiting = self._openings(tree, start, entries)
        self.store.grow(frontier, entries)
        with transaction.atomic():
            vault.replace(self.journal, openings)
            sealed.keep(self.journal, waiting)
            self.journal.next_index = frontier.size
            self.journal.save(update_fields=["next_index"])
        return len(entries)

    def _entries(self, tree: VerifiedTree, start: int) -> list[bytes]:
        """The next entries from `start` on, at most some bundles of them, each proved to lie in the tree."""
        stop = min(tree.size, (start // tiles.TILE + BUNDLES_AT_ONCE) * tiles.TILE)
        entries: list[bytes] = []
        for n in range(start // tiles.TILE, -(-stop // tiles.TILE)):
            first = n * tiles.TILE
            width = min(tiles.TILE, tree.size - first)
            try:
                bundle = tiles.decode_bundle(self._bundle(n, width), width)
            except FormatError as error:
                raise PartnerError(f"A bundle of the partner does not parse: {error}", place=f"bundle {n}") from error
            hashes = tree.tile(0, n)
            for offset, data in enumerate(bundle):
                if leaf_hash(data) != hashes[32 * offset : 32 * offset + 32]:
                    raise PartnerError(
                        "An entry of the partner does not lead to the root that it signed.",
                        place=f"entry {first + offset}",
                    )
            entries += bundle[max(0, start - first) :]
        return entries[: stop - start]

    def _given(self, tree: VerifiedTree, start: int, end: int) -> Iterator[Given]:
        """What the partner gives of these entries' openings, opened: in as many answers as it takes."""
        while start < end:
            place = f"openings of entries {start} to {end - 1}"
            raw = self.source.get(f"journal/openings/{start}-{end}")
            try:
                parts = sorted(segments(raw), key=lambda part: part.start)
            except ComityError as error:
                raise PartnerError(f"The partner's openings do not parse: {error}", place=place) from error
            reached = start
            for part in parts:
                if part.end > tree.size or not part.start <= reached < part.end:
                    continue  # Of a later delivery that still goes on, or given already.
                given = open_segment(self.keys, self.journal.origin, part, lambda n: tree.tile(0, n))
                yield from (item for item in given if start <= item.index < end)
                reached = part.end
            if reached == start:
                raise PartnerError("The partner does not give the openings.", place=place)
            start = reached

    def _openings(
        self, tree: VerifiedTree, start: int, entries: list[bytes]
    ) -> tuple[dict[int, str], dict[int, bytes]]:
        """The openings that the partner gives for these entries, each proved against its commitment; and what is sealed
        for a key that is not here.
        """
        kept: dict[int, str] = {}
        waiting: dict[int, bytes] = {}
        for given in self._given(tree, start, start + len(entries)):
            index = given.index
            try:
                body = parse_entry(entries[index - start]).body
                openings: vault.Openings | None
                if given.sealed is None:
                    openings = vault.unpack(given.openings)
                elif (said := sealed.read(body)) is not None:
                    package, openings = sealed.unpack(given.sealed, said, self.journal.origin, self.keys)
                    if openings is None:
                        waiting[index] = package
                        continue
                else:
                    raise FormatError("Nothing is sealed in that entry.")
            except (ValueError, TypeError, AttributeError, ComityError) as error:
                raise PartnerError(f"The partner's openings do not parse: {error}", place=f"entry {index}") from error
            for path, (salt, value) in openings.items():
                cm = commitment_at(body, path)
                if cm is None or not vault.opens(cm, path, salt, value):
                    raise PartnerError(
                        "An opening of the partner does not belong to its commitment.", place=f"entry {index}{path}"
                    )
            kept[index] = vault.dump(openings)
        gone = {index for index, paths in vault.redacted(self.journal, [*kept, *waiting]).items() if "" in paths}
        return (
            {index: data for index, data in kept.items() if index not in gone},
            {index: data for index, data in waiting.items() if index not in gone},
        )

    def _apply(self, done: Followed) -> None:
        outcome: Outcome = services.apply_stored(self.journal)
        done.applied += outcome.applied
        done.held += outcome.held


def commitment_at(body: Any, path: str) -> str | None:
    """The commitment `cm` of the object at a JSON pointer (RFC 6901) in an entry's body."""
    node = body
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isascii() and name.isdigit() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    cm = node.get("cm") if isinstance(node, dict) else None
    return cm if isinstance(cm, str) else None
