"""Cosignatures bind a witness, a time and the whole checkpoint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.cosignature import add_lines, cosign, cosignature_time, verify_cosignature
from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.notes import (
    KIND_COSIGNATURE,
    KIND_ED25519,
    MAX_SIGNATURES,
    Signature,
    SigningKey,
    VerifierKey,
    parse_line,
    parse_note,
    verify_note,
)
from comity.kernel.wire import unb64
from tests.unit.kernel.logs import LOG, WITNESS
from tests.unit.kernel.test_checkpoint import MONKEYS, MONKEYS_8

TEXT = Checkpoint(LOG.name, 3, bytes(32)).text()
SIGNED = sign_checkpoint(Checkpoint(LOG.name, 3, bytes(32)), LOG)


def test_the_published_line_has_this_identifier_and_time() -> None:
    line = parse_line(
        "— witness.example jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWX"
        "EhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    assert line.keyid.hex() == "8d66cf3f"
    assert cosignature_time(line) == 1679315147


def test_a_known_key_cosigns_the_published_checkpoint_byte_for_byte() -> None:
    seed = unb64("AaLa/dfyBhyo/m0Z7WCi98ENVZWtrP8pxgRNrx7tIWiA")
    assert seed[0] == KIND_ED25519
    signer = SigningKey("witness", KIND_COSIGNATURE, seed[1:])
    assert str(signer.verifier) == "witness+24b37851+BNYV1Ztajd9BvyjP2HgpwrqYL6TjOwIjGMOq8Bu42xbN"
    plain = SigningKey("witness", KIND_ED25519, seed[1:])
    assert str(plain.verifier) == "witness+f13a86db+AdYV1Ztajd9BvyjP2HgpwrqYL6TjOwIjGMOq8Bu42xbN"
    text = parse_note(MONKEYS_8.encode()).text
    line = cosign(text, signer, 1679315147)
    assert line.line() == (
        "— witness JLN4UQAAAABkGFDL30hyK1zJfcjUteDTTLwHjqqBssk83aRYgcom"
        "nd8bo/7OG1sGbEwpJoabhF3oO+9mYxBnYeQ2iSFGj5xaybB7Aw==\n"
    )
    assert verify_cosignature(text, line, signer.verifier) == 1679315147
    both = parse_note(add_lines(MONKEYS_8.encode(), [line]))
    assert len(verify_note(both, [MONKEYS, signer.verifier])) == 2


@given(st.integers(1, 2**63 - 1), st.integers(0, 575))
def test_a_cosignature_is_refused_after_any_change_of_a_bit(time_s: int, bit: int) -> None:
    good = cosign(TEXT, WITNESS, time_s)
    assert verify_cosignature(TEXT, good, WITNESS.verifier) == cosignature_time(good) == time_s
    data = bytearray(good.data)
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises((SignatureError, NoteError)):
        verify_cosignature(TEXT, Signature(good.name, good.keyid, bytes(data)), WITNESS.verifier)


def test_another_body_is_not_covered() -> None:
    good = cosign(TEXT, WITNESS, 1760000600)
    for text in (
        TEXT.replace("\n3\n", "\n4\n"),
        TEXT.replace(LOG.name, "other.example"),
        Checkpoint(LOG.name, 3, b"\x01" * 32).text(),
    ):
        with pytest.raises(SignatureError):
            verify_cosignature(text, good, WITNESS.verifier)


def test_an_extension_line_is_neither_cosigned_nor_verified() -> None:
    good = cosign(TEXT, WITNESS, 1760000600)
    with pytest.raises(NoteError, match="three lines"):
        cosign(TEXT + "extension\n", WITNESS, 1760000600)
    with pytest.raises(NoteError, match="three lines"):
        verify_cosignature(TEXT + "extension\n", good, WITNESS.verifier)


def test_a_plain_key_is_not_a_cosigner_and_a_cosigner_signs_no_plain_note() -> None:
    plain = SigningKey(WITNESS.name, KIND_ED25519, WITNESS.seed)
    with pytest.raises(NoteError):
        cosign(TEXT, plain, 1760000600)
    good = cosign(TEXT, WITNESS, 1760000600)
    with pytest.raises(SignatureError):
        verify_cosignature(TEXT, good, plain.verifier)
    with pytest.raises(SignatureError):
        verify_cosignature(TEXT, Signature(WITNESS.name, plain.verifier.keyid, good.data), plain.verifier)
    naked = Signature(WITNESS.name, WITNESS.verifier.keyid, WITNESS.sign(TEXT.encode()))
    with pytest.raises(NoteError, match="timed cosignature"):
        verify_cosignature(TEXT, naked, WITNESS.verifier)


@pytest.mark.parametrize("time_s", [0, -1, 2**63, 2**64])
def test_a_time_that_no_cosignature_holds_is_refused(time_s: int) -> None:
    with pytest.raises(NoteError):
        cosign(TEXT, WITNESS, time_s)


@pytest.mark.parametrize("time_s", [0, 2**63, 2**64 - 1])
def test_a_received_line_with_such_a_time_is_refused_even_when_well_signed(time_s: int) -> None:
    message = f"cosignature/v1\ntime {time_s}\n{TEXT}".encode()
    line = Signature(WITNESS.name, WITNESS.verifier.keyid, time_s.to_bytes(8, "big") + WITNESS.sign(message))
    with pytest.raises(NoteError):
        verify_cosignature(TEXT, line, WITNESS.verifier)
    with pytest.raises(SignatureError):
        verify_note(parse_note(add_lines(SIGNED, [line])), [LOG.verifier, WITNESS.verifier])


def test_the_line_of_another_witness_is_refused() -> None:
    other = SigningKey("w2.example", KIND_COSIGNATURE, bytes(32))
    good = cosign(TEXT, WITNESS, 1760000600)
    with pytest.raises(SignatureError):
        verify_cosignature(TEXT, good, other.verifier)
    with pytest.raises(SignatureError):
        verify_cosignature(TEXT, good, VerifierKey("w2.example", KIND_COSIGNATURE, WITNESS.verifier.public))


def test_lines_are_added_and_a_fresh_one_takes_the_place_of_the_stale() -> None:
    old, fresh = cosign(TEXT, WITNESS, 1760000600), cosign(TEXT, WITNESS, 1760000700)
    once = add_lines(SIGNED, [old])
    assert once == SIGNED + old.line().encode()
    assert add_lines(once, [fresh]) == SIGNED + fresh.line().encode()
    assert verify_checkpoint(once, [LOG.verifier]).size == 3
    assert parse_checkpoint(once).checkpoint == parse_checkpoint(SIGNED).checkpoint


def test_more_lines_than_are_read_are_not_added() -> None:
    lines = [
        cosign(TEXT, SigningKey(f"w{i}.example", KIND_COSIGNATURE, bytes([i]) * 32), 1) for i in range(MAX_SIGNATURES)
    ]
    assert parse_note(add_lines(SIGNED, lines[:-1])).signatures[-1] == lines[-2]
    with pytest.raises(NoteError):
        add_lines(SIGNED, lines)
