"""The agreement: its life, what it opens, its profile; stating a step of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from comity.agreement import selectors, services
from comity.agreement.domain.life import Step
from comity.agreement.selectors import AgreementView
from comity.api.v1.auth import allowed
from comity.api.v1.shapes import Day, Shape, answers

router = Router(tags=["agreement"])

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$", max_length=64)]


class GateOut(Shape):
    """Whether a capability is open, and why; `since` is known also before it opens, where it can be computed."""

    capability: str
    open: bool
    why: str
    article: str
    since: str | None
    until: str | None


class MomentOut(Shape):
    """A point of the timeline. `step` null: what the clauses make of the statements, as `what` says."""

    day: str
    what: str
    party: str
    step: str | None
    of: str
    act: str
    number: str
    place: str


class MissingOut(Shape):
    step: str
    party: str
    of: str


class AgreementOut(Shape):
    """An agreement on a day. `edition` 0: none is adopted by all parties yet."""

    code: str
    names: dict[str, str]
    parties: list[str]
    on: str
    state: str
    since: str | None
    in_force: str | None
    ends: str | None
    edition: int
    digest: str
    timeline: list[MomentOut]
    missing: list[MissingOut]
    capabilities: list[GateOut]


class StepIn(BaseModel):
    """A step of this party. `of`: the party that a note goes to or came from."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    day: Day
    of: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    act: Annotated[str, Field(max_length=300)] = ""
    number: Annotated[str, Field(max_length=100)] = ""
    place: Annotated[str, Field(max_length=300)] = ""


class On(BaseModel):
    """The day for which it is told; today if empty."""

    on: Day | None = None

    @property
    def day(self) -> date | None:
        return date.fromisoformat(self.on) if self.on else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _agreement(view: AgreementView) -> AgreementOut:
    life, held = view.life, view.standing.agreed
    return AgreementOut(
        code=view.code,
        names=dict(view.profile.names),
        parties=[party.code for party in view.profile.parties],
        on=view.on.isoformat(),
        state=life.state(view.on).value,
        since=_text(life.since(view.on)),
        in_force=_text(life.in_force),
        ends=_text(life.ends),
        edition=held.edition if held else 0,
        digest=view.standing.digest,
        timeline=[
            MomentOut(
                day=moment.day.isoformat(),
                what=moment.what,
                party=moment.party,
                step=moment.stated.step.value if moment.stated else None,
                of=moment.stated.of if moment.stated else "",
                act=moment.stated.act if moment.stated else "",
                number=moment.stated.number if moment.stated else "",
                place=moment.stated.place if moment.stated else "",
            )
            for moment in life.timeline
        ],
        missing=[MissingOut(step=one.step.value, party=one.party, of=one.of) for one in life.missing],
        capabilities=[
            GateOut(
                capability=gate.capability,
                open=gate.open,
                why=gate.why,
                article=gate.article,
                since=_text(gate.since),
                until=_text(gate.until),
            )
            for gate in view.gates()
        ],
    )


@router.get(
    "/agreements",
    operation_id="listAgreements",
    summary="Agreements",
    auth=allowed("agreement.read"),
    response=answers(list[AgreementOut]),
)
def list_agreements(request: HttpRequest, when: Query[On]) -> Any:
    """Every agreement that this party has adopted."""
    return [_agreement(view) for view in selectors.agreements(when.day)]


@router.get(
    "/agreements/{code}",
    operation_id="getAgreement",
    summary="One agreement",
    auth=allowed("agreement.read"),
    response=answers(AgreementOut, missing=True),
)
def get_agreement(request: HttpRequest, code: Path[Code], when: Query[On]) -> Any:
    """Its state on a day, the timeline, what is missing, what is open."""
    return _agreement(selectors.agreement(code, when.day))


@router.post(
    "/agreements/{code}/steps",
    operation_id="stateStep",
    summary="State a step",
    auth=allowed("agreement.write"),
    response=answers(AgreementOut, missing=True, conflict=True),
)
def state_step(request: HttpRequest, code: Path[Code], step: StepIn) -> Any:
    """State a step of the agreement's life for this party; the agreement as it is then."""
    actor = request.auth  # type: ignore[attr-defined]
    services.state(actor, code, step.step, step.day, of=step.of, act=step.act, number=step.number, place=step.place)
    return _agreement(selectors.agreement(code))
