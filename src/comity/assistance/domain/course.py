"""The course of a request, computed from the facts of both sides, in whatever order they arrived.

Each side's facts stand in the order of its journal. Between the sides a fact comes after what its author had seen;
facts that crossed come in the order of their times. A step that was not possible where it stands (an answer that
crossed with the withdrawal) stays readable and is without effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from comity.assistance.domain.steps import CONSENTS, OPEN, OPENS, SIDES, Side, State, Step

NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A step as its owner states it. `index`: its place among its side's facts; `at`: ISO 8601 UTC.

    `seen`: the place of the last fact of the other side that its author knew; `re`: of the asking for consent that it
    answers; -1 for none. `day`: what the step says in clear, ISO 8601.
    """

    side: Side
    index: int
    step: Step
    at: str
    day: str = ""
    seen: int = NOTHING
    re: int = NOTHING


@dataclass(frozen=True, slots=True)
class Moment:
    """A fact in its place; `effective` False where it was not possible there. `state`: what the request is then."""

    fact: Fact
    effective: bool
    state: State


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which more was awaited, by the times of the facts; `end` empty while it lasts."""

    begin: str
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What both sides' facts make of a request.

    `received`: the day of receipt that the requested side states, `acted`: the time of its first step, from which the
    clock runs where it acknowledged nothing; `until`: the day to which it is postponed. `consents`: of each asking for
    consent, by side and place, what was answered (empty: nothing yet).
    """

    state: State
    moments: tuple[Moment, ...]
    received: str = ""
    acted: str = ""
    pauses: tuple[Pause, ...] = ()
    until: str = ""
    partly: bool = False
    unconfirmed: bool = False
    ended: str = ""
    consents: dict[tuple[Side, int], Step | None]

    def seen_of(self, side: Side) -> int:
        """The place of a side's last fact."""
        return max((one.fact.index for one in self.moments if one.fact.side is side), default=NOTHING)

    def may(self, step: Step, side: Side, re: int = NOTHING) -> bool:
        """Whether a side may take a step now."""
        return _possible(self, step, side, re)

    def steps(self, side: Side) -> tuple[Step, ...]:
        """The steps that a side may take now."""
        open_ones = [place for (asker, place), said in self.consents.items() if asker is not side and said is None]
        return tuple(
            step
            for step in Step
            if self.may(step, side, open_ones[0] if open_ones and step in CONSENTS - {Step.CONSENT_ASKED} else NOTHING)
        )


def in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts of both sides in the one order that holds at every node."""
    rows = sorted(facts, key=lambda fact: fact.index)
    left = [fact for fact in rows if fact.side is Side.REQUESTING]
    right = [fact for fact in rows if fact.side is Side.REQUESTED]
    found: list[Fact] = []
    i = j = 0
    while i < len(left) and j < len(right):
        one, other = left[i], right[j]
        later, sooner = one.seen >= other.index, other.seen >= one.index
        # Both or neither (who says both lies, or his clock does): by time, the requesting side first in one second.
        first = sooner if later != sooner else one.at <= other.at
        found.append(one if first else other)
        i, j = (i + 1, j) if first else (i, j + 1)
    return (*found, *left[i:], *right[j:])


def course(facts: Iterable[Fact]) -> Course | None:
    """The course of a request; None where the request itself is not here."""
    ordered = in_order(facts)
    first = next((fact for fact in ordered if fact.step in OPENS and fact.side is Side.REQUESTING), None)
    if first is None:
        return None
    here = Course(
        state=State.SENT,
        moments=(Moment(first, True, State.SENT),),
        unconfirmed=first.step is Step.ORAL,
        consents={},
    )
    for fact in ordered:
        if fact is not first:
            here = _after(here, fact)
    return here


def _possible(here: Course, step: Step, side: Side, re: int) -> bool:
    if side not in SIDES[step] or step in OPENS:
        return False
    if step is Step.CONSENT_ASKED:
        return True
    if step in CONSENTS:
        return (side.other, re) in here.consents and here.consents[side.other, re] is None
    if step is Step.COSTS:
        return here.state is not State.SENT
    if step is Step.ACKNOWLEDGED:
        return here.state in OPEN and not here.received
    if step is Step.CONFIRMED:
        return here.unconfirmed and here.state in OPEN
    return here.state in OPEN


_TO: dict[Step, State] = {
    Step.ASKED: State.WAITING,
    Step.POSTPONED: State.POSTPONED,
    Step.ANSWER: State.ANSWERED,
    Step.REFUSED: State.REFUSED,
    Step.WITHDRAWN: State.WITHDRAWN,
}


def _after(here: Course, fact: Fact) -> Course:
    if not _possible(here, fact.step, fact.side, fact.re):
        return replace(here, moments=(*here.moments, Moment(fact, False, here.state)))
    step, state = fact.step, _TO.get(fact.step, here.state)
    received = fact.day if step is Step.ACKNOWLEDGED else here.received
    acted = here.acted or (fact.at if fact.side is Side.REQUESTED else "")
    until = fact.day if step is Step.POSTPONED else here.until
    pauses, consents = here.pauses, here.consents
    if step is Step.ASKED and here.state is not State.WAITING:
        pauses = (*pauses, Pause(fact.at))
    elif pauses and not pauses[-1].end and (step is Step.SUPPLEMENT or state is not State.WAITING):
        # What ends the waiting: what was awaited, or another decision of the requested side, or the end.
        pauses = (*pauses[:-1], Pause(pauses[-1].begin, max(fact.at, pauses[-1].begin)))
        state = (State.POSTPONED if until else State.RUNNING) if step is Step.SUPPLEMENT else state
    if state is State.SENT and fact.side is Side.REQUESTED and step not in CONSENTS:
        state = State.RUNNING
    if step is Step.CONSENT_ASKED:
        consents = {**consents, (fact.side, fact.index): None}
    elif step in CONSENTS:
        consents = {**consents, (fact.side.other, fact.re): step}
    return replace(
        here,
        state=state,
        moments=(*here.moments, Moment(fact, True, state)),
        received=received,
        acted=acted,
        until=until,
        pauses=pauses,
        consents=consents,
        partly=here.partly or step in (Step.PARTIAL_ANSWER, Step.PARTLY_REFUSED),
        unconfirmed=here.unconfirmed and step is not Step.CONFIRMED,
        ended=here.ended or ("" if state in OPEN else fact.at),
    )
