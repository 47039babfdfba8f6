"""What changed between two versions of a record, element by element, for the history page."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comity.registers.domain.inid import inid_of
from comity.registers.domain.record import (
    Classification,
    Effect,
    Event,
    Extra,
    Image,
    Kind,
    Party,
    Priority,
    Publication,
    RightRecord,
    Text,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `field` is as in `inid.Row.field`; `before` is empty for an addition, `after` for a removal."""

    field: str
    before: str
    after: str
    inid: str


def differences(old: RightRecord, new: RightRecord) -> list[Change]:
    """The differences in the order of the record's fields; of a list: changes, removals, additions."""
    found: list[Change] = []
    for field in dataclasses.fields(RightRecord):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        if isinstance(before, tuple):
            found += _in_list(new.kind, field.name, before, after)
        else:
            found.append(Change(field.name, _words(before), _words(after), inid_of(new.kind, field.name)))
    return found


def _in_list(kind: Kind, name: str, before: Sequence[Any], after: Sequence[Any]) -> list[Change]:
    # Equal elements cancel out, each as often as it stands on both sides; then elements of one identity are paired.
    gone = _minus(before, after)
    come = _minus(after, before)
    if not gone and not come:
        order = (" · ".join(map(_words, before)), " · ".join(map(_words, after)))
        return [Change(name, *order, inid_of(kind, name))]
    pairs: list[tuple[Any, Any]] = []
    for element in list(gone):
        partner = next((other for other in come if _identity(other) == _identity(element)), None)
        if partner is not None:
            pairs.append((element, partner))
            gone.remove(element)
            come.remove(partner)
    pairs += [(element, None) for element in gone] + [(None, element) for element in come]
    return [_change(kind, name, old, new) for old, new in pairs]


def _minus(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    left = Counter(other)
    rest = []
    for element in one:
        if left[element]:
            left[element] -= 1
        else:
            rest.append(element)
    return rest


def _change(kind: Kind, name: str, old: Any, new: Any) -> Change:
    one = old if old is not None else new
    field = name
    if isinstance(one, Party):
        field = f"{name}.{one.role}"
    elif isinstance(one, Classification):
        field = f"{name}.{one.scheme}"
    return Change(field, _words(old), _words(new), inid_of(kind, field))


def _identity(element: Any) -> tuple[str, ...]:
    """What makes two elements of a list the same thing at two times."""
    match element:
        case Text():
            return (element.lang,)
        case Party():
            return (element.role,)
        case Classification():
            return (element.scheme, element.code)
        case Image():
            return ("image",)
        case Priority():
            return (element.office, element.number)
        case Publication():
            return (element.kind, element.number, element.issue)
        case Event():
            return (element.scheme, element.code, element.date)
        case Effect():
            return (element.territory, element.basis)
        case Extra():
            return (element.name,)
        case _:
            return (str(element),)


def _words(value: Any) -> str:
    """An element as one line of text."""
    match value:
        case None:
            return ""
        case Text():
            return f"{value.text} ({value.lang})" if value.lang else value.text
        case Party():
            # A natural person's name is sealed: two commitments that differ tell that something changed, not what.
            name = " / ".join(map(_words, value.names)) or (f"[{value.cm[:12]}]" if value.cm else "")
            return _join(", ", name, value.country, value.address, value.identifier)
        case Classification():
            texts = "; ".join(map(_words, value.texts))
            code = f"{value.code} [{value.edition}]" if value.edition else value.code
            return _join(": ", code, texts)
        case Image():
            size = f"{value.width}×{value.height}" if value.width and value.height else ""
            return _join(", ", value.sha256[:16], value.media_type, size, value.url)
        case Priority():
            return _join(" ", value.office, value.number, value.date)
        case Publication():
            return _join(" ", value.date, value.kind, value.number, value.issue)
        case Event():
            texts = "; ".join(map(_words, value.texts))
            recorded = f"({value.recorded})" if value.recorded and value.recorded != value.date else ""
            return _join(" ", value.date, recorded, value.scheme, value.code, texts)
        case Effect():
            span = f"{value.since}–{value.until}" if value.since or value.until else ""
            return _join(" ", value.territory, value.basis, span, value.note)
        case Extra():
            return f"{value.name}: {value.value}"
        case int():
            return str(value) if value else ""
        case _:
            return str(value)


def _join(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)
