"""Reads the JSON form of a record back: the inverse of `record.to_json`.

Every entry that a handler applies passes here, so the shape of each class is worked out once, at import.
The reader checks names, types and enumerations; whether dates and numbers make sense is the rules' business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

from comity.kernel.errors import RecordError
from comity.registers.domain.record import (
    KINDS,
    ROLES,
    STATUSES,
    Basis,
    Classification,
    Effect,
    Entity,
    Event,
    Extra,
    Feature,
    Image,
    Party,
    Priority,
    Publication,
    RightRecord,
    Scheme,
    Stage,
    Text,
)

Convert = Callable[[Any], Any]
_REMEDY: Final = "Send the record in the JSON form that this version of Comity writes."


def _text(value: Any) -> str:
    if type(value) is not str:
        raise RecordError(f"a text was expected, not {type(value).__name__}", remedy=_REMEDY)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise RecordError("a whole number from 0 up was expected", remedy=_REMEDY)
    return value


def _one_of(words: tuple[str, ...]) -> Convert:
    known = {word: word for word in words}  # gives one shared string back instead of each record's own copy

    def convert(value: Any) -> str:
        try:
            return known[value]
        except (KeyError, TypeError):
            raise RecordError(
                f"{value!r} is none of the words that are known here", remedy=f"Known: {', '.join(words)}."
            ) from None

    return convert


def _list_of(convert: Convert) -> Convert:
    def read(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise RecordError(f"a list was expected, not {type(value).__name__}", remedy=_REMEDY)
        return tuple([convert(item) for item in value])

    return read


def _object_of(cls: type, fields: dict[str, Convert], required: tuple[str, ...] = ()) -> Convert:
    """A reader of one class. Looks for missing fields only where the class says that some are."""
    name = cls.__name__
    find = fields.get

    def read(body: Any) -> Any:
        if type(body) is not dict:
            raise RecordError(f"{name}: an object was expected, not {type(body).__name__}", remedy=_REMEDY)
        values = {}
        for key, value in body.items():
            convert = find(key)
            if convert is _text and type(value) is str:  # spares a call for what most fields are
                values[key] = value
                continue
            if convert is None:
                raise RecordError(f"{name} has no field {key!r}", remedy=_REMEDY)
            try:
                values[key] = convert(value)
            except RecordError as error:
                raise error.at(key) from None
        try:
            return cls(**values)
        except TypeError:
            missing = [key for key in required if key not in values]
            raise RecordError(f"{name} lacks its field {missing[0]!r}", remedy=_REMEDY) from None

    return read


def _texts_of(cls: type, *names: str, required: tuple[str, ...] = ()) -> Convert:
    """A reader of a class whose fields are all texts: the class itself tells what is missing or unknown."""
    exactly = _object_of(cls, dict.fromkeys(names, _text), required)

    def read(body: Any) -> Any:
        if type(body) is dict:
            for value in body.values():
                if type(value) is not str:
                    return exactly(body)
            try:
                return cls(**body)
            except TypeError:
                pass
        return exactly(body)

    return read


def _all_text(*names: str) -> dict[str, Convert]:
    return dict.fromkeys(names, _text)


_read_text = _texts_of(Text, "text", "lang", required=("text",))
_texts = _list_of(_read_text)
_read_party = _object_of(
    Party,
    {
        "role": _one_of(ROLES),
        "entity": _one_of(get_args(Entity)),
        "names": _texts,
        **_all_text("country", "address", "identifier", "cm"),
    },
    ("role",),
)
_read_classification = _object_of(
    Classification,
    {"scheme": _one_of(get_args(Scheme)), "texts": _texts, **_all_text("code", "edition")},
    ("scheme", "code"),
)
_read_image = _object_of(Image, {"width": _count, "height": _count, **_all_text("sha256", "media_type", "url")})
_read_event = _object_of(
    Event,
    {
        "scheme": _one_of(("ST.27", "ST.61", "ST.87", "local")),
        "texts": _texts,
        **_all_text("code", "date", "recorded"),
    },
    ("code",),
)
_read_effect = _object_of(
    Effect,
    {"basis": _one_of(get_args(Basis)), **_all_text("territory", "since", "until", "note")},
    ("territory", "basis"),
)
_read_record = _object_of(
    RightRecord,
    {
        "kind": _one_of(KINDS),
        "stage": _one_of(get_args(Stage)),
        "status": _one_of(STATUSES),
        "features": _list_of(_one_of(get_args(Feature))),
        "design_count": _count,
        **dict.fromkeys(("titles", "abstract", "disclaimers", "colours", "description"), _texts),
        "images": _list_of(_read_image),
        "classes": _list_of(_read_classification),
        "parties": _list_of(_read_party),
        "priorities": _list_of(_texts_of(Priority, "office", "number", "date")),
        "publications": _list_of(_texts_of(Publication, "date", "issue", "kind", "number")),
        "events": _list_of(_read_event),
        "effects": _list_of(_read_effect),
        "extras": _list_of(_texts_of(Extra, "name", "value", required=("name", "value"))),
        **_all_text("office", "number", "status_date", "application_number", "filing_date", "registration_date"),
        **_all_text("effect_date", "expiry_date", "created", "first_use_date", "language", "source_url"),
        "missing_since": _text,
    },
    ("office", "kind", "number"),
)


def from_json(body: Any) -> RightRecord:
    """The record whose `to_json` form `body` is.

    Raises RecordError for an unknown field, a missing one, a wrong type or an unknown word; its place names the field.
    """
    record: RightRecord = _read_record(body)
    return record
