"""Requests for assistance: only those of the asker's bodies. Reading; steps are written and signed on the pages."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, Field, StringConstraints

from comity.api.v1.auth import actor_of, allowed
from comity.api.v1.letters import LabelOut, ReferenceOut, label_out, reference_out
from comity.api.v1.shapes import Office, Shape, answers
from comity.assistance import selectors
from comity.assistance.cases import CaseView, FactView

router = Router(tags=["assistance"])

Token = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class StepOut(Shape):
    """A step of either side; `texts` null where it is not open here. `effective` false: it was not possible there."""

    party: str
    index: int
    step: str
    by: str
    to: str
    day: str
    at: str
    label: LabelOut
    effective: bool
    signed: bool
    texts: dict[str, str] | None
    attachments: list[str]
    quotes: list[ReferenceOut]


class RequestOut(Shape):
    """A request as it stands. `due` null while no clock runs; `days_left`: of a clock that is stopped."""

    party: str
    token: str
    by: str
    to: str
    at: str
    label: LabelOut
    subject: str
    type: str
    state: str
    partly: bool
    unconfirmed: bool
    received: date | None
    due: date | None
    days_left: int | None
    ended: date | None


class WholeRequestOut(RequestOut):
    """A request with the steps of both sides, in their order."""

    steps: list[StepOut]


class Which(BaseModel):
    """Which requests: on which side this node's party stands; those that are open, or ended."""

    side: str = Field("", pattern=r"^(requesting|requested)?$")
    open: bool | None = None


def _request(view: CaseView) -> dict[str, Any]:
    stopped = view.course.state.open and view.due is not None and view.due.day is None
    return {
        "party": view.party,
        "token": view.token,
        "by": view.by,
        "to": view.addresses[1],
        "at": view.at,
        "label": label_out(view.label),
        "subject": view.subject,
        "type": view.kind,
        "state": view.course.state.value,
        "partly": view.course.partly,
        "unconfirmed": view.course.unconfirmed,
        "received": view.received,
        "due": view.due.day if view.due else None,
        "days_left": view.due.left if stopped and view.due else view.days_left,
        "ended": view.ended,
    }


def _step(fact: FactView) -> StepOut:
    content = fact.content
    return StepOut(
        party=fact.party,
        index=fact.index,
        step=fact.step.value,
        by=fact.by,
        to=fact.to,
        day=fact.day,
        at=fact.at,
        label=label_out(fact.label),
        effective=fact.effective,
        signed=fact.signed,
        texts=dict(content.texts) if content else None,
        attachments=[item.name for item in content.attachments] if content else [],
        quotes=[reference_out(quote) for quote in content.quotes] if content else [],
    )


@router.get(
    "/assistance",
    operation_id="listRequests",
    summary="Requests for assistance",
    auth=allowed("assistance.read"),
    response=answers(list[RequestOut]),
)
def list_requests(request: HttpRequest, which: Query[Which]) -> Any:
    """Those of the asker's bodies, what is due first on top."""
    found = selectors.read_list(actor_of(request), side=which.side, only_open=which.open)
    return [RequestOut(**_request(view)) for view in found]


@router.get(
    "/assistance/{party}/{token}",
    operation_id="getRequest",
    summary="One request for assistance",
    auth=allowed("assistance.read"),
    response=answers(WholeRequestOut, missing=True),
)
def get_request(request: HttpRequest, party: Path[Office], token: Path[Token]) -> Any:
    """By the party that asked and the digits that name it there. 404 where there is none for the asker."""
    view = selectors.read(actor_of(request), party, token)
    return WholeRequestOut(**_request(view), steps=[_step(fact) for fact in view.facts])
