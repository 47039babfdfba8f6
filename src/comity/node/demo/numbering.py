"""Numbers of applications and registrations in the form each office uses, no number given twice within a kind.

Russian applications are `yyyynnnnnn` since 2000 and `yynnnnnn` before; Belarusian ones a year and a running number.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from comity.node.demo.dice import Dice

# Number of the last registration at the start of each year named; between them the count runs evenly by days.
_COURSES: dict[str, dict[str, tuple[tuple[int, int], ...]]] = {
    "RU": {
        "trademark": ((1993, 112_000), (2000, 183_000), (2010, 397_000), (2020, 741_000), (2027, 1_175_000)),
        "invention": ((1993, 2_001_000), (2000, 2_144_000), (2010, 2_378_000), (2020, 2_710_000), (2027, 2_864_000)),
        "utility_model": ((1993, 1), (2000, 12_400), (2010, 90_200), (2020, 195_300), (2027, 242_000)),
        "industrial_design": ((1993, 37_000), (2000, 46_400), (2010, 73_700), (2020, 118_400), (2027, 156_000)),
        "plant_variety": ((1993, 1), (2010, 5_100), (2027, 14_300)),
        "animal_breed": ((1993, 9_000), (2027, 9_990)),
        "geographical_indication": ((2020, 260), (2027, 520)),
        "appellation_of_origin": ((1993, 1), (2027, 259)),
    },
    "BY": {
        "trademark": ((1993, 300), (2000, 11_600), (2010, 31_900), (2020, 70_400), (2027, 89_500)),
        "invention": ((1993, 40), (2000, 3_700), (2010, 12_700), (2020, 22_800), (2027, 25_300)),
        "utility_model": ((1993, 1), (2000, 420), (2010, 6_100), (2020, 12_400), (2027, 14_200)),
        "industrial_design": ((1993, 1), (2000, 260), (2010, 1_900), (2020, 4_600), (2027, 6_000)),
        "plant_variety": ((1993, 1), (2010, 240), (2027, 1_090)),
        "animal_breed": ((1993, 1), (2027, 180)),
        "geographical_indication": ((1993, 1), (2027, 90)),
        "appellation_of_origin": ((1993, 1), (2027, 120)),
        "ic_topography": ((1993, 1), (2027, 240)),
        "computer_program": ((1993, 1), (2027, 2_600)),
        "database": ((1993, 3_001), (2027, 3_400)),
    },
}
# Russian kinds whose numbers begin with the year: the digit after it and the size of a year.
_YEARLY_RU = {
    "trademark": ("7", 99_000),
    "invention": ("1", 38_000),
    "utility_model": ("1", 9_000),
    "industrial_design": ("5", 7_000),
    "computer_program": ("6", 19_000),
    "database": ("62", 4_000),
    "ic_topography": ("63", 250),
}
_YEARLY_BY = {"trademark": 3_400, "invention": 900, "utility_model": 700, "industrial_design": 300}


class Numbers:
    """Gives out the numbers of one office."""

    def __init__(self, office: str, dice: Dice) -> None:
        self._office = office
        self._dice = dice
        self._given: set[tuple[str, str, str]] = set()

    def _free(self, what: str, kind: str, number: int, shape: str) -> str:
        text = shape.format(number)
        while (what, kind, text) in self._given:
            number += 1
            text = shape.format(number)
        self._given.add((what, kind, text))
        return text

    def application(self, kind: str, filed: dt.date) -> str:
        """The application number (210, 21) for a filing of that day."""
        part = filed.timetuple().tm_yday
        if self._office == "RU" and kind in _YEARLY_RU:
            lead, size = _YEARLY_RU[kind]
            running = size * part // 366 + self._dice.below(40)
            if kind == "utility_model":
                running += 40_000  # inventions and utility models share one course of numbers
            if filed.year < 2000:
                return self._free("application", kind, running, f"{filed.year % 100:02d}{lead}{{:0{6 - len(lead)}d}}")
            return self._free("application", kind, running, f"{filed.year}{lead}{{:0{6 - len(lead)}d}}")
        size = _YEARLY_BY.get(kind, 80)
        running = size * part // 366 + self._dice.below(9) + 1
        return self._free("application", kind, running, f"{filed.year}{{:04d}}")

    def registration(self, kind: str, registered: dt.date) -> str:
        """The registration number (111, 11) for an entry of that day."""
        course = _COURSES[self._office].get(kind)
        if course is None:
            if kind in _YEARLY_RU:
                return self._registration_of_year(kind, registered)
            running = registered.timetuple().tm_yday + self._dice.below(30)
            return self._free("registration", kind, running, f"{registered.year}{{:05d}}")
        spans = list(pairwise(course))
        (year, low), (until, high) = next((span for span in spans if registered.year < span[1][0]), spans[-1])
        start, end = dt.date(year, 1, 1), dt.date(until, 1, 1)
        gone = max(0, (registered - start).days)
        number = low + (high - low) * gone // (end - start).days
        return self._free("registration", kind, number + self._dice.below(3), "{}")

    def _registration_of_year(self, kind: str, registered: dt.date) -> str:
        lead, size = _YEARLY_RU[kind]
        running = size * registered.timetuple().tm_yday // 366 + self._dice.below(40)
        year = registered.year if registered.year >= 2000 else registered.year % 100
        return self._free("registration", kind, running, f"{year:02d}{lead}{{:0{6 - len(lead)}d}}")
