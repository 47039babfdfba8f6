"""Search finds what an examiner means, counts what it finds, and cannot be led astray by what is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.journal.models import Journal
from comity.registers import search, selectors
from comity.registers.domain.record import Classification, Party, RightRecord, Text
from comity.registers.models import Right
from comity.registers.query import Query
from tests import node


def right(number: str, title: str, **fields: Any) -> RightRecord:
    base = RightRecord(office="BY", kind="trademark", number=number, status="in_force", titles=(Text(text=title),))
    return replace(base, **fields)


def nice(*codes: str) -> tuple[Classification, ...]:
    return tuple(Classification(scheme="nice", code=code) for code in codes)


def holder(name: str, entity: str = "legal") -> tuple[Party, ...]:
    return (Party(role="holder", entity=entity, names=(Text(text=name),), country="BY"),)  # type: ignore[arg-type]


OWN = [
    right("74512", "ЁЛКА", classes=nice("3", "35"), filing_date="2020-03-02", registration_date="2021-05-14"),
    right("74513", "Елка зимняя", classes=nice("3"), parties=holder("ААТ «Нёман»"), filing_date="2022-01-01"),
    right("74514", "Нёман ROSE", parties=holder("Ружа Ўладзіміраўна", "natural"), registration_date="2023-02-03"),
    right("1 008 824", "Café Crème", status="expired", classes=nice("30")),
    right("A-5/12", "Д'Артаньян", status="lapsed"),
    right("900", "Музыка", kind="copyright_work"),
]
THEIRS = [
    replace(right("555", "МОРЕ И ЁЛКА"), office="RU"),
    replace(right("556", "Песня о море"), office="RU", kind="copyright_work"),
]


@pytest.fixture
def actor(db: None, settings: Any, tmp_path: Path) -> Any:
    search._totals = None
    journal = node.set_up(settings, tmp_path)
    node.tell(journal, *OWN)
    node.partner_journal(THEIRS)
    return node.user("viewer", "viewer")


def numbers(actor: Any, **query: Any) -> list[str]:
    return sorted(row.number for row in selectors.search_rights(actor, Query(**query)).rows)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ёлка", ["555", "74512", "74513"]),
        ("ЕЛКА", ["555", "74512", "74513"]),
        ("елк", ["555", "74512", "74513"]),
        ("елка зим", ["74513"]),
        ("зимняя елка", ["74513"]),
        ("неман", ["74513", "74514"]),
        ("rose", ["74514"]),
        ("ROSE неман", ["74514"]),
        ("cafe creme", ["1 008 824"]),
        ("дартаньян", ["A-5/12"]),
        ("владзимир", []),
        ("уладзимиравна", []),
        ("уладзімі", ["74514"]),
        ("ўладзіміраўна", ["74514"]),
        ("74512", ["74512"]),
        ("елка", ["555", "74512", "74513"]),
        ("нет такого", []),
        ("елка море", ["555"]),
    ],
)
def test_words_are_folded_and_all_must_be_there(actor: Any, words: str, expected: list[str]) -> None:
    assert numbers(actor, q=words) == expected


def test_a_number_is_found_however_it_is_spaced(actor: Any) -> None:
    for number in ("1008824", "1 008 824", " 1 008824", "1\u00a0008\u00a0824", "1.008.824"):
        assert numbers(actor, number=number) == ["1 008 824"]
    assert numbers(actor, number="a-5/12") == ["A-5/12"]
    assert numbers(actor, number="7451") == []


def test_filters_narrow_and_join(actor: Any) -> None:
    assert numbers(actor, cls="nice:3") == ["74512", "74513"]
    assert numbers(actor, cls="nice:30") == ["1 008 824"]
    assert numbers(actor, kinds=("copyright_work",)) == ["556", "900"]
    assert numbers(actor, statuses=("expired", "lapsed")) == ["1 008 824", "A-5/12"]
    assert numbers(actor, offices=("RU",), kinds=("trademark",)) == ["555"]
    assert numbers(actor, parties=("RU",)) == ["555", "556"]
    assert numbers(actor, parties=("KZ",)) == []
    assert numbers(actor, q="елка", parties=("RU",)) == ["555"]
    assert numbers(actor, holder="неман") == ["74513"]
    assert numbers(actor, holder="елка") == []


def test_dates_bound_both_sides_and_nothing_undated_slips_in(actor: Any) -> None:
    assert numbers(actor, filed_from="2020-03-02", filed_to="2021-12-31") == ["74512"]
    assert numbers(actor, filed_to="2020-03-01") == []
    assert numbers(actor, filed_from="2020-03-03") == ["74513"]
    assert numbers(actor, registered_to="2022-01-01") == ["74512"]


def test_a_territory_is_where_a_right_has_effect(actor: Any) -> None:
    """A Russian work has effect in Belarus under the Berne Convention; a Russian national mark has none."""
    found = numbers(actor, territory="BY")
    assert "556" in found
    assert "555" not in found
    assert {"74512", "900"} <= set(found)
    assert numbers(actor, territory="RU", offices=("BY",)) == ["900"]
    assert numbers(actor, territory="KZ", kinds=("trademark",)) == []


def test_facets_add_up_to_the_matches(actor: Any) -> None:
    for query in (Query(), Query(q="елка"), Query(kinds=("trademark",)), Query(q="нет такого"), Query(parties=("KZ",))):
        results = selectors.search_rights(actor, query)
        for name in ("kind", "status", "office", "party"):
            assert sum(facet.count for facet in results.facets[name]) == results.total
    chosen = selectors.search_rights(actor, Query(kinds=("invention",))).facets["kind"]
    assert [(f.value, f.count, f.selected) for f in chosen] == [("invention", 0, True)]


def test_pages_and_the_cap_are_bounds(actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 3)
    for order in ("relevance", "recent", "number"):
        pages = [selectors.search_rights(actor, Query(order=order, page=page)).rows for page in (1, 2, 3, 4)]
        assert [len(rows) for rows in pages] == [3, 3, 2, 0]
        assert len({row.key for rows in pages for row in rows}) == 8
    monkeypatch.setattr(search, "CAP", 2)
    results = selectors.search_rights(actor, Query(q="елка"))
    assert (results.total, results.capped, results.pages) == (2, True, 1)


def test_the_better_match_comes_first(actor: Any) -> None:
    rows = selectors.search_rights(actor, Query(q="неман")).rows
    assert [row.number for row in rows] == ["74514", "74513"]


def test_who_may_see_nothing_is_shown_and_counted_nothing(actor: Any) -> None:
    for query in (Query(), Query(q="елка"), Query(territory="BY")):
        results = selectors.search_rights(None, query)
        assert (results.rows, results.total) == ([], 0)
        assert not any(facet.count for facets in results.facets.values() for facet in facets)


HOSTILE = [
    '"',
    '""',
    '"a',
    "*",
    "a*",
    "-a",
    "NEAR(a b)",
    "a NEAR/2 b",
    "words : a",
    "{words people} : a",
    "a AND",
    "OR",
    "NOT a",
    "^a",
    "a + b",
    "(",
    ")",
    "')",
    "'; DROP TABLE registers_right; --",
    "a & b",
    "a | !b",
    "a:*",
    "<->",
    "\\",
    "a\\'b",
    "%",
    "_",
    "\x00",
    "a\x00b",
    "\ufffd",
    "\u202e",
    "😀",
    "\U000e0001",
    "ﷺ",
    "٣",
    "²",
    "①",
    "ß",
    "İ",
    "ǆ",
    "а́",
    "x" * 10_000,
    "é " * 5_000,
    "a b " * 2_500,
    "$1",
    "%s",
    "{}",
    "--",
    "/*",
    "𐍈",
    "ा",
    "中文",
    "ก็",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_is_taken_for_a_command(actor: Any, text: str) -> None:
    before = Right.objects.count()
    for field in ("q", "holder", "number", "cls", "territory", "kind", "filed_from", "page", "order"):
        query = Query.read({field: [text]})
        selectors.search_rights(actor, query)
    for field in ("q", "holder", "number"):
        selectors.search_rights(actor, Query(**{field: text[:2000]}))
    assert Right.objects.count() == before


def test_counts_are_made_anew_when_a_held_entry_is_applied(actor: Any) -> None:
    from comity.journal.models import Held

    journal = Journal.objects.get(own=False)
    Held.objects.create(journal=journal, index=99, kind="x", about="x", state="unknown")
    before = selectors.search_rights(actor, Query()).total
    Right.objects.filter(number="555").delete()
    Held.objects.all().delete()
    assert selectors.search_rights(actor, Query()).total == before - 1
