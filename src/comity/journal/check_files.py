"""The files of one journal, against each other and against its signed checkpoint.

Bundles parse and hash to the level-0 tiles, these fold to every tile above, byte for byte, and to the signed root
(C2SP tlog-tiles, RFC 6962 §2.1). Where a bundle and its tile disagree, the tile above or the root says which is wrong.
Memory does not grow with the journal but for 32 bytes per 256 entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from comity.journal.check_report import AGAIN, COPY, Report
from comity.kernel import tiles
from comity.kernel.checkpoint import Checkpoint
from comity.kernel.errors import ComityError, FormatError
from comity.kernel.keyring import Keyring
from comity.kernel.merkle import EMPTY, Frontier, leaf_hashes, perfect_root

TILE = tiles.TILE
_HANDOVER = re.compile(r"handover/[0-9a-f]{8}")
OnEntries = Callable[[int, list[bytes]], None]


@dataclass(slots=True)
class Tree:
    """What the files of a journal hold. `extent`: entries lying there; `roots` at the sizes that were asked for.

    `intact`: every bundle could be read and leads to the tree, so that state may be derived from it.
    """

    root: Path
    name: str
    remedy: str
    checkpoint: Checkpoint | None = None
    ahead: Checkpoint | None = None
    extent: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)
    intact: bool = True
    bundles: dict[int, set[int]] = field(default_factory=dict)
    hashes: dict[int, dict[int, set[int]]] = field(default_factory=dict)

    def place(self, path: str) -> str:
        return f"{self.name}/{path}"

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if it went away meanwhile (a partial one that the full one replaced)."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def entries(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Entries `start` ≤ index < `end` of those that lie in the files."""
        for n in range(start // TILE, -(-min(end, self.extent) // TILE)):
            width = max(self.bundles[n])
            data = self.read(tiles.bundle_path(n, width)) or b""
            for index, entry in enumerate(tiles.decode_bundle(data, width), n * TILE):
                if start <= index < end:
                    yield index, entry


def check_files(
    root: Path, name: str, origin: str, ring: Keyring | None, wanted: Iterable[int], report: Report, on: OnEntries
) -> Tree:
    """Check one journal's folder. `name` is how places begin; `on` is given the entries of each good bundle.

    `wanted`: sizes at which the caller needs the root. Without `ring` the signatures are not verified.
    """
    tree = Tree(root, name, COPY if name.endswith("/own") else AGAIN)
    _list(tree, report)
    tree.checkpoint = _signed(tree, "checkpoint", origin, ring, report)
    tree.ahead = _signed(tree, "pending", origin, ring, report)
    need = tree.checkpoint.size if tree.checkpoint else 0
    _extent(tree, need, report)
    points = {size for size in wanted if 0 <= size <= tree.extent}
    points |= {one.size for one in (tree.checkpoint, tree.ahead) if one and one.size <= tree.extent}
    above = _leaves(tree, need, sorted(points), report, on)
    _upper(tree, need, above, report)
    for path, signed in (("checkpoint", tree.checkpoint), ("pending", tree.ahead)):
        if signed and signed.size <= tree.extent and tree.roots[signed.size] != signed.root:
            what = f"The {signed.size} entries in the files do not lead to the root that is signed here."
            report.error(tree.place(path), what, tree.remedy)
            tree.intact = False
    return tree


def _list(tree: Tree, report: Report) -> None:
    for path in sorted(p for p in tree.root.rglob("*") if not p.is_dir()):
        relative = path.relative_to(tree.root).as_posix()
        if relative in {"checkpoint", "pending", ".lock", ".signed"} or _HANDOVER.fullmatch(relative):
            continue
        try:
            level, n, width = tiles.parse_tile_path(relative)
        except FormatError:
            leftover = path.name.startswith(".") and path.name.endswith(".tmp")
            what = "A write was cut short and left this behind." if leftover else "No file of a journal has this name."
            report.warn(tree.place(relative), what, "Delete it when nobody misses it.")
            continue
        report.checked["files of journals"] += 1
        known = tree.bundles if level is None else tree.hashes.setdefault(level, {})
        known.setdefault(n, set()).add(width)


def _signed(tree: Tree, path: str, origin: str, ring: Keyring | None, report: Report) -> Checkpoint | None:
    raw = tree.read(path)
    if raw is None or ring is None:
        return None
    try:
        signed = ring.verify(raw)
        if signed.origin != origin:
            raise FormatError(f"It is a checkpoint of {signed.origin}.")
    except ComityError as error:
        report.failed(tree.place(path), error, tree.remedy)
        return None
    report.checked["checkpoints"] += 1
    return signed


def _extent(tree: Tree, need: int, report: Report) -> None:
    """Count what lies there, and name what the signed tree needs and lacks."""
    tree.extent = max((n * TILE + max(widths) for n, widths in tree.bundles.items()), default=0)
    total = max(tree.extent, need)
    gap: int | None = None
    for n in range(-(-total // TILE)):
        width = TILE if n * TILE + TILE <= total else max(need - n * TILE, 1)
        if max(tree.bundles.get(n, {0})) < width:
            report.error(tree.place(tiles.bundle_path(n, width)), "The bundle is missing.", tree.remedy)
            gap = n if gap is None else gap
    if gap is not None:
        # What comes behind a gap cannot be placed in the tree.
        tree.intact = False
        tree.extent = gap * TILE + max(tree.bundles.get(gap, {0}))
    for level, n, width in tiles.tiles_of(min(need, tree.extent)):
        have = tree.hashes.get(level, {}).get(n, set())
        if not any(w >= width for w in have):
            report.error(tree.place(tiles.tile_path(level, n, width)), "The tile is missing.", tree.remedy)


def _leaves(tree: Tree, need: int, points: list[int], report: Report, on: OnEntries) -> list[bytes]:
    """Go through the bundles in order. Returns the hashes of the full level-0 tiles."""
    frontier, above = Frontier(), []
    todo = list(points)
    if todo and todo[0] == 0:
        tree.roots[todo.pop(0)] = EMPTY
    for n in range(-(-tree.extent // TILE)):
        leaves, entries = _chunk(tree, n, frontier, report)
        start = n * TILE
        if leaves is None:
            tree.intact = False
            tree.extent = start
            break
        at = 0
        while todo and todo[0] <= start + len(leaves):
            frontier.extend(leaves[at : todo[0] - start])
            at = todo[0] - start
            tree.roots[todo.pop(0)] = frontier.root()
        frontier.extend(leaves[at:])
        if len(leaves) == TILE:
            above.append(perfect_root(leaves))
        if entries is None:
            tree.intact = False
        else:
            report.checked["entries"] += len(entries)
            on(start, entries)
    return above


def _chunk(tree: Tree, n: int, frontier: Frontier, report: Report) -> tuple[list[bytes] | None, list[bytes] | None]:
    """The hashes of chunk `n`, as the rest of the tree confirms them, and its entries if their bundle is right."""
    width = max(tree.bundles[n])
    path = tiles.bundle_path(n, width)
    entries = _decode(tree, path, width, report)
    mine = leaf_hashes(entries) if entries is not None else None
    widths = tree.hashes.get(0, {}).get(n, set())
    given: list[bytes] | None = None
    if widths:
        given = _decode_tile(tree, tiles.tile_path(0, n, max(widths)), max(widths), report)
    chosen = mine if mine is not None else given
    if mine is not None and given is not None:
        k = min(len(mine), len(given))
        if mine[:k] != given[:k]:
            verdict = _judge(tree, n, frontier, mine, given)
            first = n * TILE + next(i for i in range(k) if mine[i] != given[i])
            if verdict != "tile":
                what = f"Entry {first} does not hash to its leaf in the tree."
                report.error(tree.place(path), what, tree.remedy)
                entries = None
            if verdict != "bundle":
                what = f"The hash of entry {first} is not that of its bytes."
                report.error(tree.place(tiles.tile_path(0, n, max(widths))), what, tree.remedy)
            chosen = given if verdict == "bundle" else mine
    if chosen is not None:
        _partials(tree, n, chosen, report)
    return chosen, entries


def _judge(tree: Tree, n: int, frontier: Frontier, mine: list[bytes], given: list[bytes]) -> str:
    """Which of a bundle and its tile is wrong: `bundle`, `tile`, or `` when nothing above tells."""
    parents = [w for w in tree.hashes.get(1, {}).get(n // TILE, ()) if w > n % TILE]
    if len(mine) == TILE and len(given) == TILE and parents:
        data = tree.read(tiles.tile_path(1, n // TILE, max(parents))) or b""
        parent = data[32 * (n % TILE) : 32 * (n % TILE) + 32]
        if perfect_root(mine) == parent:
            return "tile"
        if perfect_root(given) == parent:
            return "bundle"
    start = n * TILE
    for signed in (tree.checkpoint, tree.ahead):
        if signed is None or not start < signed.size <= start + TILE:
            continue
        for leaves, verdict in ((mine, "tile"), (given, "bundle")):
            if len(leaves) >= signed.size - start:
                edge = frontier.copy()
                edge.extend(leaves[: signed.size - start])
                if edge.root() == signed.root:
                    return verdict
    return ""


def _partials(tree: Tree, n: int, leaves: list[bytes], report: Report) -> None:
    """Earlier partial files of a chunk that still lie there must agree with it as well."""
    for width in sorted(tree.bundles[n])[:-1]:
        path = tiles.bundle_path(n, width)
        entries = _decode(tree, path, width, report)
        if entries is not None and leaf_hashes(entries) != leaves[:width]:
            report.error(tree.place(path), "Its entries do not hash to their leaves.", tree.remedy)
    widths = tree.hashes.get(0, {}).get(n, set())
    for width in sorted(widths)[:-1]:
        path = tiles.tile_path(0, n, width)
        given = _decode_tile(tree, path, width, report)
        if given is not None and given != leaves[:width]:
            report.error(tree.place(path), "Its hashes are not those of the entries.", tree.remedy)


def _upper(tree: Tree, need: int, hashes: list[bytes], report: Report) -> None:
    """Every tile above level 0 is what the tiles below it fold to; there are no others."""
    for n, widths in sorted(tree.hashes.get(0, {}).items()):
        if n * TILE + max(widths) > max(tree.extent, need):
            what = f"The journal has {tree.extent} entries; no tile of it reaches so far."
            report.error(tree.place(tiles.tile_path(0, n, max(widths))), what, tree.remedy)
    for level in range(1, max(tree.hashes, default=0) + 1):
        for n, widths in sorted(tree.hashes.get(level, {}).items()):
            for width in sorted(widths):
                path = tiles.tile_path(level, n, width)
                expected = b"".join(hashes[n * TILE : n * TILE + width])
                data = tree.read(path)
                if data is None or data == expected:
                    continue
                if tree.extent >= need or len(expected) == 32 * width:
                    report.error(tree.place(path), "The tile is not what the tiles below it fold to.", tree.remedy)
        hashes = [perfect_root(hashes[i : i + TILE]) for i in range(0, len(hashes) - TILE + 1, TILE)]


def _decode(tree: Tree, path: str, width: int, report: Report) -> list[bytes] | None:
    data = tree.read(path)
    if data is None:
        return None
    try:
        return tiles.decode_bundle(data, width)
    except FormatError as error:
        report.failed(tree.place(path), error, tree.remedy)
        return None


def _decode_tile(tree: Tree, path: str, width: int, report: Report) -> list[bytes] | None:
    data = tree.read(path)
    if data is None:
        return None
    try:
        return tiles.decode_tile(data, width)
    except FormatError as error:
        report.failed(tree.place(path), error, tree.remedy)
        return None
