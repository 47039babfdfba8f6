"""Files of a journal on disk, in the layout of C2SP tlog-tiles.

Order of writing: bundle → tiles bottom-up → fsync of each and of its folder → checkpoint by rename → fsync of the
folder. A file that exists is never written again; other bytes under its name are refused. The one failure admitted:
the machine loses power between a rename and the fsync of the folder; then the checkpoint is the earlier one, which the
files also satisfy. What is about to be signed is noted in `.signed` before: a folder that was rolled back to an earlier
hour in part is told by it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comity.kernel import tiles
from comity.kernel.checkpoint import Checkpoint, parse_text, signers
from comity.kernel.errors import IntegrityError, NotFoundError
from comity.kernel.merkle import Frontier, leaf_hashes, perfect_root

_HEIGHT = tiles.TILE.bit_length() - 1


def fsync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` under a temporary name, fsync, rename over `path`, fsync the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)


def handover_path(keyid: str) -> str:
    """Where the last checkpoint lies that a log key signed; `keyid` in hex."""
    return f"handover/{keyid}"


class Store:
    """The tiles, bundles and checkpoint of one journal under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fetch(self, path: str) -> bytes:
        """The bytes of a tile or bundle; of a partial one also where a wider or the full one is all that lies here."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            pass
        level, n, width = tiles.parse_tile_path(path)
        wider = self._wider(level, n, width) if width < tiles.TILE else None
        if wider is None:
            raise NotFoundError("The journal has no such file.", place=path)
        data, have = wider
        if level is not None:
            return data[: 32 * width]
        return tiles.encode_bundle(tiles.decode_bundle(data, have)[:width])

    def _wider(self, level: int | None, n: int, width: int) -> tuple[bytes, int] | None:
        """The full file of a partial one, or the narrowest partial one beyond `width`, and its width."""
        full = tiles.bundle_path(n) if level is None else tiles.tile_path(level, n)
        try:
            return (self.root / full).read_bytes(), tiles.TILE
        except (FileNotFoundError, NotADirectoryError):
            pass
        names = (path.name for path in (self.root / f"{full}.p").glob("[0-9]*"))
        for have in sorted(int(name) for name in names if name.isdecimal() and int(name) > width):
            try:
                return (self.root / f"{full}.p/{have}").read_bytes(), have
            except FileNotFoundError:  # dropped meanwhile: the full one is there now
                return self._wider(level, n, width)
        return None

    def checkpoint(self) -> bytes | None:
        try:
            return (self.root / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def frontier(self, size: int) -> Frontier:
        return tiles.frontier(size, self.fetch)

    def reader(self, size: int) -> tiles.TileReader:
        return tiles.TileReader(self.fetch, size)

    def entries(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Entries `start` ≤ index < `end` of a journal that has at least `end`."""
        for n in range(start // tiles.TILE, -(-end // tiles.TILE)):
            first = n * tiles.TILE
            width = min(tiles.TILE, end - first)
            bundle = self.fetch(tiles.bundle_path(n, width))
            for offset, data in enumerate(tiles.decode_bundle(bundle, width)):
                if first + offset >= start:
                    yield first + offset, data

    def entry(self, index: int, size: int) -> bytes:
        """One entry of a journal of `size` entries."""
        if not 0 <= index < size:
            raise NotFoundError(f"The journal has {size} entries; there is no number {index}.")
        n, offset = divmod(index, tiles.TILE)
        width = min(tiles.TILE, size - n * tiles.TILE)
        return tiles.decode_bundle(self.fetch(tiles.bundle_path(n, width)), width)[offset]

    def grow(self, frontier: Frontier, data: Sequence[bytes], leaves: Sequence[bytes] = ()) -> None:
        """Write bundles and tiles for `data` appended to `frontier`, durably, and move `frontier` on.

        `leaves`: the hashes of `data`, where the caller has them already.
        """
        old, new = frontier.size, frontier.size + len(data)
        if not data:
            return
        leaves = list(leaves) or leaf_hashes(data)
        touched: set[Path] = set()
        fresh: dict[Path, Path] = {}  # what was written under a temporary name
        try:
            roots = self._write(old, new, data, leaves, touched, fresh)
            # All are written; now they are made durable together, which takes the disk little longer than one.
            with ThreadPoolExecutor(min(8, len(fresh) or 1)) as pool:
                list(pool.map(_fsync, fresh.values()))
            for target, temporary in fresh.items():
                temporary.replace(target)
        except OSError:
            for temporary in fresh.values():
                temporary.unlink(missing_ok=True)
            raise
        for folder in sorted(touched, key=lambda path: len(path.parts), reverse=True):
            fsync_directory(folder)
        whole = len(roots) if old % tiles.TILE == 0 else 0
        if whole:
            frontier.extend(roots, _HEIGHT)
        frontier.extend(leaves[whole * tiles.TILE :])

    def _write(
        self,
        old: int,
        new: int,
        data: Sequence[bytes],
        leaves: list[bytes],
        touched: set[Path],
        fresh: dict[Path, Path],
    ) -> list[bytes]:
        """Write the files of a tree that grows from `old` to `new` entries, under temporary names: bundles first.

        Returns the roots of the tiles of leaves that are full now.
        """
        known: dict[int, tuple[int, list[bytes]]] = {}  # level → (index of the first hash held, hashes)
        first = old // tiles.TILE * tiles.TILE
        head = [entry for _, entry in self.entries(first, old)] if first < old else []
        at = first
        held = head + list(data)
        while at < new:
            width = min(tiles.TILE, new - at)
            bundle = tiles.encode_bundle(held[at - first : at - first + width])
            self._put(tiles.bundle_path(at // tiles.TILE, width), bundle, touched, fresh)
            at += width
        known[0] = (old, leaves)
        level = 0
        while level in known:
            begin, hashes = known[level]
            count = begin + len(hashes)
            first = begin // tiles.TILE * tiles.TILE
            if first < begin:
                before = self.fetch(tiles.tile_path(level, first // tiles.TILE, begin - first))
                hashes = [before[i : i + 32] for i in range(0, len(before), 32)] + hashes
            upward: list[bytes] = []
            for at in range(first, count, tiles.TILE):
                chunk = hashes[at - first : at - first + tiles.TILE]
                self._put(tiles.tile_path(level, at // tiles.TILE, len(chunk)), b"".join(chunk), touched, fresh)
                if len(chunk) == tiles.TILE:
                    upward.append(perfect_root(chunk))
            if upward:
                known[level + 1] = (begin // tiles.TILE, upward)
            level += 1
        return known[1][1] if 1 in known else []

    def publish(self, checkpoint: bytes) -> None:
        """Put the signed checkpoint in place: from now on the world may see it.

        Where a log key ends with it, the last checkpoint that this key signed is kept first: it leads who knows only
        that key to the entry of the roster that names the next one.
        """
        before = self.checkpoint()
        if before is not None and before != checkpoint:
            for ended in signers(before) - signers(checkpoint):
                path = self.root / handover_path(ended.hex())
                path.parent.mkdir(parents=True, exist_ok=True)
                write_durably(path, before)
                fsync_directory(self.root)
        write_durably(self.root / "checkpoint", checkpoint)

    def handover(self, keyid: str) -> bytes:
        """The last checkpoint that an earlier log key signed. Raises NotFoundError."""
        try:
            return (self.root / handover_path(keyid)).read_bytes()
        except FileNotFoundError:
            raise NotFoundError("No such log key has ended.", place=keyid) from None

    def handovers(self) -> list[str]:
        """The identifiers of the log keys that have ended."""
        return sorted(path.name for path in (self.root / "handover").glob("[0-9a-f]*") if len(path.name) == 8)

    def promise(self, checkpoint: Checkpoint) -> None:
        """Note durably what is about to be signed. From now on nothing else may be signed at this place."""
        write_durably(self.root / ".signed", checkpoint.text().encode(), mode=0o640)

    def promised(self) -> Checkpoint | None:
        """What was last about to be signed; None in a folder that knows nothing of it."""
        try:
            return parse_text((self.root / ".signed").read_text())
        except FileNotFoundError:
            return None

    def put_aside(self, size: int, to: Path) -> int:
        """Move every file that reaches beyond the tree of `size` entries to the folder `to`. Returns how many.

        For a journal of which no checkpoint beyond `size` was ever published; the tree itself stays whole.
        """
        for level, n, width in tiles.tiles_of(size):
            for path in (tiles.tile_path(level, n, width), *([tiles.bundle_path(n, width)] if level == 0 else [])):
                if not (self.root / path).exists():
                    # Only a wider file holds it, which is about to go.
                    data = self.fetch(path)
                    (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                    write_durably(self.root / path, data)
        moved = 0
        for file in sorted(self.root.glob("tile/**/*")):
            if not file.is_file() or file.name.startswith("."):
                continue
            relative = file.relative_to(self.root).as_posix()
            height, n, width = tiles.parse_tile_path(relative)
            if (n * tiles.TILE + width) * tiles.TILE ** (height or 0) > size:
                (to / relative).parent.mkdir(parents=True, exist_ok=True)
                file.replace(to / relative)
                moved += 1
        return moved

    def drop_partials(self, size: int) -> None:
        """Delete the partial files of tiles and bundles that are full in the published tree of `size` entries."""
        level, count = 0, size
        while count >= tiles.TILE:
            n = count // tiles.TILE - 1
            for path in (tiles.tile_path(level, n), *([tiles.bundle_path(n)] if level == 0 else [])):
                folder = self.root / f"{path}.p"
                if folder.is_dir():
                    for file in folder.iterdir():
                        file.unlink()
                    folder.rmdir()
            level, count = level + 1, count // tiles.TILE

    def _put(self, path: str, data: bytes, touched: set[Path], fresh: dict[Path, Path]) -> None:
        """Write a file that must never change, under a temporary name. An existing one must hold the same bytes."""
        target = self.root / path
        # Also where the file exists: a kill may have come between its rename and the fsync of its folder.
        touched.update(folder for folder in target.parents if folder.is_relative_to(self.root))
        try:
            if target.read_bytes() == data:
                return
        except FileNotFoundError:
            pass
        else:
            raise IntegrityError(
                "The file exists with other bytes; it is never overwritten.",
                place=str(target),
                remedy="Stop this node and run `comity fsck`: the database and the journal do not belong together.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: the follower and the mirror may write the same file at once, with the same bytes.
        fresh[target] = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}.tmp")
        fresh[target].write_bytes(data)


def _fsync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
