"""What rolls a real node back to an earlier hour."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
from psycopg import sql

from tools.quality.nodes import Node


def _copy_database(source: str, target: str) -> None:
    if source.startswith("sqlite:///"):
        for suffix in ("", "-wal", "-shm"):
            file, copy = (Path(url.removeprefix("sqlite:///") + suffix) for url in (source, target))
            copy.unlink(missing_ok=True)
            if file.exists():
                shutil.copy2(file, copy)
        return
    server, _, name = target.rpartition("/")
    origin = source.rpartition("/")[2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(origin))
        )


class Snapshot:
    """A stopped node as it was: its database, its folder, or both; and what its machine remembered."""

    def __init__(self, node: Node, folder: Path, database: str) -> None:
        self.node, self.folder, self.database = node, folder, database
        shutil.copytree(node.home, folder)
        self.memory = folder.with_name(f"{folder.name}.memory")
        shutil.copytree(node.memory, self.memory)
        _copy_database(node.database, database)

    def roll_back(self, *, folder: bool = True, database: bool = True) -> None:
        if folder:
            shutil.rmtree(self.node.home)
            shutil.copytree(self.folder, self.node.home)
        if database:
            _copy_database(self.database, self.node.database)

    def begin_anew(self) -> None:
        """Everything as it was, on a machine that knows no more: for the next test."""
        self.roll_back()
        self.node.restart_machine()
        shutil.copytree(self.memory, self.node.memory)
