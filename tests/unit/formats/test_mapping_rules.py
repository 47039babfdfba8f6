"""What the rules of a mapping make of cells."""

from __future__ import annotations

import io
from typing import Any

import pytest

from comity.kernel.errors import FormatError
from comity.registers.domain.record import Event, Party, Priority, RightRecord, Text
from comity.registers.formats.base import Found, Item, ReadOptions, Rejected
from comity.registers.formats.mapping import parse_mapping


def items(body: dict[str, Any], data: str, options: ReadOptions | None = None) -> list[Item]:
    full = {"source": {"format": "csv"}, **body}
    return list(parse_mapping(full, "m.toml").read(io.BytesIO(data.encode()), "t.csv", options or ReadOptions()))


def one(body: dict[str, Any], data: str) -> RightRecord:
    (item,) = items(body, data)
    assert isinstance(item, Found), item
    return item.record


def right(**rules: Any) -> dict[str, Any]:
    return {"right": {"office": "XX", "kind": "trademark", "number": {"column": "n"}, **rules}}


def test_constants_and_columns_make_a_record() -> None:
    record = one(right(status={"column": "s"}), "n,s\n 7 , in_force\n")
    assert record == RightRecord(office="XX", kind="trademark", number="7", status="in_force")


def test_the_office_of_the_import_stands_in_where_the_mapping_names_none() -> None:
    body = {"right": {"kind": "trademark", "number": {"column": "n"}}}
    (item,) = items(body, "n\n7\n", ReadOptions(office="BY"))
    assert isinstance(item, Found)
    assert item.record.office == "BY"


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("24.09.2013", "2013-09-24"),
        ("1.2.2013", "2013-02-01"),
        ("20130924", "2013-09-24"),
        ("2013-09-24", "2013-09-24"),
    ],
)
def test_the_first_form_of_date_that_fits_decides(written: str, iso: str) -> None:
    rule = {"column": "d", "dates": ["YYYY-MM-DD", "D.M.YYYY", "YYYYMMDD"]}
    assert one(right(filing_date=rule), f"n,d\n7,{written}\n").filing_date == iso


@pytest.mark.parametrize("nothing", ["", "0000-00-00", "00000000", "-", "  .  . "])
def test_a_date_of_nothing_is_not_stated(nothing: str) -> None:
    assert one(right(filing_date={"column": "d"}), f"n,d\n7,{nothing}\n").filing_date == ""


@pytest.mark.parametrize("bad", ["2013-02-30", "2013-13-01", "yesterday", "2013-09-00", "24.09.2013"])
def test_an_impossible_or_incomplete_date_rejects_the_row_and_says_why(bad: str) -> None:
    (item,) = items(right(filing_date={"column": "d"}), f"n,d\n7,{bad}\n")
    assert isinstance(item, Rejected)
    assert item.place == "t.csv, line 2"
    assert item.reason.startswith("filing_date: ")
    assert bad in item.reason
    assert item.remedy


def test_an_incomplete_date_may_be_left_out() -> None:
    rule = {"column": "d", "incomplete": "leave_out"}
    assert one(right(filing_date=rule), "n,d\n7,2013-09-00\n").filing_date == ""


@pytest.mark.parametrize(("written", "kept"), [("1995", "1995"), ("1995-00-00", "1995"), ("1995-07-00", "1995-07")])
def test_the_day_of_creation_may_be_incomplete(written: str, kept: str) -> None:
    rule = {"column": "d", "dates": ["YYYY-MM-DD", "YYYY"]}
    assert one(right(created=rule), f"n,d\n7,{written}\n").created == kept


def test_remove_then_match_then_table() -> None:
    rule = {"column": "s", "remove": r"\(.*\)", "match": r"^(\w+)", "table": "st"}
    body = {**right(status=rule), "tables": {"st": {"Valid": "in_force"}}}
    assert one(body, "n,s\n7,(x) Valid until 2030\n").status == "in_force"


def test_a_value_that_the_table_lacks_rejects_the_row() -> None:
    body = {**right(status={"column": "s", "table": "st"}), "tables": {"st": {"Valid": "in_force"}}}
    (item,) = items(body, "n,s\n7,Odd\n")
    assert isinstance(item, Rejected)
    assert item.reason == "status: 'Odd' is not in the table 'st'"
    assert item.remedy == "Add it to [tables.st] of the mapping."


def test_a_table_may_say_that_a_value_makes_no_right() -> None:
    body = {**right(status={"column": "s", "table": "st"}), "tables": {"st": {"Label": {"reject": "only a label"}}}}
    (item,) = items(body, "n,s\n7,Label\n")
    assert isinstance(item, Rejected)
    assert item.reason == "status: only a label"


def test_a_star_stands_for_every_other_value() -> None:
    body = {**right(status={"column": "s", "table": "st"}), "tables": {"st": {"*": "expired"}}}
    assert one(body, "n,s\n7,anything\n").status == "expired"


def test_parts_are_joined_without_the_empty_ones() -> None:
    rule = {"parts": [{"column": "n"}, {"column": "d"}, {"column": "e"}], "join": "/"}
    body = {"right": {"office": "XX", "kind": "trademark", "number": rule}}
    assert one(body, "n,d,e\n7,,x\n").number == "7/x"


def test_the_first_column_that_is_not_empty_is_taken() -> None:
    assert one(right(application_number={"columns": ["a", "b"]}), "n,a,b\n7,,x\n").application_number == "x"


