"""The entry kind of the registers, and the only code that writes their shared tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import orjson
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, Model
from django.db.models.functions import Collate

from comity.journal.kinds import Applied, Kind, Place, SharedTable, register_table
from comity.journal.kinds import register as register_kind
from comity.journal.models import Journal
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError
from comity.kernel.identifiers import COUNTRIES, ORGANISATIONS, right_key
from comity.registers import projection, schema
from comity.registers.domain.effect import UNREGISTERED, effect_territories
from comity.registers.domain.record import RightRecord, to_json
from comity.registers.domain.search_text import display_name
from comity.registers.models import Right, RightClass, RightImage, RightVersion, SearchDoc
from comity.registers.schema import RightBody

RIGHT = "registers.right"
VERSION = 1
_STATES = tuple(sorted(COUNTRIES))

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


def territories(right: RightRecord) -> tuple[str, ...]:
    """Where the right's basis gives it effect, for the index. `*`: wherever the treaty binds (Berne works).

    It may not depend on who the parties are: a journal has the same state at nodes of different agreements.
    """
    if right.kind in UNREGISTERED:
        return ("*", *effect_territories(right, ()))
    return effect_territories(right, _STATES if right.office in ORGANISATIONS else ())


def _row(place: Place, entry: Applied, right: RightRecord) -> Right:
    return Right(
        journal=place.journal,
        key=entry.about,
        office=right.office,
        kind=right.kind,
        stage=right.stage,
        number=right.number,
        version=entry.body.version,
        entry=entry.index,
        first_entry=entry.index,
        recorded_at=entry.at,
        status=right.status,
        filing_date=right.filing_date,
        registration_date=right.registration_date,
        expiry_date=right.expiry_date,
        name=display_name(right),
        effect_in=" ".join(territories(right)),
        record=encode(to_json(right)).decode(),
    )


def _check(place: Place, entry: Applied) -> None:
    right = entry.body.right
    if right.office not in place.journal.offices:
        raise RecordError(
            f"The journal of {place.journal.party or place.journal.origin} does not keep the register of"
            f" {right.office}; it declared {', '.join(place.journal.offices) or 'none'}.",
            place="right.office",
        )
    if entry.about != key_of(right):
        raise RecordError(f"The entry is about {entry.about}, but tells of {key_of(right)}.", place="about")


def apply_rights(place: Place, batch: Sequence[Applied]) -> None:
    """Handler of `registers.right/1`. Versions of one right follow each other without gaps."""
    using = place.using
    for entry in batch:
        _check(place, entry)
    known = {
        row.key: row
        for row in Right.objects.using(using).filter(
            journal=place.journal, key__in=[entry.about for entry in batch if entry.body.version > 1]
        )
    }
    fresh: dict[str, Right] = {}
    changed: dict[str, Right] = {}
    superseded: list[tuple[Right, int, int, str]] = []
    latest: dict[str, RightRecord] = {}
    # A first version meets the unique constraint only when rows are written; say the reason before.
    first_keys = [entry.about for entry in batch if entry.body.version == 1]
    taken = set(
        Right.objects.using(using).filter(journal=place.journal, key__in=first_keys).values_list("key", flat=True)
        if first_keys
        else ()
    )
    for entry in batch:
        body: RightBody = entry.body
        row = fresh.get(entry.about) or known.get(entry.about)
        have = row.version if row else 0
        if body.version != have + 1 or (body.version == 1 and entry.about in taken):
            raise RecordError(
                f"Version {body.version} of {entry.about} does not follow version {have or 'none'}.", place="version"
            )
        new = _row(place, entry, body.right)
        latest[entry.about] = body.right
        if row is None:
            fresh[entry.about] = new
            continue
        superseded.append((row, row.version, row.entry, row.recorded_at))
        for column in COLUMNS:
            setattr(row, column, getattr(new, column))
        if entry.about in known:
            changed[entry.about] = row
    if fresh:
        Right.objects.using(using).bulk_create(fresh.values(), batch_size=500)
    if changed:
        Right.objects.using(using).bulk_update(changed.values(), COLUMNS, batch_size=50)
        RightClass.objects.using(using).filter(right__in=[row.pk for row in changed.values()]).delete()
        RightImage.objects.using(using).filter(right__in=[row.pk for row in changed.values()]).delete()
    RightVersion.objects.using(using).bulk_create(
        [RightVersion(right=row, version=v, entry=e, recorded_at=at) for row, v, e, at in superseded], batch_size=2000
    )
    classes: list[RightClass] = []
    images: list[RightImage] = []
    for key, right in latest.items():
        row = fresh.get(key) or known[key]
        pairs = sorted({(item.scheme, item.code) for item in right.classes})
        classes += [RightClass(right=row, scheme=scheme, code=code) for scheme, code in pairs]
        hashes = sorted({image.sha256 for image in right.images if image.sha256})
        images += [RightImage(right=row, sha256=sha256) for sha256 in hashes]
    RightClass.objects.using(using).bulk_create(classes, batch_size=2000)
    RightImage.objects.using(using).bulk_create(images, batch_size=2000)


def _collation(using: str) -> str:
    """The collation that orders by code point, whatever the database's locale."""
    return "C" if connections[using].vendor == "postgresql" else "BINARY"


def _right_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    fields = ("key", "version", "entry", "first_entry", "recorded_at", "effect_in", "name", "status")
    dates = ("filing_date", "registration_date", "expiry_date", "office", "kind", "stage", "number")
    rows = Right.objects.using(using).filter(journal=journal).order_by(Collate("key", _collation(using)))
    for row in rows.values(*fields, *dates, "record").iterator(chunk_size=5000):
        row["record"] = orjson.loads(row["record"])
        yield row["key"], encode(row)


def _children(model: type[Model], columns: Sequence[str]) -> Callable[[Journal, str], Iterator[tuple[str, bytes]]]:
    def rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
        collation = _collation(using)
        order = [F(c) if c in {"version", "entry"} else Collate(c, collation) for c in columns]
        found = model._default_manager.using(using).filter(right__journal=journal)
        found = found.order_by(Collate("right__key", collation), *order).values("right__key", *columns)
        for row in found.iterator(chunk_size=5000):
            key = row.pop("right__key")
            yield " ".join([key, *(str(row[column]) for column in columns)]), encode({**row, "key": key})

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


KIND = Kind(RIGHT, VERSION, schema.read, apply_rights, projection.project)
TABLES = (
    SharedTable("registers.right", _right_rows, _clear),
    SharedTable("registers.right_class", _children(RightClass, ("scheme", "code")), _nothing),
    SharedTable("registers.right_image", _children(RightImage, ("sha256",)), _nothing),
    SharedTable("registers.right_version", _children(RightVersion, ("version", "entry", "recorded_at")), _nothing),
)


def register() -> None:
    register_kind(KIND)
    for table in TABLES:
        register_table(table)
