"""Real nodes on free ports, and what rolls one of them back to an earlier hour."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from tools.quality.nodes import Node


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def delivery(path: Path, party: str, numbers: range, person: str = "Лицо") -> Path:
    """A file of marks held by natural persons."""
    with path.open("w", encoding="utf-8") as file:
        for number in numbers:
            record = {
                "office": party,
                "kind": "trademark",
                "number": str(number),
                "titles": [{"text": f"ЗНАК {number}"}],
                "parties": [
                    {"role": "holder", "entity": "natural", "names": [{"text": f"{person} {number}"}], "country": party}
                ],
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def until(done: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.2)


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
    """A stopped node as it was: its database, its folder, or both."""

    def __init__(self, node: Node, folder: Path, database: str) -> None:
        self.node, self.folder, self.database = node, folder, database
        shutil.copytree(node.home, folder)
        _copy_database(node.database, database)

    def roll_back(self, *, folder: bool = True, database: bool = True) -> None:
        if folder:
            shutil.rmtree(self.node.home)
            shutil.copytree(self.folder, self.node.home)
        if database:
            _copy_database(self.database, self.node.database)
