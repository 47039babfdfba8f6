"""A record's particulars as rows of display text: what a page and an extract print alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from comity.registers import labels
from comity.registers.domain import inid
from comity.registers.domain.record import Classification, Party, RightRecord, Text

DATES = frozenset({"registration_date", "expiry_date", "filing_date", "effect_date", "created", "first_use_date"})
NUMBERS = frozenset({"number", "application_number"})


@dataclass(frozen=True, slots=True)
class Line:
    """One value. `lang` is the language of the text; `note` stands beside it, quieter; `lead` before it."""

    text: str
    lang: str = ""
    note: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Particular:
    """A row: INID code (may be empty), label, lines. `code` says that the lines are numbers or symbols."""

    field: str
    inid: str
    label: str
    lines: tuple[Line, ...]
    code: bool = False


def particulars(record: RightRecord, redacted: Collection[int] = ()) -> list[Particular]:
    """The rows that have a value, in the order of the kind's layout, then what the source says beside them.

    `redacted` are positions in `record.parties` whose names were removed on request.
    """
    rows = []
    for row in inid.layout(record.kind):
        lines = tuple(_lines(record, row.field, redacted))
        if lines and row.field != "images":
            rows.append(Particular(row.field, row.inid, _(row.label), lines, row.field in NUMBERS))
    rows += [
        Particular(f"extras.{extra.name}", "", extra.name.replace("_", " "), (Line(extra.value),))
        for extra in record.extras
        if extra.name != "fictional"
    ]
    return rows


def party_line(party: Party, removed: bool = False) -> Line:
    """A person or body in one line: name, country; a redacted person as such."""
    name = party.names[0] if party.names else Text(text="")
    others = [other.text for other in party.names[1:] if other.text != name.text]
    country = labels.territory(party.country) if party.country else ""
    if removed:
        return Line(_("removed on request"), note=country)
    if not name.text:
        return Line(_("not disclosed"), note=country) if party.cm else Line(_("not stated"), note=country)
    notes = [*others, party.address, party.identifier, country]
    return Line(name.text, name.lang, " · ".join(note for note in notes if note))


def _lines(record: RightRecord, field: str, redacted: Collection[int]) -> Iterator[Line]:
    name, _dot, part = field.partition(".")
    value: Any = getattr(record, name)
    if not value:
        return
    if name == "parties":
        for position, party in enumerate(record.parties):
            if party.role == part:
                yield party_line(party, position in redacted)
    elif name == "classes":
        yield from _classes(item for item in record.classes if item.scheme == part)
    elif name in _LISTS:
        yield from (_LISTS[name](item) for item in value)
    elif name in DATES:
        yield Line(labels.day(value))
    elif name == "language":
        yield Line(labels.language(value))
    else:
        yield Line(str(value))


def _classes(items: Iterator[Classification]) -> Iterator[Line]:
    bare: list[str] = []
    for item in items:
        code = labels.class_code(item.scheme, item.code)
        if item.texts:
            yield from (Line(text.text, text.lang, lead=code) for text in item.texts[:1])
        else:
            bare.append(code)
    if bare:
        yield Line(", ".join(bare))


def _text(item: Text) -> Line:
    return Line(item.text, item.lang)


def _join(*parts: str) -> Line:
    return Line(" · ".join(part for part in parts if part))


_LISTS: Mapping[str, Callable[[Any], Line]] = {
    **dict.fromkeys(("titles", "abstract", "disclaimers", "colours", "description"), _text),
    "features": lambda item: Line(labels.feature(item)),
    "priorities": lambda item: _join(
        labels.territory(item.office) if item.office else "", item.number, labels.day(item.date)
    ),
    "publications": lambda item: _join(
        labels.day(item.date),
        _("bulletin %(issue)s") % {"issue": item.issue} if item.issue else "",
        " ".join(part for part in (labels.publication(item.kind), item.number) if part),
    ),
    "images": lambda item: Line(item.sha256),
}
