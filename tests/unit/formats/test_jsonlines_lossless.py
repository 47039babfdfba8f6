"""Our own JSON lines lose nothing, and the JSON form is read strictly."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import RecordError
from comity.registers.domain.json_form import from_json
from comity.registers.domain.record import RightRecord, to_json
from comity.registers.formats import jsonlines
from comity.registers.formats.base import DEFAULTS, Found, Rejected, detect
from tests.strategies import rights

GOOD: dict[str, Any] = {"office": "BY", "kind": "trademark", "number": "1"}


@given(rights())
def test_the_json_form_gives_the_record_back(record: RightRecord) -> None:
    assert from_json(to_json(record)) == record


@given(st.lists(rights(), max_size=4))
def test_a_file_gives_its_records_back_in_order(records: list[RightRecord]) -> None:
    stream = io.BytesIO()
    jsonlines.write(records, stream)
    stream.seek(0)
    assert [item.record for item in jsonlines.read(stream, "x", DEFAULTS) if isinstance(item, Found)] == records


def test_the_smallest_record_is_read() -> None:
    assert from_json(GOOD) == RightRecord(office="BY", kind="trademark", number="1")


@pytest.mark.parametrize(
    ("body", "place", "part"),
    [
        ([], "", "an object was expected"),
        ({"office": "BY", "kind": "trademark"}, "", "lacks its field 'number'"),
        ({**GOOD, "nummer": "1"}, "", "no field 'nummer'"),
        ({**GOOD, "kind": "tm"}, "kind", "'tm'"),
        ({**GOOD, "kind": ["trademark"]}, "kind", "none of the words"),
        ({**GOOD, "number": 1}, "number", "not int"),
        ({**GOOD, "number": None}, "number", "not NoneType"),
        ({**GOOD, "titles": "x"}, "titles", "a list was expected"),
        ({**GOOD, "titles": [{"lang": "ru"}]}, "titles", "lacks its field 'text'"),
        ({**GOOD, "parties": [{"role": "owner"}]}, "parties, role", "'owner'"),
        ({**GOOD, "parties": [{"role": "holder", "names": [{"text": 1}]}]}, "parties, names, text", "not int"),
        ({**GOOD, "classes": [{"scheme": "nice"}]}, "classes", "lacks its field 'code'"),
        ({**GOOD, "images": [{"width": -1}]}, "images, width", "whole number"),
        ({**GOOD, "images": [{"width": True}]}, "images, width", "whole number"),
        ({**GOOD, "design_count": 1.5}, "design_count", "whole number"),
        ({**GOOD, "effects": [{"territory": "BY", "basis": "luck"}]}, "effects, basis", "'luck'"),
        ({**GOOD, "events": [{"code": "x", "scheme": "ST.99"}]}, "events, scheme", "'ST.99'"),
    ],
)
def test_what_is_no_record_is_refused_with_its_field(body: Any, place: str, part: str) -> None:
    with pytest.raises(RecordError) as caught:
        from_json(body)
    assert caught.value.place == place
    assert part in caught.value.message
    assert caught.value.remedy


def test_a_bad_line_is_rejected_and_the_next_is_read() -> None:
    data = b"nonsense\n\n" + orjson.dumps({**GOOD, "x": 1}) + b"\n" + orjson.dumps(GOOD)
    found = list(jsonlines.read(io.BytesIO(data), "x.jsonl", DEFAULTS))
    assert [(type(each), each.place) for each in found] == [
        (Rejected, "x.jsonl, line 1"),
        (Rejected, "x.jsonl, line 3"),
        (Found, "x.jsonl, line 4"),
    ]


def test_a_lone_surrogate_cannot_be_written() -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        jsonlines.write([RightRecord(office="BY", kind="trademark", number="\ud800")], io.BytesIO())


def test_the_form_is_recognised() -> None:
    assert detect(orjson.dumps(GOOD) + b"\n", "x.jsonl").name == "jsonlines"
    assert detect(orjson.dumps({**GOOD, "abstract": [{"text": "x" * 5000}]})[:4096], "x.jsonl").name == "jsonlines"
