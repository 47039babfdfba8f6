"""Handling labels: who may see a thing, under which codes, for what, and whether it may be passed on.

Levels are those of TLP 2.0 (FIRST). Labels are a semilattice: `stricter` is the least label that grants nothing which
either of two withholds, so that the order in which things are put together does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from comity.kernel.errors import FormatError

CLEAR, GREEN, AMBER, STRICT, RED = LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
# TLP 2.0: beyond the recipient's organisation only up to AMBER.
PASSED_ON = frozenset({CLEAR, GREEN, AMBER})

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,39}", re.ASCII)
_PURPOSE = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Label:
    """How a thing is to be handled. `purposes` None: not bound to a purpose; empty: none is left on which all agree.

    A label is public where the thing itself is not: it must not say what the thing says.
    """

    tlp: str = AMBER
    codes: frozenset[str] = frozenset()
    purposes: frozenset[str] | None = None
    onward: bool = False

    def __post_init__(self) -> None:
        if self.tlp not in LEVELS:
            raise FormatError(f"{str(self.tlp)[:20]!r} is no level of TLP 2.0.", remedy=f"Use {', '.join(LEVELS)}.")
        _check(self.codes, _CODE, "handling code", "capital letters and digits, such as H1")
        _check(self.purposes or (), _PURPOSE, "purpose", "small letters and dashes, such as customs-check")
        if type(self.onward) is not bool or (self.onward and self.tlp not in PASSED_ON):
            raise FormatError(
                f"TLP:{self.tlp} is not passed on.", remedy="Choose a lower level, or no onward transfer."
            )

    def covers(self, other: Label) -> bool:
        """Whether this label is at least as strict as `other`."""
        return stricter(self, other) == self

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"tlp": self.tlp, "onward": self.onward}
        if self.codes:
            body["codes"] = sorted(self.codes)
        if self.purposes is not None:
            body["purposes"] = sorted(self.purposes)
        return body


def read_label(body: object) -> Label:
    """A label from its JSON form; FormatError for any other spelling than `to_json` writes."""
    if isinstance(body, dict) and set(body) <= {"tlp", "onward", "codes", "purposes"}:
        codes, purposes = body.get("codes", []), body.get("purposes")
        if _words(codes) and (purposes is None or _words(purposes)):
            bound = None if purposes is None else frozenset(purposes)
            label = Label(body.get("tlp", ""), frozenset(codes), bound, body.get("onward", False))
            if label.to_json() == body:
                return label
    raise FormatError("This is not a handling label.", place="label")


def stricter(one: Label, other: Label) -> Label:
    """The stricter of both in each part: higher level, codes of both, purposes common to both, onward if both allow."""
    if one.purposes is None or other.purposes is None:
        purposes = one.purposes if other.purposes is None else other.purposes
    else:
        purposes = one.purposes & other.purposes
    return Label(
        max(one.tlp, other.tlp, key=LEVELS.index), one.codes | other.codes, purposes, one.onward and other.onward
    )


def strictest(labels: Iterable[Label]) -> Label:
    """What holds for things put together. Of no labels: what grants everything."""
    return reduce(stricter, labels, Label(CLEAR, onward=True))


def _words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _check(words: Iterable[str], form: re.Pattern[str], what: str, remedy: str) -> None:
    for word in words:
        if form.fullmatch(word) is None:
            raise FormatError(f"{word[:40]!r} is no {what}.", remedy=f"Use {remedy}.")
