"""What a partner serves, proved: entries against the signed root, openings against their commitments.

Reads neither database nor clock, so that the next batch can be fetched and proved while the last one is applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from comity.confidential import sealed
from comity.federation.openings import Given, open_segment, segments
from comity.federation.source import Source
from comity.federation.verified import VerifiedTree
from comity.journal import vault
from comity.journal.reading import Read, read
from comity.kernel import tiles
from comity.kernel.entry import Entry, glance
from comity.kernel.errors import ComityError, FormatError, NotFoundError, PartnerError
from comity.kernel.merkle import leaf_hashes, perfect_root
from comity.kernel.sealing import SealingKey

BUNDLES_AT_ONCE = 16
NONE: Mapping[int, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries from `start` on, proved, with their leaf hashes, their openings as the vault keeps them, what is sealed
    for keys that are not here, and as read.
    """

    start: int
    entries: Sequence[bytes]
    leaves: Sequence[bytes]
    openings: dict[int, str]
    sealed: dict[int, bytes]
    reads: Sequence[Read]

    @property
    def end(self) -> int:
        return self.start + len(self.entries)


@dataclass(frozen=True, slots=True)
class Opened:
    """By entry: openings as the vault keeps them, and what is sealed for keys that are not here."""

    openings: dict[int, str]
    sealed: dict[int, bytes]


