"""The numbers of applications and rights: what each office's look like, and how people read them.

A number is never refused here: an odd one gets a warning. Formats that are not known (those of Belarus among them) are
checked for nothing but what no number may have.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from comity.registers.domain.record import Kind, Stage
from comity.registers.domain.sentences import _noop

MAX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class _Format:
    pattern: re.Pattern[str]
    warning: str


def _format(pattern: str, warning: str) -> _Format:
    return _Format(re.compile(pattern), warning)


# Russia numbers applications yyyynnnnnn since 2000 and yynnnnnn from 1992 to 2000; a stroke and two digits may follow.
_RU_APPLICATION = _format(
    r"(?:2[0-9]{9}|9[2-9][0-9]{6}|00[0-9]{6})(?:/[0-9]{2})?\Z",
    _noop(
        "An application number of RU has ten digits and begins with the year, "
        "or eight digits for the years 1992 to 2000."
    ),
)
_RU_KINDS = {
    "invention": _format(
        r"[0-9]{1,7}(?:A|A3|C1|C2|C3|C8|C9)?\Z",
        _noop("A patent number of RU has at most seven digits; kind codes are A, A3, C1, C2, C3, C8 and C9."),
    ),
    "utility_model": _format(
        r"[0-9]{1,6}(?:U1)?\Z",
        _noop("A utility model number of RU has at most six digits; the kind code is U1."),
    ),
}
_RU_INDUSTRIAL = frozenset({"invention", "utility_model", "industrial_design", "trademark"})
_EA_FORMATS = {
    ("invention", "application"): _format(r"[0-9]{9}\Z", _noop("A patent application number of EA has nine digits.")),
    ("industrial_design", "application"): _format(
        r"2[0-9]{3}4[0-9]{4}\Z", _noop("A design application number of EA is the year, the digit 4 and four digits.")
    ),
}


def check_number(office: str, kind: Kind, stage: Stage, number: str) -> list[str]:
    """Warnings (English msgids) about a number that does not look like one of this office; empty when none is due."""
    if not number.strip():
        return [_noop("The number is empty.")]
    found = []
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in number):
        found.append(_noop("The number has characters that cannot be seen."))
    if len(number) > MAX_LENGTH:
        found.append(_noop("The number is longer than any known one."))
    if not any(letter.isdigit() for letter in number):
        found.append(_noop("The number has no digit."))
    expected = _expected(office, kind, stage)
    if expected is not None and not expected.pattern.match(_compact(number)):
        found.append(expected.warning)
    return found


def display_number(office: str, kind: Kind, stage: Stage, number: str) -> str:
    """The number grouped for people: `1 008 824`, `2024 769 869`; as it stands where no grouping is known.

    Without its spaces it is the number again.
    """
    compact = _compact(number)
    if compact != number or not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return number
    if office == "RU" and len(number) == 10 and number.startswith("2"):
        return f"{number[:4]} {_thousands(number[4:])}"
    if office == "RU" and stage == "application" and len(number) == 8 and number.startswith("9"):
        return f"{number[:2]} {_thousands(number[2:])}"
    if office == "EA" and stage == "application" and len(number) == 9:
        return f"{number[:4]} {number[4:]}"
    if office in ("BY", "RU") and stage == "right" and len(number) <= 7 and kind != "computer_program":
        return _thousands(number)
    return number


def _compact(number: str) -> str:
    return "".join(number.split()).upper()


def _thousands(digits: str) -> str:
    head = len(digits) % 3
    groups = [digits[:head]] if head else []
    groups += [digits[place : place + 3] for place in range(head, len(digits), 3)]
    return " ".join(groups)


def _expected(office: str, kind: Kind, stage: Stage) -> _Format | None:
    if office == "RU":
        if stage == "application":
            return _RU_APPLICATION if kind in _RU_INDUSTRIAL else None
        return _RU_KINDS.get(kind)
    if office == "EA":
        return _EA_FORMATS.get((kind, stage))
    return None
