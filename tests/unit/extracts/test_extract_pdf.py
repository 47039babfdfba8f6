"""The extract as a document: what it shows, what it carries, and that it is the same each time."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from comity.extracts.pdf import ATTACHMENT, EffectRow, ExtractData, FieldRow, HistoryRow, Picture, render_extract
from comity.kernel.bundle import MEDIA_TYPE
from comity.kernel.errors import FormatError
from comity.kernel.verify import verify_file
from tests.unit.extracts.sample import LABELS, LEAF, SVG, URL, extract
from tests.unit.kernel import proof_world as world


def render(data: ExtractData) -> bytes:
    return render_extract(data, world.bundle(), world.ISSUER)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf), strict=True)


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


@pytest.mark.parametrize("language", LABELS)
def test_an_extract_shows_its_data_and_verifies(language: str) -> None:
    pdf = render(extract(language))
    assert verify_file(pdf).ok
    text = words(pdf)
    labels = LABELS[language]
    for part in (labels.extract, labels.effect, labels.particulars, labels.history, labels.journal, labels.verify):
        assert part in text
    for part in ("Лісцвень ў лесе · ЁЛКА", "No. 1008824", "in force until 14 May 2034", LEAF, URL):
        assert part in text
    assert labels.page.replace("{page}", "1").replace("{pages}", "1") in text
    assert labels.fictional not in text


def test_a_reader_lists_the_bundle_as_an_attachment() -> None:
    reader = read(render(extract()))
    assert dict(reader.attachments) == {ATTACHMENT: [world.bundle()]}
    assert MEDIA_TYPE.replace("/", "#2F").encode() in render(extract())


def test_the_document_names_itself_its_office_its_date_and_its_language() -> None:
    reader = read(render(extract("be")))
    assert reader.metadata is not None
    assert reader.metadata.title == "Выпіска з рэестра · No. 1008824"
    assert reader.metadata.author == "Office A of Example"
    assert reader.metadata.creation_date == extract().issued
    assert str(reader.trailer["/Root"]["/Lang"]) == "be"


def test_the_document_is_an_archival_one_with_tags() -> None:
    pdf = render(extract())
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf


def test_the_same_data_give_the_same_bytes() -> None:
    assert render(extract("ru")) == render(extract("ru"))
    assert render(extract("ru")) != render(extract("ru", extract_number="E-2026-000418"))


@pytest.mark.parametrize(
    "text",
    [
        "*bold* _slant_ `code`",
        "#let x = 1; #x",
        '"); #panic("',
        "$a^2$ @ref <label>",
        "= Heading",
        "// gone",
        "\\u{41} ~ ---",
    ],
)
def test_no_text_is_read_as_markup(text: str) -> None:
    rows = (FieldRow("540", text, text),)
    pdf = render(extract(title=text, status=text, office=text, fields=rows, effects=(EffectRow(text, text),)))
    assert words(pdf).replace(" ", "").count(text.replace(" ", "")) >= 6


def test_a_fictional_record_says_so_on_each_page() -> None:
    rows = tuple(FieldRow("511", "Nice class", f"{i} " + "Cosmetics; soaps; " * 40) for i in range(1, 46))
    reader = read(render(extract(fields=rows, fictional=True)))
    assert len(reader.pages) > 3
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert "FICTIONAL RECORD" in text
        assert f"Page {number} of {len(reader.pages)}" in text
        assert "Trademark No. 1008824 · E-2026-000417" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"pictures": ()},
        {"pictures": (Picture(SVG, "image/svg+xml"),) * 7},
        {"effects": (), "fields": (), "history": (), "journal": (), "journal_codes": (), "pictures": ()},
        {"title": "A method and an apparatus " * 60},
        {"title": "Ж" * 900},
        {"fields": (FieldRow("732", "Ы" * 90, "Ы" * 2000),)},
        {"history": (HistoryRow("3 March 2025", "Recorded. " * 300),) * 30},
        {"status": "x " * 400, "office": "Министерство " * 12},
    ],
)
def test_a_page_holds_whatever_the_record_has(changes: dict[str, object]) -> None:
    pdf = render(extract(**changes))
    assert verify_file(pdf).ok
    for page in read(pdf).pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_a_word_without_end_stays_on_the_page() -> None:
    rows = (FieldRow("732", "Ы" * 90, "Щ" * 900),)
    pdf = render(extract(title="Ж" * 900, fields=rows, effects=(EffectRow("Ю" * 60, "Ф" * 300),)))
    text = "".join(page.extract_text() for page in read(pdf).pages).replace("\u200b", "")
    for sign, count, most in (("Ж", 900, 50), ("Ы", 90, 25), ("Щ", 900, 60), ("Ю", 60, 25), ("Ф", 300, 60)):
        assert text.count(sign) == count
        assert sign * most not in text


def test_signs_that_no_face_has_do_not_stop_an_extract() -> None:
    pdf = render(extract(title="中文商标 😀 \U00012000"))
    assert verify_file(pdf).ok


def test_letters_of_the_registers_stay_archival() -> None:
    pdf = render(extract(title="Қазақ әңғөұүһ · Հայաստան · საქართველო · Łódź · Беларусь ўіё"))
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert "Հայաստան · საქართველო" in words(pdf)


@pytest.mark.parametrize(
    ("content", "media_type"), [(b"no picture", "image/png"), (SVG, "application/pdf"), (b"<svg", "image/svg+xml")]
)
def test_what_is_no_picture_is_refused(content: bytes, media_type: str) -> None:
    with pytest.raises(FormatError):
        render(extract(pictures=(Picture(content, media_type),)))


def test_a_picture_cannot_draw_in_a_file_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.svg").write_bytes(SVG)
    monkeypatch.chdir(tmp_path)
    for name in ("secret.svg", str(tmp_path / "secret.svg"), f"file://{tmp_path}/secret.svg"):
        linking = (
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="%s" width="9" height="9"/></svg>' % name.encode()
        )
        with pytest.raises(FormatError):
            render(extract(pictures=(Picture(linking, "image/svg+xml"),)))
