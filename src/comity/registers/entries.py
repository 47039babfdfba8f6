"""The entry kind of the registers, and the only code that writes their shared tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from django.db.models import F, Model
from django.db.models.functions import Collate

from comity.journal import bulk
from comity.journal.kinds import Applied, Kind, Place, Rows, SharedTable, register_table
from comity.journal.kinds import register as register_kind
from comity.journal.models import Journal
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError
from comity.kernel.identifiers import right_key
from comity.registers import projection, quick, schema
from comity.registers.domain.record import RightRecord
from comity.registers.models import Right, RightClass, RightImage, RightVersion, SearchDoc
from comity.registers.rows import Row, row_of
from comity.registers.schema import RightBody

RIGHT = "registers.right"
VERSION = 1

COLUMNS = (
    "version",
    "entry",
    "recorded_at",
    "status",
    "filing_date",
    "registration_date",
    "expiry_date",
    "name",
    "effect_in",
    "record",
)


def key_of(record: RightRecord) -> str:
    return right_key(record.office, record.kind, record.stage, record.number)


def _values(entry: Applied, row: Row) -> tuple[Any, ...]:
    """The values of COLUMNS."""
    body: RightBody = entry.body
    return (body.version, entry.index, entry.at, row.status, *row.dates, row.name, row.effect_in, body.text)


def _checked(place: Place, entry: Applied) -> Row:
    body: RightBody = entry.body
    raw: Mapping[str, Any] = {} if body.made else body.raw
    office = body.made.office if body.made else raw["office"]
    if office not in place.journal.offices:
        raise RecordError(
            f"The journal of {place.journal.party or place.journal.origin} does not keep the register of"
            f" {office}; it declared {', '.join(place.journal.offices) or 'none'}.",
            place="right.office",
        )
    row = body.made or row_of(raw)
    if entry.about != row.key:
        raise RecordError(f"The entry is about {entry.about}, but tells of {row.key}.", place="about")
    return row


@dataclass(slots=True)
class _Known:
    """A right that the tables have, while a batch is applied."""

    pk: int
    version: int
    entry: int
    recorded_at: str


def apply_rights(place: Place, batch: Sequence[Applied]) -> None:
    """Handler of `registers.right/1`. Versions of one right follow each other without gaps."""
    using = place.using
    rows = {entry.about: _checked(place, entry) for entry in batch}
    # Of many at once those that say they are new are not looked up: the table itself refuses a key that it has.
    alone = len(batch) == 1
    known = _known(place, [entry.about for entry in batch if alone or entry.body.version > 1])
    order: dict[str, list[Applied]] = {}
    for entry in batch:
        about, version = entry.about, entry.body.version
        before = order.setdefault(about, [])
        have = before[-1].body.version if before else known[about].version if about in known else 0
        if version != have + 1:
            raise RecordError(
                f"Version {version} of {about} does not follow version {have or 'none'}.", place="version"
            )
        before.append(entry)
    new = [key for key in order if key not in known]
    ids = dict(zip(new, bulk.next_ids(Right, len(new), using), strict=True)) if new else {}
    try:
        _insert_new(place, ids, order, rows)
    except IntegrityError as error:
        raise RecordError("A right that is told of as new is known already.", place="version") from error
    changed = [key for key in order if key in known]
    _update(place, known, changed, order, rows)
    superseded: list[tuple[int, int, int, str]] = []
    for key, entries in order.items():
        if len(entries) == 1 and key not in known:
            continue
        pk = ids.get(key) or known[key].pk
        olds = [(e.body.version, e.index, e.at) for e in entries[:-1]]
        if key in known:
            old = known[key]
            olds.insert(0, (old.version, old.entry, old.recorded_at))
        superseded += [(pk, *values) for values in olds]
    if superseded:
        bulk.insert(RightVersion, ("right_id", "version", "entry", "recorded_at"), superseded, using)
    place.keys.clear()
    place.keys.update((key, ids.get(key) or known[key].pk) for key in order)
    _insert_children(using, [(place.keys[key], row) for key, row in rows.items()])


def _known(place: Place, keys: Sequence[str]) -> dict[str, _Known]:
    columns = ("key", "id", "version", "entry", "recorded_at")
    rows = bulk.select(Right, columns, {"journal_id": place.journal.pk}, "key", set(keys), place.using)
    return {key: _Known(pk, version, entry, at) for key, pk, version, entry, at in rows}


def _insert_new(
    place: Place, ids: Mapping[str, int], order: Mapping[str, Sequence[Applied]], rows: Mapping[str, Row]
) -> None:
    found = []
    journal = place.journal.pk
    for key, pk in ids.items():
        entries, row = order[key], rows[key]
        identity = (pk, journal, key, row.office, row.kind, row.stage, row.number, entries[0].index)
        found.append(identity + _values(entries[-1], row))
    if found:
        columns = ("id", "journal_id", "key", "office", "kind", "stage", "number", "first_entry", *COLUMNS)
        bulk.insert(Right, columns, found, place.using)


def _update(
    place: Place,
    known: Mapping[str, _Known],
    keys: Sequence[str],
    order: Mapping[str, Sequence[Applied]],
    rows: Mapping[str, Row],
) -> None:
    if not keys:
        return
    using = place.using
    ids = [known[key].pk for key in keys]
    table = Right._meta.db_table
    names = ", ".join(f"{column} = %s" for column in ("number", *COLUMNS))
    with connections[using].cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {names} WHERE id = %s",  # noqa: S608 - names of ours
            [(rows[key].number, *_values(order[key][-1], rows[key]), known[key].pk) for key in keys],
        )
    RightClass.objects.using(using).filter(right__in=ids).delete()
    RightImage.objects.using(using).filter(right__in=ids).delete()


def _insert_children(using: str, latest: Sequence[tuple[int, Row]]) -> None:
    classes = [(pk, *pair) for pk, row in latest for pair in row.classes]
    images = [(pk, sha256) for pk, row in latest for sha256 in row.images]
    if classes:
        bulk.insert(RightClass, ("right_id", "scheme", "code"), classes, using)
    if images:
        bulk.insert(RightImage, ("right_id", "sha256"), images, using)


_FACTS = ("key", "version", "entry", "first_entry", "recorded_at", "record")
_DERIVED = (
    *("office", "kind", "stage", "number", "status", "name", "effect_in"),
    *("filing_date", "registration_date", "expiry_date"),
)


def _rights(columns: Sequence[str]) -> Rows:
    def rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
        found = Right.objects.using(using).filter(journal=journal).order_by(Collate("key", bulk.by_code_point(using)))
        # The record is canonical JSON already: as text, so that a changed byte of it is seen even where it parses.
        for row in found.values(*columns).iterator(chunk_size=2000):
            yield row["key"], encode(row)

    return rows


def _children(model: type[Model], columns: Sequence[str]) -> Rows:
    def rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
        collation = bulk.by_code_point(using)
        order = [F(c) if c in {"version", "entry"} else Collate(c, collation) for c in columns]
        found = model._default_manager.using(using).filter(right__journal=journal)
        values = found.order_by(Collate("right__key", collation), *order).values("right__key", *columns)
        for row in values.iterator(chunk_size=5000):
            key = row.pop("right__key")
            parts = [f"{row[c]:010d}" if isinstance(row[c], int) else row[c] for c in columns]
            yield " ".join([key, *parts]), encode({**row, "key": key})

    return rows


def _clear(journal: Journal, using: str) -> None:
    rights = Right.objects.using(using).filter(journal=journal)
    for model in (RightVersion, RightClass, RightImage):
        children = model._default_manager.using(using).filter(right__in=rights)
        children._raw_delete(using)
    if using == DEFAULT_DB_ALIAS:
        SearchDoc.objects.filter(right__in=rights)._raw_delete(using)
    rights._raw_delete(using)


def _nothing(journal: Journal, using: str) -> None:
    """Rows that go with their right."""


KIND = Kind(
    RIGHT, VERSION, schema.read, apply_rights, projection.project, capability="exchange.public", quick=quick.read
)
TABLES = (
    SharedTable("registers.right", _rights((*_FACTS, *_DERIVED)), _clear, facts=_rights(_FACTS)),
    SharedTable("registers.right_class", _children(RightClass, ("scheme", "code")), _nothing, derived=True),
    SharedTable("registers.right_image", _children(RightImage, ("sha256",)), _nothing, derived=True),
    SharedTable("registers.right_version", _children(RightVersion, ("version", "entry", "recorded_at")), _nothing),
)


def register() -> None:
    register_kind(KIND)
    for table in TABLES:
        register_table(table)
