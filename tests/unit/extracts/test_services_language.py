"""An extract is in the language that was asked for, whatever the reader's page is in."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.utils import translation

from comity.extracts.services import extract_bundle, extract_pdf
from comity.kernel.bundle import parse_bundle, parse_statement
from comity.kernel.verify import verify_file
from comity.registers import labels
from tests import node

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_statement_and_page_are_in_the_language_asked_for(settings: Any, tmp_path: Path, language: str) -> None:
    journal = node.set_up(settings, tmp_path)
    node.tell(journal, node.MARK)
    node.sequence(journal)
    reader = node.user("reader", "viewer")
    with translation.override("ru" if language == "en" else "en"):
        _, bundle = extract_bundle(reader, "BY/trademark/74512", day=date(2026, 11, 22), language=language)
        _, pdf = extract_pdf(reader, "BY/trademark/74512", day=date(2026, 11, 22), language=language)
    claim = parse_statement(parse_bundle(bundle).statement)[1].claim
    with translation.override(language):
        word, since = labels.status("in_force"), labels.day("2021-05-14")
    assert claim.language == language
    assert claim.sentence.startswith(word)
    assert since in claim.sentence
    assert pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == language
    assert verify_file(pdf).facts["statement"]["language"] == language
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert {"en": "No. 74 512", "ru": "№ 74 512", "be": "№ 74 512"}[language] in page
    assert {"en": "Extract from", "ru": "Выписка из", "be": "Выпіска з"}[language] in page
