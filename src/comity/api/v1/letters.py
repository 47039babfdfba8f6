"""Confidential letters: only those that the asker needs to know of."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from comity.api.v1.auth import actor_of, allowed
from comity.api.v1.shapes import Index, Office, Shape, answers
from comity.confidential import selectors, services
from comity.confidential.domain import Reference
from comity.confidential.selectors import LetterView
from comity.kernel.handling import Label

router = Router(tags=["letters"])


class LabelOut(Shape):
    """A handling label; `purposes` null: not bound to a purpose."""

    tlp: str
    codes: list[str]
    purposes: list[str] | None
    onward: bool


class ReferenceOut(Shape):
    origin: str
    index: int
    label: LabelOut


class LetterOut(Shape):
    """A letter. `journal` is the origin of that in which it stands. `why` says why `subject` and
    `text` are null: sealed, taken back, withheld, unreadable.
    """

    party: str
    journal: str
    index: int
    own: bool
    by: str
    to: list[str]
    at: str
    label: LabelOut
    subject: str | None
    text: str | None
    in_reply_to: ReferenceOut | None
    attachments: list[str]
    why: str


class LetterIn(BaseModel):
    """A letter to send: `to` are parties and bodies, such as RU or RU/enforcement."""

    model_config = ConfigDict(extra="forbid")

    to: list[str] = Field(min_length=1, max_length=32)
    subject: str = Field(min_length=1, max_length=300)
    text: str = Field(default="", max_length=200_000)
    by: str = ""
    tlp: str = "AMBER"
    codes: list[Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9./-]{0,39}$")]] = Field(
        default_factory=list, max_length=16
    )
    purposes: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]] | None = Field(default=None, max_length=16)
    onward: bool = False
    reply_party: str = ""
    reply_index: Index = 0
    reply_journal: str = Field(default="", max_length=255)


class Before(BaseModel):
    """Which letters: those of an earlier time."""

    before: str = Field("", max_length=20)


class Where(BaseModel):
    """In which journal of the party: the origin of a frozen one; without it the present one."""

    journal: str = Field("", max_length=255)


def label_out(label: Label) -> LabelOut:
    purposes = None if label.purposes is None else sorted(label.purposes)
    return LabelOut(tlp=label.tlp, codes=sorted(label.codes), purposes=purposes, onward=label.onward)


def reference_out(reference: Reference) -> ReferenceOut:
    return ReferenceOut(origin=reference.origin, index=reference.index, label=label_out(reference.label))


def _letter(view: LetterView) -> LetterOut:
    content = view.content
    reference = content.reply_to if content else None
    return LetterOut(
        party=view.party,
        journal=view.origin,
        index=view.index,
        own=view.own,
        by=view.by,
        to=list(view.to),
        at=view.at,
        label=label_out(view.label),
        subject=content.subject if content else None,
        text=content.text if content else None,
        in_reply_to=reference_out(reference) if reference else None,
        attachments=[item.name for item in content.attachments] if content else [],
        why=view.why,
    )


@router.get(
    "/letters",
    operation_id="listLetters",
    summary="Letters",
    auth=allowed("letters.read"),
    response=answers(list[LetterOut], missing=True),
)
def list_letters(request: HttpRequest, page: Query[Before]) -> Any:
    """The newest 50 that the asker may read; `before` leads to older ones."""
    return [_letter(view) for view in selectors.letters(actor_of(request), before=page.before)]


@router.get(
    "/letters/{party}/{int:index}",
    operation_id="getLetter",
    summary="One letter",
    auth=allowed("letters.read"),
    response=answers(LetterOut, missing=True),
)
def get_letter(request: HttpRequest, party: Path[Office], index: Path[Index], where: Query[Where]) -> Any:
    """By the party that sent it and the number of its entry. 404 where there is none for the asker."""
    return _letter(selectors.letter(actor_of(request), party, index, where.journal))


@router.post(
    "/letters",
    operation_id="sendLetter",
    summary="Send a letter",
    auth=allowed("letters.write"),
    response=answers(LetterOut, missing=True, conflict=True),
)
def send_letter(request: HttpRequest, letter: LetterIn) -> Any:
    """In the name of the office, or of a body that the asker belongs to."""
    actor = actor_of(request)
    purposes = None if letter.purposes is None else frozenset(letter.purposes)
    party, index = services.send(
        actor,
        to=letter.to,
        label=Label(letter.tlp, frozenset(letter.codes), purposes, letter.onward),
        subject=letter.subject,
        text=letter.text,
        desk=letter.by,
        reply_to=(letter.reply_party, letter.reply_index, letter.reply_journal) if letter.reply_party else None,
    )
    return _letter(selectors.letter(actor, party, index))
