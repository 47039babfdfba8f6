"""Drawing of lots that gives the same result on every machine and in every version of Python."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from one named stream; streams of other names do not disturb it.

    Only `random.Random.random` is used beneath: it alone is promised to stay the same from version to version.
    """

    def __init__(self, *name: object) -> None:
        # A text seed goes through SHA-512 in the standard library and never through hash().
        self._random = random.Random("|".join(str(part) for part in name))  # noqa: S311 (nothing here is secret)

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred cases."""
        return self.below(100) < percent

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, all equally likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """One of the items, each as likely as the weight beside it."""
        lot = self.below(sum(weight for _, weight in items))
        for item, weight in items:
            lot -= weight
            if lot < 0:
                return item
        raise AssertionError("weights are positive")

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in the order drawn."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]

    def day(self, first: dt.date, last: dt.date) -> dt.date:
        """A day from `first` to `last`, both included."""
        return first + dt.timedelta(days=self.below(max(1, (last - first).days + 1)))


def years_on(day: dt.date, years: int) -> dt.date:
    """The same day `years` later; 29 February becomes 28 February where the year has none."""
    if day.month == 2 and day.day == 29 and not _leap(day.year + years):
        return dt.date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def workday(day: dt.date) -> dt.date:
    """The day itself, or the Monday after a weekend: offices act on working days."""
    return day + dt.timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
