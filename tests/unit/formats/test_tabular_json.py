"""JSON arrays and JSON lines, streamed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError
from comity.registers.formats.tabular import Source, json_array_sources, json_line_sources, unpacked


def array(data: bytes, limit: int = 1_000_000) -> list[Source]:
    return list(json_array_sources(unpacked(io.BytesIO(data)), "t.json", max_record_bytes=limit))


def lines(data: bytes) -> list[Source]:
    return list(json_line_sources(unpacked(io.BytesIO(data)), "t.jsonl", max_record_bytes=1000))


def test_members_keep_their_lines_and_sources() -> None:
    found = array(b'[\n {"a": 1},\n\n {"a":\n 2}\n]\n')
    assert [(each.line, each.cells) for each in found] == [(2, {"a": "1"}), (4, {"a": "2"})]
    assert found[1].raw == b'{"a":\n 2}'


def test_numbers_stay_as_they_are_written() -> None:
    assert array(b'[{"a": 1.50, "b": 123456789012345678901}]')[0].cells == {"a": "1.50", "b": "123456789012345678901"}


@pytest.mark.parametrize("data", [b"[]", b" [ ] \n", b"\xef\xbb\xbf[]"])
def test_an_empty_array_has_no_members(data: bytes) -> None:
    assert array(data) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a JSON array"),
        (b'{"a": 1}', "not a JSON array"),
        (b'[{"a": 1}', "not closed"),
        (b'[{"a": 1} {"a": 2}]', "not closed"),
        (b'[{"a": 1}, ]', "not JSON"),
        (b'[{"a": 1', "not JSON"),
        (b'[{"a": 1}] x', "more follows"),
        (b'[{"a": nonsense, "b": "' + b"x" * 200_000 + b'"}]', "not JSON"),
        (b"[" * 100_000, "nest too deeply|not JSON"),
    ],
)
def test_a_broken_array_is_refused_with_its_line(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason) as caught:
        array(data)
    assert caught.value.place.startswith("t.json, line ")


def test_a_member_without_an_end_does_not_fill_the_memory() -> None:
    with pytest.raises(FormatError, match="longer than 1000"):
        array(b'[{"a": "' + b"x" * 500_000, limit=1000)


@pytest.mark.parametrize(
    ("member", "problem"),
    [
        (b'"text"', "not an object"),
        (b"17", "not an object"),
        (b'{"a": "\xff"}', "not utf-8"),
        (b'{"a": "\\ud800"}', "no text may hold"),
        (b'{"a": "\\u0000"}', "no text may hold"),
    ],
)
def test_a_bad_member_is_told_and_the_next_is_read(member: bytes, problem: str) -> None:
    found = array(b"[" + member + b', {"a": "x"}]')
    assert problem in found[0].problem
    assert (found[1].problem, found[1].cells) == ("", {"a": "x"})


def test_a_bad_line_is_told_and_the_next_is_read() -> None:
    found = lines(b'{"a": 1}\n\nnonsense\n{"a": 2} {"a": 3}\n{"a": 4}')
    assert [(each.line, bool(each.problem)) for each in found] == [(1, False), (3, True), (4, True), (5, False)]


objects = st.dictionaries(
    st.text(max_size=5),
    st.one_of(st.none(), st.booleans(), st.text(max_size=30), st.lists(st.text(max_size=5))),
    max_size=4,
)


@given(st.lists(objects, max_size=10), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_array_is_read_member_by_member(members: list[dict[str, Any]], indent: Any, ascii_only: bool) -> None:
    data = json.dumps(members, indent=indent, ensure_ascii=ascii_only).encode()
    good = [each for each in array(data) if not each.problem]
    assert [each.cells for each in good] == [
        each
        for each in members
        if "\0" not in json.dumps(each, ensure_ascii=False) and "\\u0000" not in json.dumps(each)
    ]


pieces = st.sampled_from(
    ["[", "]", "{", "}", ",", ":", '"a"', "1", "null", '"\\ud800"', " ", "\n", "\\", '"', "é", "NaN"]
)


@given(st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=20).map(lambda found: "".join(found).encode())))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        found = array(b"[" + data)
    except FormatError:
        return
    assert all(each.problem or isinstance(each.cells, dict) for each in found)


def test_members_longer_than_a_chunk_are_whole() -> None:
    members = [{"a": "ж" * 70_000}, {"b": "x" * 300_000}, {"c": "1"}]
    found = array(json.dumps(members, ensure_ascii=False).encode())
    assert [each.cells for each in found] == members
