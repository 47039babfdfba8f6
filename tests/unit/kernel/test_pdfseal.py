"""The seal of a PDF, on a document small enough to be written by hand."""

from __future__ import annotations

import zlib

import pytest

from comity.kernel.errors import FormatError, VerificationError
from comity.kernel.notes import verify_note
from comity.kernel.pdfseal import MARK, attached_bundles, open_sealed, seal
from tests.unit.kernel import proof_world as world


def small_pdf(*attached: bytes, packed: bool = True, extra: bytes = b"") -> bytes:
    out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n" + extra
    for at, content in enumerate(attached, 3):
        stream = zlib.compress(content) if packed else content
        packing = b"/Filter/FlateDecode" if packed else b""
        out += b"%d 0 obj\n<</Length %d/Type/EmbeddedFile%s>>\nstream\n" % (at, len(stream), packing)
        out += stream + b"\nendstream\nendobj\n"
    return out + b"xref\n0 1\n0000000000 65535 f\ntrailer\n<</Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % out.rindex(
        b"endobj"
    )


def test_a_sealed_document_opens_to_the_same_bytes_and_note() -> None:
    pdf = small_pdf(world.bundle(), b"another file")
    sealed = open_sealed(seal(pdf, world.ISSUER))
    assert sealed.pdf == pdf
    assert verify_note(sealed.note, [world.ISSUER.verifier])
    assert sealed.attachments == (world.bundle(),)


@pytest.mark.parametrize("packed", [True, False])
def test_an_attached_bundle_is_found_packed_or_not(packed: bool) -> None:
    assert attached_bundles(small_pdf(world.bundle(), packed=packed)) == (world.bundle(),)


def test_what_is_called_an_embedded_file_and_is_none_is_passed_over() -> None:
    extra = b"<</Names<</EmbeddedFiles<</Names[]>>>>>> /Type/EmbeddedFile nothing follows"
    assert attached_bundles(small_pdf(extra=extra)) == ()


def test_a_bomb_is_refused() -> None:
    with pytest.raises(FormatError, match="larger"):
        attached_bundles(small_pdf(bytes(9 * 1024 * 1024)))


@pytest.mark.parametrize("mark", [b"/Type /EmbeddedFile >> stream\n", b"/Type/EmbeddedFile "])
def test_work_for_a_hostile_file_does_not_grow_with_its_attachments(mark: bytes) -> None:
    # 20,000 marks without an object before them took 18 seconds when each looked back to the file's beginning.
    with pytest.raises(FormatError, match="more than 16 attached files"):
        open_sealed(seal(small_pdf(extra=mark * 20_000), world.ISSUER))


def test_a_seal_ends_as_a_pdf_does() -> None:
    pdf = small_pdf()
    tail = seal(pdf, world.ISSUER)[len(pdf) :]
    assert tail.startswith(MARK)
    assert tail.endswith(pdf[pdf.rindex(b"startxref") :] + b"\n")


def test_a_document_is_sealed_once() -> None:
    with pytest.raises(FormatError, match="already"):
        seal(seal(small_pdf(), world.ISSUER), world.ISSUER)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"no pdf startxref\n0\n%%EOF\n", small_pdf()[:-3]])
def test_what_is_no_pdf_is_not_sealed(data: bytes) -> None:
    with pytest.raises(FormatError):
        seal(data, world.ISSUER)


def test_a_document_without_a_seal_is_refused() -> None:
    with pytest.raises(FormatError, match="no seal"):
        open_sealed(small_pdf())


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"%%EOF\n", b"%%EOF\n "), (b"%%EOF\n", b"%%EOF"), (b"\nstartxref\n", b"\nstartxref\n0"), (MARK, MARK + b" ")],
)
def test_a_seal_in_another_form_is_refused(old: bytes, new: bytes) -> None:
    data = seal(small_pdf(), world.ISSUER)
    at = data.rindex(MARK)
    with pytest.raises(FormatError):
        open_sealed(data[:at] + data[at:].replace(old, new))


def test_an_update_after_the_seal_is_refused() -> None:
    data = seal(small_pdf(), world.ISSUER)
    with pytest.raises(FormatError):
        open_sealed(data + b"1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n")


def test_a_changed_document_is_named_as_such() -> None:
    data = bytearray(seal(small_pdf(), world.ISSUER))
    data[20] ^= 1
    with pytest.raises(VerificationError, match="changed"):
        open_sealed(bytes(data))


def test_the_offset_in_the_seal_must_be_the_documents_own() -> None:
    pdf = small_pdf()
    data = seal(pdf, world.ISSUER)
    head, _, tail = data.rpartition(b"startxref\n")
    with pytest.raises(FormatError):
        open_sealed(head + b"startxref\n1" + tail)
