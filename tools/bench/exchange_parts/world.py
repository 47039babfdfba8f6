"""What the parts share: rows, free ports, memory, bytes on loopback, databases."""

from __future__ import annotations

import csv
import lzma
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.plugins.postgresql import Cluster

REPOSITORY = Path(__file__).resolve().parents[3]
SYLLABLES = [
    "ба",
    "ве",
    "го",
    "да",
    "жи",
    "зо",
    "ка",
    "лю",
    "ми",
    "но",
    "пе",
    "ра",
    "са",
    "ту",
    "фо",
    "хе",
    "ца",
    "чу",
    "ша",
    "эн",
    "юл",
    "ям",
    "ор",
    "ил",
    "ат",
]
GOODS = ("мыла, духи", "станки", "одежда, обувь", "кофе, чай", "пиво", "реклама", "перевозки", "образование")


@dataclass(frozen=True, slots=True)
class World:
    """One measurement: what rows, how many (0: all), and the folder of its work."""

    source: str
    rows: int
    folder: Path


def peak_mb(pid: int) -> float:
    """Peak resident memory of a process and of the processes that it started, from the kernel's account."""
    total = 0.0
    for task in [pid, *_children(pid)]:
        try:
            lines = Path(f"/proc/{task}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    return total


def cpu_s(*pids: int) -> float:
    """Processor time of these processes and of all that they started, in seconds; on a busy machine it says more than
    the clock.
    """
    ticks = 0
    for task in [task for pid in pids for task in (pid, *_children(pid))]:
        try:
            fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found + [grandchild for child in found for grandchild in _children(child)]


def loopback_bytes() -> int:
    """Bytes that have gone over loopback: everything of this machine that speaks over it."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[0])
    return 0


def size_of(folder: Path) -> int:
    """Bytes of the files under a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def database_size(url: str) -> int:
    """Bytes of a database with its indexes, as PostgreSQL counts them."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def renewals(source: Path, target: Path, rows: int) -> Path:
    """The first `rows` of the US renewals as a file (all, if 0)."""
    with lzma.open(source, "rb") as packed, target.open("wb") as plain:
        for number, line in enumerate(packed):
            if rows and number > rows:
                break
            plain.write(line)
    return target


def marks(rows: int, seed: int = 7) -> Iterator[dict[str, str]]:
    """Fictional trade marks, the same for the same seed: number, name, class, goods, holder, country, days."""
    dice = random.Random(seed)

    def word() -> str:
        return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 5)))

    for number in range(rows):
        year = dice.randint(1995, 2024)
        yield {
            "number": str(100_000 + number),
            "name": " ".join(word() for _ in range(dice.randint(1, 3))).upper(),
            "class": str(dice.randint(1, 45)),
            "goods": "; ".join(dice.sample(GOODS, 2)),
            "holder": f"ООО «{word().capitalize()}»",
            "agent": f"{word().capitalize()} {word().capitalize()}",
            "filed": f"{year}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        }


def write_marks(target: Path, rows: int) -> Path:
    with target.open("w", encoding="utf-8", newline="") as file:
        out: csv.DictWriter[str] | None = None
        for row in marks(rows):
            if out is None:
                out = csv.DictWriter(file, list(row))
                out.writeheader()
            out.writerow(row)
    return target


class Databases:
    """A durable server for one side, ready for logical replication; stopped at the end of the block."""

    def __init__(self) -> None:
        self.cluster = Cluster(durable=True)
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET wal_level = logical")
            connection.execute("ALTER SYSTEM SET max_wal_size = '4GB'")
        self.cluster.restart()

    def __enter__(self) -> Databases:
        return self

    def __exit__(self, *error: object) -> None:
        self.cluster.stop()

    @property
    def pid(self) -> int:
        process = self.cluster.process
        return process.pid if process else 0

    def create(self, name: str) -> str:
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.cluster.url(name)
