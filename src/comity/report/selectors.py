"""The yearly report of the coordinating body, and how much each article is used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.agreement import selectors as agreements
from comity.agreement.domain.profile import Named
from comity.agreement.selectors import AgreementView
from comity.journal import kinds
from comity.journal.models import Journal
from comity.kernel.errors import NotFoundError
from comity.positions import selectors as positions
from comity.report import tally
from comity.report.tally import Fact

FIRST_YEAR, LAST_YEAR = 1900, 2200
PAGE = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """How many entries of a kind each party made."""

    kind: str
    by_party: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_party.values())


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done under a capability, with the article that gives it; empty where the parties have entered none."""

    capability: str
    article: str
    figures: tuple[Figure, ...]

    @property
    def total(self) -> int:
        return sum(one.total for one in self.figures)


@dataclass(frozen=True, slots=True)
class Area:
    """An area of cooperation with the activity in it. `area` None: what the profile names no area for."""

    area: Named | None
    activities: tuple[Activity, ...]

    @property
    def total(self) -> int:
        return sum(one.total for one in self.activities)


@dataclass(frozen=True, slots=True)
class Results:
    """What came of it in the year, by the days of the things themselves: sessions begun, items on which a text was
    agreed or positions stayed apart, changes of the laws by the day of the act, activities and whom they reached.
    """

    sessions: int
    agreed: int
    divergent: int
    law_changes: int
    activities: int
    reached: int


@dataclass(frozen=True, slots=True)
class Report:
    """Activity of a year, by the time at which entries were made (UTC), as far as they are signed and here."""

    agreement: AgreementView
    year: int
    parties: tuple[str, ...]
    areas: tuple[Area, ...]
    besides: tuple[Figure, ...]
    results: Results

    @property
    def total(self) -> int:
        """Every entry of the year, what keeps the nodes running included."""
        return sum(one.total for one in self.areas) + sum(one.total for one in self.besides)


def years() -> list[int]:
    """The years in which there are entries, the newest first."""
    return sorted({year for found in _by_party().values() for _kind, year in found}, reverse=True)


def report(code: str, year: int) -> Report:
    """The report on a year. NotFoundError for an agreement that this party has not adopted."""
    view = agreements.agreement(code)
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    told = _by_party()
    for party, found in told.items():
        for (kind, when), count in found.items():
            if when == year:
                by_kind[kind][party] += count
    parties = tuple(dict.fromkeys([one.code for one in view.profile.parties] + sorted(told)))
    capability_of = _capabilities()
    grouped: dict[str, list[Figure]] = defaultdict(list)
    for kind in sorted(by_kind):
        figure = Figure(kind, {party: by_kind[kind][party] for party in parties})
        grouped[capability_of.get(kind, "")].append(figure)
    besides = tuple(grouped.pop("", ()))
    return Report(view, year, parties, _areas(view, grouped), besides, _results(view, year))


def uses() -> dict[str, int]:
    """How many entries there are by capability, of all parties and years."""
    capability_of = _capabilities()
    found: Counter[str] = Counter()
    for told in _by_party().values():
        for (kind, _year), count in told.items():
            if capability := capability_of.get(kind):
                found[capability] += count
    return dict(found)


def facts(party: str, kind: str, year: int, origin: str = "", before: int | None = None) -> list[tuple[str, Fact]]:
    """The entries behind a figure, the newest first, each with the origin of its journal; at most `PAGE`.

    A party whose log key was lost has several journals: those after `origin` in the list are gone through already, and
    of it all from `before` on. NotFoundError for a party that has none here.
    """
    rows = list(Journal.objects.filter(party=party).order_by("-own", "-continues", "-pk"))
    if origin:
        rows = rows[next((n for n, row in enumerate(rows) if row.origin == origin), len(rows)) :]
    if not rows or not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFoundError("There are no such facts here.", place=f"{party} {year}")
    found: list[tuple[str, Fact]] = []
    for journal in rows:
        taken = tally.facts(journal, kind, year, before=before, limit=PAGE - len(found))
        found += [(journal.origin, one) for one in taken]
        before = None
        if len(found) >= PAGE:
            break
    return found


def _by_party() -> dict[str, tally.Counts]:
    """What each party's journals hold, a frozen one with the one that goes on from it."""
    found: dict[str, tally.Counts] = defaultdict(Counter)
    for journal in Journal.objects.exclude(party=""):
        found[journal.party] += tally.counts(journal)
    return found


def _capabilities() -> dict[str, str]:
    return {kind.name: kind.capability for kind in kinds.known()}


def _areas(view: AgreementView, grouped: Mapping[str, list[Figure]]) -> tuple[Area, ...]:
    """Every area that the profile names, the idle ones too: that nothing was done is a figure as well."""
    named = {one.code: one for one in view.profile.capabilities}
    found: dict[str, list[Activity]] = defaultdict(list)
    for capability in (*named, *sorted(set(grouped) - set(named))):
        one = named.get(capability)
        figures = tuple(grouped.get(capability, ()))
        found[one.area if one else ""].append(Activity(capability, one.article if one else "", figures))
    areas = [Area(area, tuple(found.get(area.code, ()))) for area in view.profile.areas]
    rest = tuple(one for code, told in found.items() if _area(view, code) is None for one in told)
    return (*areas, *([Area(None, rest)] if rest else []))


def _area(view: AgreementView, code: str) -> Named | None:
    return next((one for one in view.profile.areas if one.code == code), None)


def _results(view: AgreementView, year: int) -> Results:
    here = [row for row in positions.sessions() if (row.agreement.code, row.session.begin.year) == (view.code, year)]
    items: list[Any] = []
    for row in here:
        items += positions.session(None, view.code, row.forum.code, row.session.code).items
    changes = [
        row
        for topic in positions.laws(view)
        for _party, rows in topic.columns
        for row in rows
        if row.day.startswith(f"{year:04d}-")
    ]
    done = [row for row in positions.activities(view) if row.begin.startswith(f"{year:04d}-")]
    return Results(
        sessions=len(here),
        agreed=sum(one.joint.state == "agreed" for one in items),
        divergent=sum(one.joint.state == "divergent" for one in items),
        law_changes=len(changes),
        activities=len(done),
        reached=sum(row.reached or 0 for row in done),
    )
