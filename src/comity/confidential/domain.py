"""What a letter says, as it is sealed: subject, text, what it answers, what is attached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.kernel.errors import FormatError
from comity.kernel.handling import Label, read_label, stricter
from comity.kernel.wire import b64, unb64

MOST_SUBJECT = 300
MOST_TEXT = 200_000
MOST_ATTACHMENTS = 20


@dataclass(frozen=True, slots=True)
class Reference:
    """A sealed thing that is referred to, with its label: whoever reads the reference knows how to handle it."""

    origin: str
    index: int
    label: Label


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """The confidential body of a letter."""

    subject: str
    text: str
    reply_to: Reference | None = None
    attachments: tuple[Attachment, ...] = ()

    def label(self, own: Label) -> Label:
        """The label that holds for the letter: its own, and of all that it refers to."""
        return own if self.reply_to is None else stricter(own, self.reply_to.label)


def write_content(content: Content) -> dict[str, Any]:
    """The content as canonical JSON takes it. Raises FormatError for what is too long or empty."""
    body: dict[str, Any] = {"subject": content.subject, "text": content.text}
    if content.reply_to is not None:
        body["in_reply_to"] = write_reference(content.reply_to)
    if content.attachments:
        body["attachments"] = [write_attachment(item) for item in content.attachments]
    if read_content(body) != content:
        raise FormatError("The letter cannot be written so that it reads back the same.")
    return body


def read_content(body: object) -> Content:
    """What a letter says, read strictly: it comes from a partner. Raises FormatError."""
    if not isinstance(body, Mapping) or not set(body) <= {"subject", "text", "in_reply_to", "attachments"}:
        raise FormatError("The letter has other fields than a letter has.")
    subject, text = body.get("subject"), body.get("text")
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or not subject.isprintable():
        raise FormatError(f"A letter has a subject of one line, at most {MOST_SUBJECT} characters.", place="subject")
    if not isinstance(text, str) or len(text) > MOST_TEXT or "\x00" in text:
        raise FormatError(f"The text of a letter has at most {MOST_TEXT} characters.", place="text")
    reply = body.get("in_reply_to")
    attachments = body.get("attachments", [])
    if not isinstance(attachments, list) or len(attachments) > MOST_ATTACHMENTS:
        raise FormatError(f"A letter has at most {MOST_ATTACHMENTS} attachments.", place="attachments")
    return Content(
        subject,
        text,
        None if reply is None else read_reference(reply),
        tuple(read_attachment(item) for item in attachments),
    )


def write_reference(reference: Reference) -> dict[str, Any]:
    return {"origin": reference.origin, "index": reference.index, "label": reference.label.to_json()}


def read_reference(body: object, place: str = "in_reply_to") -> Reference:
    """A reference, read strictly. Raises FormatError."""
    if not isinstance(body, Mapping) or set(body) != {"origin", "index", "label"}:
        raise FormatError("It does not say what it refers to.", place=place)
    origin, index = body["origin"], body["index"]
    if not isinstance(origin, str) or not 0 < len(origin) <= 255 or type(index) is not int or index < 0:
        raise FormatError("It does not say what it refers to.", place=place)
    return Reference(origin, index, read_label(body["label"]))


def write_attachment(item: Attachment) -> dict[str, Any]:
    return {"name": item.name, "media_type": item.media_type, "data": b64(item.data)}


def read_attachment(body: object) -> Attachment:
    """An attachment, read strictly. Raises FormatError."""
    if not isinstance(body, Mapping) or set(body) != {"name", "media_type", "data"}:
        raise FormatError("An attachment has a name, a media type and data.", place="attachments")
    name, media_type, data = body["name"], body["media_type"], body["data"]
    if not all(isinstance(value, str) for value in (name, media_type, data)):
        raise FormatError("An attachment has a name, a media type and data.", place="attachments")
    if not 0 < len(name) <= 255 or not name.isprintable() or "/" in name or "\\" in name:
        raise FormatError("This cannot be the name of an attachment.", place="attachments")
    if len(media_type) > 100 or not media_type.isascii() or not media_type.isprintable():
        raise FormatError("This is no media type.", place="attachments")
    return Attachment(name, media_type, unb64(data, place="attachments"))