def test_a_missing_number_rejects_the_row() -> None:
    (item,) = items(right(), "n,x\n,1\n")
    assert isinstance(item, Rejected)
    assert item.reason == "number: is missing"


def test_languages_are_told_by_script() -> None:
    titles = [{"column": "t", "split": ";", "lang": {"kazakh": "kk", "cyrillic": "ru", "armenian": "hy"}}]
    record = one({**right(), "titles": titles}, "n,t\n7,Жаңа есім; Тест; Տուփ; Box\n")
    assert [(text.text, text.lang) for text in record.titles] == [
        ("Жаңа есім", "kk"),
        ("Тест", "ru"),
        ("Տուփ", "hy"),
        ("Box", ""),
    ]


def test_texts_by_language_come_from_an_object_in_a_cell() -> None:
    titles = [{"column": "t", "by_language": True}]
    record = one({**right(), "titles": titles}, 'n\tt\n7\t"{""en"": ""Box"", ""short"": ""B""}"\n'.replace("\t", ","))
    assert record.titles == (Text(text="Box", lang="en"),)


def test_a_country_in_brackets_leaves_the_name() -> None:
    parties = [{"role": "holder", "column": "h", "split": "\n", "country_suffix": True}]
    record = one({**right(), "parties": parties}, 'n,h\n7,"ООО ""Ёж"" (RU)\nИван Петров, (АМ)\n(RU)"\n')
    assert record.parties == (
        Party(role="holder", entity="legal", names=(Text(text='ООО "Ёж"'),), country="RU"),
        Party(role="holder", entity="natural", names=(Text(text="Иван Петров"),), country="AM"),
        Party(role="holder", entity="natural", names=(Text(text="(RU)"),)),
    )


def test_names_without_a_separator_are_parted_by_a_pattern() -> None:
    parties = [{"role": "holder", "column": "h", "split_pattern": r"(?<=\))(?=\S)", "country_suffix": True}]
    record = one({**right(), "parties": parties}, "n,h\n7,A (AM)B (AM)A (AM)\n")
    assert [party.names[0].text for party in record.parties] == ["A", "B"]


def test_an_event_without_date_and_text_is_none() -> None:
    events = [{"code": "renewal", "date": {"column": "d"}}]
    assert one({**right(), "events": events}, "n,d\n7,\n").events == ()
    assert one({**right(), "events": events}, "n,d\n7,2020-01-02\n").events == (
        Event(code="renewal", date="2020-01-02"),
    )


def test_priorities_are_found_by_named_groups() -> None:
    find = r"(?P<number>\S+)\s+(?P<date>\d{4}-\d\d-\d\d)\s+(?P<office>[A-Z]{2})"
    body = {**right(), "priorities": [{"column": "p", "find": find}]}
    record = one(body, "n,p\n7,29/0 1994-10-31 US  30/1 1995-01-01 GB\n")
    assert record.priorities == (
        Priority(office="US", number="29/0", date="1994-10-31"),
        Priority(office="GB", number="30/1", date="1995-01-01"),
    )


def test_a_joined_file_adds_its_columns_by_key() -> None:
    body = {
        "source": {"format": "json"},
        "join": {"file": "hy.json", "as": "hy", "key": "id"},
        "right": {"office": "AM", "kind": "industrial_design", "number": {"column": "id"}},
        "titles": [{"column": "title", "lang": "ru"}, {"column": "hy.title", "lang": "hy"}],
    }
    main = io.BytesIO('[{"id": 1, "title": "Тара"}, {"id": 2, "title": "Стул"}]'.encode())
    second = io.BytesIO('[{"id": 1, "title": "Տուփ"}]'.encode())
    found = list(parse_mapping(body, "m.toml").read(main, "ru.json", second=second))
    assert [item.record.titles for item in found if isinstance(item, Found)] == [
        (Text(text="Тара", lang="ru"), Text(text="Տուփ", lang="hy")),
        (Text(text="Стул", lang="ru"),),
    ]


def test_a_bad_record_of_the_joined_file_is_told_too() -> None:
    body = {
        "source": {"format": "json"},
        "join": {"file": "hy.json", "as": "hy", "key": "id"},
        "right": {"office": "AM", "kind": "industrial_design", "number": {"column": "id"}},
        "titles": [{"column": "hy.title"}],
    }
    second = io.BytesIO(b'["nonsense", {"id": 1, "title": {"a": 1}}]')
    found = list(parse_mapping(body, "m.toml").read(io.BytesIO(b'[{"id": 1}]'), "ru.json", second=second))
    assert [type(each) for each in found] == [Rejected, Rejected, Found]
    assert [each.place for each in found] == ["hy.json, line 1", "hy.json, line 1", "ru.json, line 1"]


@pytest.mark.parametrize("data", [b"", b"\xff\n", b'"n\n'])
def test_a_file_without_a_good_header_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"empty|header"):
        list(parse_mapping({"source": {"format": "csv"}, **right()}, "m.toml").read(io.BytesIO(data), "t.csv"))


@pytest.mark.parametrize("rule", [{"column": "t"}, {"column": "t", "split": ";"}])
def test_what_is_required_or_has_a_default_is_never_left_out(rule: dict[str, Any]) -> None:
    (missing,) = items({**right(), "titles": [{**rule, "required": True}]}, "n,t\n7, \n")
    assert isinstance(missing, Rejected)
    assert missing.reason == "titles: is missing"
    record = one({**right(), "titles": [{**rule, "default": "untitled"}]}, "n,t\n7, \n")
    assert record.titles == (Text(text="untitled"),)
