"""Whatever the bytes are, the verifier answers: it does not raise, and it does not call a forgery true."""

from __future__ import annotations

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.kernel import canonical
from comity.kernel.notes import sign_note
from comity.kernel.pdfseal import MARK, seal
from comity.kernel.verify import verify_file
from tests.unit.kernel import proof_world as world
from tests.unit.kernel.test_pdfseal import small_pdf

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "cm", "sha256"]), inner),
    max_leaves=12,
)
BUNDLE = json.loads(world.bundle())
SAID = json.loads(BUNDLE["statement"].split("\n")[1])
SEALED = seal(small_pdf(world.bundle()), world.ISSUER)


@given(st.binary(max_size=300))
def test_noise_is_answered(data: bytes) -> None:
    for start in (b"", b"%PDF-", b'{"checkpoint":"', SEALED[: SEALED.rindex(MARK) + len(MARK)]):
        assert not verify_file(start + data).ok


@settings(max_examples=300)
@given(member=st.sampled_from(sorted(BUNDLE)), value=VALUES)
def test_any_member_of_a_bundle_may_be_anything(member: str, value: object) -> None:
    if BUNDLE[member] != value:
        assert not verify_file(canonical.encode(BUNDLE | {member: value}) + b"\n").ok


@settings(max_examples=300)
@given(member=st.sampled_from(sorted(set(SAID) - {"issued", "language", "origin", "effects", "status"})), value=VALUES)
def test_a_statement_signed_over_anything_must_still_agree(member: str, value: object) -> None:
    if SAID[member] == value or (member == "images" and value == []):
        return
    text = f"comity/statement/1\n{canonical.encode(SAID | {member: value}).decode()}\n"
    statement = sign_note(text, world.ISSUER).encode().decode()
    assert not verify_file(canonical.encode(BUNDLE | {"statement": statement}) + b"\n").ok


@given(value=VALUES)
def test_a_seal_signed_over_anything_must_still_name_the_document(value: object) -> None:
    at = SEALED.rindex(MARK)
    note = sign_note(f"comity/seal/1\n{canonical.encode(value).decode()}\n", world.ISSUER).encode()
    tail = SEALED[SEALED.rindex(b"\nstartxref") :]
    assert not verify_file(SEALED[:at] + MARK + base64.b64encode(note) + tail).ok
