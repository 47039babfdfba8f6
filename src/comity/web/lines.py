"""Lines of life: where dates stand on a drawn line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

MARGIN, WIDTH = 2.0, 96.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A date on the line. `at`: its place, in percent of the drawing's width."""

    at: str
    day: str
    year: str
    label: str | Promise
    party: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line with its marks, the chosen day on it, and the years in which it begins and ends."""

    marks: tuple[Mark, ...]
    chosen: Mark
    is_today: bool
    first: str
    last: str


def mark(first: date, last: date, when: date, label: str | Promise, party: str = "") -> Mark:
    """A day between two others that differ, with a little room at both sides so that nothing is cut off; a day outside
    stands at the nearer end.
    """
    place = MARGIN + WIDTH * min(1.0, max(0.0, (when - first).days / (last - first).days))
    return Mark(f"{place:.2f}%", when.isoformat(), str(when.year), label, party)


def line(days: Sequence[tuple[date, str | Promise, str]], chosen: date, today: date) -> Line | None:
    """The line from the first to the last of these days and the chosen one; None where there is no stretch."""
    everything = [when for when, _label, _party in days] + [chosen]
    first, last = min(everything), max(everything)
    if not days or first == last:
        return None

    marks = tuple(mark(first, last, *row) for row in sorted(days, key=lambda row: row[0]))
    return Line(marks, mark(first, last, chosen, ""), chosen == today, str(first.year), str(last.year))
