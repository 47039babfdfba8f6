"""Text and numbers are compared in one folded form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.text import fold, number_key, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ёлка", "елка"),
        ("ЕЛКА", "елка"),
        ("Вінніца", "винница"),
        ("ў Ў", "у у"),
        ("Й и", "й и"),
        ("\u0438\u0306", "й"),
        ("\u0435\u0308", "е"),
        ("\u0443\u0306", "у"),
        ("сям'я", "сямя"),
        ("сям’я", "сямя"),
        ("сямʼя", "сямя"),
        ("O´Neil", "oneil"),
        ("Société Générale", "societe generale"),
        ("ŁÓDŹ", "lodz"),
        ("Ærø", "aero"),
        ("Straße", "strasse"),
        ("ﬁrma", "firma"),
        ("ＡＢＣ", "abc"),
        ("İstanbul", "istanbul"),
        ("  a\u00a0\t b\n", "a b"),
        ("co\u00adoperate", "cooperate"),
        ("№ 5", "no 5"),
        ("Café 24", "cafe 24"),
        ("Cafe\u0301", "cafe"),
        ("", ""),
    ],
)
def test_text_folds_to_what_is_searched(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_way_for_ascii_gives_what_the_slow_way_gives(text: str) -> None:
    assert fold(text) == fold(text + " \u00e9").removesuffix("e").strip()


@given(st.text(st.sampled_from("абвгдеёжзийклмнопрстуўфхцчшщъыьэюяі ABCxyz")))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("«Ружа-ROSE» №5, O’Neil & Co. a_b") == ["ружа", "rose", "no5", "oneil", "co", "a", "b"]
    assert words("—") == []


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("1 008 824", "1008824"),
        ("1\u00a0008\u202f824", "1008824"),
        ("1.008.824", "1008824"),
        ("30 2019 012 345.6", "302019012345.6"),
        ("by2026-004417", "BY2026-004417"),
        ("BY2026\u2011004417", "BY2026-004417"),
        ("２０２４", "2024"),
        ("2024.123456", "2024.123456"),
        ("12.34", "12.34"),
    ],
)
def test_numbers_are_compared_without_grouping(number: str, key: str) -> None:
    assert number_key(number) == key


@given(st.text(st.sampled_from("0123456789. \u00a0-/AbЯ№\u2013"), max_size=20) | st.text())
def test_a_number_key_is_its_own_key(number: str) -> None:
    assert number_key(number_key(number)) == number_key(number)
