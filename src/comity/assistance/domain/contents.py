"""What a step says, as it is sealed: fields by step, attachments, and what it quotes. Read strictly: a partner's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comity.assistance.domain.steps import Step
from comity.confidential.domain import (
    MOST_ATTACHMENTS,
    Attachment,
    Reference,
    read_attachment,
    read_reference,
    write_attachment,
    write_reference,
)
from comity.kernel.errors import FormatError
from comity.kernel.handling import Label, strictest

MOST_TEXT = 100_000
MOST_LINE = 300
MOST_QUOTES = 20

TYPES = ("information", "verification", "evidence", "service", "hearing", "joint_measure")
URGENCY = ("normal", "urgent")
# Harm to sovereignty, security or other essential interests; conflict with the law or with international obligations.
GROUNDS = ("sovereignty", "security", "interests", "law", "obligations")
# The existence of the request is confidential too: a handling code of its label.
EXISTENCE = "EXISTENCE"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a content: one line, or text; `choices`: one of these codes."""

    name: str
    needed: bool = False
    most: int = MOST_TEXT
    choices: tuple[str, ...] = ()

    @property
    def line(self) -> bool:
        return self.most == MOST_LINE


def _line(name: str, *, needed: bool = False) -> Field:
    return Field(name, needed, MOST_LINE)


_TRANSLATION = (_line("language"), _line("translation_language"), Field("translation"))
_REQUEST = (
    _line("subject", needed=True),
    Field("type", needed=True, most=MOST_LINE, choices=TYPES),
    Field("urgency", most=MOST_LINE, choices=URGENCY),
    Field("action", needed=True),
    Field("reason", needed=True),
    Field("law"),
    Field("persons"),
    Field("facts"),
    Field("qualification"),
    Field("reciprocity"),
    *_TRANSLATION,
)
_TEXT = (Field("text", needed=True),)
_ANSWER = (*_TEXT, *_TRANSLATION)
_GROUND = Field("ground", needed=True, most=MOST_LINE, choices=GROUNDS)

FIELDS: Mapping[Step, tuple[Field, ...]] = {
    Step.REQUEST: _REQUEST,
    Step.ORAL: (*_REQUEST[:5], _line("spoken_with")),
    Step.CONFIRMED: _REQUEST,
    Step.ACKNOWLEDGED: (_line("number"), Field("text")),
    Step.ASKED: _TEXT,
    Step.SUPPLEMENT: _TEXT,
    Step.PARTIAL_ANSWER: _ANSWER,
    Step.ANSWER: _ANSWER,
    Step.POSTPONED: (Field("reasons", needed=True), Field("consultation", needed=True)),
    Step.PARTLY_REFUSED: (_GROUND, Field("part", needed=True), Field("reasons", needed=True), *_TRANSLATION),
    Step.REFUSED: (_GROUND, Field("reasons", needed=True), *_TRANSLATION),
    Step.CONSENT_ASKED: (_line("of", needed=True), _line("whom", needed=True), _line("purpose"), Field("reasons")),
    Step.CONSENT_GIVEN: (Field("conditions"),),
    Step.CONSENT_REFUSED: (Field("reasons", needed=True),),
    Step.WITHDRAWN: (Field("reasons"),),
    Step.COSTS: (_line("amount", needed=True), Field("text")),
}


@dataclass(frozen=True, slots=True)
class Content:
    """The confidential body of a step: its fields that are not empty, by name."""

    texts: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    quotes: tuple[Reference, ...] = ()

    def label(self, own: Label) -> Label:
        """The label that holds: its own, and of all that it quotes."""
        return strictest([own, *(quote.label for quote in self.quotes)])

    def get(self, name: str) -> str:
        return self.texts.get(name, "")


def write_content(step: Step, content: Content) -> dict[str, Any]:
    """The content as canonical JSON takes it. Raises FormatError for what is missing, too long, or not of the step."""
    body: dict[str, Any] = {"texts": {name: text for name, text in sorted(content.texts.items()) if text}}
    if content.attachments:
        body["attachments"] = [write_attachment(item) for item in content.attachments]
    if content.quotes:
        body["quotes"] = [write_reference(item) for item in content.quotes]
    read_content(step, body)
    return body


def read_content(step: Step, body: object) -> Content:
    """What a step says. Raises FormatError."""
    if not isinstance(body, Mapping) or not set(body) <= {"texts", "attachments", "quotes"}:
        raise FormatError("The step has other parts than one has.", place=step.value)
    texts, attachments, quotes = body.get("texts", {}), body.get("attachments", []), body.get("quotes", [])
    known = {one.name: one for one in FIELDS[step]}
    if not isinstance(texts, Mapping) or not set(texts) <= set(known):
        raise FormatError("The step has other fields than it should.", place=step.value)
    for name, one in known.items():
        _check(one, texts.get(name, ""))
    if not isinstance(attachments, list) or len(attachments) > MOST_ATTACHMENTS:
        raise FormatError(f"A step has at most {MOST_ATTACHMENTS} attachments.", place="attachments")
    if not isinstance(quotes, list) or len(quotes) > MOST_QUOTES:
        raise FormatError(f"A step quotes at most {MOST_QUOTES} others.", place="quotes")
    return Content(
        dict(texts),
        tuple(read_attachment(item) for item in attachments),
        tuple(read_reference(item, place="quotes") for item in quotes),
    )


def _check(one: Field, text: object) -> None:
    if not isinstance(text, str) or len(text) > one.most or "\x00" in text:
        raise FormatError(f"Here belongs a text of at most {one.most} characters.", place=one.name)
    if one.needed and not text.strip():
        raise FormatError("It is missing.", place=one.name)
    if one.line and not text.isprintable():
        raise FormatError("Here belongs one line.", place=one.name)
    if one.choices and text and text not in one.choices:
        raise FormatError(f"{text[:40]!r} is not one of: {', '.join(one.choices)}.", place=one.name)
