"""A mapping that makes no sense is refused when it is loaded: file, key and remedy."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ConfigurationError, FormatError
from comity.registers.formats.mapping import load_mapping, parse_mapping, read_path

GOOD: dict[str, Any] = {
    "source": {"format": "csv", "columns": ["n", "d"]},
    "right": {"office": "XX", "kind": "trademark", "number": {"column": "n"}},
}


def mistake(**change: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        parse_mapping({**GOOD, **change}, "m.toml")
    return caught.value


def right(**change: Any) -> dict[str, Any]:
    return {**GOOD["right"], **change}


def test_a_good_mapping_loads() -> None:
    assert parse_mapping(GOOD, "m.toml").name == "m.toml"


@pytest.mark.parametrize(
    ("change", "place", "part"),
    [
        ({"rigth": {}}, "m.toml: rigth", "'rigth' is not known"),
        ({"source": {"format": "xls"}}, "m.toml: source.format", "'xls'"),
        ({"source": {"format": "csv", "encoding": "utf-9"}}, "m.toml: source.encoding", "utf-9"),
        ({"source": {"format": "csv", "encoding": "utf-16"}}, "m.toml: source.encoding", "is not read here"),
        ({"source": {"format": "csv", "header": False}}, "m.toml: source", "`columns` is missing"),
        ({"source": {"format": "csv", "delimiter": ";;"}}, "m.toml: source", "one character"),
        ({"right": right(kind="tradmark")}, "m.toml: right.kind", "'tradmark'"),
        ({"right": {"office": "XX", "kind": "trademark"}}, "m.toml: right", "'number' is missing"),
        ({"right": right(number={"colum": "n"})}, "m.toml: right.number.colum", "'colum' is not known"),
        ({"right": right(number={"column": "m"})}, "m.toml: right.number.column", "no column 'm'"),
        ({"right": right(number={"column": "n", "value": "1"})}, "m.toml: right.number", "exactly one"),
        ({"right": right(number={"column": "n", "match": "("})}, "m.toml: right.number.match", "regular expression"),
        ({"right": right(status={"column": "d", "table": "t"})}, "m.toml: right.status.table", "no table 't'"),
        ({"right": right(filing_date={"column": "d", "dates": ["DD/MM"]})}, "m.toml: right.filing_date.dates", "DD/MM"),
        ({"right": right(status={"column": "d", "default": "good"})}, "m.toml: right.status.default", "'good'"),
        ({"titles": [{"column": "n", "lang": {"runic": "is"}}]}, "m.toml: titles[0].lang.runic", "'runic'"),
        ({"parties": [{"role": "owner", "column": "n"}]}, "m.toml: parties[0].role", "'owner'"),
        ({"parties": {"role": "holder"}}, "m.toml: parties", "a list of tables"),
        ({"extras": [{"column": "n"}]}, "m.toml: extras[0]", "'name' is missing"),
        ({"join": {"file": "x"}}, "m.toml: join", "'as' is missing"),
        ({"join": {"file": "../x.csv", "as": "t", "key": "n"}}, "m.toml: join.file", "plain file name"),
        ({"tables": {"t": {"a": 1}}}, "m.toml: tables.t.a", "a text was expected"),
    ],
)
def test_the_message_names_file_and_key(change: dict[str, Any], place: str, part: str) -> None:
    error = mistake(**change)
    assert error.place == place
    assert part in error.message


def test_a_table_whose_values_are_no_words_of_the_field_is_refused() -> None:
    error = mistake(right=right(status={"column": "d", "table": "t"}), tables={"t": {"x": "valid"}})
    assert "'valid'" in error.message
    assert "in_force" in error.remedy


def test_a_file_without_the_column_is_refused_with_the_columns_that_it_has() -> None:
    mapping = parse_mapping({**GOOD, "source": {"format": "csv"}}, "m.toml")
    with pytest.raises(ConfigurationError, match="no column 'n'") as caught:
        list(mapping.read(io.BytesIO(b"a,b\n1,2\n"), "t.csv"))
    assert "a, b" in caught.value.remedy


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[source\n", "utf-8")
    with pytest.raises(ConfigurationError, match="not a mapping"):
        load_mapping(path)


def test_a_missing_joined_file_is_named(tmp_path: Path) -> None:
    body = {**GOOD, "join": {"file": "twin.csv", "as": "t", "key": "n"}}
    (tmp_path / "main.csv").write_text("n,d\n1,\n", "utf-8")
    with pytest.raises(FormatError, match=r"twin\.csv"):
        list(read_path(parse_mapping(body, "m.toml"), tmp_path / "main.csv"))


FULL: dict[str, Any] = {
    "title": "t",
    "source": {"format": "csv", "columns": ["n", "d"], "empty": ["-"]},
    "join": {"file": "x.csv", "as": "t", "key": "n"},
    "tables": {"k": {"a": "trademark", "b": {"reject": "no"}}},
    "right": {
        "office": "XX",
        "kind": {"column": "d", "table": "k"},
        "number": {"parts": [{"column": "n"}, {"column": "d", "match": "(x)"}], "join": "/"},
        "filing_date": {"column": "d", "dates": ["YYYY"], "incomplete": "leave_out"},
        "features": ["word"],
    },
    "titles": [{"column": "n", "split": ";", "lang": {"latin": "en"}}],
    "parties": [{"role": "holder", "column": "n", "legal_if": "x", "country": {"column": "d"}}],
    "classes": [{"scheme": "nice", "column": "n", "texts": {"column": "d"}}],
    "priorities": [{"column": "n", "find": "(?P<number>x)"}, {"date": {"column": "d"}}],
    "events": [{"code": "x", "date": {"column": "d"}}],
    "extras": [{"name": "x", "column": "n"}],
}
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=3),
    st.just({}),
    st.just([]),
    st.just([1]),
    st.just({"x": []}),
)


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        found += places(value, (*path, key))
    return found


@given(st.sampled_from(places(FULL)), odd)
def test_whatever_stands_in_a_mapping_is_accepted_or_refused_by_name(path: tuple[Any, ...], value: Any) -> None:
    body = copy.deepcopy(FULL)
    node: Any = body
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    try:
        parse_mapping(body, "m.toml")
    except ConfigurationError as error:
        assert error.place.startswith("m.toml")  # noqa: PT017
