"""What the codes of events say."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain import codes
from comity.registers.domain.codes import category_of, label_of, rule_of, scheme_of
from comity.registers.domain.record import Event
from tests.shared import shared_data


def event(code: str, scheme: Any = "local") -> Event:
    return Event(code=code, scheme=scheme)


@pytest.mark.parametrize(
    ("code", "label", "change"),
    [
        ("filed", "Application filed", "pending"),
        ("published", "Published for opposition", None),
        ("registered", "Registered", "in_force"),
        ("granted", "Granted", "in_force"),
        ("renewed", "Renewed", None),
        ("holder_changed", "Change of holder recorded", None),
        ("licence_recorded", "Licence recorded", None),
        ("surrendered", "Surrendered by the holder", "surrendered"),
        ("invalidated", "Declared invalid", "invalidated"),
        ("lapsed", "Lapsed for an unpaid fee", "lapsed"),
        ("restored", "Restored", "in_force"),
        ("expired", "Expired", "expired"),
    ],
)
def test_own_words(code: str, label: str, change: str | None) -> None:
    rule = rule_of(event(code))
    assert rule is not None
    assert (rule.label, rule.change) == (label, change)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("A12", "pending"),
        ("B11", "withdrawn"),
        ("B15", "refused"),
        ("F11", "in_force"),
        ("H13", "lapsed"),
        ("H14", "expired"),
        ("H15", "surrendered"),
        ("H12", "ceased"),
        ("K13", "in_force"),
        ("Q12", None),
        ("S11", None),
        ("A-0-1-A10-A12-nap-PA0109", "pending"),
        ("A-4-4-H10-H13-oth-PC1903", "lapsed"),
        ("a12", "pending"),
    ],
)
def test_patent_events_alone_and_in_the_exchange_form(code: str, change: str | None) -> None:
    rule = rule_of(event(code, "ST.27"))
    assert rule is not None
    assert rule.change == change


def test_detailed_events_of_marks_and_designs_are_named_by_category_only() -> None:
    for scheme in ("ST.61", "ST.87"):
        assert rule_of(event("H13", scheme)) is None
        assert label_of(event("H13", scheme)) == "End of the right"
        found = rule_of(event("H10", scheme))
        assert found is not None
        assert found.change == "ceased"


def test_unknown_code_is_shown_as_it_stands_and_changes_nothing() -> None:
    assert rule_of(event("CRNW")) is None
    assert label_of(event("CRNW")) == "CRNW"
    assert category_of(event("CRNW")) == ""
    assert label_of(event("ZZ", "ST.27")) == "ZZ"


def test_local_code_is_not_read_as_a_standard_one() -> None:
    assert rule_of(event("F10")) is None


def test_each_kind_has_its_standard() -> None:
    kinds: tuple[Any, ...] = ("invention", "utility_model", "trademark", "industrial_design", "database")
    assert [scheme_of(kind) for kind in kinds] == ["ST.27", "ST.27", "ST.61", "ST.87", "local"]


def test_patent_codes_are_those_of_the_standard() -> None:
    known = set()
    with (shared_data("codelists") / "st96_v6_enumerations.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["type"] in ("KeyEventCodeType", "DetailedEventCodeType"):
                known.add(row["code"])
    ours = {*codes._KEY, *codes._DETAILED}
    assert len(ours) > 60
    assert ours <= known
    assert {code[0] for code in ours} <= set(codes.CATEGORIES)


@given(st.text(max_size=30), st.sampled_from(["local", "ST.27", "ST.61", "ST.87"]))
def test_any_code_has_a_label(code: str, scheme: str) -> None:
    assert label_of(event(code, scheme)) in {*codes.labels(), code}
