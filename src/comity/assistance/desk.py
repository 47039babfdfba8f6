"""What waits for somebody, and what became of the requests that he may see. Computed when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from comity.assistance import policy, selectors
from comity.assistance.cases import CaseView
from comity.assistance.domain.contents import TYPES
from comity.assistance.domain.steps import Side, State
from comity.assistance.models import Draft

SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something that waits: `what` is a key of `labels.REMINDERS`; of a draft or of a request. `day`: until when."""

    what: str
    day: date | None
    subject: str
    party: str = ""
    token: str = ""
    draft: int = 0

    @property
    def pressing(self) -> bool:
        return self.what == "overdue"


@dataclass(frozen=True, slots=True)
class Sum:
    """Requests of one type on one side. `median_days`: from receipt to the end, of those that were answered or refused;
    `late`: how many of these ended after they were due.
    """

    side: Side
    kind: str
    requests: int
    open: int
    answered: int
    refused: int
    withdrawn: int
    median_days: float | None
    late: int


def reminders(actor: Any) -> list[Reminder]:
    """What waits for somebody, the most pressing first."""
    found = [*_drafts(actor)]
    writing = policy.desks(actor, policy.WRITE)
    for view in selectors.cases(actor):
        if view.own_body in writing:
            found += [Reminder(what, day, view.subject, view.party, view.token) for what, day in _waits(view)]
    return sorted(found, key=lambda one: (not one.pressing, one.day or date.max))


def _drafts(actor: Any) -> Iterable[Reminder]:
    signing = policy.desks(actor, policy.SIGN)
    for row in selectors.drafts(actor):
        subject = selectors.content_of(row).get("subject")
        if row.state == Draft.State.RETURNED and actor.pk in (row.author_id, row.editor_id):
            yield Reminder("returned", None, subject, row.party, row.token, row.pk)
        elif row.state == Draft.State.WRITTEN and row.by in signing and actor.pk not in (row.author_id, row.editor_id):
            yield Reminder("sign", None, subject, row.party, row.token, row.pk)


def _waits(view: CaseView) -> Iterable[tuple[str, date | None]]:
    course = view.course
    if any(side is not view.side and said is None for (side, _), said in course.consents.items()):
        yield "consent", None
    if not course.state.open:
        return
    if view.side is Side.REQUESTING:
        if course.unconfirmed:
            yield "confirm", None
        if course.state is State.WAITING:
            yield "supplement", None
    elif not course.received:
        yield "acknowledge", view.acknowledge_by
    if view.days_left is not None and view.days_left < 0:
        yield "overdue", view.due.day if view.due else None
    elif view.days_left is not None and view.days_left <= SOON_DAYS and view.side is Side.REQUESTED:
        yield "due", view.due.day if view.due else None


def statistics(actor: Any) -> list[Sum]:
    """The requests that somebody may see, by side and type. What he may not see is in no number."""
    by: dict[tuple[Side, str], list[CaseView]] = defaultdict(list)
    for view in selectors.cases(actor):
        by[view.side, view.kind].append(view)
    order = {kind: place for place, kind in enumerate((*TYPES, ""))}
    return [_sum(side, kind, by[side, kind]) for side, kind in sorted(by, key=lambda key: (key[0], order[key[1]]))]


def _sum(side: Side, kind: str, views: list[CaseView]) -> Sum:
    def count(*states: State) -> int:
        return sum(view.course.state in states for view in views)

    ended = [view for view in views if view.course.state in (State.ANSWERED, State.REFUSED)]
    days = [taken for view in ended if (taken := _days(view)) is not None]
    return Sum(
        side=side,
        kind=kind,
        requests=len(views),
        open=sum(view.course.state.open for view in views),
        answered=count(State.ANSWERED),
        refused=count(State.REFUSED),
        withdrawn=count(State.WITHDRAWN),
        median_days=median(days) if days else None,
        late=sum(view.late for view in ended),
    )


def _days(view: CaseView) -> int | None:
    return (view.ended - view.received).days if view.ended and view.received else None
