"""The schema of a record as it stands in a journal entry.

The same checks decide at the owner and at every partner, so they may not depend on what a database would take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from comity.kernel.errors import FormatError, RecordError
from comity.registers.domain import record as shapes
from comity.registers.domain.record import RightRecord
from comity.registers.rows import Row

for _shape in (
    shapes.Text,
    shapes.Party,
    shapes.Classification,
    shapes.Image,
    shapes.Priority,
    shapes.Publication,
    shapes.Event,
    shapes.Effect,
    shapes.Extra,
    shapes.RightRecord,
):
    # pydantic's way to forbid unknown fields in a dataclass that must not import pydantic.
    setattr(_shape, "__pydantic_config__", {"extra": "forbid"})  # noqa: B010 - no attribute that the class declares

_adapter: TypeAdapter[RightRecord] = TypeAdapter(RightRecord)

DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
CREATED = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
CODE = re.compile(r"[A-Z]{2}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class RightBody:
    """The body of `registers.right/1`. `text` is the canonical JSON of its record, checked.

    `made`: its row, where it was reckoned ahead. The record itself is read from the text when somebody asks for it:
    what is done in bulk needs the row alone.
    """

    version: int
    text: str
    made: Row | None = field(default=None, compare=False, repr=False)

    @property
    def raw(self) -> dict[str, Any]:
        """The record in its JSON form."""
        found: dict[str, Any] = orjson.loads(self.text)
        return found

    @property
    def right(self) -> RightRecord:
        return _adapter.validate_python(self.raw)


def read(body: Mapping[str, Any]) -> RightBody:
    """The body of `registers.right/1`: `{"right": {...}, "version": n}`. Raises FormatError or RecordError."""
    if set(body) != {"right", "version"}:
        raise FormatError("A body of registers.right/1 has the fields right and version.", place="body")
    version = body["version"]
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**31:
        raise FormatError("The version is a whole number from 1.", place="version")
    record(body["right"])
    # The body has passed the guard of canonical JSON with its entry, so plain sorting gives the same bytes.
    return RightBody(version, orjson.dumps(body["right"], option=orjson.OPT_SORT_KEYS).decode())


def record(body: Any) -> RightRecord:
    """A record from its JSON form, checked. Raises RecordError with the field in `place`."""
    try:
        right = _adapter.validate_python(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise RecordError(str(first["msg"]), place=".".join(str(part) for part in first["loc"])) from None
    check(right)
    return right


def json_schema() -> dict[str, Any]:
    """The JSON schema of a record, for the API and the protocol's documentation."""
    return _adapter.json_schema()


def check(right: RightRecord) -> None:
    """What types cannot say. Raises RecordError, its place the field."""
    for place, fault in _faults(right):
        raise RecordError(fault, place=place)


def _faults(right: RightRecord) -> Iterator[tuple[str, str]]:
    if not CODE.fullmatch(right.office):
        yield "office", f"{right.office!r} is not an ST.3 code."
    if not right.number or len(right.number) > 200 or right.number != right.number.strip():
        yield "number", "A number has 1 to 200 characters and no space around it."
    for name in ("status_date", "filing_date", "registration_date", "effect_date", "expiry_date", "first_use_date"):
        if (value := getattr(right, name)) and not DAY.fullmatch(value):
            yield name, f"{value!r} is not a date of the form YYYY-MM-DD."
    if right.missing_since and not DAY.fullmatch(right.missing_since):
        yield "missing_since", f"{right.missing_since!r} is not a date of the form YYYY-MM-DD."
    if right.created and not CREATED.fullmatch(right.created):
        yield "created", f"{right.created!r} is not a year, a month or a day."
    if not 0 <= right.design_count < 2**31:
        yield "design_count", "The count of designs is out of range."
    for i, image in enumerate(right.images):
        if image.sha256 and not SHA256.fullmatch(image.sha256):
            yield f"images.{i}", "The hash of an image is 64 lower-case hexadecimal digits."
    for i, cls in enumerate(right.classes):
        if not 0 < len(cls.code) <= 60:
            yield f"classes.{i}", "A class symbol has 1 to 60 characters."
    for i, effect in enumerate(right.effects):
        if not CODE.fullmatch(effect.territory):
            yield f"effects.{i}", f"{effect.territory!r} is not a territory's ST.3 code."
    for i, party in enumerate(right.parties):
        if party.entity == "natural" and (party.names or party.address or party.identifier) and party.cm:
            yield f"parties.{i}", "A natural person's data stands in clear beside its commitment."
    for text in _texts(right):
        if _CONTROL.search(text):
            yield "text", f"The text {text[:40]!r} has a control character."


def _texts(right: RightRecord) -> Iterator[str]:
    yield right.number
    yield right.application_number
    for texts in (right.titles, right.abstract, right.disclaimers, right.colours, right.description):
        for item in texts:
            yield item.text
    for party in right.parties:
        yield party.country
        for item in party.names:
            yield item.text
    for cls in right.classes:
        yield cls.code
