"""Shared tables against the journals: derived anew in a scratch database, then compared row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson
from django.db import DEFAULT_DB_ALIAS

from comity.journal import kinds, scratch
from comity.journal.check_files import Tree
from comity.journal.check_report import AT_MOST, REBUILD, Report
from comity.journal.kinds import SharedTable
from comity.journal.models import Held, Journal, Pending
from comity.journal.services import APPLY_AT_ONCE, Applier
from comity.kernel.errors import ComityError

Row = tuple[str, bytes]
PENDING = "The entry is not signed yet, so either of them may have been changed: restore from a backup what was."


def check_state(trees: list[tuple[Journal, Tree]], report: Report, tick: Callable[[str, int], None]) -> None:
    """Derive the shared tables of these journals, and name every row that is not as derived."""
    with scratch.database() as alias:
        for journal, tree in trees:
            if not tree.intact:
                what = "Its tables were not compared: its bundles are not whole."
                report.warn(f"tables of {journal.origin}", what, "Heal its files, then run `comity fsck` again.")
                continue
            copy = scratch.copy_journal(journal, alias)
            applier = Applier(copy, using=alias, project=False)
            signed = _signed(journal, tree)
            for batch in _batches(journal, tree, signed):
                applier.apply(batch)
                tick(f"derive {journal.origin}", len(batch))
            for table in kinds.shared_tables():
                Comparison(table, journal, signed, report).run(copy, alias, tick)
            _held(journal, signed, alias, report)


def _signed(journal: Journal, tree: Tree) -> int:
    """How many entries the files of a journal speak for; the rest of an own one is pending."""
    if not journal.own:
        return tree.extent
    return tree.checkpoint.size if tree.checkpoint else min(journal.size, tree.extent)


def _batches(journal: Journal, tree: Tree, signed: int) -> Iterator[list[tuple[int, bytes]]]:
    end = min(journal.applied, signed)
    for start in range(0, end, APPLY_AT_ONCE):
        yield list(tree.entries(start, min(end, start + APPLY_AT_ONCE)))
    if journal.own and journal.applied > signed:
        pending = Pending.objects.filter(journal=journal, index__gte=signed, index__lt=journal.applied)
        rows = pending.order_by("index").values_list("index", "data")
        for start in range(signed, journal.applied, APPLY_AT_ONCE):
            part = rows.filter(index__gte=start, index__lt=start + APPLY_AT_ONCE)
            yield [(index, bytes(data)) for index, data in part]


class Comparison:
    """One table of one journal: rows as they stand beside rows as derived, both in order of key."""

    def __init__(self, table: SharedTable, journal: Journal, signed: int, report: Report) -> None:
        self.table = table
        self.journal = journal
        self.signed = signed
        self.report = report
        self.found = 0

    def run(self, copy: Journal, alias: str, tick: Callable[[str, int], None]) -> None:
        real = self._readable(self.table.rows(self.journal, DEFAULT_DB_ALIAS))
        derived = self.table.rows(copy, alias)
        have, want = next(real, None), next(derived, None)
        count = 0
        while have is not None or want is not None:
            if want is None or (have is not None and have[0] < want[0]):
                self._tell(have, None)
                have = next(real, None)
            elif have is None or want[0] < have[0]:
                self._tell(None, want)
                want = next(derived, None)
            else:
                if have[1] != want[1]:
                    self._tell(have, want)
                have, want = next(real, None), next(derived, None)
            count += 1
            if count % 1000 == 0:
                tick(f"compare {self.table.name}", 1000)
        self.report.checked[f"rows of {self.table.name}"] += count
        if self.found > AT_MOST:
            more = f"{self.found - AT_MOST} more rows are not what the journal says."
            self.report.error(f"{self.table.name} ({self.journal.origin})", more, REBUILD)

    def _readable(self, rows: Iterator[Row]) -> Iterator[Row]:
        try:
            yield from rows
        except (ComityError, ValueError, TypeError) as error:
            self.report.error(f"{self.table.name} ({self.journal.origin})", f"A row cannot be read: {error}.", REBUILD)

    def _tell(self, have: Row | None, want: Row | None) -> None:
        self.found += 1
        if self.found > AT_MOST:
            return
        key, content = want or have or ("", b"{}")
        said = orjson.loads(content)
        if have is None:
            what = "The journal says it, and the table has no such row."
        elif want is None:
            what = "The table has the row, and no entry of the journal says it."
        else:
            there = orjson.loads(have[1])
            wrong = ", ".join(column for column in said if there.get(column) != said[column])
            what = f"Column {wrong}: not what the journal says."
        place = f"{self.table.name} {key} ({self.journal.origin})"
        remedy = REBUILD
        entry = said.get("entry", 0 if self.signed == 0 else -1)
        if self.journal.own and isinstance(entry, int) and entry >= self.signed:
            place, remedy = f"{place}, or journal.pending {entry}", PENDING
        self.report.error(place, what, remedy)


def _held(journal: Journal, signed: int, alias: str, report: Report) -> None:
    columns = ("kind", "version", "about", "state", "reason")

    def rows(using: str) -> dict[int, tuple[str | int, ...]]:
        found = Held.objects.using(using).filter(journal_id=journal.pk)
        return {row[0]: row[1:] for row in found.values_list("index", *columns)}

    real, derived = rows(DEFAULT_DB_ALIAS), rows(alias)
    report.checked["held entries"] += len(derived)
    for index in sorted(set(real) | set(derived)):
        have, want = real.get(index), derived.get(index)
        place = f"journal.held {index} ({journal.origin})"
        if have == want:
            continue
        if want is None:
            what = "This release applies the entry, or there is none: nothing holds it back."
            report.error(f"{place}, column index", what, "Run `comity retry`, or `comity rebuild`.")
        elif have is None:
            if journal.own and index >= signed:
                place = f"journal.pending {index} ({journal.origin}), column data"
            report.error(place, f"The entry cannot be applied ({want[-1] or want[-2]}), and is not held.", REBUILD)
        else:
            wrong = ", ".join(name for name, a, b in zip(columns, have, want, strict=True) if a != b)
            report.error(f"{place}, column {wrong}", "It is not what applying the entry says.", REBUILD)
