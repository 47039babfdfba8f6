"""Private derivations of the registers: the search text, which holds names from the vault."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.dispatch import receiver

from comity.journal import bulk, services, vault
from comity.journal.entries import REDACTION, redacted_journal
from comity.journal.kinds import Applied, Kind, Place
from comity.journal.models import Journal
from comity.registers import schema
from comity.registers.domain.record import RightRecord
from comity.registers.models import Right, SearchDoc
from comity.registers.rows import Row, folded, row_of

logger = logging.getLogger("comity.registers")

Doc = tuple[int, str, str]
Values = Mapping[str, Any]


def doc(pk: int, row: Row, opened: Values) -> Doc:
    """The search text of a right; `opened`: what its commitments stand for, by path.

    Only words and single spaces: then both databases cut the text at the same places.
    """
    return pk, row.words, folded(row.people, opened)


def _keep(docs: Sequence[Doc]) -> None:
    bulk.insert(SearchDoc, ("right_id", "words", "people"), docs, DEFAULT_DB_ALIAS)
    if connection.vendor == "sqlite" and docs:
        # One statement for all: FTS5 flushes what it has gathered at the end of each, so a trigger per row is slow.
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO registers_fts(rowid, words, people) SELECT right_id, words, people"
                " FROM registers_searchdoc WHERE right_id IN (SELECT value FROM json_each(%s)) ORDER BY right_id",
                [orjson.dumps([pk for pk, _, _ in docs]).decode()],
            )


def project(place: Place, batch: Sequence[Applied]) -> None:
    """Put the search text of the rights in `batch` in step."""
    latest: dict[str, Applied] = {entry.about: entry for entry in batch}
    ids = place.keys
    rows = {key: entry.body.made or row_of(entry.body.raw) for key, entry in latest.items()}
    # What was at hand when the row was reckoned may have been taken back since: then the vault says what is left.
    ahead = [entry.index for key, entry in latest.items() if rows[key].opened]
    if ahead and (taken := vault.redacted(place.journal, ahead)):
        rows |= {key: row_of(entry.body.raw) for key, entry in latest.items() if entry.index in taken}
    opened = vault.values(
        place.journal, [e.index for key, e in latest.items() if not isinstance(rows[key].people, str)]
    )
    old = [ids[key] for key, entry in latest.items() if entry.body.version > 1]
    if old:
        SearchDoc.objects.filter(right__in=old).delete()
    _keep([doc(ids[key], rows[key], opened.get(entry.index, {})) for key, entry in latest.items()])


def reproject(rights: Iterable[Right]) -> int:
    """Make the search text of these rights anew: after a redaction, or when openings came late."""
    rows = list(rights)
    by_journal: dict[int, list[Right]] = {}
    for row in rows:
        by_journal.setdefault(row.journal_id, []).append(row)
    SearchDoc.objects.filter(right__in=[row.pk for row in rows]).delete()
    docs: list[Doc] = []
    for journal in Journal.objects.filter(pk__in=by_journal):
        mine = by_journal[journal.pk]
        opened = vault.values(journal, [row.entry for row in mine])
        docs += [doc(row.pk, row_of(orjson.loads(row.record)), opened.get(row.entry, {})) for row in mine]
    _keep(docs)
    return len(docs)


def stored(row: Right) -> RightRecord:
    """The record of a row, natural persons behind their commitments."""
    return schema.record(orjson.loads(row.record))


def forget_words() -> None:
    """Take the words of deleted search texts out of the index's own pages (SQLite keeps them until a merge)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO registers_fts(registers_fts) VALUES ('optimize')")
        transaction.on_commit(_empty_log)


def _empty_log() -> None:
    """Cut SQLite's write-ahead log to nothing: it still holds the pages as they were before."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if cursor.fetchone()[0]:
            logger.warning("the database is being read: its log holds removed data until it is next emptied")


@receiver(services.entries_applied)
def on_entries_applied(sender: Kind, journal: Journal, batch: Sequence[Applied], using: str, **kwargs: Any) -> None:
    """After a redaction the names it took back leave the search text too."""
    if sender.name != REDACTION or using != DEFAULT_DB_ALIAS:
        return
    by_journal: dict[Journal, set[str]] = {}
    for entry in batch:
        taken = redacted_journal(journal, entry.body)
        if taken is not None:
            by_journal.setdefault(taken, set()).add(entry.about)
    for taken, keys in by_journal.items():
        reproject(Right.objects.filter(journal=taken, key__in=keys))
    forget_words()
