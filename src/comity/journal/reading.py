"""What a handler would be given of an entry: its bytes parsed, its envelope checked, its body held to the schema.

Nothing but the entry is read, so that many can be read ahead, in any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from comity.journal import kinds
from comity.journal.kinds import Applied, Kind
from comity.journal.models import Held
from comity.kernel import clock
from comity.kernel.entry import Entry, glance, parse_entry
from comity.kernel.errors import ComityError, FormatError

# What a bad entry can make a schema or a handler raise. Anything else is a fault of this program, and stops it.
REFUSALS = (ComityError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry that cannot be given to a handler: how it is to be held, and why."""

    index: int
    kind: str
    version: int
    about: str
    state: str
    reason: str


Read = tuple[Kind, Applied] | Unread


def read(index: int, data: bytes, seen: Entry | None = None, opened: Mapping[str, Any] = NOTHING) -> Read:
    """What a handler would be given of an entry, or why it cannot be. Reads nothing but the entry: for any thread.

    `seen`: what `glance` gave of these bytes, where the caller has looked already. `opened`: what commitments in it
    stand for, by path, as far as the caller has it at hand.
    """
    if (seen := seen or glance(data)) is not None:
        kind = kinds.find(seen.kind, seen.version)
        if kind is not None and kind.quick is not None and (body := kind.quick(data, seen.body, opened)) is not None:
            try:
                return kind, Applied(index, *_envelope(seen), body)
            except ComityError:
                # Whatever is wrong, one reading says why.
                return _read_strictly(index, data)
    return _read_strictly(index, data)


def _read_strictly(index: int, data: bytes) -> Read:
    try:
        entry = parse_entry(data)
        about, at = _envelope(entry)
    except ComityError as error:
        return Unread(index, "", 0, f"entry:{index}", Held.State.QUARANTINED, str(error))
    kind = kinds.find(entry.kind, entry.version)
    if kind is None:
        reason = f"This release does not know {entry.kind}/{entry.version}."
        return Unread(index, entry.kind, entry.version, about, Held.State.UNKNOWN, reason)
    body = {key: value for key, value in entry.body.items() if key not in {"about", "at"}}
    try:
        return kind, Applied(index, about, at, read_body(kind, body))
    except REFUSALS as error:
        reason = f"{error}" or type(error).__name__
        return Unread(index, entry.kind, entry.version, about, Held.State.QUARANTINED, reason)


def _envelope(entry: Entry) -> tuple[str, str]:
    about, at = entry.body.get("about"), entry.body.get("at")
    if not isinstance(about, str) or not isinstance(at, str):
        raise FormatError("The entry does not say what it is about and when it was made.", place="about, at")
    check_envelope(about, at)
    return about, at


def check_envelope(about: str, at: str) -> None:
    """What holds for every entry, whatever its kind: at home before it becomes one, at a partner before it is read."""
    if not 0 < len(about) <= 400 or not about.isprintable():
        raise FormatError("What an entry is about has 1 to 400 printable characters.", place="about")
    if len(at) != 20:
        raise FormatError("The entry does not say when it was made.", place="at")
    clock.parse_iso(at)


def read_body(kind: Kind, body: Mapping[str, Any]) -> Any:
    try:
        return kind.read(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise FormatError(
            f"{kind.name}/{kind.version}: {first['msg']}", place=".".join(str(part) for part in first["loc"])
        ) from None


def index_of(item: Read) -> int:
    return item.index if isinstance(item, Unread) else item[1].index