class Puller:
    """Fetches from one source what lies under one verified tree."""

    def __init__(self, source: Source, origin: str, keys: Sequence[SealingKey]) -> None:
        self.source = source
        self.origin = origin
        self.keys = keys
        self._at_once = True

    def take(self, tree: VerifiedTree, start: int) -> Batch:
        """The next entries from `start` on, at most 16 bundles. Raises PartnerError for what does not prove."""
        entries, leaves, tile_of = self._entries(tree, start)
        given: dict[int, list[Given]] = {}
        for item in self._given(tree, start, start + len(entries), tile_of):
            given.setdefault(item.index, []).append(item)
        opened = Opened({}, {})
        reads: list[Read] = []
        for index, data in enumerate(entries, start):
            # Each entry is parsed once, and its objects go before the next one's come.
            seen = glance(data)
            values: dict[str, Any] = {}
            for item in given.get(index, ()):
                values |= self._check(item, data, seen, opened)
            reads.append(read(index, data, seen, values))
        return Batch(start, entries, leaves, opened.openings, opened.sealed, reads)

    def entries(self, tree: VerifiedTree, start: int) -> list[bytes]:
        """The next entries alone, proved as in `take`."""
        return self._entries(tree, start)[0]

    def _entries(self, tree: VerifiedTree, start: int) -> tuple[list[bytes], list[bytes], dict[int, bytes]]:
        """Entries, their leaf hashes, and the tiles that these make, by number."""
        first = start // tiles.TILE
        last = min(-(-tree.size // tiles.TILE), first + BUNDLES_AT_ONCE)
        entries: list[bytes] = []
        leaves: list[bytes] = []
        tile_of: dict[int, bytes] = {}
        for n, bundle in self._bundles(tree.size, first, last):
            hashes = leaf_hashes(bundle)
            self._prove(tree, n, hashes)
            entries += bundle
            leaves += hashes
            tile_of[n] = b"".join(hashes)
        inside = start - first * tiles.TILE
        return entries[inside:], leaves[inside:], tile_of

    def _bundles(self, size: int, first: int, last: int) -> Iterator[tuple[int, list[bytes]]]:
        """Bundles first ≤ n < last of a tree of `size` entries: the full ones in one answer, where the partner can."""
        full = min(last, size // tiles.TILE)
        n = first
        while n < full and self._at_once and full - n > 1:
            try:
                data = self.source.get(f"journal/bundles/{n}-{full}")
            except NotFoundError:
                self._at_once = False
                break
            try:
                given = list(tiles.decode_bundles(data))
            except FormatError as error:
                raise PartnerError(f"Bundles of the partner do not parse: {error}", place=f"bundle {n}") from error
            if not 0 < len(given) <= full - n:
                raise PartnerError("The partner does not give the bundles that were asked for.", place=f"bundle {n}")
            yield from enumerate(given, n)
            n += len(given)
        for one in range(n, last):
            width = min(tiles.TILE, size - one * tiles.TILE)
            try:
                yield one, tiles.decode_bundle(self._bundle(one, width), width)
            except FormatError as error:
                raise PartnerError(f"A bundle of the partner does not parse: {error}", place=f"bundle {one}") from error

    def _bundle(self, n: int, width: int) -> bytes:
        try:
            return self.source.get(f"journal/{tiles.bundle_path(n, width)}")
        except NotFoundError:
            if width == tiles.TILE:
                raise PartnerError("The partner does not serve a bundle.", place=tiles.bundle_path(n)) from None
        full = self.source.get(f"journal/{tiles.bundle_path(n)}")
        return tiles.encode_bundle(tiles.decode_bundle(full, tiles.TILE)[:width])

    def _prove(self, tree: VerifiedTree, n: int, hashes: Sequence[bytes]) -> None:
        """The leaf hashes are those of the tree. Those of a full bundle have their root in the tile above: the tile of
        the leaves themselves is asked for only to say which of them is wrong.
        """
        if len(hashes) == tiles.TILE:
            above = tree.tile(1, n // tiles.TILE)
            at = 32 * (n % tiles.TILE)
            if perfect_root(hashes) == above[at : at + 32]:
                return
        proved = tree.tile(0, n)
        for offset, found in enumerate(hashes):
            if found != proved[32 * offset : 32 * offset + 32]:
                raise PartnerError(
                    "An entry of the partner does not lead to the root that it signed.",
                    place=f"entry {n * tiles.TILE + offset}",
                )

    def _given(self, tree: VerifiedTree, start: int, end: int, tile_of: Mapping[int, bytes]) -> Iterator[Given]:
        """What the partner gives of these entries' openings, opened: in as many answers as it takes."""

        def leaves(n: int) -> bytes:
            return tile_of[n] if n in tile_of else tree.tile(0, n)

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
                given = open_segment(
                    self.keys, self.origin, part, lambda n: tile_of[n] if n in tile_of else tree.tile(0, n)
                )
                yield from (item for item in given if start <= item.index < end)
                reached = part.end
            if reached == start:
                raise PartnerError("The partner does not give the openings.", place=place)
            start = reached

    def openings(
        self,
        tree: VerifiedTree,
        start: int,
        entries: Sequence[bytes],
        tile_of: Mapping[int, bytes] = NONE,
    ) -> tuple[dict[int, str], dict[int, bytes]]:
        """The openings that the partner gives for these entries, each proved against its commitment; and what is sealed
        for a key that is not here.
        """
        opened = Opened({}, {})
        for given in self._given(tree, start, start + len(entries), tile_of):
            self._check(given, entries[given.index - start], None, opened)
        return opened.openings, opened.sealed

    def _check(self, given: Given, entry: bytes, seen: Entry | None, into: Opened) -> dict[str, Any]:
        """Add what is given of an entry, proved against the commitments in it; the values by path. `seen`: the entry at
        a glance.
        """
        index = given.index
        try:
            # Its leaf is proved. Should these bytes be no entry, then nothing will be made of them or of this.
            body = seen.body if seen is not None else orjson.loads(entry.partition(b"\n")[2])
            openings: vault.Openings | None
            if given.sealed is None:
                openings = vault.unpack(given.openings)
            elif (said := sealed.read(body)) is not None:
                package, openings = sealed.unpack(given.sealed, said, self.origin, self.keys)
                if openings is None:
                    into.sealed[index] = package
                    return {}
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
        into.openings[index] = vault.dump(openings)
        return {path: value for path, (_, value) in openings.items()}


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
