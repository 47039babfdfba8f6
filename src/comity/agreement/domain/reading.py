"""Plain data (of TOML or JSON) into frozen dataclasses, with the place of each mistake.

The types of the fields are the grammar: str, int, bool, nested dataclasses, tuples of these, and texts by language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from comity.kernel.errors import FormatError

MOST_TEXT = 4000
MOST_ITEMS = 2000

T = TypeVar("T")


def build(cls: type[T], data: Any, place: str = "") -> T:
    """An instance of the dataclass `cls` from a mapping. Raises FormatError that names the place: `bodies[3].since`."""
    if not isinstance(data, Mapping):
        raise FormatError("Here belongs a table of named values.", place=place or "file")
    hints = get_type_hints(cls)
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise FormatError(
            f"{unknown[0]!r} is not known here.", place=place, remedy=f"Known are: {', '.join(sorted(known))}."
        )
    values: dict[str, Any] = {}
    for name, field in known.items():
        at = f"{place}.{name}" if place else name
        if name in data:
            values[name] = _value(hints[name], data[name], at)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise FormatError("It is missing.", place=at)
    return cls(**values)


def _value(kind: Any, data: Any, place: str) -> Any:
    origin = get_origin(kind)
    if origin is tuple:
        if not isinstance(data, list | tuple) or len(data) > MOST_ITEMS:
            raise FormatError(f"Here belongs a list of at most {MOST_ITEMS} values.", place=place)
        return tuple(_value(get_args(kind)[0], item, f"{place}[{n}]") for n, item in enumerate(data))
    if origin is Literal:
        if data not in get_args(kind):
            raise FormatError(f"{data!r} is not one of: {', '.join(map(str, get_args(kind)))}.", place=place)
        return data
    if origin in (Union, UnionType):
        inner = next(one for one in get_args(kind) if one is not NoneType)
        return None if data is None else _value(inner, data, place)
    if origin is not None:  # Mapping[str, str]: texts by language.
        if not isinstance(data, Mapping):
            raise FormatError("Here belong texts by language, such as {en = …, ru = …}.", place=place)
        return {str(name): _text(text, f"{place}.{name}") for name, text in sorted(data.items())}
    if is_dataclass(kind) and isinstance(kind, type):
        return build(kind, data, place)
    if kind is str:
        # TOML has dates of its own.
        return _text(data.isoformat() if hasattr(data, "isoformat") else data, place)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        wanted = {int: "a whole number", bool: "true or false"}[kind]
        raise FormatError(f"Here belongs {wanted}.", place=place)
    return data


def _text(data: Any, place: str) -> str:
    if not isinstance(data, str) or len(data) > MOST_TEXT:
        raise FormatError(f"Here belongs a text of at most {MOST_TEXT} characters.", place=place)
    if any((ord(sign) < 32 and sign not in "\n\t") or ord(sign) == 127 for sign in data):
        raise FormatError("The text holds a control character.", place=place)
    return data
