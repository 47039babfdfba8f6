"""A request as its reader sees it: the facts of both sides, the state that follows, the deadline on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from comity.agreement import selectors as agreement
from comity.agreement.domain.profile import Deadlines, Profile
from comity.agreement.labels import text as said
from comity.assistance import calendars, policy
from comity.assistance.domain.contents import Content
from comity.assistance.domain.course import Course
from comity.assistance.domain.deadline import Due, due, next_open
from comity.assistance.domain.steps import GIVES, OPENS, Side, State, Step
from comity.kernel import clock
from comity.kernel.handling import Label

MOST_SHOWN = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the agreement says of deadlines; without one, what a profile says that names nothing."""

    profile: Profile | None

    @property
    def deadlines(self) -> Deadlines:
        return self.profile.deadlines if self.profile else Deadlines()

    def calendar(self, party: str) -> str:
        found = self.profile.party(party) if self.profile else None
        return found.calendar if found else party

    def day(self, at: str, party: str) -> date:
        """The day that an instant is for a party."""
        found = self.profile.party(party) if self.profile else None
        zone = ZoneInfo(found.zone) if found and found.zone else ZoneInfo("UTC")
        return clock.parse_iso(at).astimezone(zone).date()

    def today(self, party: str) -> date:
        return agreement.today(self.profile, party)

    def due(
        self, received: date, pauses: Sequence[tuple[date, date | None]], asking: str, asked: str, until: date | None
    ) -> Due:
        mine, theirs = calendars.works(self.calendar(asking)), calendars.works(self.calendar(asked))
        both = (lambda day: mine(day) and theirs(day)) if self.deadlines.working else None
        return due(received, self.deadlines.request_days, pauses, theirs, counts_on=both, until=until)

    def due_of(self, start: date, days: int, asking: str, asked: str) -> date:
        theirs = calendars.works(self.calendar(asked))
        return due(start, days, (), theirs).day or next_open(start, theirs)


@dataclass(frozen=True, slots=True)
class FactView:
    """A step as its reader sees it; `content` None where it is not open here. `place` is the one among its side's."""

    party: str
    index: int
    origin: str
    own: bool
    side: Side
    place: int
    step: Step
    by: str
    to: str
    day: str
    at: str
    label: Label
    content: Content | None
    cm: str
    signed: bool
    effective: bool
    state: State

    @property
    def gives(self) -> bool:
        """Whether it hands over something whose further use may be asked for."""
        return self.step in GIVES


@dataclass(frozen=True)
class CaseView:
    """A request with all that both sides have stated of it, and what follows from it on a day.

    `terms`: the deadlines and calendars of the agreement; `side`: on which this node's party stands.
    """

    party: str
    token: str
    origin: str
    by: str
    to_party: str
    to_body: str
    at: str
    label: Label
    course: Course
    facts: tuple[FactView, ...]
    own_party: str
    terms: Terms

    @property
    def side(self) -> Side:
        return Side.REQUESTING if self.party == self.own_party else Side.REQUESTED

    @property
    def own_body(self) -> str:
        return self.by if self.side is Side.REQUESTING else self.to_body

    @property
    def other(self) -> tuple[str, str]:
        """The other side, as `(party, body)`."""
        return (self.to_party, self.to_body) if self.side is Side.REQUESTING else (self.party, self.by)

    @property
    def addresses(self) -> tuple[str, str]:
        return policy.address(self.party, self.by), policy.address(self.to_party, self.to_body)

    @property
    def request(self) -> Content | None:
        """What is asked: the written confirmation of an oral request in place of what was noted of it."""
        said = [
            one.content for one in self.facts if one.step in OPENS or (one.step is Step.CONFIRMED and one.effective)
        ]
        return next((content for content in reversed(said) if content is not None), None)

    @property
    def subject(self) -> str:
        return self.request.get("subject") if self.request else ""

    @property
    def kind(self) -> str:
        return self.request.get("type") if self.request else ""

    @property
    def begun(self) -> date:
        """The day on which the request was made, where it was made."""
        return self.terms.day(self.at, self.party)

    @cached_property
    def received(self) -> date | None:
        """From when the clock runs: the day of receipt, or that of the requested side's first step."""
        if self.course.received:
            return date.fromisoformat(self.course.received)
        return self.terms.day(self.course.acted, self.to_party) if self.course.acted else None

    @cached_property
    def due(self) -> Due | None:
        """When the answer is due, or was; None before the clock runs."""
        if self.received is None:
            return None
        zone = self.to_party
        until = max(date.fromisoformat(self.course.until), self.received) if self.course.until else None
        pauses = [
            (self.terms.day(one.begin, zone), self.terms.day(one.end, zone) if one.end else None)
            for one in self.course.pauses
        ]
        return self.terms.due(self.received, pauses, self.party, self.to_party, until)

    @cached_property
    def acknowledge_by(self) -> date | None:
        """Until when receipt is to be acknowledged; None once it was, or where nothing says so."""
        if self.course.state is not State.SENT or not self.terms.deadlines.acknowledge_days:
            return None
        return self.terms.due_of(self.begun, self.terms.deadlines.acknowledge_days, self.party, self.to_party)

    @property
    def days_left(self) -> int | None:
        """Days until it is due, negative where it is overdue; None while no clock runs."""
        if not self.course.state.open or self.due is None or self.due.day is None:
            return None
        return (self.due.day - self.terms.today(self.to_party)).days

    @property
    def ended(self) -> date | None:
        """The day on which it ended, where it was dealt with."""
        return self.terms.day(self.course.ended, self.to_party) if self.course.ended else None

    @property
    def late(self) -> bool:
        """Whether it ended after it was due."""
        return bool(self.ended and self.due and self.due.day and self.ended > self.due.day)

    def name(self, party: str, body: str) -> str:
        """What a body is called: as the agreement's profile has it, else its code."""
        found = self.terms.profile.body(body) if self.terms.profile and body else None
        return said(found.names) if found else body or party

    @property
    def names(self) -> tuple[str, str]:
        """What the requesting and the requested body are called."""
        return self.name(self.party, self.by), self.name(self.to_party, self.to_body)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that the own side may take now."""
        return self.course.steps(self.side)

    def fact(self, party: str, index: int) -> FactView | None:
        return next((one for one in self.facts if (one.party, one.index) == (party, index)), None)

    def holidays(self) -> list[tuple[str, list[tuple[date, str]]]]:
        """The holidays of both states while the clock runs, by party; of two years at most."""
        if self.received is None:
            return []
        last = self.due.day if self.due and self.due.day else self.terms.today(self.to_party)
        shown = min(max(last, self.received), self.received + MOST_SHOWN)
        language = (get_language() or "en")[:2]
        return [
            (party, calendars.days_off(self.terms.calendar(party), self.received, shown, language))
            for party in (self.party, self.to_party)
        ]
