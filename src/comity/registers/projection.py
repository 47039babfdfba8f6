"""Private derivations of the registers: the search text, which holds names from the vault."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.dispatch import receiver

from comity.journal import bulk, services, vault
from comity.journal.entries import REDACTION
from comity.journal.kinds import Applied, Kind, Place
from comity.journal.models import Journal
from comity.kernel.text import words as split_words
from comity.registers import schema
from comity.registers.domain import search_text
from comity.registers.domain.personal import opened
from comity.registers.domain.record import RightRecord
from comity.registers.models import Right, SearchDoc

logger = logging.getLogger("comity.registers")

Doc = tuple[int, str, str]


def _doc(pk: int, right: RightRecord, openings: vault.Openings) -> Doc:
    # Only words and single spaces: then both databases cut the text at the same places.
    return (
        pk,
        " ".join(split_words(search_text.words(right))),
        " ".join(split_words(search_text.people(opened(right, openings)))),
    )


def _keep(docs: Sequence[Doc]) -> None:
    bulk.insert(SearchDoc, ("right_id", "words", "people"), docs, DEFAULT_DB_ALIAS)


def project(place: Place, batch: Sequence[Applied]) -> None:
    """Put the search text of the rights in `batch` in step."""
    latest: dict[str, Applied] = {entry.about: entry for entry in batch}
    ids = dict(Right.objects.filter(journal=place.journal, key__in=latest.keys()).values_list("key", "pk"))
    openings = vault.of(place.journal, [entry.index for entry in latest.values() if _has_commitment(entry.body.right)])
    old = [ids[key] for key, entry in latest.items() if entry.body.version > 1]
    if old:
        SearchDoc.objects.filter(right__in=old).delete()
    _keep([_doc(ids[key], entry.body.right, openings.get(entry.index, {})) for key, entry in latest.items()])


def _has_commitment(right: RightRecord) -> bool:
    return any(party.cm for party in right.parties)


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
        openings = vault.of(journal, [row.entry for row in mine])
        docs += [_doc(row.pk, stored(row), openings.get(row.entry, {})) for row in mine]
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
    reproject(Right.objects.filter(journal=journal, key__in={entry.about for entry in batch}))
    forget_words()
