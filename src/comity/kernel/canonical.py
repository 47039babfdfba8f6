"""Canonical JSON: one value, one sequence of bytes.

Follows RFC 8785, narrowed to a profile on which all libraries agree: no floats, integers within ±(2^53-1), keys of
ASCII without repetition, at most 16 containers deep, no lone surrogates. Under this profile orjson with sorted keys
writes what RFC 8785 demands.
"""

from __future__ import annotations

from typing import Any

import orjson

from comity.kernel.errors import CanonicalError

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_ATOMS = frozenset({str, bool, type(None)})


def encode(value: Any) -> bytes:
    """The canonical bytes of `value`: dicts, lists, tuples, strings, integers, booleans and None (RFC 8785).

    Raises CanonicalError, its place a JSON pointer, for anything that the profile does not hold.
    """
    _guard(value, MAX_DEPTH)
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as reason:
        raise CanonicalError(f"This cannot be written as JSON: {reason}.") from reason


def decode(data: bytes) -> Any:
    """The value of canonical bytes (RFC 8785).

    Raises CanonicalError when the bytes are not JSON, are outside of the profile, or are not exactly what `encode`
    writes: a repeated key, another order, a space, another spelling of a string or number.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as reason:
        raise CanonicalError(f"This is not JSON: {reason}.") from reason
    again = encode(value)
    if again != data:
        raise CanonicalError(
            "This JSON is not canonical: a key is repeated or out of order, or something is spelled otherwise.",
            place=f"byte {_first_difference(again, data)}",
            remedy="Write it with RFC 8785.",
        )
    return value


def _first_difference(left: bytes, right: bytes) -> int:
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def _guard(value: Any, depth: int) -> None:
    """One pass over the types: orjson alone would also write floats, UUIDs, enumerations, keys beyond ASCII."""
    kind = type(value)
    if kind in _ATOMS:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise CanonicalError("An integer is beyond ±(2^53-1).", remedy="Write it as a string.")
        return
    if kind is dict:
        if not depth:
            raise CanonicalError(f"This is nested deeper than {MAX_DEPTH}.")
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise CanonicalError(f"The key {key!r} is not a string of ASCII characters.")
            if type(item) not in _ATOMS:
                try:
                    _guard(item, depth - 1)
                except CanonicalError as error:
                    error.place = f"/{key}{error.place}"
                    raise
        return
    if kind is list or kind is tuple:
        if not depth:
            raise CanonicalError(f"This is nested deeper than {MAX_DEPTH}.")
        for index, item in enumerate(value):
            if type(item) not in _ATOMS:
                try:
                    _guard(item, depth - 1)
                except CanonicalError as error:
                    error.place = f"/{index}{error.place}"
                    raise
        return
    raise CanonicalError(
        f"A value of type {kind.__name__} has no place in canonical JSON.",
        remedy="Write a decimal, a date or an identifier as a string.",
    )
