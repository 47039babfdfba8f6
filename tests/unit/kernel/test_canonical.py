"""Canonical JSON is RFC 8785 within the profile, and refuses everything outside of it."""

from __future__ import annotations

import enum
import struct
import uuid
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.canonical import MAX_DEPTH, MAX_INTEGER, decode, encode
from comity.kernel.errors import CanonicalError

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
ATOMS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=12)
VALUES = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
        (
            {
                "1": {"f": {"f": "hi", "F": 5}, "\n": 56},
                "10": {},
                "": "empty",
                "a": {},
                "111": [{"e": "yes", "E": "no"}],
            },
            '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"a":{}}',
        ),
        ('€$\x0f\nA\'B"\\\\"/', bytes.fromhex("22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f22").decode()),
        ("\b\t\n\f\r\x7f/", '"\\b\\t\\n\\f\\r\x7f/"'),
        ({"\r": 1, "\n": 2, "1": 3, "</script>": 4}, '{"\\n":2,"\\r":1,"1":3,"</script>":4}'),
    ],
)
def test_published_vectors_of_rfc_8785_within_the_profile(value: Any, expected: str) -> None:
    assert encode(value) == expected.encode()
    assert decode(expected.encode()) == value


@pytest.mark.parametrize(
    "bits",
    [
        "4340000000000001",
        "444b1ae4d6e2ef50",
        "3eb0c6f7a0b5ed8d",
        "3eb0c6f7a0b5ed8c",
        "8000000000000000",
        "0000000000000001",
        "7fefffffffffffff",
        "becbf647612f3696",
        "7ff0000000000000",
        "7ff8000000000000",
    ],
)
def test_every_double_is_refused(bits: str) -> None:
    with pytest.raises(CanonicalError, match="float"):
        encode({"n": struct.unpack(">d", bytes.fromhex(bits))[0]})


@given(VALUES)
def test_bytes_equal_those_of_an_independent_rfc_8785_library(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_is_encoded_decodes_to_the_same_value(value: Any) -> None:
    assert decode(encode(value)) == value


@given(VALUES, st.data())
def test_bytes_altered_anywhere_never_decode_to_the_same_value(value: Any, data: st.DataObject) -> None:
    good = encode(value)
    at = data.draw(st.integers(0, len(good)))
    bad = good[:at] + data.draw(st.sampled_from([b" ", b"\n", b"0", b",", b"\x00", b"\xff"])) + good[at:]
    with suppress(CanonicalError):
        assert decode(bad) != value


def test_tuples_are_written_as_arrays() -> None:
    assert encode((1, ("a",))) == b'[1,["a"]]'


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        Decimal(1),
        date(2026, 1, 1),
        uuid.UUID(int=1),
        Colour.RED,
        Text("a"),
        b"a",
        {1},
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        2**64,
        {1: "a"},
        {None: "a"},
        {"é": "a"},
        {Text("a"): 1},
        "\ud800",
        {"a": "\udfff"},
        float("nan"),
    ],
)
def test_values_outside_the_profile_are_refused(value: Any) -> None:
    with pytest.raises(CanonicalError):
        encode([value])
    with pytest.raises(CanonicalError):
        encode(value)


def test_the_limits_of_integers_are_within_the_profile() -> None:
    assert decode(encode([MAX_INTEGER, -MAX_INTEGER])) == [MAX_INTEGER, -MAX_INTEGER]


@pytest.mark.parametrize("brackets", [b"[]", b"{}"])
def test_sixteen_containers_are_deep_enough_and_seventeen_too_deep(brackets: bytes) -> None:
    opening, closing = (b"[", b"]") if brackets == b"[]" else (b'{"a":', b"}")
    good = opening * (MAX_DEPTH - 1) + brackets + closing * (MAX_DEPTH - 1)
    assert encode(decode(good)) == good
    with pytest.raises(CanonicalError, match="nested deeper"):
        decode(opening + good + closing)


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000]
)
def test_nesting_without_end_is_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b" []",
        b"[1.0]",
        b"[1.5]",
        b"[1e2]",
        b"[-0]",
        b"[01]",
        b"[9007199254740992]",
        b"[123456789012345678901234567890]",
        b'["\\u0041"]',
        b'["\\/"]',
        b'["\\u000A"]',
        b'["\\u000f"]'.upper(),
        b'["\\ud800"]',
        b'["\xff"]',
        b'\xef\xbb\xbf"a"',
        b'{"\xc3\xa9":1}',
        b"[NaN]",
        b"[1,]",
        b"'a'",
        b"",
        b"[1]]",
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode(data)


def test_the_error_names_the_place_and_the_remedy() -> None:
    with pytest.raises(CanonicalError) as caught:
        encode({"parties": [{"name": "A"}, {"share": 0.5}]})
    assert caught.value.place == "/parties/1/share"
    assert caught.value.remedy
    with pytest.raises(CanonicalError) as caught:
        decode(b'{"b":1,"a":2}')
    assert caught.value.place == "byte 2"
