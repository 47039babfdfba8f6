"""PostgreSQL to PostgreSQL, rows as they are: logical replication and COPY into the tables and indexes of a node."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psycopg

from comity.node.demo.run import Node
from tools.bench.exchange_parts import comity
from tools.bench.exchange_parts.world import Databases, World, loopback_bytes

# What a node derives tables and search from: without the vault's rows the names would be missing.
TABLES = {
    "registers_right": "*",
    "registers_rightclass": "*",
    "registers_rightversion": "*",
    "registers_searchdoc": "right_id, words, people",
    "journal_opening": "*",
}
AT_ONCE = 1000


def columns(name: str) -> str:
    return "" if TABLES[name] == "*" else f"({TABLES[name]})"


def save(url: str, folder: Path) -> None:
    """Keep the rows of a node's tables as files, for the parts that send rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(url) as connection:
        for name, wanted in TABLES.items():
            query = f"COPY (SELECT {wanted} FROM {name} ORDER BY 1) TO STDOUT"
            with connection.cursor().copy(query) as copy, (folder / name).open("wb") as file:
                for data in copy:
                    file.write(data)


def rows(world: World, folder: Path) -> None:
    """Make the rows, where no part has made them: a node on PostgreSQL that imports them."""
    if (folder / "journal_opening").is_file():
        return
    with Databases() as server:
        url = server.create("ru")
        ru = comity.nodes_of(world.folder / "rows", [url, server.create("by")])[0]
        subprocess.run(
            ru.command(*comity.rows_of(world, ru)), env=ru.environment(), stdout=subprocess.DEVNULL, check=True
        )
        save(url, folder)


def _empty_node(server: Databases, folder: Path, party: str) -> str:
    """A database with the tables and indexes of a node, and nothing in those that are measured."""
    url = server.create("bench")
    node = Node(party, party, folder / party.lower(), 0)
    arguments = ["--party", party, "--origin", f"{party.lower()}.bench.example/journal", "--offices", party]
    node.run("init", *arguments, "--url", "http://127.0.0.1:1/", "--database", url)
    with psycopg.connect(url, autocommit=True) as connection:
        # As on a subscriber, where no foreign key is checked: the rows of the other tables do not matter here.
        found = connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [list(TABLES)],
        ).fetchall()
        for table, name in found:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        connection.execute("TRUNCATE journal_opening")
    return url


def _load(url: str, folder: Path, most: int = 1 << 20) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name in TABLES:
            with (
                connection.cursor().copy(f"COPY {name}{columns(name)} FROM STDIN") as copy,
                (folder / name).open("rb") as file,
            ):
                while data := file.read(most):
                    copy.write(data)
        connection.execute("ANALYZE")


def _count(url: str, table: str = "registers_right") -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def replication(world: World, folder: Path) -> dict[str, float]:
    """Initial copy, then the same rows as streamed changes, a thousand rights in each transaction."""
    rows(world, folder)
    figures: dict[str, float] = {}
    with Databases() as first, Databases() as second:
        here, there = _empty_node(first, world.folder / "p", "RU"), _empty_node(second, world.folder / "s", "BY")
        _load(here, folder)
        total = _count(here)
        with psycopg.connect(here, autocommit=True) as owner, psycopg.connect(there, autocommit=True) as partner:
            names = ", ".join(f"{name}{columns(name)}" for name in TABLES)
            owner.execute(f"CREATE PUBLICATION bench FOR TABLE {names}")
            before, started = loopback_bytes(), time.monotonic()
            partner.execute(f"CREATE SUBSCRIPTION bench CONNECTION '{here}' PUBLICATION bench")
            waiting = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
            while partner.execute(waiting).fetchone() != (0,):
                time.sleep(0.05)
            seconds = time.monotonic() - started
            assert _count(there) == total
            figures |= {"entries": total, "exchange /s": total / seconds, "exchange us/record": seconds / total * 1e6}
            figures["wire B/record"] = (loopback_bytes() - before) / total
            owner.execute(f"TRUNCATE {', '.join(TABLES)}")
            while _count(there):
                time.sleep(0.05)
            started = time.monotonic()
            _stream(here, folder)
            sent = time.monotonic() - started
            while any(_count(there, name) != _count(here, name) for name in TABLES):
                time.sleep(0.1)
            figures["streamed /s"] = total / (time.monotonic() - started)
            figures["inserted at the owner /s"] = total / sent
            partner.execute("DROP SUBSCRIPTION bench")
    return figures


def _stream(url: str, folder: Path) -> None:
    """All rows again, in transactions of a thousand rights with what belongs to them."""
    with psycopg.connect(url, autocommit=True) as connection:
        files = {name: (folder / name).open("rb") for name in TABLES}
        left = dict.fromkeys(TABLES, True)
        try:
            while any(left.values()):
                with connection.transaction():
                    for name, file in files.items():
                        part = b"".join(file.readline() for _ in range(AT_ONCE))
                        left[name] = bool(part)
                        if part:
                            with connection.cursor().copy(f"COPY {name}{columns(name)} FROM STDIN") as copy:
                                copy.write(part)
        finally:
            for file in files.values():
                file.close()


def copy_pipe(world: World, folder: Path) -> dict[str, float]:
    """`COPY … TO STDOUT` of one server into `COPY … FROM STDIN` of another, table after table."""
    rows(world, folder)
    with Databases() as first, Databases() as second:
        here, there = _empty_node(first, world.folder / "p", "RU"), _empty_node(second, world.folder / "s", "BY")
        _load(here, folder)
        total = _count(here)
        started = time.monotonic()
        with psycopg.connect(here) as owner, psycopg.connect(there) as partner:
            for name, wanted in TABLES.items():
                query, into = f"COPY (SELECT {wanted} FROM {name}) TO STDOUT", f"COPY {name}{columns(name)} FROM STDIN"
                with owner.cursor().copy(query) as out, partner.cursor().copy(into) as copy:
                    for data in out:
                        copy.write(data)
        seconds = time.monotonic() - started
    return {"entries": total, "exchange /s": total / seconds, "exchange us/record": seconds / total * 1e6}
