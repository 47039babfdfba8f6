"""The journal as static files: tiles of hashes and bundles of entries.

Follows C2SP tlog-tiles: a full tile holds 256 hashes; hash i of tile (level, n) covers 256**level leaves from
(n*256+i) * 256**level. Paths are relative to the log's prefix. Bytes of a wrong length or form raise FormatError.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence

from comity.kernel.errors import FormatError, NotFoundError, ProofError
from comity.kernel.merkle import HASH_SIZE, Frontier, perfect_root

TILE = 256
MAX_ENTRY = 65535

Fetch = Callable[[str], bytes]
"""`fetch(path)`: the file's bytes; raises NotFoundError when the log does not hold it."""

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


def tile_path(level: int, n: int, width: int = TILE) -> str:
    """The path of a tile, such as `tile/0/x001/x234/067.p/12` (tlog-tiles, "Merkle Tree")."""
    if not 0 <= level <= 63:
        raise FormatError(f"There are no tiles of level {level}.")
    return f"tile/{level}/{_number(n, width)}"


def bundle_path(n: int, width: int = TILE) -> str:
    """The path of an entry bundle, such as `tile/entries/000` (tlog-tiles, "Log Entries")."""
    return f"tile/entries/{_number(n, width)}"


def _number(n: int, width: int) -> str:
    if n < 0 or not 1 <= width <= TILE:
        raise FormatError(f"There is no tile {n} of width {width}.")
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03d}")
    return "/".join(reversed(groups)) + ("" if width == TILE else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int | None, int, int]:
    """(level, n, width) of a path, the level None for an entry bundle; raises FormatError for any other spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise FormatError(f"{path[:80]!r} is not the path of a tile.")
    level = None if match[1] == "entries" else int(match[1])
    n = int(match[2].replace("x", "").replace("/", ""))
    width = int(match[3]) if match[3] else TILE
    if match[3] == str(TILE) or (bundle_path(n, width) if level is None else tile_path(level, n, width)) != path:
        raise FormatError(f"{path[:80]!r} is not the one spelling of a tile's path.")
    return level, n, width


def tiles_of(size: int) -> list[tuple[int, int, int]]:
    """(level, n, width) of every tile of a tree of `size` leaves, bottom up, in order."""
    return new_tiles(0, size)


def new_tiles(old: int, new: int) -> list[tuple[int, int, int]]:
    """(level, n, width) of the tiles to write when a tree grows from `old` to `new` leaves, bottom up, in order."""
    if not 0 <= old <= new:
        raise ProofError(f"A log of {old} entries does not grow to {new}.")
    tiles: list[tuple[int, int, int]] = []
    level = 0
    while old != new:
        tiles += [(level, n, min(TILE, new - n * TILE)) for n in range(old // TILE, (new + TILE - 1) // TILE)]
        level, old, new = level + 1, old // TILE, new // TILE
    return tiles


def grow(size: int, leaves: Sequence[bytes], fetch: Fetch) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of the tiles to write when a log of `size` entries takes these leaf hashes, bottom up.

    `fetch` is asked only for the partial tiles of the present right edge. Bundles are the caller's, and come before
    tiles.
    """
    level, hashes = 0, list(leaves)
    while hashes:
        first, covered = divmod(size, TILE)
        if covered:
            hashes = _tile(fetch, level, first, covered) + hashes
        chunks = [hashes[i : i + TILE] for i in range(0, len(hashes), TILE)]
        for n, chunk in enumerate(chunks, first):
            yield tile_path(level, n, len(chunk)), b"".join(chunk)
        hashes = [perfect_root(chunk) for chunk in chunks if len(chunk) == TILE]
        level, size = level + 1, first


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """The bundle of 1..256 entries: for each, its length as u16 big-endian, then its bytes (tlog-tiles, "Log
    Entries").
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise FormatError(
                f"An entry of {len(entry)} bytes is longer than {MAX_ENTRY}.", place=f"entry {len(parts) // 2}"
            )
        parts += (len(entry).to_bytes(2, "big"), entry)
    if not 1 <= len(parts) // 2 <= TILE:
        raise FormatError(f"A bundle holds 1 to {TILE} entries, not {len(parts) // 2}.")
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle; raises FormatError when a length points past the end or bytes are left over."""
    entries: list[bytes] = []
    at, total = 0, len(data)
    for index in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > total or at > total:
            raise FormatError("The bundle is cut short.", place=f"entry {index} of {width}")
        entries.append(data[start:at])
    if at != total:
        raise FormatError(f"{total - at} bytes follow the last of the bundle's {width} entries.")
    return entries


def decode_bundles(data: bytes) -> Iterator[list[bytes]]:
    """The entries of full bundles that follow each other; raises FormatError when the last one is cut short."""
    at, total = 0, len(data)
    while at < total:
        entries: list[bytes] = []
        for index in range(TILE):
            start = at + 2
            at = start + int.from_bytes(data[at:start], "big")
            if start > total or at > total:
                raise FormatError("The bundle is cut short.", place=f"entry {index} of {TILE}")
            entries.append(data[start:at])
        yield entries


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """The `width` hashes of a tile; raises FormatError unless it has exactly 32 bytes for each."""
    if len(data) != width * HASH_SIZE:
        raise FormatError(f"A tile of {width} hashes has {width * HASH_SIZE} bytes, this one {len(data)}.")
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def _tile(fetch: Fetch, level: int, n: int, width: int) -> list[bytes]:
    """The first `width` hashes of a tile; a partial that is gone may be replaced by the full tile (tlog-tiles,
    "Partial Tiles").
    """
    path = tile_path(level, n, width)
    try:
        data = fetch(path)
    except NotFoundError:
        if width == TILE:
            raise
        path = tile_path(level, n)
        data = fetch(path)
    try:
        return decode_tile(data, parse_tile_path(path)[2])[:width]
    except FormatError as error:
        error.at(path)
        raise


class TileReader:
    """Reads the hashes of a tree of `size` leaves from its tiles; it is a `merkle.HashReader`, and remembers the last
    tiles read.

    What `fetch` gives is not checked against a root: verify the proof that is made from it.
    """

    __slots__ = ("_cache", "_fetch", "size")

    KEPT = 64

    def __init__(self, fetch: Fetch, size: int) -> None:
        self.size = size
        self._fetch = fetch
        self._cache: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def hash(self, level: int, index: int) -> bytes:
        """The hash of the perfect subtree over leaves [index * 2**level, (index + 1) * 2**level)."""
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            raise ProofError(f"A tree of {self.size} leaves has no perfect subtree {index} of height {level}.")
        tile_level, height = divmod(level, 8)
        n, at = divmod(index << height, TILE)
        return perfect_root(self._read(tile_level, n)[at : at + (1 << height)])

    def __call__(self, level: int, index: int) -> bytes:
        return self.hash(level, index)

    def _read(self, level: int, n: int) -> list[bytes]:
        key = (level, n)
        hashes = self._cache.get(key)
        if hashes is None:
            width = min(TILE, (self.size >> (8 * level)) - n * TILE)
            hashes = self._cache[key] = _tile(self._fetch, level, n, width)
            if len(self._cache) > self.KEPT:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(key)
        return hashes


def frontier(size: int, fetch: Fetch) -> Frontier:
    """The right edge of a tree of `size` leaves, read from its tiles: where appending goes on after a restart."""
    reader = TileReader(fetch, size)
    levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
    return Frontier(size, [reader.hash(level, (size >> level) - 1) for level in levels])
