"""On which days a state works, by the package `holidays`: weekends, holidays, working days that were moved.

A code that the package does not know, or an empty one, works from Monday to Friday. What the package knows of a year
changes as governments decide: a deadline is computed when it is asked for and stands in no table.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

from comity.assistance.domain.deadline import OpenOn

_LANGUAGES = {"en": "en_US"}


@lru_cache(maxsize=256)
def _year(code: str, year: int, language: str) -> dict[date, str]:
    """The days of a year on which a state does not work, each with its name (empty for an ordinary weekend)."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    if code not in holidays.list_supported_countries(include_aliases=False):
        return {day: "" for day in days if day.weekday() >= 5}
    known = holidays.country_holidays(code, years=year, language=_LANGUAGES.get(language, language))
    return {day: str(known.get(day, "")) for day in days if not known.is_working_day(day)}


def works(code: str) -> OpenOn:
    """Whether a state works on a day."""
    return lambda day: day not in _year(code, day.year, "en")


def days_off(code: str, first: date, last: date, language: str = "en") -> list[tuple[date, str]]:
    """The holidays from `first` to `last`, both included, on which a state does not work; ordinary weekends are left
    out.
    """
    found = []
    for year in range(first.year, last.year + 1):
        found += [(day, name) for day, name in _year(code, year, language).items() if name and first <= day <= last]
    return sorted(found)
