"""The digest of the shared state: two nodes that hold the same journals have the same one.

Of each table of `kinds.shared_tables()` that holds facts, and of each journal in it: SHA-256 over its rows in order of
key by code point, each row as the length of its key (u32, big-endian), the key in UTF-8, the length of its content
(u32), the content. The total is the SHA-256 of the canonical JSON (RFC 8785)
`{origin: {table: {"rows": n, "sha256": hex}}}`, tables without rows left out. Surrogate ids, what code derives from a
record, and the order in which journals arrived have no part in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import DEFAULT_DB_ALIAS

from comity.journal.kinds import Rows, shared_tables
from comity.journal.models import Held, Journal
from comity.kernel.canonical import encode


@dataclass(frozen=True, slots=True)
class TableDigest:
    """SHA-256 in hex over one table's rows of one journal, and their count."""

    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class JournalDigest:
    """The tables of one journal. `applied`: entries that went into them; two digests compare only where it is equal."""

    origin: str
    applied: int
    tables: dict[str, TableDigest]
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of all shared state. `journals` is in order of origin; held entries are shown, not digested."""

    total: str
    journals: dict[str, JournalDigest] = field(default_factory=dict)

    @property
    def held(self) -> tuple[tuple[str, int], ...]:
        return tuple((origin, index) for origin, one in self.journals.items() for index in one.held)


def digest(using: str = DEFAULT_DB_ALIAS, tick: Callable[[int], None] | None = None) -> Digest:
    """Digest the shared state of the database `using`. `tick` is told how many rows were read since it was last."""
    journals: dict[str, JournalDigest] = {}
    for journal in sorted(Journal.objects.using(using).all(), key=lambda row: row.origin):
        tables: dict[str, TableDigest] = {}
        for table in shared_tables():
            if table.derived:
                continue
            found = _digest_rows(table.facts or table.rows, journal, using, tick)
            if found.rows:
                tables[table.name] = found
        held = Held.objects.using(using).filter(journal=journal).order_by("index").values_list("index", flat=True)
        journals[journal.origin] = JournalDigest(journal.origin, journal.applied, tables, tuple(held))
    body = {
        origin: {name: {"rows": t.rows, "sha256": t.sha256} for name, t in one.tables.items()}
        for origin, one in journals.items()
        if one.tables
    }
    return Digest(hashlib.sha256(encode(body)).hexdigest(), journals)


def _digest_rows(rows: Rows, journal: Journal, using: str, tick: Callable[[int], None] | None) -> TableDigest:
    state, count = hashlib.sha256(), 0
    for key, content in _counted(rows(journal, using), tick):
        name = key.encode()
        state.update(len(name).to_bytes(4, "big") + name + len(content).to_bytes(4, "big") + content)
        count += 1
    return TableDigest(state.hexdigest(), count)


def _counted(rows: Iterator[tuple[str, bytes]], tick: Callable[[int], None] | None) -> Iterator[tuple[str, bytes]]:
    at = 0
    for at, row in enumerate(rows, 1):
        if tick and at % 1000 == 0:
            tick(1000)
        yield row
    if tick and at % 1000:
        tick(at % 1000)
