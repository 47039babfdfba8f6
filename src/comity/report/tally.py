"""Counting the entries of the journals by kind and year, from the signed files alone.

A full block of a journal is counted once and the count kept; what lies behind the last counted block is counted when it
is asked for. So the figures are right whether or not the counting has kept up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Sum

from comity.journal import home, standing
from comity.journal.models import Journal
from comity.kernel.entry import parse_trusted
from comity.kernel.errors import ComityError
from comity.report.models import Tally

BLOCK = 4096

Counts = Counter[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry as a list of facts shows it."""

    index: int
    kind: str
    about: str
    at: str


def signed_size(journal: Journal) -> int:
    """How many entries of a journal lie in its files under a checkpoint."""
    return journal.size if journal.own else journal.next_index


def count_one() -> bool:
    """Count the next full block of some journal; whether there was one. A node that reads only counts nothing."""
    if standing.read() is not None:
        return False
    for journal in Journal.objects.order_by("pk"):
        block = _counted(journal)
        if (block + 1) * BLOCK <= signed_size(journal):
            found = _count(journal, block * BLOCK, (block + 1) * BLOCK)
            with transaction.atomic():
                Tally.objects.bulk_create(
                    (
                        Tally(journal=journal, block=block, kind=kind, year=year, count=count)
                        for (kind, year), count in sorted(found.items())
                    ),
                    ignore_conflicts=True,
                )
            return True
    return False


def counts(journal: Journal) -> Counts:
    """How many entries of each kind and year a journal holds."""
    rows = Tally.objects.filter(journal=journal).values_list("kind", "year").annotate(Sum("count"))
    found: Counts = Counter({(kind, year): count for kind, year, count in rows})
    return found + _count(journal, _counted(journal) * BLOCK, signed_size(journal))


def facts(journal: Journal, kind: str, year: int, *, before: int | None = None, limit: int = 100) -> list[Fact]:
    """Entries of a kind and year, the newest first, of those below `before`."""
    end = signed_size(journal) if before is None else min(before, signed_size(journal))
    found: list[Fact] = []
    tail = _counted(journal) * BLOCK
    if end > tail:
        found = _matching(journal, tail, end, kind, year)[:limit]
        end = tail
    blocks = Tally.objects.filter(journal=journal, kind=kind, year=year, block__lte=max(end - 1, 0) // BLOCK)
    for block in blocks.order_by("-block").values_list("block", flat=True).iterator():
        if len(found) >= limit or end <= 0:
            break
        rows = _matching(journal, block * BLOCK, min(end, (block + 1) * BLOCK), kind, year)
        found += rows[: limit - len(found)]
    return found


def _counted(journal: Journal) -> int:
    """How many full blocks have been counted."""
    last = Tally.objects.filter(journal=journal).aggregate(Max("block"))["block__max"]
    return 0 if last is None else int(last) + 1


def _count(journal: Journal, start: int, end: int) -> Counts:
    return Counter((one.kind, int(one.at[:4])) for one in _read(journal, start, end))


def _matching(journal: Journal, start: int, end: int, kind: str, year: int) -> list[Fact]:
    """The newest first."""
    wanted = f"{year:04d}"
    rows = [one for one in _read(journal, start, end) if one.kind == kind and one.at[:4] == wanted]
    return rows[::-1]


def _read(journal: Journal, start: int, end: int) -> Iterator[Fact]:
    if start >= end:
        return
    for index, data in home.store(journal).entries(start, end):
        try:
            entry = parse_trusted(data)
            about, at = str(entry.body["about"]), str(entry.body["at"])
            int(at[:4])
        except (ComityError, ValueError, KeyError, TypeError):
            # A partner may have signed what is no entry; it is held here, and is no fact of any kind.
            continue
        yield Fact(index, entry.kind, about, at)
