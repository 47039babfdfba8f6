"""The shapes of values in JSON from elsewhere: each function returns what it checked, or raises FormatError."""

from __future__ import annotations

from typing import Any, cast

from comity.kernel.errors import FormatError
from comity.kernel.wire import unb64


def record(value: Any, names: set[str], place: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise FormatError(f"An object with exactly {', '.join(sorted(names))} was expected.", place=place)
    return cast("dict[str, Any]", value)


def items(value: Any, place: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise FormatError(f"A list of at most {most} was expected.", place=place)
    return value


def text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise FormatError("A text was expected.", place=place)
    return value


def whole(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FormatError("A whole number, not negative, was expected.", place=place)
    return value


def binary(value: Any, place: str, length: int | None = None) -> bytes:
    return unb64(text(value, place), length, place=place)
