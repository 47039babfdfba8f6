"""An entry has one spelling, and is never anything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.checkpoint import parse_text
from comity.kernel.entry import MAX, Entry, encode_entry, parse_entry, parse_head, parse_trusted
from comity.kernel.errors import CanonicalError, FormatError, NoteError
from tests.unit.kernel.test_canonical import KEYS, VALUES

KINDS = st.from_regex(r"[a-z][a-z0-9_.-]{0,63}", fullmatch=True)
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)
GOOD = b'comity/right.recorded/1\n{"a":1,"b":"\xd1\x91"}\n'


def test_the_bytes_are_a_head_and_canonical_json() -> None:
    assert encode_entry("right.recorded", 1, {"b": "ё", "a": 1}) == GOOD
    assert parse_entry(GOOD) == Entry("right.recorded", 1, {"a": 1, "b": "ё"})
    assert parse_head(GOOD) == ("right.recorded", 1)


@given(KINDS, st.integers(1, 9999), BODIES)
def test_entries_read_back(kind: str, version: int, body: dict[str, Any]) -> None:
    data = encode_entry(kind, version, body)
    assert parse_entry(data) == parse_trusted(data) == Entry(kind, version, body)
    assert parse_head(data) == (kind, version)


@given(BODIES, st.data())
def test_an_entry_altered_in_one_byte_is_refused_or_says_something_else(
    body: dict[str, Any], data: st.DataObject
) -> None:
    good = encode_entry("k", 1, body)
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[at]))
    bad = good[:at] + bytes([byte]) + good[at + 1 :]
    try:
        entry = parse_entry(bad)
    except FormatError:
        return
    assert entry != Entry("k", 1, body)
    assert encode_entry(entry.kind, entry.version, entry.body) == bad


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"comity/", b"Comity/"),
        GOOD.replace(b"/1\n", b"/01\n"),
        GOOD.replace(b"/1\n", b"/0\n"),
        GOOD.replace(b"/1\n", b"/10000\n"),
        GOOD.replace(b"/1\n", b"\n"),
        GOOD.replace(b"/1\n", b"/1/2\n"),
        GOOD.replace(b"/1\n", b"/1 \n"),
        GOOD.replace(b"right", b"Right"),
        GOOD.replace(b"right", b"r ght"),
        GOOD.replace(b'"a":1', b'"a":1.0'),
        GOOD.replace(b'"a":1', b'"a": 1'),
        GOOD.replace(b'{"a":1,', b'{"a":1,"a":1,'),
        b"comity/k/1\n[]\n",
        b'comity/k/1\n"text"\n',
        b"comity/k/1\nnull\n",
        b"comity/k/1\n\n",
        b"comity/k/1\n",
        b"\xef\xbb\xbf" + GOOD,
        b"comity/k/1\n{}\n{}\n",
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_entry(data)


@pytest.mark.parametrize(
    ("kind", "version"),
    [("", 1), ("A", 1), ("a/b", 1), ("a\n", 1), ("a", 0), ("a", -1), ("a", 10_000), ("1a", 1), ("a" * 65, 1)],
)
def test_no_entry_is_made_of_another_kind(kind: str, version: int) -> None:
    with pytest.raises(FormatError):
        encode_entry(kind, version, {})


def test_a_body_is_an_object() -> None:
    with pytest.raises(CanonicalError):
        encode_entry("k", 1, [1])  # type: ignore[arg-type]


def test_an_entry_holds_65535_bytes_and_not_one_more() -> None:
    room = MAX - len(encode_entry("k", 1, {"a": ""}))
    data = encode_entry("k", 1, {"a": "x" * room})
    assert len(data) == MAX
    assert parse_entry(data).body == {"a": "x" * room}
    with pytest.raises(FormatError, match="65536 bytes"):
        encode_entry("k", 1, {"a": "x" * (room + 1)})
    with pytest.raises(FormatError, match="65536 bytes"):
        parse_entry(data.replace(b"x", b"xx", 1))


@given(BODIES)
def test_an_entry_is_never_a_checkpoint(body: dict[str, Any]) -> None:
    with pytest.raises(NoteError):
        parse_text(encode_entry("k", 1, body).decode())
