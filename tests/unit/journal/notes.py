"""An entry kind for tests of the journal: its handler notes what it was given, and refuses what asks to be refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from comity.journal import kinds
from comity.journal.kinds import Applied, Kind, Place
from comity.journal.services import Draft
from comity.kernel.entry import encode_entry
from comity.kernel.errors import RecordError

AT = "2026-11-22T15:00:00Z"


class Notes:
    """What the handlers of `test.note` and `test.other` were given, in order, and how often `test.note` ran."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str, str]] = []
        self.runs = 0
        self.refuse = True

    def apply(self, place: Place, batch: Sequence[Applied]) -> None:
        self.runs += 1
        for entry in batch:
            if self.refuse and entry.body["text"] == "bad":
                raise RecordError("This note is bad.", place="text")
            if entry.body["text"] == "odd":
                raise AttributeError("a mistake in the handler")
        self.seen += [(entry.index, entry.about, entry.body["text"]) for entry in batch]


def read(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if type(body.get("text")) is not str:
        raise ValueError("a note has a text")
    return body


@contextmanager
def noting() -> Iterator[Notes]:
    notes = Notes()
    made = [Kind(name, 1, read, notes.apply) for name in ("test.note", "test.other")]
    for kind in made:
        kinds.register(kind)
    try:
        yield notes
    finally:
        for kind in made:
            kinds.forget(kind.name, kind.version)


def draft(text: Any, about: str = "test:1", kind: str = "test.note") -> Draft:
    return Draft(kind, 1, about, {"text": text})


def entry(text: Any, about: str = "test:1", kind: str = "test.note", version: int = 1, at: str = AT) -> bytes:
    return encode_entry(kind, version, {"about": about, "at": at, "text": text})
