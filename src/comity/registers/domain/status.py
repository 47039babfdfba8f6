"""What the law says of a right on a chosen day, as far as the record tells.

Nothing is invented: where the record does not tell, the answer is "unknown" and `reason_code` says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from comity.registers.domain.codes import rule_of
from comity.registers.domain.record import RightRecord, Status
from comity.registers.domain.terms import Term, TermTable, add_months, parse_day, term_of

ENDED: frozenset[str] = frozenset({"expired", "lapsed", "surrendered", "invalidated", "refused", "withdrawn"})

ReasonCode = Literal[
    "before_filing",  # nothing had been filed on that day
    "not_told",  # the record does not tell for that day
    "filed",  # from the filing date
    "registered",  # from the registration date
    "event",  # from an event of the record
    "ceased",  # it ended, and the record does not say why
    "stated",  # the source's own word
    "stated_undated",  # the source's own word, without the day from which it holds
    "expired_stated",  # the expiry date that the source states has passed
    "expired_computed",  # the expiry date that Comity computed has passed
    "missing",  # a full delivery of the source no longer had the right
    "contradiction",  # the source's word and its events do not agree
]


@dataclass(frozen=True, slots=True)
class StatusOn:
    """The status on a day. Empty status: nothing existed yet. `since` is an ISO date, empty where not known.

    `computed` is False only where the source itself states this status for that day.
    """

    status: Status | Literal[""]
    since: str
    reason_code: ReasonCode
    computed: bool


@dataclass(frozen=True, slots=True)
class _Step:
    day: date
    status: Status | Literal["ceased"]
    reason: ReasonCode


def status_on(record: RightRecord, day: date, table: TermTable | None = None) -> StatusOn:
    """The status of the right on `day`, from its events, stated status, dates and term.

    On its expiry date a right is still in force. What a full delivery no longer had is unknown from that day on.
    """
    steps = _steps(record)
    past = [step for step in steps if step.day <= day]
    found = _after_last(record, day, past, has_later=len(past) < len(steps)) if past else _before_all(record, steps)
    if found.status == "in_force":
        found = _after_expiry(record, day, found, past, term_of(record, table))
    missing = parse_day(record.missing_since)
    if missing and day >= missing and found.status in ("in_force", "pending"):
        return StatusOn("unknown", missing.isoformat(), "missing", True)
    return found


def _steps(record: RightRecord) -> list[_Step]:
    """The dated changes that the record tells, oldest first; of one day the source's own word comes last."""
    steps: list[_Step] = []
    if filed := parse_day(record.filing_date):
        steps.append(_Step(filed, "pending", "filed"))
    if (registered := parse_day(record.registration_date)) and record.stage == "right":
        steps.append(_Step(registered, "in_force", "registered"))
    for event in record.events:
        rule = rule_of(event)
        on = parse_day(event.date) or parse_day(event.recorded)
        if rule is not None and rule.change is not None and on is not None:
            steps.append(_Step(on, rule.change, "event"))
    if record.status != "unknown" and (stated := parse_day(record.status_date)):
        steps.append(_Step(stated, record.status, "stated"))
    steps.sort(key=lambda step: step.day)
    # A granted right never becomes pending again: a later filing (a division, say) is another application's.
    granted = next((place for place, step in enumerate(steps) if step.status == "in_force"), len(steps))
    return steps[:granted] + [step for step in steps[granted:] if step.status != "pending" or step.reason == "stated"]


def _before_all(record: RightRecord, steps: list[_Step]) -> StatusOn:
    """The day lies before all that the record dates, or the record dates nothing."""
    if not steps and record.status != "unknown":
        return StatusOn(record.status, "", "stated_undated", False)
    # Only where the filing itself is dated do we know that there was nothing before it.
    if steps and steps[0].status == "pending" and steps[0].reason != "stated":
        return StatusOn("", "", "before_filing", True)
    return StatusOn("unknown", "", "not_told", True)


def _after_last(record: RightRecord, day: date, past: list[_Step], *, has_later: bool) -> StatusOn:
    """The status after the last dated change up to `day`, set against the source's own word."""
    last = past[-1]
    since = last.day
    for step in reversed(past):
        if step.status != last.status:
            break
        since = step.day
    if last.status == "ceased":
        ended = record.status if record.status in ENDED else "unknown"
        return StatusOn(ended, since.isoformat(), "ceased", True)
    known = StatusOn(last.status, since.isoformat(), last.reason, last.reason != "stated")
    if has_later or last.status == "unknown":
        return known
    if record.status == "unknown":
        # The end of a right is told by its event; that a right still goes on is not.
        return known if last.status in ENDED else StatusOn("unknown", "", "not_told", True)
    if parse_day(record.status_date):
        return known
    return _undated(record, day, known)


def _undated(record: RightRecord, day: date, known: StatusOn) -> StatusOn:
    """The source's own word bears no date; `known` is what the last dated change says."""
    word = record.status
    if word == known.status:
        return StatusOn(word, known.since, known.reason_code, False)
    if word not in ENDED and (known.status in ENDED or word == "pending"):
        return StatusOn("unknown", known.since, "contradiction", True)
    if word == "expired" and (expiry := parse_day(record.expiry_date)):
        if day <= expiry:
            return known
        return StatusOn("expired", expiry.isoformat(), "expired_stated", False)
    return StatusOn(word, "", "stated_undated", False)


def _after_expiry(record: RightRecord, day: date, found: StatusOn, past: list[_Step], term: Term) -> StatusOn:
    """An in-force right whose term has run out, and of which no renewal is known, has expired."""
    expires = parse_day(term.expires)
    if expires is None or day <= expires:
        return found
    vouched = bool(past) and past[-1].reason in ("event", "stated") and past[-1].day > expires
    if vouched or (term.stated_by_source and _renewed_since(record, add_months(expires, -12))):
        return found
    reason: ReasonCode = "expired_stated" if term.stated_by_source else "expired_computed"
    return StatusOn("expired", expires.isoformat(), reason, True)


def _renewed_since(record: RightRecord, opens: date) -> bool:
    """Whether a renewal is recorded from the last year of the term on: a stated expiry may be older than it."""
    for event in record.events:
        rule = rule_of(event)
        on = parse_day(event.date) or parse_day(event.recorded)
        if rule is not None and rule.renewal and on is not None and on >= opens:
            return True
    return False
