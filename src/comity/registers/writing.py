"""From records to entries: what of a delivery is new, what changed, what the journal already says.

Used by imports and by everything else that records a right of an own office.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from comity.journal import bulk, standing, vault
from comity.journal import services as journal_services
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.kernel.commitments import new_salt
from comity.kernel.errors import ComityError
from comity.registers.domain.personal import close, hidden_value, opened
from comity.registers.domain.record import RightRecord, to_json
from comity.registers.entries import RIGHT, VERSION, key_of
from comity.registers.models import Forgotten, Right, SourceMark
from comity.registers.projection import stored


@dataclass(slots=True)
class Written:
    """What came of writing: the keys that are new or changed, how many were known, what was refused and why."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, ComityError]] = field(default_factory=list)


def _fingerprinter(purpose: str) -> Callable[[Any], str]:
    """A keyed digest, 32 hex digits: tells sameness within this node, and nothing to who has no key."""
    key = hashlib.sha256(f"comity/{purpose}\n{settings.SECRET_KEY}".encode()).digest()
    return lambda value: hmac.digest(key, orjson.dumps(value, option=orjson.OPT_SORT_KEYS), "sha256").hex()[:32]


def person_fingerprint(value: Mapping[str, Any]) -> str:
    names = sorted(str(name["text"]).casefold() for name in value.get("names", ()))
    return _fingerprinter("person")(names or [str(value.get("address", ""))])


def _close(body: Mapping[str, Any], forgotten: set[str]) -> tuple[dict[str, Any], dict[str, tuple[bytes, Any]]]:
    """The record closed with fresh salts; the openings of forgotten persons are thrown away."""
    closed, openings = close(body, new_salt)
    if forgotten:
        openings = {p: o for p, o in openings.items() if person_fingerprint(o[1]) not in forgotten}
    return closed, openings


@dataclass(slots=True)
class _Known:
    """What the journal says of a right, as far as writing must know."""

    version: int
    digest: str
    row: Right | None


def comparable(record: RightRecord) -> Any:
    """The record as JSON, without what only the journal added to it."""
    parties = tuple(replace(party, cm="") for party in record.parties)
    return to_json(replace(record, parties=parties))


def write_records(
    journal: Journal,
    records: Sequence[RightRecord],
    *,
    source: str,
    run: int = 0,
    after: Callable[[Written], None] | None = None,
) -> Written:
    """Write records of own offices, in order, in one transaction. What is known already writes no entry.

    `after` runs inside the transaction, so that the sums of a run are true whenever the process is killed. A record
    that cannot become an entry is refused alone (`Written.refused`: its position and the error). Raises ConflictError
    while the node reads only: then nothing of them is at fault.
    """
    with transaction.atomic():
        if len(records) == 1:
            written = _write_each(journal, records, source, run)
        else:
            try:
                with transaction.atomic():
                    written = _write(journal, list(enumerate(records)), source, run)
            except ComityError:
                standing.refuse()
                # One of them is at fault: each on its own, so that the others are not held up by it.
                journal.refresh_from_db()
                written = _write_each(journal, records, source, run)
        if after:
            after(written)
    return written


def _write_each(journal: Journal, records: Sequence[RightRecord], source: str, run: int) -> Written:
    """Write each record on its own. What is refused leaves nothing: it is only read before the journal's savepoint."""
    written = Written()
    for position, record in enumerate(records):
        try:
            one = _write(journal, [(position, record)], source, run)
        except ComityError as error:
            standing.refuse()
            written.refused.append((position, error))
            journal.refresh_from_db()
        else:
            written.added += one.added
            written.changed += one.changed
            written.unchanged += one.unchanged
    return written


def _write(journal: Journal, records: Iterable[tuple[int, RightRecord]], source: str, run: int) -> Written:
    written = Written()
    keyed = [(key_of(record), record) for _, record in records]
    known = _known(journal, [key for key, _ in keyed])
    fingerprint = _fingerprinter("record")
    forgotten: dict[str, set[str]] = {}
    for key, digest in Forgotten.objects.filter(journal=journal, key__in=known).values_list("key", "digest"):
        forgotten.setdefault(key, set()).add(digest)
    drafts: list[Draft] = []
    marks: dict[str, str] = {}
    touched: set[str] = set()
    for key, record in keyed:
        body = to_json(record)
        digest = fingerprint(body)
        have = known.get(key)
        if have is not None and (have.digest == digest or _same(journal, have, record)):
            written.unchanged += 1
            if have.digest != digest:
                marks[key] = digest
            touched.add(key)
            continue
        closed, openings = _close(body, forgotten.get(key, set()))
        version = have.version + 1 if have else 1
        drafts.append(Draft(RIGHT, VERSION, key, {"right": closed, "version": version}, openings))
        known[key] = _Known(version, digest, None)
        marks[key] = digest
        if have is None:
            written.added += 1
        else:
            written.changed += 1
    if drafts:
        journal_services.append(journal, drafts)
    _keep_marks(journal, source, run, marks)
    if run and touched:
        SourceMark.objects.filter(journal=journal, key__in=touched).update(run=run)
    return written


