"""The steps of a request for assistance, and which side states each."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """What a body states of a request. Its name stands in clear in the entry."""

    REQUEST = "request"
    ORAL = "oral"
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    ASKED = "asked"
    SUPPLEMENT = "supplement"
    PARTIAL_ANSWER = "partial_answer"
    ANSWER = "answer"
    POSTPONED = "postponed"
    PARTLY_REFUSED = "partly_refused"
    REFUSED = "refused"
    CONSENT_ASKED = "consent_asked"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    WITHDRAWN = "withdrawn"
    COSTS = "costs"


class Side(StrEnum):
    REQUESTING = "requesting"
    REQUESTED = "requested"

    @property
    def other(self) -> Side:
        return Side.REQUESTED if self is Side.REQUESTING else Side.REQUESTING


class State(StrEnum):
    """How a request stands. Sent: receipt is not acknowledged; waiting: more is awaited and the clock is stopped."""

    SENT = "sent"
    RUNNING = "running"
    WAITING = "waiting"
    POSTPONED = "postponed"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def open(self) -> bool:
        return self in OPEN


OPEN = frozenset({State.SENT, State.RUNNING, State.WAITING, State.POSTPONED})
OPENS = frozenset({Step.REQUEST, Step.ORAL})
CONSENTS = frozenset({Step.CONSENT_ASKED, Step.CONSENT_GIVEN, Step.CONSENT_REFUSED})
REFUSALS = frozenset({Step.REFUSED, Step.PARTLY_REFUSED})
# What hands over something that may be asked to be used further.
GIVES = frozenset({Step.REQUEST, Step.ORAL, Step.CONFIRMED, Step.SUPPLEMENT, Step.PARTIAL_ANSWER, Step.ANSWER})

_BOTH = frozenset(Side)
_REQUESTING = frozenset({Side.REQUESTING})
_REQUESTED = frozenset({Side.REQUESTED})
SIDES: dict[Step, frozenset[Side]] = {
    Step.REQUEST: _REQUESTING,
    Step.ORAL: _REQUESTING,
    Step.CONFIRMED: _REQUESTING,
    Step.SUPPLEMENT: _REQUESTING,
    Step.WITHDRAWN: _REQUESTING,
    Step.ACKNOWLEDGED: _REQUESTED,
    Step.ASKED: _REQUESTED,
    Step.PARTIAL_ANSWER: _REQUESTED,
    Step.ANSWER: _REQUESTED,
    Step.POSTPONED: _REQUESTED,
    Step.PARTLY_REFUSED: _REQUESTED,
    Step.REFUSED: _REQUESTED,
    Step.COSTS: _REQUESTED,
    Step.CONSENT_ASKED: _BOTH,
    Step.CONSENT_GIVEN: _BOTH,
    Step.CONSENT_REFUSED: _BOTH,
}
# Steps that carry a day in clear, for the clock needs it: received on, postponed until, asked orally on.
DAYS = frozenset({Step.ACKNOWLEDGED, Step.POSTPONED, Step.ORAL})
