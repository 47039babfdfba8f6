"""Dates as sources write them, to ISO 8601.

A pattern is written with YYYY, MM, DD (fixed width) or M, D (one or two digits) and whatever stands between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from comity.kernel.errors import RecordError

_TOKEN: Final = re.compile("YYYY|MM|M|DD|D")
_GROUP: Final = {
    "YYYY": r"(?P<y>\d{4})",
    "MM": r"(?P<m>\d{2})",
    "M": r"(?P<m>\d{1,2})",
    "DD": r"(?P<d>\d{2})",
    "D": r"(?P<d>\d{1,2})",
}
ISO: Final = "YYYY-MM-DD"
_NOTHING: Final = re.compile(r"[0\W]*")


def _pattern(text: str) -> re.Pattern[str]:
    """Raises ValueError for a pattern without a year, or that names a part twice."""
    names = [match[0][0] for match in _TOKEN.finditer(text)]
    if "Y" not in names or len(set(names)) != len(names) or ("D" in names and "M" not in names):
        raise ValueError(text)
    parts, last = [], 0
    for match in _TOKEN.finditer(text):
        parts += [re.escape(text[last : match.start()]), _GROUP[match[0]]]
        last = match.end()
    return re.compile("".join(parts) + re.escape(text[last:]))


def date_parser(patterns: Sequence[str] = (ISO,), *, partial: bool = False) -> Callable[[str], str]:
    """A function from a source's date to ISO 8601; the first pattern that fits decides.

    Nothing but zeros and marks gives "". A date without its day or month (no such part, or `00`) is given as `YYYY` or
    `YYYY-MM` where `partial` is true; else it is refused. Raises RecordError for a text that fits no pattern and for a
    day that no calendar has; ValueError at once for a bad pattern.
    """
    compiled = [_pattern(text) for text in patterns]
    iso_first = patterns[0] == ISO

    def parse(text: str) -> str:
        if iso_first and len(text) == 10 and text[4] == "-":
            try:
                date.fromisoformat(text)
            except ValueError:
                pass
            else:
                return text
        if _NOTHING.fullmatch(text):
            return ""
        for pattern in compiled:
            match = pattern.fullmatch(text)
            if match is None:
                continue
            parts = match.groupdict()
            year, month, day = parts["y"], int(parts.get("m") or 0), int(parts.get("d") or 0)
            if not month or not day:
                if partial and month <= 12 and (month or not day):
                    return f"{year}-{month:02}" if month else year
                raise RecordError(f"{text!r} is a date without its day or month", remedy="Complete it in the source.")
            try:
                return date(int(year), month, day).isoformat()
            except ValueError:
                raise RecordError(f"{text!r} is no date of the calendar", remedy="Correct it in the source.") from None
        raise RecordError(
            f"{text!r} is no date of the form {' or '.join(patterns)}",
            remedy="Correct it in the source, or add its form to `dates` in the mapping.",
        )

    return parse
