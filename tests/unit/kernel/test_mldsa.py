"""Cosignatures of type 06: ML-DSA-44 beside Ed25519, on checkpoints of three lines only."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from comity.kernel import algorithms
from comity.kernel.algorithms import KIND_COSIGNATURE, KIND_ED25519, KIND_MLDSA, MlDsa44
from comity.kernel.bundle import BundleKey
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.cosignature import add_lines, cosign, cosign_all, verify_cosignature
from comity.kernel.errors import ConfigurationError, NoteError, SignatureError
from comity.kernel.notes import (
    Signature,
    SigningKey,
    VerifierKey,
    keyid,
    parse_line,
    parse_note,
    sign_note,
    subtree_message,
    verify_note,
)
from comity.kernel.verify import verify_file
from comity.kernel.wire import b64
from tests.unit.kernel import proof_world
from tests.unit.kernel.logs import LOG, WITNESS, vectors

TIME = 1760000600
KEY = SigningKey(WITNESS.name, KIND_MLDSA, b"\x03" * 32)
TEXT = Checkpoint(LOG.name, 3, bytes(range(32))).text()


@pytest.fixture(scope="module")
def worked() -> Any:
    return vectors()["worked"]


def test_the_published_key_follows_from_its_seed(worked: Any) -> None:
    assert str(KEY.verifier) == worked["vkeys"]["witness6"]
    assert KEY.verifier.keyid.hex() == "12fe01a0"
    assert VerifierKey.parse(worked["vkeys"]["witness6"]) == KEY.verifier


def test_the_message_is_laid_out_as_published(worked: Any) -> None:
    text = parse_note(worked["checkpoint"].encode()).text
    assert subtree_message(WITNESS.name, TIME, text).hex() == worked["cosig6_message_hex"]


def test_the_published_line_verifies_under_the_published_key(worked: Any) -> None:
    text = parse_note(worked["checkpoint"].encode()).text
    line = parse_line(worked["cosig6_line"].rstrip("\n"))
    assert len(line.data) == 2428
    assert verify_cosignature(text, line, KEY.verifier) == TIME


def test_the_published_line_is_refused_after_a_change_anywhere(worked: Any) -> None:
    text = parse_note(worked["checkpoint"].encode()).text
    line = parse_line(worked["cosig6_line"].rstrip("\n"))
    for at in (7, 8, 40, 1000, 2427):
        data = bytearray(line.data)
        data[at] ^= 1
        with pytest.raises(SignatureError):
            verify_cosignature(text, Signature(line.name, line.keyid, bytes(data)), KEY.verifier)
    with pytest.raises(SignatureError):
        verify_cosignature(text.replace("\n3\n", "\n4\n"), line, KEY.verifier)


def test_a_witness_signs_with_both_keys_at_one_time() -> None:
    lines = cosign_all(TEXT, [WITNESS, KEY], TIME)
    assert [line.name for line in lines] == [WITNESS.name, WITNESS.name]
    signed = add_lines(sign_checkpoint(Checkpoint(LOG.name, 3, bytes(range(32))), LOG), lines)
    assert len(verify_note(parse_note(signed), [LOG.verifier, WITNESS.verifier, KEY.verifier])) == 3
    assert [verify_cosignature(TEXT, line, key.verifier) for line, key in zip(lines, (WITNESS, KEY), strict=True)] == [
        TIME,
        TIME,
    ]


def test_the_name_is_signed_so_another_cosigner_cannot_take_the_line() -> None:
    line = cosign(TEXT, KEY, TIME)
    other = VerifierKey("other.example/w", KIND_MLDSA, KEY.verifier.public)
    with pytest.raises(SignatureError):
        verify_cosignature(TEXT, Signature(other.name, other.keyid, line.data), other)


@pytest.mark.parametrize("time_s", [0, 2**63])
def test_a_time_that_no_checkpoint_may_have_is_refused_even_when_well_signed(time_s: int) -> None:
    with pytest.raises(NoteError):
        cosign(TEXT, KEY, time_s)
    data = time_s.to_bytes(8, "big") + KEY.sign(subtree_message(KEY.name, time_s, TEXT))
    line = Signature(KEY.name, KEY.verifier.keyid, data)
    with pytest.raises(NoteError):
        verify_cosignature(TEXT, line, KEY.verifier)
    assert not KEY.verifier.verify_text(TEXT, data)


def test_an_extension_line_is_neither_cosigned_nor_verified() -> None:
    line = cosign(TEXT, KEY, TIME)
    with pytest.raises(NoteError, match="three lines"):
        cosign(TEXT + "extension\n", KEY, TIME)
    with pytest.raises(NoteError, match="three lines"):
        verify_cosignature(TEXT + "extension\n", line, KEY.verifier)
    assert not KEY.verifier.verify_text(TEXT + "extension\n", line.data)


@pytest.mark.parametrize("cut", [1, 8, 72, 2420, 2427])
def test_a_line_of_another_length_is_refused(cut: int) -> None:
    data = cosign(TEXT, KEY, TIME).data
    for wrong in (data[:cut], data + b"\0"):
        with pytest.raises((NoteError, SignatureError)):
            verify_cosignature(TEXT, Signature(KEY.name, KEY.verifier.keyid, wrong), KEY.verifier)
        assert not KEY.verifier.verify_text(TEXT, wrong)


def test_a_line_of_the_other_kind_of_key_is_refused() -> None:
    ed25519, quantum = cosign_all(TEXT, [WITNESS, KEY], TIME)
    for line, key in ((ed25519, KEY), (quantum, WITNESS)):
        with pytest.raises(SignatureError):
            verify_cosignature(TEXT, Signature(line.name, key.verifier.keyid, line.data), key.verifier)


@pytest.mark.parametrize("size", [0, 32, 1311, 1313])
def test_a_public_key_of_another_length_is_refused(size: int) -> None:
    public = bytes(size)
    text = f"w.example+{keyid('w.example', KIND_MLDSA, public).hex()}+{b64(bytes([KIND_MLDSA]) + public)}"
    with pytest.raises(NoteError, match="1312 bytes"):
        VerifierKey.parse(text)


def test_a_seed_of_another_length_is_refused() -> None:
    for seed in (b"", bytes(31), bytes(33)):
        with pytest.raises(NoteError, match="32 bytes"):
            SigningKey("w.example", KIND_MLDSA, seed)


def test_a_private_key_reads_back_from_its_text() -> None:
    key = SigningKey.generate("w.example/w", KIND_MLDSA)
    again = SigningKey.parse(key.private())
    assert again == key
    assert again.verifier == key.verifier
    assert key.seed.hex() not in repr(key)


def test_a_post_quantum_key_signs_no_plain_note() -> None:
    with pytest.raises(NoteError, match="kind 1 or 255"):
        sign_note("text\n", KEY)


def test_the_library_computes_the_published_key() -> None:
    MlDsa44().self_test()


def test_the_library_is_not_loaded_before_a_key_of_this_kind_is_met() -> None:
    code = (
        "import sys; import comity.kernel.verify, comity.kernel.cosignature; "
        "from comity.kernel.notes import SigningKey, VerifierKey; "
        f"VerifierKey.parse({str(KEY.verifier)!r}); SigningKey('a.example', {KIND_ED25519}, bytes(32)).sign(b''); "
        f"SigningKey('a.example', {KIND_COSIGNATURE}, bytes(32)).sign(b''); "
        "assert not any(name.startswith('cryptography') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_proof_with_both_cosignatures_verifies_and_is_left_open_without_the_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, _, signed = proof_world.tree()
    text = parse_note(signed).text
    holders = (*proof_world.KEYS, BundleKey("witness", "BY", KEY.verifier))
    data = proof_world.bundle(checkpoint=add_lines(signed, [cosign(text, KEY, TIME)]), keys=holders)
    trusted = [holder.key for holder in holders] + [proof_world.ISSUER.verifier]
    report = verify_file(data, trusted=trusted)
    assert report.ok
    assert [check.sentence.code for check in report.checks].count("witness.signed") == 2

    def absent() -> None:
        raise ConfigurationError("There is no library.")

    monkeypatch.setattr(algorithms, "_mldsa_ready", absent)
    report = verify_file(data, trusted=trusted)
    codes = {check.sentence.code: check.ok for check in report.checks if check.name == "witness"}
    assert codes == {"witness.signed": True, "witness.open": None}
    assert report.ok
