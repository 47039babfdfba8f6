"""One moment of a node's database, copied while others write to it.

SQLite by its backup call within a read transaction; PostgreSQL by `pg_dump`, which is given the snapshot of this
connection. `pg_restore` puts it back; both come with PostgreSQL's client and must not be older than the server.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import psycopg

from comity.kernel.errors import ConfigurationError, ConflictError, IntegrityError
from comity.kernel.identifiers import origin_hash

ROWS = "SELECT origin, own, next_index FROM journal_journal ORDER BY origin"
TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"


@dataclass(frozen=True, slots=True)
class Row:
    """A journal as the snapshot has it."""

    origin: str
    own: bool
    entries: int

    @property
    def folder(self) -> str:
        return "own" if self.own else origin_hash(self.origin)


class Snapshot(Protocol):
    """One moment of the database. `renew` gives it up for a later one."""

    kind: str
    suffix: str

    def journals(self) -> list[Row]: ...

    def renew(self) -> None: ...

    def copy_to(self, target: Path) -> None:
        """Write this moment to a new file and check that it can be read back."""
        ...


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """A snapshot of this node's database."""
    from django.conf import settings

    url = settings.COMITY.database
    if urlsplit(url).scheme == "sqlite":
        with closing(sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True)) as lite:
            lite.isolation_level = None
            yield Sqlite(lite)
        return
    client("pg_dump")
    client("pg_restore")
    with psycopg.connect(**address(url), autocommit=True) as server:
        yield Postgresql(server, url)


class Sqlite:
    kind = "sqlite"
    suffix = "sqlite3"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.execute("BEGIN")

    def journals(self) -> list[Row]:
        return [Row(origin, bool(own), n) for origin, own, n in self.connection.execute(ROWS)]

    def renew(self) -> None:
        self.connection.execute("COMMIT")
        self.connection.execute("BEGIN")

    def copy_to(self, target: Path) -> None:
        with closing(sqlite3.connect(target)) as copy:
            self.connection.backup(copy)
            # One file: what is read from a backup writes nothing beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        check_sqlite(target)


class Postgresql:
    kind = "postgresql"
    suffix = "dump"

    def __init__(self, connection: psycopg.Connection[Any], url: str) -> None:
        self.connection, self.url = connection, url
        self._begin()

    def _begin(self) -> None:
        self.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def journals(self) -> list[Row]:
        return [Row(origin, own, n) for origin, own, n in self.connection.execute(ROWS)]

    def renew(self) -> None:
        self.connection.execute("COMMIT")
        self._begin()

    def copy_to(self, target: Path) -> None:
        row = self.connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={row[0]}", f"--file={target}"]
        _run("pg_dump", options, self.url)
        check_dump(target)


def check_sqlite(path: Path) -> None:
    """Raise IntegrityError unless SQLite can read its file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        try:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            said = str(error)
    if said != "ok":
        raise IntegrityError(f"The copy of the database cannot be read: {said}.", place=str(path))


def check_dump(path: Path) -> None:
    """Raise IntegrityError unless `pg_restore` can read the dump's table of contents."""
    done = subprocess.run([client("pg_restore"), "--list", str(path)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise IntegrityError(f"The dump cannot be read: {done.stderr.strip()[:300]}", place=str(path))


def client(name: str) -> str:
    """The path of a program of PostgreSQL's client. Raises ConfigurationError where it is not installed."""
    path = shutil.which(name)
    if path is None:
        raise ConfigurationError(
            f"{name} is not installed.",
            place="PATH",
            remedy="A node on PostgreSQL is backed up and restored with PostgreSQL's client, of the server's version or"
            " newer; Debian's package is postgresql-client.",
        )
    return path


def address(url: str) -> dict[str, Any]:
    """What a connection is made with."""
    parts = urlsplit(url)
    given = {
        "host": unquote(parts.hostname or ""),
        "port": str(parts.port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.lstrip("/")),
    }
    return {name: value for name, value in given.items() if value}


def _run(program: str, options: list[str], url: str) -> None:
    """Run a client program. The password goes by the environment, which the list of processes does not show."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {**os.environ, **{names[name]: value for name, value in address(url).items()}}
    done = subprocess.run([client(program), *options], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ConfigurationError(
            f"{program} ended with {done.returncode}: {done.stderr.strip()[:500]}",
            remedy="The client must not be older than the server.",
        )


def check_empty(url: str) -> None:
    """Raise ConflictError unless the database that is to be restored into is empty."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = sqlite_path(url)
        if path.exists():
            raise ConflictError("There is a database already.", place=str(path), remedy="Name another: --database.")
        return
    client("pg_restore")
    with psycopg.connect(**address(url)) as server:
        row = server.execute(TABLES).fetchone()
    if row is None or row[0]:
        raise ConflictError(
            "The database is not empty.",
            place=str(address(url).get("dbname", "")),
            remedy="Make an empty one, or name another: --database.",
        )


def sqlite_path(url: str) -> Path:
    path = unquote(urlsplit(url).path)
    return Path(path[1:] if path.startswith("//") else path)


def restore(url: str, source: Path) -> None:
    """Fill an empty database from a copy."""
    if urlsplit(url).scheme == "sqlite":
        path = sqlite_path(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        shutil.copyfile(source, part)
        part.replace(path)
        return
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run("pg_restore", [*options, f"--dbname={address(url)['dbname']}", str(source)], url)
