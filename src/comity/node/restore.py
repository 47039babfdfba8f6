"""Putting a backup in place as a node that reads only until its partners have told what it had signed since.

Order: the whole backup is verified → the mark that the node was restored → database → journals and files → keys →
`comity.toml`, without which a folder holds no node. Cut anywhere, nothing starts from what lies there.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tomllib
from pathlib import Path

from comity.journal import mark
from comity.journal.store import fsync_directory
from comity.kernel import clock
from comity.kernel.errors import ConfigurationError, ConflictError, FormatError
from comity.node import dump, folder
from comity.node.manifest import Manifest, verify

LAST = "comity.toml"


def restore(source: Path, home: Path, *, keys: Path | None = None, database: str = "") -> Manifest:
    """Make a node in the empty folder `home` from the backup in `source`.

    `keys`: the file that `comity backup --with-keys` wrote; without it they must lie in `home` already. `database`: its
    address, if it is to be another than before. Raises IntegrityError before anything is put in place, if the backup is
    not what it was; ConflictError where there is something already.
    """
    manifest = verify(source)
    values = tomllib.loads((source / manifest.state / LAST).read_text(encoding="utf-8"))
    url = database or os.environ.get("COMITY_DATABASE_URL") or str(values.get("database_url") or "")
    url = url or f"sqlite:///{home / 'comity.sqlite3'}"
    kind = "sqlite" if url.startswith("sqlite:") else "postgresql"
    if kind != manifest.database.kind:
        raise ConfigurationError(
            f"The backup is of a node on {manifest.database.kind}; the database named is {kind}.",
            remedy="Restore into a database of the same kind.",
        )
    _check_target(home, keys)
    dump.check_empty(url)
    home.mkdir(parents=True, exist_ok=True, mode=0o750)
    mark.write(home, mark.Standing(mark.RESTORED, clock.iso(clock.now())))
    dump.restore(url, source / manifest.database.file)
    _place(source, home, manifest)
    if keys is not None:
        read_keys(keys, home)
    os.sync()
    if database:
        folder.write_config(home, {**values, "database_url": database})
    else:
        shutil.copyfile(source / manifest.state / LAST, home / LAST)
    fsync_directory(home)
    return manifest


def _check_target(home: Path, keys: Path | None) -> None:
    present = {path.name for path in home.iterdir()} if home.is_dir() else set()
    if present - {"keys"}:
        raise ConflictError("The folder is not empty.", place=str(home), remedy="Restore into a new folder.")
    if keys is None and not (home / "keys" / "log.key").is_file():
        raise ConfigurationError(
            "A node without its keys can never sign its journal again.",
            place=str(home / "keys"),
            remedy="Name the file with --keys, or put the folder with the keys there first.",
        )
    if keys is not None and "keys" in present:
        raise ConflictError("There are keys already.", place=str(home / "keys"), remedy="Leave --keys out.")


def _place(source: Path, home: Path, manifest: Manifest) -> None:
    state = f"{manifest.state}/"
    for name in manifest.files:
        if name == manifest.database.file or name == f"{state}{LAST}":
            continue
        target = home / name.removeprefix(state)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)


def read_keys(source: Path, home: Path) -> None:
    """Take the keys out of the file that holds them. Raises FormatError for anything else in it."""
    target = home / "keys"
    target.mkdir(mode=0o700)
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                name = member.name.removeprefix("keys/")
                data = archive.extractfile(member)
                if data is None or not member.isfile() or "/" in name or name.startswith(".") or not name:
                    raise FormatError("The file holds more than keys.", place=member.name)
                with os.fdopen(os.open(target / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(data.read())
    except tarfile.TarError as error:
        raise FormatError(f"The file with the keys cannot be read: {error}", place=str(source)) from None
