"""The life of an agreement, computed: which state it is in on a day, since when, and what is still missing.

A pure function of the profile and of what each party has stated in its own journal: nodes that hold the same journals
say the same. What two sides must both have done is there when both have said so; a note has come in when its recipient
says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from comity.agreement.domain.calendar import day, later
from comity.agreement.domain.profile import Party, Profile


class Step(StrEnum):
    """What a party states of the agreement's life."""

    BASIS = "basis"  # Its draft approved as a basis for negotiation.
    SIGNATURE = "signature"
    PROCEDURE = "procedure"  # Its domestic procedure is complete.
    NOTE = "note"  # A diplomatic note that says so, sent to each recipient.
    NOTE_RECEIVED = "note_received"  # Said by the recipient.
    PROVISIONAL = "provisional"  # It applies the agreement provisionally.
    PUBLICATION = "publication"
    AMENDMENT = "amendment"  # A protocol of amendment signed.
    OBJECTION = "objection"  # It does not want the term renewed.
    TERMINATION = "termination"  # Its notice of termination, sent.
    TERMINATION_RECEIVED = "termination_received"  # Said by the recipient.


# What the recipient says of something that another party has sent: `of` names the sender.
RECEIPTS = {Step.NOTE_RECEIVED: Step.NOTE, Step.TERMINATION_RECEIVED: Step.TERMINATION}


class State(StrEnum):
    DRAFT = "draft"
    NEGOTIATED = "negotiated"  # At least one party has approved a draft as basis.
    SIGNED = "signed"
    PROVISIONAL = "provisional"
    IN_FORCE = "in_force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One statement of a party. `of`: the party whose note it received, or the party that it is about."""

    party: str
    step: Step
    day: str
    of: str = ""
    act: str = ""
    number: str = ""
    place: str = ""
    document: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the timeline: something that was stated, or `stated` None for what the clauses make of it."""

    day: date
    what: Literal["stated", "signed", "provisional", "in_force", "renewed", "joined", "left", "ended"]
    party: str = ""
    stated: Stated | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What has still to come before the next state: a step of a party, and whose it is about."""

    step: Step
    party: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """The dates that the clauses make of what was stated. A date is None as long as it cannot be computed.

    `expires`: the end of the term as it now runs, renewals counted. `ends`: when it ends altogether. `joined`: when it
    enters into force for each party that accedes; `left`: when each party that gave notice is out.
    """

    signed: date | None
    provisional: date | None
    in_force: date | None
    ends: date | None
    expires: date | None
    joined: dict[str, date]
    left: dict[str, date]
    timeline: tuple[Moment, ...]
    missing: tuple[Missing, ...]
    basis: date | None = None

    def state(self, on: date) -> State:
        if self.ends is not None and on >= self.ends:
            return State.ENDED
        if self.in_force is not None and on >= self.in_force:
            return State.IN_FORCE
        if self.provisional is not None and on >= self.provisional:
            return State.PROVISIONAL
        if self.signed is not None and on >= self.signed:
            return State.SIGNED
        if self.basis is not None and on >= self.basis:
            return State.NEGOTIATED
        return State.DRAFT

    def applied_for(self, party: Party) -> date | None:
        """From when on it is applied by a party, provisionally or in force."""
        if party.accedes:
            return self.joined.get(party.code)
        return min((when for when in (self.in_force, self.provisional) if when is not None), default=None)

    def since(self, on: date) -> date | None:
        """Since when it is in the state of that day."""
        return {
            State.DRAFT: None,
            State.NEGOTIATED: self.basis,
            State.SIGNED: self.signed,
            State.PROVISIONAL: self.provisional,
            State.IN_FORCE: self.in_force,
            State.ENDED: self.ends,
        }[self.state(on)]


def live(profile: Profile, stated: Iterable[Stated], until: date) -> Life:
    """The life of the agreement as far as it is stated; renewals are computed up to `until`.

    Of two statements of one party about the same thing the one later in its journal counts, so that a mistake can be
    put right.
    """
    said = _latest(stated)
    founders = profile.founders
    signed = _all(founders, said, Step.SIGNATURE)
    entered, missing = _entry(profile, said, founders, signed)
    joined = _joined(profile, said, entered)
    provisional = _provisional(profile, said, signed)
    if provisional is not None and entered is not None and provisional >= entered:
        provisional = None
    left = _left(profile, said)
    expires, renewals, expired = _term(profile, said, entered, until)
    ends = _ends(profile, joined, left, expired)
    if entered is None and ends is not None and provisional is None:
        ends = None
    bases = [day(one.day) for one in said if one.step is Step.BASIS]
    moments = [Moment(day(one.day), "stated", one.party, one) for one in said]
    moments += [Moment(when, "renewed") for when in renewals if ends is None or when < ends]
    moments += [Moment(when, "joined", party) for party, when in joined.items()]
    moments += [Moment(when, "left", party) for party, when in left.items()]
    for what, when in (("signed", signed), ("provisional", provisional), ("in_force", entered), ("ended", ends)):
        if when is not None:
            moments.append(Moment(when, what))  # type: ignore[arg-type]
    return Life(
        signed=signed,
        provisional=provisional,
        in_force=entered,
        ends=ends,
        expires=expires,
        joined=joined,
        left=left,
        timeline=tuple(sorted(moments, key=_order)),
        missing=tuple(missing),
        basis=min(bases, default=None),
    )


def _order(moment: Moment) -> tuple[date, bool, str, str, int]:
    stated = moment.stated
    return (
        moment.day,
        stated is None,
        moment.party,
        stated.step if stated else moment.what,
        stated.index if stated else 0,
    )


