"""Databases for the nodes of one storm after another: their tables are made once, then copied."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from tests.plugins.postgresql import Cluster
from tools.quality.nodes import LEFT_OUT, SOURCE

TEMPLATE = "storm_template"


class Databases:
    """On PostgreSQL, a server of its own with fsync for as long as the block runs. On SQLite, a file to copy."""

    def __init__(self, kind: str) -> None:
        self.cluster = Cluster(durable=True) if kind == "postgresql" else None
        self.folder = Path(tempfile.mkdtemp(prefix="storm-"))
        self._count = 0
        self._old: list[str] = []

    def __enter__(self) -> Databases:
        if self.cluster is None:
            _make_tables(f"sqlite:///{self.file}", self.folder)
            return self
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            _create(connection, TEMPLATE, "template0")
        _make_tables(self.cluster.url(TEMPLATE), self.folder)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        shutil.rmtree(self.folder)
        if self.cluster is not None:
            self.cluster.stop()

    @property
    def file(self) -> Path:
        """SQLite's file with tables and nothing in them."""
        return self.folder / "tables.sqlite3"

    def empty(self, count: int) -> list[str]:
        """Addresses of `count` new databases on the server; those of the last storm are dropped. None for SQLite."""
        if self.cluster is None:
            return []
        made: list[str] = []
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            for name in self._old:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for _ in range(count):
                self._count += 1
                made.append(f"storm_{self._count}")
                _create(connection, made[-1], TEMPLATE)
        self._old = made
        return [self.cluster.url(name) for name in made]


def _create(connection: psycopg.Connection[object], name: str, template: str) -> None:
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {} LOCALE 'C.UTF-8'")
    connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))


def _make_tables(url: str, home: Path) -> None:
    """As the first start of a node makes them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    settings = {"COMITY_HOME": str(home), "COMITY_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, env={**environment, **settings, "PYTHONPATH": path}, check=True)
