"""The quick look at an entry passes nothing that the schema refuses, and gives what the schema gives."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from comity.journal.reading import Unread, _read_strictly, read
from comity.kernel.canonical import encode
from comity.kernel.entry import MAX, encode_entry, glance
from comity.kernel.text import search_form, words
from comity.registers import entries, quick, schema
from comity.registers.domain.personal import close
from comity.registers.domain.record import RightRecord, to_json
from tests import strategies

AT = "2026-11-22T15:00:00Z"
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**54),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
    st.sampled_from(
        ["", " ", "\x00", "\x0b", "\x7f", "3", "by", "BY", "nice", "2020-02-31", "2020-13-01", "٢٠٢٠-01-01"]
    ),
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [{"text": "x", "lang": 1}]),
    st.builds(lambda: {"text": "x", "ключ": "y"}),
)


def entry(body: Any, kind: str = "registers.right", version: int = 1) -> bytes:
    """The bytes that orjson writes: what the guard of canonical JSON would refuse among them."""
    data = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return b"comity/%s/%d\n%s\n" % (kind.encode(), version, data)


def agree(data: bytes) -> bool:
    """Both ways of reading give the same; whether the quick look passed it."""
    seen = glance(data)
    body = quick.read(data, seen.body, {}) if seen is not None else None
    slow = _read_strictly(7, data)
    assert read(7, data) == slow
    if body is None:
        return False
    if not isinstance(slow, Unread):
        assert body == slow[1].body
        assert body.right == schema.record(slow[1].body.raw)
        assert seen is not None
        assert body.text.encode() == encode(seen.body["right"])
    return True


def body_of(record: RightRecord, version: int) -> dict[str, Any]:
    closed, _ = close(to_json(record), lambda: bytes(32))
    return {"about": entries.key_of(record), "at": AT, "right": closed, "version": version}


@given(strategies.rights(), st.integers(1, 9))
def test_every_record_that_this_node_writes_passes_the_quick_look(record: RightRecord, version: int) -> None:
    data = encode_entry("registers.right", 1, body_of(record, version))
    # What the schema refuses, such as a space before a number, this node does not write.
    assume(not isinstance(_read_strictly(7, data), Unread))
    assert agree(data)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A body with one to three of its values, at any depth, replaced, removed or added to."""
    body = body_of(draw(strategies.rights()), 1)
    for _ in range(draw(st.integers(1, 3))):
        node: Any = body
        while True:
            places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not places:
                break
            place = draw(st.sampled_from(places))
            if isinstance(node[place], dict | list) and draw(st.integers(0, 4)):
                node = node[place]
                continue
            act = draw(st.integers(0, 3))
            if act == 0:
                del node[place]
            elif act == 1 and isinstance(node, dict):
                node[draw(st.sampled_from(["x", "ключ", "text", "cm", "names", "about", "at", "stage"]))] = draw(ODD)
            else:
                node[place] = draw(ODD)
            break
    return body


@given(spoiled())
def test_what_the_schema_refuses_never_passes(body: dict[str, Any]) -> None:
    agree(entry(body))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"comity/registers.right/1\n",
        b"comity/registers.right/1\n{}\n",
        b"comity/registers.right/1\n[]\n",
        b"comity/registers.right/0\n{}\n",
        b'comity/registers.right/1\n{"about":"x","about":"x"}\n',
        b'comity/registers.right/1\n{"about" :"x"}\n',
        b'comity/registers.right/1\n{"a":"\xd0"}\n',
        b'comity/registers.right/1\n{"a":123456789012345678901234567890}\n',
        b"comity/registers.right/1\n" + b"[" * 2000 + b"]" * 2000 + b"\n",
        b"comity/registers.right/1\n{" + b" " * MAX + b"}\n",
        b"comity/nothing.known/1\n{}\n",
    ],
)
def test_bytes_that_are_no_entry_are_left_to_the_strict_reader(data: bytes) -> None:
    assert not agree(data)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | strategies.texts_)
def test_the_search_form_is_the_folded_words(text: str) -> None:
    assert search_form(text) == " ".join(words(text))
