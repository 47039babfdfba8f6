"""CSV for spreadsheets: safe to open, and read back it gives the same columns."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.record import Classification, Party, RightRecord, Text
from comity.registers.formats import csv_write
from comity.registers.formats.base import DEFAULTS, Found, Item, detect
from comity.registers.formats.csv_write import COLUMNS, guarded
from tests.strategies import rights


def written(*records: RightRecord) -> bytes:
    stream = io.BytesIO()
    csv_write.write(records, stream)
    return stream.getvalue()


def items(data: bytes) -> list[Item]:
    return list(csv_write.read(io.BytesIO(data), "x.csv", DEFAULTS))


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def mark(**fields: object) -> RightRecord:
    return RightRecord(office="BY", kind="trademark", number="1", **fields)  # type: ignore[arg-type]


@given(st.lists(rights(), max_size=3))
def test_read_back_it_gives_the_same_columns(records: list[RightRecord]) -> None:
    data = written(*records)
    found = items(data)
    assert all(isinstance(item, Found) for item in found), found
    assert table(written(*[item.record for item in found if isinstance(item, Found)])) == table(data)


@given(rights())
def test_no_cell_can_be_executed(record: RightRecord) -> None:
    for row in csv.reader(io.StringIO(written(record).decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("text", ["=1+1", "+7 17", "-x", "@cmd", "'=1", "''=1", "'quoted'", "'", "a=b", "= 1"])
def test_an_apostrophe_guards_a_formula_and_comes_off_again(text: str) -> None:
    data = written(mark(titles=(Text(text=text),)))
    assert table(data)[0]["titles"] == guarded(text)
    (item,) = items(data)
    assert isinstance(item, Found)
    assert item.record.titles == (Text(text=text),)


def test_parties_say_their_country_and_whether_they_are_legal() -> None:
    parties = (
        Party(role="holder", entity="legal", names=(Text(text="ААТ «Зубр»"),), country="BY"),
        Party(role="holder", names=(Text(text="Іван Ёлкін"),)),
        Party(role="applicant", cm="c2VhbGVk"),
    )
    data = written(mark(parties=parties))
    assert table(data)[0]["holders"] == "ААТ «Зубр» (BY) [legal]\nІван Ёлкін"
    (item,) = items(data)
    assert isinstance(item, Found)
    assert item.record.parties == parties[:2]


def test_goods_stand_under_their_class_again() -> None:
    classes = (
        Classification(scheme="nice", code="9", texts=(Text(text="computers"), Text(text="software"))),
        Classification(scheme="nice", code="42"),
    )
    (item,) = items(written(mark(classes=classes)))
    assert isinstance(item, Found)
    assert item.record.classes == classes


def test_the_header_is_the_documented_one() -> None:
    assert tuple(table(written(mark()))[0]) == COLUMNS
    assert written().startswith(b"\xef\xbb\xbfoffice,kind,stage,number,")


def test_the_form_is_recognised() -> None:
    assert detect(written(mark())[:4096], "x.csv").name == "csv"
