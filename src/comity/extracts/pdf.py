"""An extract from a register as a sealed PDF: pages made by typst, the proof bundle attached, a seal over all of it.

`render_extract` is a pure function: the same data, bundle and key give the same bytes (with signs that
typst's own faces lack, on the same machine). What it prints it is given as
text in the reader's language; nothing of it is ever read as markup.
"""

from __future__ import annotations

import dataclasses
import datetime
import io
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import segno
import typst

from comity.kernel.bundle import MEDIA_TYPE, SUFFIX
from comity.kernel.errors import FormatError
from comity.kernel.notes import SigningKey
from comity.kernel.pdfseal import seal

IMAGE_SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}
ATTACHMENT = f"proof{SUFFIX}"
# Whether the system's faces are asked too, and the form of PDF: the next is tried where the one before cannot be.
_WAYS: tuple[tuple[bool, Literal["a-3a", "1.7"]], ...] = ((False, "a-3a"), (True, "a-3a"), (True, "1.7"))


@dataclass(frozen=True, slots=True)
class EffectRow:
    """A territory and what is said of the effect there; `effective` sets the row apart in print."""

    territory: str
    sentence: str
    effective: bool = False


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the record: INID code (may be empty), its name, its value; a line feed in the value is a new line."""

    code: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    date: str
    text: str


@dataclass(frozen=True, slots=True)
class PlainRow:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the record by its bytes; `media_type` is one of IMAGE_SUFFIXES, `alt` says what it shows."""

    content: bytes
    media_type: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The words of the form, in the reader's language. `page` holds `{page}` and `{pages}`."""

    extract: str
    status: str
    effect: str
    particulars: str
    history: str
    journal: str
    verify: str
    page: str
    fictional: str
    picture: str
    attachment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractData:
    """All that an extract prints, as display text in one language.

    `journal` has the rows on origin, entry number, checkpoint and cosigners; `journal_codes` those with hashes, which
    are set in the fixed-width face and stay on one line up to 64 characters. `verify_text` are the paragraphs of the
    box on verification; `verify_url` and `leaf` (hex) go into the QR code as `url#leaf`. `issued` is the second that
    becomes the document's date.
    """

    labels: Labels
    language: str
    title: str
    office: str
    party: str
    kind: str
    number: str
    extract_number: str
    status: str
    status_on: str
    issued: datetime.datetime
    issued_text: str
    verify_url: str
    leaf: str
    verify_text: tuple[str, ...]
    effects: tuple[EffectRow, ...] = ()
    fields: tuple[FieldRow, ...] = ()
    history: tuple[HistoryRow, ...] = ()
    journal: tuple[PlainRow, ...] = ()
    journal_codes: tuple[PlainRow, ...] = ()
    pictures: tuple[Picture, ...] = ()
    fictional: bool = False


def render_extract(data: ExtractData, bundle: bytes, key: SigningKey) -> bytes:
    """The sealed PDF of an extract, A4, with `bundle` attached as `proof.comity-proof`.

    FormatError if an image cannot be read or is of a kind that is not printed.
    """
    body = dataclasses.asdict(data)
    files = {"main.typ": _template(), ATTACHMENT: bundle, "qr.svg": _qr(f"{data.verify_url}#{data.leaf}")}
    body["pictures"] = []
    for at, picture in enumerate(data.pictures):
        suffix = IMAGE_SUFFIXES.get(picture.media_type)
        if suffix is None:
            raise FormatError(f"Images of type {picture.media_type} are not printed.", place=f"picture {at}")
        name = f"picture-{at}.{suffix}"
        files[name] = picture.content
        body["pictures"].append({"file": name, "alt": picture.alt or data.labels.picture})
    issued = data.issued.astimezone(datetime.UTC)
    body["issued"] = [issued.year, issued.month, issued.day, issued.hour, issued.minute, issued.second]
    body["attachment"] = {"file": ATTACHMENT, "media_type": MEDIA_TYPE}
    files["data.json"] = json.dumps(body, ensure_ascii=False).encode()
    return seal(compile_pdf(files, issued, data.extract_number), key)


def compile_pdf(files: dict[str, bytes], issued: datetime.datetime, place: str) -> bytes:
    """The PDF/A-3a (ISO 19005-3) of `main.typ` and what it reads.

    Signs that typst's own faces lack are sought in the system's, then shown as gaps.

    PDF/A forbids gaps, so that the last way out is plain PDF 1.7: the text is still in it and can be copied.
    """
    reason = ""
    # typst takes files from memory only if they are text, which pictures are not. An SVG may link files below the root;
    # there is nothing there but what this extract shows.
    with tempfile.TemporaryDirectory(prefix="comity-extract-") as root:
        for name, content in files.items():
            (Path(root) / name).write_bytes(content)
        for system, standard in _WAYS:
            try:
                pdf = typst.compile(
                    str(Path(root) / "main.typ"),
                    root=root,
                    format="pdf",
                    font_paths=_fonts(system),
                    timestamp=issued,
                    pdf_standards=standard,
                )
            except typst.TypstError as error:
                reason = error.message
            else:
                return pdf
    raise FormatError(f"The pages cannot be set: {reason}", place=place)


@cache
def _template() -> bytes:
    return Path(__file__).with_name("template.typ").read_bytes()


@cache
def _fonts(system: bool) -> typst.Fonts:
    """The faces inside typst, Cyrillic with Belarusian letters included, which are the same everywhere; or all."""
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True)


def _qr(text: str) -> bytes:
    """The text as a QR code (ISO/IEC 18004), error correction M, with its quiet zone."""
    target = io.BytesIO()
    segno.make_qr(text, error="m").save(target, kind="svg", border=4, xmldecl=False, svgns=True, nl=False)
    return target.getvalue()
