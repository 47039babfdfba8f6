"""Identifiers have one spelling that every node writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError
from comity.kernel.identifiers import (
    APPLICATION,
    COUNTRIES,
    FORMER,
    OFFICES,
    ORGANISATIONS,
    REGISTRATION,
    RightKey,
    office_code,
    origin_hash,
    parse_right_key,
    party_code,
    right_key,
)


def test_keys_of_rights_and_applications() -> None:
    assert right_key("RU", "trademark", REGISTRATION, "1008824") == "RU/trademark/1008824"
    assert right_key("RU", "trademark", APPLICATION, "2024769869") == "RU/trademark/app:2024769869"
    assert parse_right_key("RU/trademark/app:2024769869") == RightKey("RU", "trademark", APPLICATION, "2024769869")


def test_spellings_of_one_number_have_one_key() -> None:
    keys = {
        right_key("RU", "trademark", REGISTRATION, number)
        for number in ("1008824", "1 008 824", "1.008.824", "１００８８２４")
    }
    assert keys == {"RU/trademark/1008824"}


NUMBERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(st.sampled_from(sorted(OFFICES)), st.sampled_from([APPLICATION, REGISTRATION]), NUMBERS)
def test_whatever_key_is_made_reads_back(office: str, stage: str, number: str) -> None:
    try:
        key = right_key(office, "utility_model", stage, number)
    except FormatError:
        return
    parts = parse_right_key(key)
    assert (parts.office, parts.kind, parts.stage) == (office, "utility_model", stage)
    assert str(parts) == key == right_key(office, "utility_model", stage, parts.number)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "RU",
        "RU/trademark",
        "RU/trademark/",
        "RU/trademark/app:",
        "ru/trademark/1",
        "QQ/trademark/1",
        "RU/Trademark/1",
        "RU//1",
        "RU/trademark/1 0",
        "RU/trademark/a",
        "RU/trademark/app:app:1",
        "RU/trademark/1:2",
        "RU/trademark/1\n",
        " RU/trademark/1",
    ],
)
def test_other_spellings_of_a_key_are_refused(key: str) -> None:
    with pytest.raises(FormatError):
        parse_right_key(key)


@pytest.mark.parametrize(
    ("office", "kind", "stage", "number"),
    [
        ("QQ", "trademark", REGISTRATION, "1"),
        ("RU", "trade mark", REGISTRATION, "1"),
        ("RU", "trademark", "granted", "1"),
        ("RU", "trademark", REGISTRATION, " "),
        ("RU", "trademark", REGISTRATION, "1" * 81),
        ("RU", "trademark", REGISTRATION, "app:1"),
    ],
)
def test_no_key_is_made_of_wrong_parts(office: str, kind: str, stage: str, number: str) -> None:
    with pytest.raises(FormatError):
        right_key(office, kind, stage, number)


def test_a_number_may_hold_a_slash() -> None:
    key = right_key("TR", "trademark", APPLICATION, "2019/12345")
    assert parse_right_key(key).number == "2019/12345"


def test_the_codes_of_offices_and_parties() -> None:
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isalpha() and code.isupper() and code.isascii() for code in OFFICES)
    assert not COUNTRIES & ORGANISATIONS
    assert not COUNTRIES & FORMER
    assert {"BY", "RU", "KZ", "AM", "KG"} <= COUNTRIES
    assert {"EA", "EP", "EM", "WO", "IB", "BX"} <= ORGANISATIONS
    for code in ("BY", "EA", "SU"):
        assert office_code(code) == code
    for code in ("by", "BLR", "", "ZZ", "UK"):
        with pytest.raises(FormatError):
            office_code(code)
    assert party_code("BY") == "BY"
    for code in ("SU", "XX", "ZZ"):
        with pytest.raises(FormatError):
            party_code(code)


def test_the_folder_of_a_log_is_the_hash_of_its_origin() -> None:
    assert origin_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert origin_hash("журнал.example") != origin_hash("journal.example")
