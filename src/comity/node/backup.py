"""Backup of a node while it serves: verified, incremental, consistent.

Order: one snapshot of the database is opened → within it the rows of the journals are read, and at once the journals'
checkpoints → the snapshot is copied → tiles, bundles and files are copied, of which those that lie in the backup
already are kept, for they never change → the trees are checked → the manifest is put in place → what it does not name
is deleted. An entry is in the database before it is signed, and signed before the database says so. A checkpoint that
is read within the snapshot and covers no more than the snapshot's entries is thus neither ahead of it nor behind: what
it covers lies in the tiles, what it does not is pending in the database. Killed anywhere, the earlier manifest stands
and everything that it names.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from comity.evidence import files
from comity.journal import standing
from comity.journal.models import Journal
from comity.journal.store import Store, write_durably
from comity.kernel import clock, tiles
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import ConfigurationError, ConflictError, IntegrityError
from comity.node import dump
from comity.node.manifest import MANIFEST, Copied, Copy, Database, Manifest, check_journal, digest_of, read, write

TRIES = 20
Tick = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What a backup came to: files in it, of those new ones, bytes in all, bytes that were written."""

    files: int
    new: int
    size_bytes: int
    written_bytes: int
    manifest: Manifest


def backup(target: Path, *, keys: Path | None = None) -> Done:
    """Bring the backup in `target` up to date. `keys`: a file, outside of it, for the private keys.

    Raises ConflictError where `target` holds something else or another backup runs; OSError where the disk does not
    take it.
    """
    if keys is not None and keys.absolute().is_relative_to(target.absolute()):
        raise ConfigurationError(
            "The keys do not belong into the backup's folder.", place=str(keys), remedy="Name a file elsewhere."
        )
    with _locked(target):
        before = _before(target)
        return _Backup(target, before).run(keys)


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    if target.is_dir() and not (target / ".lock").exists() and any(target.iterdir()):
        raise ConflictError(
            "The folder is not empty and holds no backup.", place=str(target), remedy="Name a new or an empty folder."
        )
    target.mkdir(parents=True, exist_ok=True, mode=0o750)
    lock = os.open(target / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConflictError("Another backup works in this folder.", place=str(target)) from None
    finally:
        os.close(lock)


def _before(target: Path) -> Manifest | None:
    if not (target / MANIFEST).exists():
        return None
    before = read(target)
    if before.origin != settings.COMITY.origin:
        raise ConflictError(
            f"The folder holds a backup of {before.origin}.", place=str(target), remedy="Take one folder for one node."
        )
    return before


class _Backup:
    def __init__(self, target: Path, before: Manifest | None) -> None:
        self.target = target
        self.known = dict(before.files) if before else {}
        self.home = Path(settings.COMITY_HOME)
        self.now = clock.now()
        self.state = f"state/{self.now:%Y%m%dT%H%M%S%fZ}"
        self.files: dict[str, Copied] = {}
        self.new = self.written = 0

    def run(self, keys: Path | None) -> Done:
        (self.target / self.state).mkdir(parents=True)
        with dump.snapshot() as snapshot:
            rows, checkpoints = self._moment(snapshot)
            database = self._database(snapshot)
        self._put(f"{self.state}/comity.toml", (self.home / "comity.toml").read_bytes())
        copies = [self._journal(row, checkpoints[row.origin]) for row in rows]
        for sha256 in files.all_names():
            self._evidence(sha256)
        for copy in copies:
            check_journal(self.target, copy)
        if keys is not None:
            write_keys(self.home / "keys", keys)
        manifest = Manifest(
            created_at=clock.iso(self.now),
            party=settings.COMITY.party,
            origin=settings.COMITY.origin,
            state=self.state,
            database=database,
            journals=tuple(copies),
            files=self.files,
        )
        os.sync()
        write(self.target, manifest)
        self._prune()
        total = sum(one.size for one in self.files.values())
        return Done(len(self.files), self.new, total, self.written, manifest)

    def _moment(self, snapshot: dump.Snapshot) -> tuple[list[dump.Row], dict[str, dict[str, bytes]]]:
        """Rows and checkpoints that belong together: no checkpoint covers more than the snapshot has entries."""
        for _ in range(TRIES):
            rows = snapshot.journals()
            found = {row.origin: self._signed(row) for row in rows}
            if all(_size(found[row.origin]) <= row.entries for row in rows if row.own):
                return rows, found
            snapshot.renew()
        raise ConflictError("The journal is signed faster than its state can be read.", remedy="Try again.")

    def _signed(self, row: dump.Row) -> dict[str, bytes]:
        folder = self.home / "journals" / row.folder
        signed = {}
        for name in ("checkpoint", "pending"):
            path = folder / name
            if path.is_file():
                signed[name] = path.read_bytes()
        return signed

    def _database(self, snapshot: dump.Snapshot) -> Database:
        path = f"{self.state}/database.{snapshot.suffix}"
        snapshot.copy_to(self.target / path)
        self.files[path] = Copied(digest_of(self.target / path), (self.target / path).stat().st_size)
        self.new += 1
        self.written += self.files[path].size
        return Database(snapshot.kind, path)

    def _journal(self, row: dump.Row, signed: dict[str, bytes]) -> Copy:
        store = Store(self.home / "journals" / row.folder)
        size = _size(signed)
        # A partner's copy may have been stored further meanwhile: the files may be ahead of the rows, which follow.
        stored = size if row.own else max(size, row.entries)
        for extent in dict.fromkeys((size, stored)):
            for level, n, width in tiles.tiles_of(extent):
                for path in (tiles.tile_path(level, n, width), *([tiles.bundle_path(n, width)] if level == 0 else [])):
                    self._immutable(f"journals/{row.folder}/{path}", store, path)
        for name, raw in signed.items():
            self._put(f"{self.state}/journals/{row.folder}/{name}", raw)
        checkpoint = f"{self.state}/journals/{row.folder}/checkpoint" if "checkpoint" in signed else ""
        keys = standing.log_keys(Journal.objects.get(origin=row.origin))
        return Copy(row.origin, row.own, sorted(map(str, keys)), row.folder, size, stored, checkpoint)

    def _immutable(self, name: str, store: Store, path: str) -> None:
        if not self._kept(name):
            self._put(name, store.fetch(path))

    def _kept(self, name: str) -> bool:
        """Whether the backup has this file already, which never changes."""
        if name in self.files:
            return True
        have = self.known.get(name)
        try:
            if have is None or (self.target / name).stat().st_size != have.size:
                return False
        except FileNotFoundError:
            return False
        self.files[name] = have
        return True

    def _evidence(self, sha256: str) -> None:
        source = files.path_of(sha256)
        name = source.relative_to(self.home).as_posix()
        if self._kept(name):
            return
        target = self.target / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{sha256}.part")
        shutil.copyfile(source, part)
        if digest_of(part) != sha256:
            part.unlink()
            raise IntegrityError(
                "The file's bytes do not hash to its name.", place=str(source), remedy="Run `comity fsck`."
            )
        part.replace(target)
        self._note(name, sha256, target.stat().st_size)

    def _put(self, name: str, data: bytes) -> None:
        target = self.target / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(data)
        part.replace(target)
        self._note(name, hashlib.sha256(data).hexdigest(), len(data))

    def _note(self, name: str, sha256: str, size: int) -> None:
        self.files[name] = Copied(sha256, size)
        self.new += 1
        self.written += size

    def _prune(self) -> None:
        """Delete what the manifest does not name: earlier states, partial tiles that have grown, what a kill left."""
        for path in sorted(self.target.rglob("*"), key=lambda p: len(p.parts), reverse=True):
            name = path.relative_to(self.target).as_posix()
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif name not in self.files and name not in {MANIFEST, ".lock"}:
                path.unlink()


def _size(signed: dict[str, bytes]) -> int:
    return parse_checkpoint(signed["checkpoint"]).checkpoint.size if "checkpoint" in signed else 0


def write_keys(folder: Path, target: Path) -> None:
    """Write the private keys to one file that its owner alone can read."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                archive.add(path, arcname=f"keys/{path.name}")
    write_durably(target, part.read_bytes(), mode=0o600)
    part.unlink()
