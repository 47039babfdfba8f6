"""Handling labels are a semilattice: putting things together only ever makes the label stricter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError
from comity.kernel.handling import (
    AMBER,
    CLEAR,
    GREEN,
    LEVELS,
    PASSED_ON,
    RED,
    STRICT,
    Label,
    read_label,
    stricter,
    strictest,
)

CODES = st.frozensets(st.sampled_from(["H1", "H2", "H3", "A.1/B-2"]))
PURPOSES = st.none() | st.frozensets(st.sampled_from(["customs-check", "court", "statistics"]))


@st.composite
def labels(draw: st.DrawFn) -> Label:
    tlp = draw(st.sampled_from(LEVELS))
    return Label(tlp, draw(CODES), draw(PURPOSES), draw(st.booleans()) if tlp in PASSED_ON else False)


@given(labels(), labels(), labels())
def test_order_and_grouping_do_not_matter(a: Label, b: Label, c: Label) -> None:
    assert stricter(a, b) == stricter(b, a)
    assert stricter(a, stricter(b, c)) == stricter(stricter(a, b), c) == strictest([c, a, b])
    assert stricter(a, a) == a


@given(labels(), labels(), labels())
def test_it_is_the_least_label_that_covers_both(a: Label, b: Label, c: Label) -> None:
    both = stricter(a, b)
    assert both.covers(a)
    assert both.covers(b)
    if c.covers(a) and c.covers(b):
        assert c.covers(both)


@given(labels(), labels())
def test_nothing_that_one_withholds_is_granted(a: Label, b: Label) -> None:
    both = stricter(a, b)
    assert LEVELS.index(both.tlp) >= LEVELS.index(a.tlp)
    assert both.codes >= a.codes
    assert not both.onward or (a.onward and b.onward)
    if a.purposes is not None:
        assert both.purposes is not None
        assert both.purposes <= a.purposes
    assert strictest([]).covers(a) == (a == strictest([]))


@given(labels())
def test_a_label_is_written_and_read_back(label: Label) -> None:
    assert read_label(label.to_json()) == label


def test_levels_rise_as_tlp_says() -> None:
    assert (CLEAR, GREEN, AMBER, STRICT, RED) == LEVELS
    assert Label(RED).covers(Label(STRICT))
    assert not Label(AMBER).covers(Label(STRICT))


BAD: list[Any] = [
    None,
    [],
    {},
    {"tlp": "AMBER"},
    {"tlp": "WHITE", "onward": False},
    {"tlp": "RED", "onward": True},
    {"tlp": "AMBER+STRICT", "onward": True},
    {"tlp": "AMBER", "onward": 1},
    {"tlp": "AMBER", "onward": False, "codes": []},
    {"tlp": "AMBER", "onward": False, "codes": ["b"]},
    {"tlp": "AMBER", "onward": False, "codes": ["B", "A"]},
    {"tlp": "AMBER", "onward": False, "codes": "A"},
    {"tlp": "AMBER", "onward": False, "purposes": ["Court"]},
    {"tlp": "AMBER", "onward": False, "purposes": [1]},
    {"tlp": "AMBER", "onward": False, "note": "x"},
]


@pytest.mark.parametrize("body", BAD)
def test_any_other_spelling_is_refused(body: Any) -> None:
    with pytest.raises(FormatError):
        read_label(body)
