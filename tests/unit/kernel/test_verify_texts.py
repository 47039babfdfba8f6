"""The verifier's sentences are complete in each language and take the same parameters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comity.kernel import verify, verify_keys
from comity.kernel.verify_texts import HEADINGS, LANGUAGES, SENTENCES, translate

PARAMETER = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("lang", ["ru", "be"])
def test_a_language_has_every_sentence_with_its_parameters(lang: str) -> None:
    assert LANGUAGES[lang].keys() == SENTENCES.keys()
    assert HEADINGS[lang].keys() == HEADINGS["en"].keys()
    for code, english in SENTENCES.items():
        assert set(PARAMETER.findall(LANGUAGES[lang][code])) == set(PARAMETER.findall(english)), code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sentence_holds_no_other_percent_sign(lang: str) -> None:
    for code, template in LANGUAGES[lang].items():
        assert "%" not in PARAMETER.sub("", template), code


def test_russian_and_belarusian_keep_their_own_letters() -> None:
    assert not re.search(r"[ўіІЎ]", " ".join(LANGUAGES["ru"].values()))
    assert not re.search(r"[ищъИЩЪ]", " ".join(LANGUAGES["be"].values()))


def test_the_verifier_says_every_sentence_and_no_other() -> None:
    source = "".join(Path(str(part.__file__)).read_text(encoding="utf-8") for part in (verify, verify_keys))
    assert set(re.findall(r'"([a-z]+\.[a-z-]+)"', source)) == SENTENCES.keys()


def test_an_unknown_language_is_answered_in_english() -> None:
    assert translate("bundle.form", "pl") == SENTENCES["bundle.form"]
