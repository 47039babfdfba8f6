"""A session or an agenda item that several parties tell of is one: its code says which; what they tell is put together.

Days are put together so that nobody comes too late: the earliest beginning and deadline, the latest end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one party tells of a session; days are ISO 8601, an empty deadline is none stated."""

    party: str
    place_of_entry: int
    name: str
    venue: str = ""
    begin: str
    end: str
    deadline: str = ""
    link: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A session over all parties. `said`: each party's last word; `differs`: the fields in which these differ."""

    code: str
    said: tuple[Said, ...]
    begin: date
    end: date
    deadline: date | None
    stated_deadline: bool
    differs: frozenset[str]

    @property
    def name(self) -> str:
        return self.said[0].name

    @property
    def venue(self) -> str:
        return next((one.venue for one in self.said if one.venue), "")

    @property
    def link(self) -> str:
        return next((one.link for one in self.said if one.link), "")

    def overlaps(self, begin: date, end: date) -> bool:
        return self.begin <= end and begin <= self.end


def last_words(said: Iterable[Said]) -> tuple[Said, ...]:
    """Of each party what it told last, unless that it withdrew it; by party."""
    last = {one.party: one for one in sorted(said, key=lambda one: one.place_of_entry)}
    return tuple(last[party] for party in sorted(last) if not last[party].withdrawn)


def session(code: str, said: Iterable[Said], deadline_days: int = 0) -> Session | None:
    """The session that parties tell of; None if each has withdrawn it. `deadline_days`: the forum's rule, or 0."""
    words = last_words(said)
    if not words:
        return None
    begin = min(date.fromisoformat(one.begin) for one in words)
    stated = [date.fromisoformat(one.deadline) for one in words if one.deadline]
    ruled = [begin - timedelta(days=deadline_days)] if deadline_days else []
    return Session(
        code,
        words,
        begin,
        max(date.fromisoformat(one.end) for one in words),
        min(stated or ruled, default=None),
        bool(stated),
        frozenset(name for name in ("name", "venue", "begin", "end", "deadline") if _differs(words, name)),
    )


def _differs(words: Sequence[Said], name: str) -> bool:
    return len({getattr(one, name) for one in words} - {""}) > 1
