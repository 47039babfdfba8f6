"""Empty databases for the nodes of one storm after another."""

from __future__ import annotations

from types import TracebackType

import psycopg
from psycopg import sql

from tests.plugins.postgresql import Cluster


class Databases:
    """On PostgreSQL, a server of its own with fsync for as long as the block runs; on SQLite, nothing at all."""

    def __init__(self, kind: str) -> None:
        self.cluster = Cluster(durable=True) if kind == "postgresql" else None
        self._count = 0
        self._old: list[str] = []

    def __enter__(self) -> Databases:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.cluster is not None:
            self.cluster.stop()

    def empty(self, count: int) -> list[str]:
        """Addresses of `count` new databases; those of the last storm are dropped."""
        if self.cluster is None:
            return []
        made: list[str] = []
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            for name in self._old:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for _ in range(count):
                self._count += 1
                made.append(f"storm_{self._count}")
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE 'C.UTF-8'").format(sql.Identifier(made[-1]))
                )
        self._old = made
        return [self.cluster.url(name) for name in made]