_MARKS = f"INSERT INTO {SourceMark._meta.db_table} (journal_id, key, source, digest, run)"
_REPLACED = (
    "ON CONFLICT (journal_id, key) DO UPDATE SET source = excluded.source, digest = excluded.digest, run = excluded.run"
)


def _keep_marks(journal: Journal, source: str, run: int, marks: Mapping[str, str]) -> None:
    """Remember what was read of each right. One statement for all: a mark is written once or replaced."""
    if not marks:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            rows = [(journal.pk, key, source, digest, run) for key, digest in marks.items()]
            cursor.executemany(f"{_MARKS} VALUES (%s, %s, %s, %s, %s) {_REPLACED}", rows)
            return
        given = "SELECT %s, key, %s, digest, %s FROM unnest(%s::text[], %s::text[]) AS given(key, digest)"
        values: list[Any] = [journal.pk, source, run, list(marks), list(marks.values())]
        cursor.execute(f"{_MARKS} {given} {_REPLACED}", values)


def _known(journal: Journal, keys: Sequence[str]) -> dict[str, _Known]:
    where = {"journal_id": journal.pk}
    found = bulk.select(Right, ("id",), where, "key", set(keys), DEFAULT_DB_ALIAS)
    rows = {row.key: row for row in Right.objects.filter(pk__in=[pk for (pk,) in found])}
    digests: dict[str, str] = dict(bulk.select(SourceMark, ("key", "digest"), where, "key", rows, DEFAULT_DB_ALIAS))
    return {key: _Known(row.version, digests.get(key, ""), row) for key, row in rows.items()}


def _same(journal: Journal, have: _Known, record: RightRecord) -> bool:
    """Whether the journal already says the same, though no fingerprint tells (after `rebuild`, or another secret)."""
    if have.row is None:
        return False
    openings = vault.of(journal, [have.row.entry]).get(have.row.entry, {})
    return bool(comparable(opened(stored(have.row), openings)) == comparable(record))


def mark_missing(journal: Journal, source: str, run: int, day: str, tick: Callable[[], None] | None = None) -> int:
    """After a full delivery: one new version of each right of the source that it no longer had."""
    total = 0
    while True:
        with transaction.atomic():
            rows = SourceMark.objects.filter(journal=journal, source=source, run__lt=run)
            keys = list(rows.order_by("pk").values_list("key", flat=True)[:500])
            if not keys:
                return total
            drafts: list[Draft] = []
            for right in Right.objects.filter(journal=journal, key__in=keys).order_by("key"):
                record = stored(right)
                if record.missing_since:
                    continue
                openings = vault.of(journal, [right.entry]).get(right.entry, {})
                again = replace(opened(record, openings), missing_since=day)
                bare = replace(again, parties=tuple(replace(p, cm="") if p.names else p for p in again.parties))
                closed, fresh = close(to_json(bare), new_salt)
                body = {"right": closed, "version": right.version + 1}
                drafts.append(Draft(RIGHT, VERSION, right.key, body, fresh))
            if drafts:
                journal_services.append(journal, drafts)
            SourceMark.objects.filter(journal=journal, key__in=keys).update(run=run, digest="")
            total += len(drafts)
        if tick:
            tick()


def forget_persons(journal: Journal, right: Right, positions: Iterable[int]) -> list[str]:
    """Remember, by fingerprint only, whom a redaction takes back. Returns the paths of those whose data is here."""
    openings = vault.of(right.journal, [right.entry]).get(right.entry, {})
    record = opened(stored(right), openings)
    paths: list[str] = []
    for position in positions:
        party = record.parties[position]
        value = hidden_value(party)
        if party.entity != "natural" or not value:
            continue
        digest = person_fingerprint(value)
        Forgotten.objects.get_or_create(journal=journal, key=right.key, digest=digest)
        paths.append(f"/right/parties/{position}")
    return paths


def forget_earlier(journal: Journal, right: Right, olds: Iterable[int]) -> None:
    """Persons whom only an earlier version named must not come back with an old file either."""
    for openings in vault.of(right.journal, olds).values():
        for _, value in openings.values():
            digest = person_fingerprint(value)
            Forgotten.objects.get_or_create(journal=journal, key=right.key, digest=digest)


def names_in(journal: Journal, entries: Iterable[int]) -> set[str]:
    """How the openings of these entries name people."""
    values = [value for one in vault.of(journal, entries).values() for _, value in one.values()]
    return {str(name["text"]) for value in values for name in value.get("names", ())}
