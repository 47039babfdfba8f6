"""The seal of a PDF: a signed note about all of its bytes, in a comment after them, and the bundle attached inside.

A sealed file is the PDF, then exactly

    LF "%comity-seal/1 " base64(signed note) LF "startxref" LF offset LF "%%EOF" LF

where `offset` repeats the PDF's own last one (ISO 32000-1 §7.5.5), so that readers open it as before. The note
(C2SP signed-note) has one signature over `comity/seal/1` LF `{"sha256":…,"size":…}` LF. No byte is outside: those of
the PDF are under the digest, those of the seal have one form only.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass

from comity.kernel import canonical
from comity.kernel.bundle import MAX_BYTES, PREFIX
from comity.kernel.errors import FormatError, VerificationError
from comity.kernel.notes import Note, SigningKey, parse_note, sign_note
from comity.kernel.wire import b64, unb64

SEAL_KIND = "comity/seal/1"
MARK = b"\n%comity-seal/1 "
MAX_SEAL = 4096
MAX_ATTACHED = 16
MAX_HEAD = 2048  # of the dictionary of an attached file

_OFFSET = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_TAIL = re.compile(rb"\n%comity-seal/1 ([A-Za-z0-9+/=]{1,4000})\nstartxref\n(0|[1-9]\d{0,9})\n%%EOF\n", re.DOTALL)
_FILE = re.compile(rb"/Type\s*/EmbeddedFile(?![A-Za-z])")
_START = re.compile(rb">>\s*stream\r?\n")
_LENGTH = re.compile(rb"/Length\s+(\d{1,10})(?!\s+\d+\s+R)")


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """A PDF whose bytes have the digest that its seal names; the seal's signature is still to be verified."""

    pdf: bytes
    note: Note
    attachments: tuple[bytes, ...]


def is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-")


def seal(pdf: bytes, key: SigningKey) -> bytes:
    """The PDF with a seal by `key` after it; FormatError if it is no PDF or is sealed already."""
    offset = _last_offset(pdf)
    if _TAIL.search(pdf[-MAX_SEAL:]):
        raise FormatError("The PDF is sealed already.", remedy="Seal the document as it was made.")
    said = canonical.encode({"sha256": hashlib.sha256(pdf).hexdigest(), "size": len(pdf)}).decode()
    return pdf + _block(sign_note(f"{SEAL_KIND}\n{said}\n", key).encode(), offset)


def open_sealed(data: bytes) -> SealedPdf:
    """The PDF, its seal and the bundles attached to it.

    FormatError: no PDF, no seal, or a seal in another form; VerificationError: bytes other than those sealed.
    """
    if not is_pdf(data):
        raise FormatError("The file is not a PDF.")
    at = data.rfind(MARK)
    if at < 0:
        raise FormatError("The PDF carries no seal.", remedy="Ask the office for the document that it issued.")
    tail = _TAIL.fullmatch(data, at)
    if tail is None:
        raise FormatError("The seal has not the form of a seal, or something follows it.")
    pdf, raw = data[:at], unb64(tail[1].decode(), place="seal")
    note = parse_note(raw)
    if len(note.signatures) != 1:
        raise FormatError("A seal has exactly one signature.")
    kind, _, text = note.text.partition("\n")
    said = canonical.decode(text[:-1].encode()) if text.endswith("\n") else None
    if kind != SEAL_KIND or not isinstance(said, dict) or set(said) != {"sha256", "size"}:
        raise FormatError("The note in the seal does not name a document.")
    if said["size"] != len(pdf) or said["sha256"] != hashlib.sha256(pdf).hexdigest():
        raise VerificationError(
            "The document is not the one that was sealed: it was changed after the seal.",
            remedy="Ask the office for the document that it issued.",
        )
    if data[at:] != _block(raw, _last_offset(pdf)):
        raise FormatError("The seal has not the form of a seal.")
    return SealedPdf(pdf, note, attached_bundles(pdf))


def attached_bundles(pdf: bytes) -> tuple[bytes, ...]:
    """The embedded files (ISO 32000-1 §7.11.4) that start as a proof bundle does, unpacked, each of 8 MiB at most.

    FormatError for more than 16 of any kind: anybody may have a file verified, so what it costs is bounded.
    """
    found = []
    for number, mark in enumerate(_FILE.finditer(pdf)):
        if number >= MAX_ATTACHED:
            raise FormatError(f"The PDF has more than {MAX_ATTACHED} attached files.", remedy="No extract has.")
        start = _START.search(pdf, mark.end(), mark.end() + MAX_HEAD)
        if start is None:
            continue
        before = max(mark.start() - MAX_HEAD, 0)
        head = pdf[max(pdf.rfind(b" obj", before, mark.start()), before) : start.start()]
        if b"/FlateDecode" in head:
            content = _inflate(pdf[start.end() : start.end() + MAX_BYTES])
        else:
            length = _LENGTH.search(head)
            content = pdf[start.end() : start.end() + min(int(length[1]), MAX_BYTES)] if length else b""
        if content.startswith(PREFIX):
            found.append(content)
    return tuple(found)


def _inflate(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise FormatError("A file attached to the PDF cannot be unpacked.") from error
    if len(content) > MAX_BYTES:
        raise FormatError(f"A file attached to the PDF is larger than {MAX_BYTES} bytes.")
    return content


def _last_offset(pdf: bytes) -> int:
    match = _OFFSET.search(pdf[-1024:]) if is_pdf(pdf) else None
    if match is None:
        raise FormatError("The file does not begin and end as a PDF does.")
    return int(match[1])


def _block(note: bytes, offset: int) -> bytes:
    return MARK + f"{b64(note)}\nstartxref\n{offset}\n%%EOF\n".encode()
