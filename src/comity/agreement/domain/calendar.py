"""Dates of treaties: ISO 8601 days, no times."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from comity.kernel.errors import FormatError

FIRST, LAST = 1850, 2200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def day(text: str, place: str = "") -> date:
    """The day that `YYYY-MM-DD` names, of the years 1850 to 2200. Raises FormatError."""
    try:
        if _DAY.fullmatch(text) is None or not FIRST <= (found := date.fromisoformat(text)).year <= LAST:
            raise ValueError
        return found
    except ValueError:
        raise FormatError(f"{text[:20]!r} is not a day.", place=place, remedy="Write it as 2025-03-13.") from None


def later(start: date, *, years: int = 0, months: int = 0, days: int = 0) -> date:
    """A day so much later. A month that is too short ends the count on its last day (31 January + 1 month: 28 or 29
    February), as treaties and civil codes count periods of months.
    """
    number = start.month - 1 + months + 12 * years
    year, month = start.year + number // 12, number % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1])) + timedelta(days=days)


def within(on: date, since: str, until: str) -> bool:
    """Whether a day lies in a stretch of days, both ends included; an empty end is open."""
    return (not since or day(since) <= on) and (not until or on <= day(until))
