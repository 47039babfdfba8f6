"""What a backup holds: its manifest, and the check that it still does. Needs neither settings nor a database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from comity.journal.store import Store, write_durably
from comity.kernel import tiles
from comity.kernel.canonical import decode, encode
from comity.kernel.checkpoint import verify_checkpoint
from comity.kernel.errors import ComityError, FormatError, IntegrityError, NotFoundError
from comity.kernel.merkle import leaf_hash
from comity.kernel.notes import VerifierKey
from comity.node import dump

MANIFEST = "manifest.json"
KIND = "comity/backup/1"
AGAIN = "Take another backup; this one cannot be relied on."


@dataclass(frozen=True, slots=True)
class Copied:
    """A file of the backup: SHA-256 in hex, and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A journal in the backup: `signed` entries lie under `checkpoint` (a file; empty if there is none), `stored` in
    all. `vkeys`: every log key that it has had, for keys follow on each other.
    """

    origin: str
    own: bool
    vkeys: list[str]
    folder: str
    signed: int
    stored: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Database:
    """The copy of the database: sqlite or postgresql, and the file."""

    kind: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that a backup holds. `state`: the folder in it of what changes from backup to backup."""

    created_at: str
    party: str
    origin: str
    state: str
    database: Database
    journals: tuple[Copy, ...]
    files: Mapping[str, Copied]

    @property
    def own(self) -> Copy:
        return next(copy for copy in self.journals if copy.own)


def write(folder: Path, manifest: Manifest) -> None:
    write_durably(folder / MANIFEST, encode({"comity": KIND, **asdict(manifest)}) + b"\n", mode=0o640)


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises NotFoundError, or FormatError for what is none."""
    path = folder / MANIFEST
    try:
        body = decode(path.read_bytes().rstrip(b"\n"))
        if body.pop("comity") != KIND:
            raise FormatError("The manifest is of another kind.", place=str(path))
        files = {name: Copied(**one) for name, one in body.pop("files").items()}
        journals = tuple(Copy(**one) for one in body.pop("journals"))
        manifest = Manifest(database=Database(**body.pop("database")), journals=journals, files=files, **body)
    except FileNotFoundError:
        raise NotFoundError(
            "There is no finished backup here.", place=str(path), remedy="The manifest is written last."
        ) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"The manifest does not have the form of one: {error}", place=str(path)) from None
    for name in files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise FormatError("A name in the manifest leads out of the backup.", place=name)
    if sum(copy.own for copy in journals) != 1:
        raise FormatError("A node has exactly one journal of its own.", place=str(path))
    return manifest


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path, tick: Callable[[int], None] = lambda count: None) -> Manifest:
    """Read everything and check it against the manifest, the journals against their signatures.

    Raises IntegrityError for the first thing that is not what was backed up.
    """
    manifest = read(folder)
    for name, copied in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise IntegrityError("A file of the backup is missing.", place=name, remedy=AGAIN)
        if path.stat().st_size != copied.size or digest_of(path) != copied.sha256:
            raise IntegrityError("A file of the backup was changed.", place=name, remedy=AGAIN)
        tick(1)
    for copy in manifest.journals:
        check_journal(folder, copy)
        _check_entries(folder, copy)
    path = folder / manifest.database.file
    if manifest.database.kind == "sqlite":
        dump.check_sqlite(path)
    else:
        dump.check_dump(path)
    return manifest


def check_journal(folder: Path, copy: Copy) -> None:
    """The tiles lead to the root that the log signed."""
    if not copy.checkpoint:
        return
    store = Store(folder / "journals" / copy.folder)
    try:
        keys = [VerifierKey.parse(text) for text in copy.vkeys]
        signed = verify_checkpoint((folder / copy.checkpoint).read_bytes(), keys)
        root = store.frontier(signed.size).root() if signed.size else signed.root
    except ComityError as error:
        raise IntegrityError(f"The journal cannot be read: {error}", place=copy.origin, remedy=AGAIN) from error
    if (signed.origin, signed.size, signed.root) != (copy.origin, copy.signed, root):
        raise IntegrityError(
            "The journal's files do not lead to the root that was signed.",
            place=copy.origin,
            remedy="Run `comity fsck` on the node, then take another backup.",
        )


def _check_entries(folder: Path, copy: Copy) -> None:
    """Every entry hashes to its leaf."""
    store = Store(folder / "journals" / copy.folder)
    for n in range(-(-copy.stored // tiles.TILE)):
        width = min(tiles.TILE, copy.stored - n * tiles.TILE)
        path = tiles.bundle_path(n, width)
        entries = tiles.decode_bundle(store.fetch(path), width)
        if b"".join(leaf_hash(entry) for entry in entries) != store.fetch(tiles.tile_path(0, n, width)):
            raise IntegrityError("Entries do not hash to their leaves.", place=path, remedy=AGAIN)
