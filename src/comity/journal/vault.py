"""The vault: openings of commitments. Deleting one redacts; leaf, root and proofs stay valid.

One row an entry: `{path: [salt_base64, value]}`. Nothing here enters a journal, a digest or a log.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet

from comity.journal import bulk
from comity.journal.models import Journal, Opening, Redaction
from comity.kernel.commitments import Opening as KernelOpening
from comity.kernel.commitments import commit

Openings = dict[str, tuple[bytes, Any]]


def dump(openings: Mapping[str, tuple[bytes, Any]]) -> str:
    """Openings as they are stored: canonical JSON. Their values have gone into a commitment, so that each of them has
    passed the guard of that profile already.
    """
    body = {path: [base64.b64encode(salt).decode(), value] for path, (salt, value) in openings.items()}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def unpack(body: Mapping[str, Any]) -> Openings:
    """Openings from their JSON form. Raises ValueError or TypeError for another form."""
    return {path: (base64.b64decode(salt, validate=True), value) for path, (salt, value) in body.items()}


def load(data: str) -> Openings:
    return unpack(orjson.loads(data))


def put(journal: Journal, items: Iterable[tuple[int, str]]) -> None:
    """Keep the openings of new entries: `(index, dumped)`."""
    rows = [(journal.pk, index, data) for index, data in items]
    if rows:
        bulk.insert(Opening, ("journal_id", "index", "data"), rows, DEFAULT_DB_ALIAS)


def replace(journal: Journal, items: Mapping[int, str]) -> None:
    """Keep these openings in place of what the vault had for the same entries."""
    if not items:
        return
    # Nearly always there are none: one look at the range is less than one for each.
    if Opening.objects.filter(journal=journal, index__gte=min(items), index__lte=max(items)).exists():
        bulk.delete(Opening, {"journal_id": journal.pk}, "index", items, DEFAULT_DB_ALIAS)
    put(journal, items.items())


def of(journal: Journal, indexes: Iterable[int]) -> dict[int, Openings]:
    """The openings that are still here, by index of entry."""
    rows = Opening.objects.filter(journal=journal, index__in=list(indexes)).values_list("index", "data")
    return {index: load(data) for index, data in rows}


def values(journal: Journal, indexes: Collection[int]) -> dict[int, dict[str, Any]]:
    """What the commitments of entries stand for, by index and path, as far as it is still here."""
    rows = bulk.select(Opening, ("index", "data"), {"journal_id": journal.pk}, "index", indexes, DEFAULT_DB_ALIAS)
    return {index: {path: value for path, (_, value) in orjson.loads(data).items()} for index, data in rows}


def between(journal: Journal, start: int, end: int) -> list[tuple[int, str]]:
    """Openings of entries `start` ≤ index < `end`, as stored."""
    rows = Opening.objects.filter(journal=journal, index__gte=start, index__lt=end).order_by("index")
    return list(rows.values_list("index", "data"))


def remove(journal: Journal, index: int, path: str = "") -> bool:
    """Delete the openings of an entry (at `path`, or all). Whether there was anything to delete."""
    row = Opening.objects.filter(journal=journal, index=index).first()
    if row is None:
        return False
    openings = load(row.data)
    kept = {key: opening for key, opening in openings.items() if path and key != path}
    if len(kept) == len(openings):
        return False
    if kept:
        row.data = dump(kept)
        row.save(update_fields=["data"])
    else:
        row.delete()
    return True


def redacted(journal: Journal, indexes: Iterable[int]) -> dict[int, set[str]]:
    """What was taken back, by index of entry; the path is empty where all of it was."""
    result: dict[int, set[str]] = {}
    wanted = set(indexes)
    if not wanted:
        return result
    # Few are taken back: those of the whole range are fewer than the values that would name each.
    rows = _redactions(journal).filter(index__gte=min(wanted), index__lte=max(wanted))
    for index, path in rows.values_list("index", "path"):
        if index in wanted:
            result.setdefault(index, set()).add(path)
    return result


def taken_back(journal: Journal, subjects: Iterable[str]) -> set[str]:
    """Those of the subjects about which the owner has taken anything back."""
    rows = _redactions(journal).filter(about__in=list(subjects))
    return set(rows.values_list("about", flat=True))


def _redactions(journal: Journal) -> QuerySet[Redaction]:
    """What was taken back of a journal's entries: by itself, or by one of its party that goes on from it."""
    later = Q(origin=journal.origin, journal__party=journal.party)
    return Redaction.objects.filter(Q(journal=journal, origin="") | later)


def forget_taken_back(journal: Journal) -> None:
    """Delete what one that goes on from this journal took back before this one was known to be of the same party."""
    rows = Redaction.objects.filter(origin=journal.origin, journal__party=journal.party)
    for index, path in rows.values_list("index", "path"):
        remove(journal, index, path)


def opens(cm: str, path: str, salt: bytes, value: Any) -> bool:
    """Whether an opening belongs to the commitment `cm`."""
    return commit(path, value, salt) == cm


def as_kernel(openings: Openings) -> list[KernelOpening]:
    return [KernelOpening(path, salt, value) for path, (salt, value) in sorted(openings.items())]
