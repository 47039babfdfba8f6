"""A position as a row of paragraphs, each with a salt, so that the hash that an approval names tells nothing of it."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.kernel.canonical import encode
from comity.kernel.errors import FormatError
from comity.kernel.shapes import items, record

PARAGRAPH, TEXT = "comity/paragraph/1", "comity/joint-text/1"
MOST_PARAGRAPHS = 400
MOST_CHARACTERS = 15_000
MOST_NOTE = 4000
SALT_BYTES = 16

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,15}", re.ASCII)
_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PARTS = re.compile(r"\d+|\D+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. `id` is what it is compared by; `salt` is 16 bytes in hex, drawn when the text was written."""

    id: str
    text: str
    salt: str

    @property
    def digest(self) -> str:
        """SHA-256 in hex over the form's name, a line feed and the canonical JSON of the three fields."""
        body = encode({"id": self.id, "salt": self.salt, "text": self.text})
        return hashlib.sha256(f"{PARAGRAPH}\n".encode() + body).hexdigest()


@dataclass(frozen=True, slots=True)
class Content:
    """What a party shares: a text in one language, and a note on it that is no part of the text."""

    language: str
    paragraphs: tuple[Paragraph, ...]
    note: str = ""

    def digest(self, about: str) -> str:
        """The hash of the whole text, which belongs to one agenda item: the same words elsewhere have another."""
        body = {"about": about, "paragraphs": [one.digest for one in self.paragraphs]}
        return hashlib.sha256(f"{TEXT}\n".encode() + encode(body)).hexdigest()


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


def natural(identifier: str) -> tuple[tuple[int, int, str], ...]:
    """The key by which paragraphs and agenda items are ordered: 2 before 10, 2 before 2a."""
    parts = _PARTS.findall(identifier)
    # A document of a partner may be called ², which is a digit and no number.
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts)


def write_content(content: Content) -> dict[str, Any]:
    """The content as canonical JSON takes it. FormatError for what `read_content` would refuse."""
    paragraphs = [{"id": one.id, "salt": one.salt, "text": one.text} for one in content.paragraphs]
    body = {"language": content.language, "note": content.note, "paragraphs": paragraphs}
    read_content(body)
    return body


def read_content(body: object) -> Content:
    """A shared text, read strictly: it comes from a partner. Raises FormatError."""
    told = record(body, {"language", "note", "paragraphs"}, "position")
    language, note = told["language"], told["note"]
    if not isinstance(language, str) or _LANGUAGE.fullmatch(language) is None:
        raise FormatError("A text says in which language it is: two or three small letters.", place="language")
    if not isinstance(note, str) or len(note) > MOST_NOTE or _CONTROL.search(note):
        raise FormatError(f"A note has at most {MOST_NOTE} characters.", place="note")
    paragraphs = tuple(
        _paragraph(one, n) for n, one in enumerate(items(told["paragraphs"], "paragraphs", MOST_PARAGRAPHS))
    )
    check_paragraphs(paragraphs)
    return Content(language, paragraphs, note)


def check_paragraphs(paragraphs: Sequence[Paragraph]) -> None:
    """FormatError for no paragraph, too many, or two of one name."""
    if not 0 < len(paragraphs) <= MOST_PARAGRAPHS:
        raise FormatError(f"A text has 1 to {MOST_PARAGRAPHS} paragraphs.", place="paragraphs")
    names = [one.id for one in paragraphs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FormatError(
            f"Two paragraphs are called {twice[0]}.", place="paragraphs", remedy="Give each its own name."
        )


def _paragraph(body: object, position: int) -> Paragraph:
    place = f"paragraphs[{position}]"
    told: Mapping[str, Any] = record(body, {"id", "salt", "text"}, place)
    name, salt, text = told["id"], told["salt"], told["text"]
    if not isinstance(name, str) or _ID.fullmatch(name) is None:
        raise FormatError("A paragraph is called by letters, digits, dots and dashes, at most 16.", place=f"{place}.id")
    if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        raise FormatError("A salt is 32 hexadecimal digits.", place=f"{place}.salt")
    if not isinstance(text, str) or not 0 < len(text) <= MOST_CHARACTERS or _CONTROL.search(text):
        raise FormatError(f"A paragraph has 1 to {MOST_CHARACTERS} characters.", place=f"{place}.text")
    return Paragraph(name, text, salt)
