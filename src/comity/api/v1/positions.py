"""Positions, changes of the laws, awareness: reading what the parties tell, and what is joint."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router
from pydantic import Field

from comity.accounts import audit
from comity.agreement import selectors as agreements
from comity.api.v1.agreement import Code
from comity.api.v1.auth import allowed
from comity.api.v1.shapes import Shape, answers
from comity.positions import selectors
from comity.positions.domain.points import Joint, Point
from comity.positions.entries import CODE, NUMBER, ItemRef
from comity.positions.selectors import ItemView, SessionView

router = Router(tags=["positions"])

SessionCode = Annotated[str, Field(pattern=f"^{CODE}$")]
Number = Annotated[str, Field(pattern=f"^{NUMBER}$")]


class SessionOut(Shape):
    """A session of a forum over all parties; `deadline` null: no rule is known. `differs`: fields told differently."""

    agreement: str
    forum: str
    code: str
    name: str
    venue: str
    begin: str
    end: str
    deadline: str | None
    told_by: list[str]
    differs: list[str]


class DocumentOut(Shape):
    number: str
    title: str
    sha256: str


class WordingOut(Shape):
    """One wording of a paragraph: who proposes it now, who has approved it."""

    digest: str
    text: str
    proposed_by: list[str]
    approved_by: list[str]


class PointOut(Shape):
    """A paragraph over all parties: `agreed`, `same`, `one_sided` or `differing`."""

    id: str
    state: str
    wordings: list[WordingOut]


class TextOut(Shape):
    """A shared text. `paragraphs` null: it is not open here, `why` says why."""

    party: str
    index: int
    round: int
    digest: str
    approved_by: list[str]
    paragraphs: list[str] | None
    why: str


class ItemStepOut(Shape):
    party: str
    index: int
    step: str
    day: str
    of: str
    text: str


class ItemOut(Shape):
    """An agenda item over all parties; `agreed`: the hash of the text that every party has approved, or null."""

    number: str
    titles: dict[str, str]
    documents: list[DocumentOut]
    state: str
    agreed: str | None
    speaker: str
    points: list[PointOut]
    texts: list[TextOut]
    steps: list[ItemStepOut]


class AgendaOut(Shape):
    session: SessionOut
    items: list[ItemOut]


class LawOut(Shape):
    party: str
    index: int
    code: str
    act: str
    number: str
    day: str
    edition: str
    in_force: str | None
    topic: str
    summary: str
    link: str
    document: str


class ActivityOut(Shape):
    """An activity; `reached` null: not counted."""

    party: str
    index: int
    code: str
    title: str
    form: str
    begin: str
    end: str
    venue: str
    audience: str
    outcome: str
    reached: int | None
    partners: list[str]


def _session(view: SessionView) -> SessionOut:
    one = view.session
    return SessionOut(
        agreement=view.agreement.code,
        forum=view.forum.code,
        code=one.code,
        name=one.name,
        venue=one.venue,
        begin=one.begin.isoformat(),
        end=one.end.isoformat(),
        deadline=one.deadline.isoformat() if one.deadline else None,
        told_by=[said.party for said in one.said],
        differs=sorted(one.differs),
    )


def _note(actor: Any, view: ItemView) -> None:
    """What was sealed and is read leaves a trace."""
    if view.sealed_open:
        audit.note(actor, audit.VIEW, view.ref.about)


def _item(view: ItemView) -> ItemOut:
    joint = view.joint
    return ItemOut(
        number=view.ref.number,
        titles=view.titles,
        documents=[DocumentOut(number=one.number, title=one.title, sha256=one.sha256) for one in view.documents],
        state=joint.state,
        agreed=joint.agreed.digest if joint.agreed else None,
        speaker=view.speaker,
        points=[_point(point) for point in joint.points],
        texts=_texts(view, joint),
        steps=[
            ItemStepOut(party=row.journal.party, index=row.entry, step=row.step, day=row.day, of=row.of, text=row.text)
            for row in view.steps
        ],
    )


def _point(point: Point) -> PointOut:
    wordings = [
        WordingOut(
            digest=one.paragraph.digest,
            text=one.paragraph.text,
            proposed_by=sorted(one.proposed),
            approved_by=sorted(one.approved),
        )
        for one in point.versions
    ]
    return PointOut(id=point.id, state=point.state.value, wordings=wordings)


def _texts(view: ItemView, joint: Joint) -> list[TextOut]:
    return [
        TextOut(
            party=one.party,
            index=one.index,
            round=one.round,
            digest=one.digest,
            approved_by=sorted(joint.approved.get(one.digest, ())),
            paragraphs=[part.text for part in one.content.paragraphs] if one.content else None,
            why=one.why,
        )
        for one in view.positions
    ]


@router.get(
    "/sessions",
    operation_id="listSessions",
    summary="Sessions of fora",
    auth=allowed("positions.read"),
    response=answers(list[SessionOut]),
)
def list_sessions(request: HttpRequest) -> Any:
    """Every session that a party tells of, the latest first."""
    return [_session(view) for view in selectors.sessions()]


@router.get(
    "/sessions/{agreement}/{forum}/{session}",
    operation_id="getSession",
    summary="One session with its agenda",
    auth=allowed("positions.read"),
    response=answers(AgendaOut, missing=True),
)
def get_session(request: HttpRequest, agreement: Path[Code], forum: Path[Code], session: Path[SessionCode]) -> Any:
    """What the parties tell of it, and each agenda item with the texts that are open here."""
    actor = request.auth  # type: ignore[attr-defined]
    view = selectors.session(actor, agreement, forum, session)
    for one in view.items:
        _note(actor, one)
    return AgendaOut(session=_session(view), items=[_item(one) for one in view.items])


@router.get(
    "/sessions/{agreement}/{forum}/{session}/{item}",
    operation_id="getAgendaItem",
    summary="One agenda item",
    auth=allowed("positions.read"),
    response=answers(ItemOut, missing=True),
)
def get_agenda_item(
    request: HttpRequest,
    agreement: Path[Code],
    forum: Path[Code],
    session: Path[SessionCode],
    item: Path[Number],
) -> Any:
    """What is agreed and what differs, paragraph by paragraph."""
    actor = request.auth  # type: ignore[attr-defined]
    view = selectors.item(actor, ItemRef(agreement, forum, session, item))
    _note(actor, view)
    return _item(view)


@router.get(
    "/agreements/{code}/laws",
    operation_id="listLawChanges",
    summary="Changes of the laws",
    auth=allowed("laws.read"),
    response=answers(list[LawOut], missing=True),
)
def list_law_changes(request: HttpRequest, code: Path[Code]) -> Any:
    """Of every party, by topic."""
    view = agreements.agreement(code)
    return [
        LawOut(
            party=row.journal.party,
            index=row.entry,
            code=row.code,
            act=row.act,
            number=row.number,
            day=row.day,
            edition=row.edition,
            in_force=row.in_force or None,
            topic=row.topic,
            summary=row.summary,
            link=row.link,
            document=row.document,
        )
        for topic in selectors.laws(view)
        for _party, rows in topic.columns
        for row in rows
    ]


@router.get(
    "/agreements/{code}/activities",
    operation_id="listActivities",
    summary="Activities for public awareness",
    auth=allowed("awareness.read"),
    response=answers(list[ActivityOut], missing=True),
)
def list_activities(request: HttpRequest, code: Path[Code]) -> Any:
    """Of every party, newest first."""
    return [
        ActivityOut(
            party=row.journal.party,
            index=row.entry,
            code=row.code,
            title=row.title,
            form=row.form,
            begin=row.begin,
            end=row.end,
            venue=row.venue,
            audience=row.audience,
            outcome=row.outcome,
            reached=row.reached,
            partners=row.partners,
        )
        for row in selectors.activities(agreements.agreement(code))
    ]
