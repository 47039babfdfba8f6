"""Invented words: sayable, in three orthographies, nobody's brand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comity.node.demo.dice import Dice
from comity.node.demo.words import FAMOUS, belarusian, invented, one_letter_off, short_u


@given(st.integers(min_value=0, max_value=10**6))
def test_an_invented_word_holds_no_famous_name(seed: int) -> None:
    word = invented(Dice(seed))
    assert not any(name in word.latin for name in FAMOUS)
    assert word.latin.isascii()
    assert not set("ищъ") & set(word.be)
    assert not any(hard + soft in word.be for hard in "рчшж" for soft in "еі")


def test_belarusian_spelling_follows_its_rules() -> None:
    assert belarusian(["ро", "ви", "та"]) == "равіта"
    assert belarusian(["лав", "рин"]) == "лаўрын"
    assert belarusian(["те", "ле", "вив"]) == "тэлевіў"
    assert short_u("Праграма уліку") == "Праграма ўліку"


@given(st.integers(min_value=0, max_value=10**6))
def test_one_letter_off_changes_exactly_one_place(seed: int) -> None:
    word = invented(Dice(seed)).ru
    other = one_letter_off(Dice(seed, "other"), word)
    assert other != word
    if len(other) == len(word):
        assert sum(a != b for a, b in zip(word, other, strict=True)) == 1
    else:
        assert other == word + word[-1]