def _latest(stated: Iterable[Stated]) -> list[Stated]:
    latest: dict[tuple[str, Step, str, str], Stated] = {}
    for one in sorted(stated, key=lambda one: one.index):
        # A party may publish at several places, amend several times, pass several acts; it signs once.
        several = one.step in (Step.PUBLICATION, Step.AMENDMENT, Step.PROCEDURE)
        latest[(one.party, one.step, one.of, one.number or one.place if several else "")] = one
    return sorted(latest.values(), key=lambda one: (one.day, one.party, one.step, one.of, one.index))


def _find(said: Sequence[Stated], step: Step, party: str, of: str = "") -> Stated | None:
    return next((one for one in said if (one.step, one.party, one.of) == (step, party, of)), None)


def _all(parties: Sequence[Party], said: Sequence[Stated], step: Step) -> date | None:
    """The day on which the last of them did it; None while one is missing."""
    days = [_find(said, step, party.code) for party in parties]
    return max(day(one.day) for one in days if one is not None) if all(days) else None


def _entry(
    profile: Profile, said: Sequence[Stated], parties: Sequence[Party], signed: date | None
) -> tuple[date | None, list[Missing]]:
    """When the clause brings it into force for these parties, and what they have still to state."""
    rule = profile.clauses.entry
    missing = [Missing(Step.SIGNATURE, one.code) for one in parties if _find(said, Step.SIGNATURE, one.code) is None]
    days: list[date] = []
    if rule.rule in ("last_note_received", "last_note_sent"):
        for sender, recipient in _ways(profile, parties):
            note = _find(said, Step.NOTE, sender, recipient)
            if note is None:
                missing.append(Missing(Step.NOTE, sender, recipient))
                continue
            if rule.rule == "last_note_sent":
                days.append(day(note.day))
                continue
            received = _find(said, Step.NOTE_RECEIVED, recipient, sender) if sender != recipient else note
            if received is None:
                missing.append(Missing(Step.NOTE_RECEIVED, recipient, sender))
                continue
            # A note is not received before it was sent, whatever is written.
            days.append(max(day(received.day), day(note.day)))
    if signed is None or missing:
        return None, missing
    last = day(rule.date) if rule.rule == "date" else max(days, default=signed)
    return later(max(last, signed), months=rule.months, days=rule.days), missing


def _ways(profile: Profile, senders: Sequence[Party]) -> Iterator[tuple[str, str]]:
    """Every note that is due, as `(sender, recipient)`. A depositary deposits with itself; founders do not wait for who
    accedes later.
    """
    late = {one.code for one in profile.parties if one.accedes}
    for party in senders:
        for recipient in profile.recipients(party.code) or (party.code,):
            if party.accedes or recipient not in late:
                yield party.code, recipient


def _joined(profile: Profile, said: Sequence[Stated], entered: date | None) -> dict[str, date]:
    """When it enters into force for each party that accedes: never before it is in force at all."""
    joined: dict[str, date] = {}
    for party in profile.parties:
        if party.accedes and entered is not None:
            when, _missing = _entry(profile, said, (party,), _all((party,), said, Step.SIGNATURE))
            if when is not None:
                joined[party.code] = max(when, entered)
    return joined


def _provisional(profile: Profile, said: Sequence[Stated], signed: date | None) -> date | None:
    """Provisional application begins where the clause says so, or where every party has declared it."""
    if signed is None:
        return None
    rule = profile.clauses.provisional
    if rule.rule == "signature":
        return signed
    if rule.rule == "date":
        return max(day(rule.date), signed)
    declared = _all(profile.founders, said, Step.PROVISIONAL)
    return max(declared, signed) if declared is not None else None


def _left(profile: Profile, said: Sequence[Stated]) -> dict[str, date]:
    """When each party that has given notice of termination is out of the agreement."""
    notice = profile.clauses.notice
    left: dict[str, date] = {}
    for party in profile.parties:
        days: list[date] = []
        recipients = profile.recipients(party.code) or tuple(o.code for o in profile.parties if o is not party)
        for recipient in recipients:
            sent = _find(said, Step.TERMINATION, party.code, recipient)
            if sent is None:
                break
            if notice.counted_from == "sent":
                days.append(day(sent.day))
                continue
            received = _find(said, Step.TERMINATION_RECEIVED, recipient, party.code)
            if received is None:
                break
            days.append(max(day(received.day), day(sent.day)))
        else:
            left[party.code] = later(max(days), months=notice.months)
    return left


def _term(
    profile: Profile, said: Sequence[Stated], entered: date | None, until: date
) -> tuple[date | None, list[date], date | None]:
    """`(end of the term that runs, the days of renewal, the day on which it ran out)`."""
    term = profile.clauses.term
    if entered is None or not term.years:
        return None, [], None
    objections = sorted(day(one.day) for one in said if one.step is Step.OBJECTION)
    renewals: list[date] = []
    years, over = term.years, date.min
    while True:
        end = later(entered, years=years)
        limit = later(end, months=-term.objection_months)
        # An objection that came too late for one term counts for the next.
        if not term.renewal_years or any(over < one <= limit for one in objections):
            return end, renewals, end
        if end > until:
            return end, renewals, None
        renewals.append(end)
        years, over = years + term.renewal_years, limit


def _ends(profile: Profile, joined: Mapping[str, date], left: Mapping[str, date], expired: date | None) -> date | None:
    """When fewer than two parties are left, or the term ran out: whatever comes first."""
    bound = [one.code for one in profile.parties if not one.accedes or one.code in joined]
    days = sorted(left[code] for code in bound if code in left)
    ends = [expired] if expired is not None else []
    if len(bound) - len(days) < 2:
        ends.append(days[len(bound) - 2])
    return min(ends, default=None)
