"""A fictional extract in three languages, for the tests of the form."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from comity.extracts.pdf import EffectRow, ExtractData, FieldRow, HistoryRow, Labels, Picture, PlainRow

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    b'<circle cx="5" cy="5" r="4" fill="none" stroke="#222"/></svg>'
)
LEAF = "5f" * 32
URL = "https://comity.office-a.example/verify"

LABELS = {
    "en": Labels(
        extract="Extract from the register",
        status="Status on",
        effect="Effect",
        particulars="Particulars",
        history="History",
        journal="Place in the journal",
        verify="How to verify",
        page="Page {page} of {pages}",
        fictional="FICTIONAL RECORD",
        picture="Image",
        attachment="Proof bundle",
    ),
    "ru": Labels(
        extract="Выписка из реестра",
        status="Статус на",
        effect="Действие",
        particulars="Сведения",
        history="История",
        journal="Место в журнале",
        verify="Как проверить",
        page="Страница {page} из {pages}",
        fictional="ВЫМЫШЛЕННАЯ ЗАПИСЬ",
        picture="Изображение",
        attachment="Пакет доказательств",
    ),
    "be": Labels(
        extract="Выпіска з рэестра",
        status="Статус на",
        effect="Дзеянне",
        particulars="Звесткі",
        history="Гісторыя",
        journal="Месца ў журнале",
        verify="Як праверыць",
        page="Старонка {page} з {pages}",
        fictional="ВЫДУМАНЫ ЗАПІС",
        picture="Выява",
        attachment="Пакет доказаў",
    ),
}


def extract(language: str = "en", **changes: Any) -> ExtractData:
    data = ExtractData(
        labels=LABELS[language],
        language=language,
        title="Лісцвень ў лесе · ЁЛКА · LISTVEN",
        office="Office A of Example",
        party="Russia",
        kind="Trademark",
        number="No. 1008824",
        extract_number="E-2026-000417",
        status="Registered, in force until 14 May 2034",
        status_on="22 November 2026",
        issued=datetime.datetime(2026, 11, 22, 15, tzinfo=datetime.UTC),
        issued_text="Issued 22 November 2026, 15:00:00 UTC",
        verify_url=URL,
        leaf=LEAF,
        verify_text=("The proof is attached to this file.", "The paper alone proves nothing."),
        effects=(EffectRow("Russia", "In force.", True), EffectRow("Belarus", "No effect: protects in Russia only.")),
        fields=(FieldRow("151", "Registered", "3 March 2025"), FieldRow("732", "Holder", "ООО «Листвень»\nMoscow")),
        history=(HistoryRow("3 March 2025", "Registered"),),
        journal=(PlainRow("Entry", "48 213"),),
        journal_codes=(PlainRow("Leaf hash", LEAF),),
        pictures=(Picture(SVG, "image/svg+xml", "A ring"),),
    )
    return dataclasses.replace(data, **changes)
