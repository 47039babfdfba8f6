"""Numbers of applications and rights: what is warned about, and how people read them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.numbers import check_number, display_number
from comity.registers.domain.record import KINDS


@pytest.mark.parametrize(
    ("office", "kind", "stage", "number"),
    [
        ("RU", "trademark", "application", "2024769869"),
        ("RU", "invention", "application", "2000100001"),
        ("RU", "invention", "application", "96100001"),
        ("RU", "invention", "application", "92000001/28"),
        ("RU", "invention", "application", "00100001"),
        ("RU", "invention", "right", "2712345"),
        ("RU", "invention", "right", "2712345 C1"),
        ("RU", "invention", "right", "2712345A3"),
        ("RU", "utility_model", "right", "212345"),
        ("RU", "utility_model", "right", "212345 U1"),
        ("RU", "computer_program", "right", "940274"),
        ("RU", "computer_program", "application", "940178"),
        ("EA", "invention", "application", "202012345"),
        ("EA", "industrial_design", "application", "202140001"),
        ("BY", "trademark", "right", "77123"),
        ("BY", "trademark", "application", "20231234"),
        ("BY", "invention", "application", "a 20230001"),
        ("KZ", "copyright_work", "right", "0010732"),
        ("XX", "trademark", "right", "Q1234"),
    ],
)
def test_real_number_passes(office: str, kind: Any, stage: Any, number: str) -> None:
    assert check_number(office, kind, stage, number) == []


@pytest.mark.parametrize(
    ("office", "kind", "stage", "number", "word"),
    [
        ("RU", "trademark", "application", "12345", "ten digits"),
        ("RU", "trademark", "application", "1999123456", "ten digits"),
        ("RU", "invention", "application", "91000001", "ten digits"),
        ("RU", "invention", "right", "12345678", "seven digits"),
        ("RU", "invention", "right", "2712345 U1", "kind codes"),
        ("RU", "utility_model", "right", "1234567", "six digits"),
        ("RU", "utility_model", "right", "123456 C1", "U1"),
        ("EA", "invention", "application", "2020123456", "nine digits"),
        ("EA", "industrial_design", "application", "202150001", "digit 4"),
        ("BY", "trademark", "right", "", "empty"),
        ("BY", "trademark", "right", "  ", "empty"),
        ("BY", "trademark", "right", "no", "no digit"),
        ("BY", "trademark", "right", "1\u200b2", "cannot be seen"),
        ("BY", "trademark", "right", "1" * 65, "longer"),
    ],
)
def test_odd_number_is_warned_about(office: str, kind: Any, stage: Any, number: str, word: str) -> None:
    assert any(word in warning for warning in check_number(office, kind, stage, number))


@pytest.mark.parametrize(
    ("office", "kind", "stage", "number", "shown"),
    [
        ("RU", "trademark", "right", "1008824", "1 008 824"),
        ("RU", "trademark", "application", "2024769869", "2024 769 869"),
        ("RU", "invention", "application", "96100001", "96 100 001"),
        ("RU", "invention", "right", "2712345 C1", "2712345 C1"),
        ("RU", "computer_program", "right", "2007610001", "2007 610 001"),
        ("BY", "trademark", "right", "77123", "77 123"),
        ("BY", "industrial_design", "right", "5518", "5 518"),
        ("BY", "trademark", "right", "123", "123"),
        ("EA", "invention", "application", "202012345", "2020 12345"),
        ("KZ", "copyright_work", "right", "0010732", "0010732"),
        ("US", "invention", "right", "D0654321", "D0654321"),
    ],
)
def test_number_is_grouped_for_people(office: str, kind: Any, stage: Any, number: str, shown: str) -> None:
    assert display_number(office, kind, stage, number) == shown


@given(
    st.sampled_from(["BY", "RU", "EA", "US", "XX"]),
    st.sampled_from(KINDS),
    st.sampled_from(["application", "right"]),
    st.one_of(st.text(max_size=20), st.from_regex(r"[0-9]{1,12}", fullmatch=True)),
)
def test_grouping_loses_nothing_and_no_number_is_refused(office: str, kind: Any, stage: Any, number: str) -> None:
    assert display_number(office, kind, stage, number).replace(" ", "") == number.replace(" ", "")
    assert all(warning.endswith(".") for warning in check_number(office, kind, stage, number))
