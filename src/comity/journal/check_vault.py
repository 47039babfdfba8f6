"""The vault against the entries: each opening opens its commitment, and what was taken back lies nowhere.

A commitment without opening and without redaction is counted as withheld: its owner may never have given it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, Q

from comity.journal import vault
from comity.journal.check_report import AT_MOST, BACKUP, REBUILD, STRAY, Report
from comity.journal.models import Journal, Opening
from comity.kernel.errors import ComityError

AT_ONCE = 4096


def check_strays(report: Report) -> None:
    """Every row of the vault belongs to a journal: PostgreSQL checks no foreign key for it."""
    journals = Journal.objects.filter(pk=OuterRef("journal"))
    lost = Opening.objects.filter(~Exists(journals)).order_by("pk").values_list("pk", "index")
    for pk, index in lost[:AT_MOST]:
        report.error(f"journal.opening {pk} (entry {index}), column journal", "There is no such journal.", STRAY)


def commitments(body: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`(JSON pointer, commitment)` of every object with a `cm` in an entry's body (RFC 6901)."""
    if isinstance(body, dict):
        if isinstance(body.get("cm"), str):
            yield path, body["cm"]
        for name, value in body.items():
            yield from commitments(value, f"{path}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(body, list):
        for position, value in enumerate(body):
            yield from commitments(value, f"{path}/{position}")


class VaultCheck:
    """Takes the entries of one journal in order by `on`; `finish` looks at the rest and for openings of no entry."""

    def __init__(self, journal: Journal, report: Report) -> None:
        self.journal = journal
        self.report = report
        self._held: list[tuple[int, bytes]] = []

    def on(self, start: int, entries: list[bytes]) -> None:
        self._held += enumerate(entries, start)
        if len(self._held) >= AT_ONCE:
            self._flush()

    def finish(self, end: int) -> None:
        """`end`: the number of entries; there can be no opening of one beyond."""
        self._flush()
        rows = Opening.objects.filter(journal=self.journal).filter(Q(index__gte=end) | Q(index__lt=0))
        for index in rows.order_by("index").values_list("index", flat=True)[:50]:
            what = f"The journal has {end} entries; there is no such one."
            self.report.error(f"{self._place(index)}, column index", what, BACKUP)

    def _place(self, index: int) -> str:
        return f"journal.opening {index} ({self.journal.origin})"

    def _flush(self) -> None:
        if not self._held:
            return
        first, last = self._held[0][0], self._held[-1][0]
        rows = Opening.objects.filter(journal=self.journal, index__gte=first, index__lte=last)
        openings = dict(rows.order_by("index").values_list("index", "data"))
        wanted: dict[int, dict[str, str]] = {}
        for index, data in self._held:
            if b'"cm":' not in data and index not in openings:
                continue
            try:
                body = orjson.loads(data[data.index(b"\n") + 1 :])
            except ValueError:
                body = {}  # An entry that is no JSON holds no commitment; applying it quarantines it.
            wanted[index] = dict(commitments(body))
        taken = vault.redacted(self.journal, wanted) if wanted else {}
        for index, found in wanted.items():
            paths = self._row(index, openings[index], found, taken.get(index, set())) if index in openings else set()
            gone = taken.get(index, set())
            self.report.checked["commitments"] += len(found)
            if "" not in gone:
                self.report.checked["withheld"] += sum(path not in paths and path not in gone for path in found)
        self._held.clear()

    def _row(self, index: int, data: str, found: dict[str, str], taken: set[str]) -> set[str]:
        """Check one row of the vault; the paths that it opens."""
        self.report.checked["openings"] += 1
        place = f"{self._place(index)}, column data"
        try:
            openings = vault.load(data)
            canonical = vault.dump(openings)
            wrong = [
                path
                for path, (salt, value) in openings.items()
                if path not in found or not vault.opens(found[path], path, salt, value)
            ]
        except (ComityError, ValueError, TypeError, AttributeError):
            self.report.error(place, "The openings do not parse.", BACKUP)
            return set()
        if wrong:
            what = f"What it holds at {wrong[0] or 'no path'} does not open a commitment of entry {index}."
            self.report.error(f"{self._place(index)}, column index or data", what, BACKUP)
        elif canonical != data:
            self.report.error(place, "The openings are not in their canonical form.", BACKUP)
        if "" in taken or taken & set(openings):
            self.report.error(place, "It was taken back by a redaction and still lies here.", REBUILD)
        return set(openings)
