"""PostgreSQL to PostgreSQL, rows as they are: logical replication and COPY into the tables and indexes of a node."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psycopg

from comity.node.demo.run import Node
from tools.bench.exchange_parts import comity
from tools.bench.exchange_parts.world import Databases, World, cpu_s, database_size, loopback_bytes

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
        with (world.folder / "import.log").open("wb") as log:
            subprocess.run(
                ru.command(*comity.rows_of(world, ru)), env=ru.environment(), stdout=log, stderr=log, check=True
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
            " WHERE contype = 'f' AND (conrelid::regclass::text = ANY(%s) OR confrelid::regclass::text = ANY(%s))",
            [list(TABLES), list(TABLES)],
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
    """Initial copy, then the same rows as streamed changes, a thousand rights in each transaction: while they are
    inserted, and once more as a backlog, where the owner's inserting takes nothing of the machine.
    """
    rows(world, folder)
    with Databases() as first, Databases() as second:
        here, there = _empty_node(first, world.folder / "p", "RU"), _empty_node(second, world.folder / "s", "BY")
        _load(here, folder)
        total = _count(here)
        with psycopg.connect(here, autocommit=True) as owner, psycopg.connect(there, autocommit=True) as partner:
            names = ", ".join(f"{name}{columns(name)}" for name in TABLES)
            owner.execute(f"CREATE PUBLICATION bench FOR TABLE {names}")
            spent, server = cpu_s(first.pid, second.pid), cpu_s(second.pid)
            before, started = loopback_bytes(), time.monotonic()
            partner.execute(f"CREATE SUBSCRIPTION bench CONNECTION '{here}' PUBLICATION bench")
            waiting = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
            while partner.execute(waiting).fetchone() != (0,):
                time.sleep(0.05)
            seconds = time.monotonic() - started
            figures = {"entries": total, "exchange /s": total / seconds, "exchange us/record": seconds / total * 1e6}
            figures["exchange cpu us/record"] = (cpu_s(first.pid, second.pid) - spent) / total * 1e6
            figures["partner's server cpu us/record"] = (cpu_s(second.pid) - server) / total * 1e6
            figures["wire B/record"] = (loopback_bytes() - before) / total
            _equal(here, there)
            figures["disk B/record"] = database_size(there) / total

            _empty(owner, there)
            spent, started = cpu_s(first.pid, second.pid), time.monotonic()
            _stream(here, folder)
            sent = time.monotonic() - started
            _caught_up(owner)
            figures["streamed /s"] = total / (time.monotonic() - started)
            figures["streamed cpu us/record"] = (cpu_s(first.pid, second.pid) - spent) / total * 1e6
            figures["inserted at the owner /s"] = total / sent
            _equal(here, there)

            _empty(owner, there)
            partner.execute("ALTER SUBSCRIPTION bench DISABLE")
            _stream(here, folder)
            started = time.monotonic()
            partner.execute("ALTER SUBSCRIPTION bench ENABLE")
            _caught_up(owner)
            figures["streamed backlog /s"] = total / (time.monotonic() - started)
            _equal(here, there)
            partner.execute("DROP SUBSCRIPTION bench")
    return figures


def _empty(owner: psycopg.Connection, there: str) -> None:
    owner.execute(f"TRUNCATE {', '.join(TABLES)}")
    _caught_up(owner)
    assert not any(_count(there, name) for name in TABLES)


def _caught_up(owner: psycopg.Connection) -> None:
    """Wait until the subscriber has committed all that the owner has written until now."""
    (end,) = owner.execute("SELECT pg_current_wal_lsn()").fetchone() or ("0/0",)
    behind = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= %s AND state = 'streaming'"
    while owner.execute(behind, [end]).fetchone() == (0,):
        time.sleep(0.02)


def _equal(here: str, there: str) -> None:
    assert all(_count(there, name) == _count(here, name) for name in TABLES)


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
        figures = {"entries": float(total)}
        spent, server, started = cpu_s(first.pid, second.pid), cpu_s(second.pid), time.monotonic()
        with psycopg.connect(here) as owner, psycopg.connect(there) as partner:
            for name, wanted in TABLES.items():
                query, into = f"COPY (SELECT {wanted} FROM {name}) TO STDOUT", f"COPY {name}{columns(name)} FROM STDIN"
                with owner.cursor().copy(query) as out, partner.cursor().copy(into) as copy:
                    for data in out:
                        copy.write(data)
        seconds = time.monotonic() - started
        figures |= {"exchange /s": total / seconds, "exchange us/record": seconds / total * 1e6}
        figures["exchange cpu us/record"] = (cpu_s(first.pid, second.pid) - spent) / total * 1e6
        figures["partner's server cpu us/record"] = (cpu_s(second.pid) - server) / total * 1e6
    return figures
