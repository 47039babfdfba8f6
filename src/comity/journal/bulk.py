"""Many rows at once, without an object for each: COPY on PostgreSQL, one prepared statement on SQLite.

For the paths that must keep up with a dump: appending, applying, importing. Everything else uses the ORM.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson
from django.db import connections
from django.db.models import Model
from psycopg.copy import LibpqWriter

SENT_AT_ONCE = 4 * 1024 * 1024
ROWS_AT_ONCE = 1024


def next_ids(model: type[Model], count: int, using: str) -> range | list[int]:
    """`count` fresh primary keys of a table with an automatic one. Call it in the transaction that uses them."""
    table = model._meta.db_table
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "sqlite":
            # The transaction holds SQLite's only write lock; explicit keys move the counter on.
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            row = cursor.fetchone()
            first = (row[0] if row else 0) + 1
            return range(first, first + count)
        column = model._meta.pk.column if model._meta.pk else "id"
        # OFFSET 0: so that the sequence is looked up once and not for each number.
        named = "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS name OFFSET 0) AS sequence"
        cursor.execute(
            f"SELECT nextval(sequence.name) FROM {named}, generate_series(1, %s)",  # noqa: S608 - text of ours
            [table, column, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def insert(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], using: str) -> None:
    """Insert rows of database values. Constraints hold as ever: a breach raises Django's IntegrityError."""
    if not rows:
        return
    connection = connections[using]
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - names of ours
            return
        with (
            connection.wrap_database_errors,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN", writer=_Gathering(cursor.cursor)) as copy,
        ):
            for start in range(0, len(rows), ROWS_AT_ONCE):
                part = rows[start : start + ROWS_AT_ONCE]
                if (data := _plain(part, len(columns))) is not None:
                    copy.write(data)
                    continue
                for row in part:
                    copy.write_row(row)


_PLAIN = frozenset({str, int})
_FIELD, _ROW = "\x1f", "\x1e"


def _plain(rows: Sequence[Sequence[Any]], width: int) -> bytes | None:
    """Rows in COPY's text form, where they are of texts and whole numbers only; None for others.

    All at once: the driver would look at each value on its own. No text may hold what stands between them meanwhile.
    """
    if not set(map(type, chain.from_iterable(rows))) <= _PLAIN:
        return None
    data = _ROW.join([_FIELD.join(map(str, row)) for row in rows]).encode()
    field, row_end = _FIELD.encode(), _ROW.encode()
    if data.count(row_end) != len(rows) - 1 or data.count(field) != len(rows) * (width - 1):
        return None
    for char, written in ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"), (b"\t", b"\\t")):
        if char in data:
            data = data.replace(char, written)
    return data.replace(field, b"\t").replace(row_end, b"\n") + b"\n"


class _Gathering(LibpqWriter):
    """Sends rows by the megabyte: each sending gives the interpreter away, and where another thread reckons, as while
    a journal is followed, it comes back late.
    """

    def __init__(self, cursor: Any) -> None:
        super().__init__(cursor)
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> None:
        self._parts.append(bytes(data))
        self._size += len(data)
        if self._size >= SENT_AT_ONCE:
            self._send()

    def finish(self, exc: BaseException | None = None) -> None:
        if exc is None:
            self._send()
        super().finish(exc)

    def _send(self) -> None:
        if self._parts:
            super().write(b"".join(self._parts))
        self._parts, self._size = [], 0


def by_code_point(using: str) -> str:
    """The collation that orders by code point, whatever the database's locale."""
    return "C" if connections[using].vendor == "postgresql" else "BINARY"


def select(
    model: type[Model],
    columns: Sequence[str],
    where: Mapping[str, Any],
    column: str,
    among: Collection[Any],
    using: str,
) -> list[tuple[Any, ...]]:
    """Rows whose `column` is among many values, in no order: the values travel as one parameter."""
    if not among:
        return []
    connection = connections[using]
    names = ", ".join(map(connection.ops.quote_name, columns))
    found, values = _found(model, names, where, column, among, using)
    with connection.cursor() as cursor:
        cursor.execute(found, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def delete(model: type[Model], where: Mapping[str, Any], column: str, among: Collection[Any], using: str) -> None:
    """Delete rows whose `column` is among many values; of a table on which no other hangs."""
    if not among:
        return
    connection = connections[using]
    row = "rowid" if connection.vendor == "sqlite" else "ctid"
    found, values = _found(model, row, where, column, among, using)
    among_them = f"IN ({found})" if connection.vendor == "sqlite" else f"= ANY(ARRAY({found}))"
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {row} {among_them}", values)  # noqa: S608 - names of ours


def _found(
    model: type[Model], names: str, where: Mapping[str, Any], column: str, among: Collection[Any], using: str
) -> tuple[str, list[Any]]:
    """The query for `names` of the rows, and its parameters.

    On PostgreSQL each value is looked up on its own: a list of thousands makes its planner read all rows of a journal
    and compare each with each of the list, wherever it knows nothing of the table yet.
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    table, field = quote(model._meta.db_table), quote(column)
    conditions = "".join(f"{quote(name)} = %s AND " for name in where)
    if connection.vendor == "sqlite":
        query = f"SELECT {names} FROM {table} WHERE {conditions}{field} IN (SELECT value FROM json_each(%s))"  # noqa: S608
        return query, [*where.values(), orjson.dumps(list(among)).decode()]
    values: Any = list(among)
    kind = "text"
    if isinstance(values[0], int):
        # As PostgreSQL writes a list: the driver would look at each number on its own.
        kind, values = "bigint", f"{{{','.join(map(str, values))}}}"
    query = (
        f"SELECT found.* FROM unnest(%s::{kind}[]) AS wanted(value)"  # noqa: S608
        # OFFSET 0: so that it stays a query for each value.
        f" CROSS JOIN LATERAL (SELECT {names} FROM {table} WHERE {conditions}{field} = wanted.value OFFSET 0) AS found"
    )
    return query, [values, *where.values()]
