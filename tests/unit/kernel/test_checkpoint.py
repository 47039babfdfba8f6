"""Checkpoints: published vectors, and every other form refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, parse_text, sign_checkpoint, verify_checkpoint
from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.merkle import EMPTY
from comity.kernel.notes import KIND_ED25519, Note, SigningKey, VerifierKey, sign_note
from comity.kernel.wire import b64, unb64
from tests.unit.kernel.logs import LOG, WITNESS

MONKEYS = VerifierKey.parse("monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT")
MONKEYS_5 = (
    "monkeys\n5\n41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=\n\n"
    "— monkeys 202fftzGl3LVoqjXfwCFZZXs8I+5G22+Ek2K0AOyBuSJ/8/CZawNF+6fNlTKOCd622pbzJNkkJFWuw9DbicZCkEx9AY=\n"
)
MONKEYS_8 = (
    "monkeys\n8\nV8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=\n\n"
    "— monkeys 202ffoUEboiQYpHzICeaFmoy3RNviHTpAxYrq/eO4QQVQMvu9UebKBMX2MJC76NLthZaKsnKbCA8GxrjePZhvDCH7Ag=\n"
)
SIGSUM = "sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69"
CHECKPOINT = Checkpoint(LOG.name, 3, bytes(range(32)))
TEXT = CHECKPOINT.text()


@pytest.mark.parametrize(("data", "size"), [(MONKEYS_5, 5), (MONKEYS_8, 8)])
def test_published_checkpoints_verify(data: str, size: int) -> None:
    checkpoint = verify_checkpoint(data.encode(), [MONKEYS])
    assert (checkpoint.origin, checkpoint.size) == ("monkeys", size)
    assert checkpoint.text() == data[: data.index("\n\n") + 1]
    with pytest.raises(SignatureError):
        verify_checkpoint(data.replace(f"\n{size}\n", f"\n{size + 1}\n").encode(), [MONKEYS])


def test_the_published_checkpoint_of_sigsum_is_made_byte_for_byte() -> None:
    key = SigningKey(SIGSUM, KIND_ED25519, b"\x11" + bytes(31))
    root = unb64("HA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    signed = sign_checkpoint(Checkpoint(SIGSUM, 10, root), key)
    line = "gJ2ho0n8F8olcerUF1FFdv235A/5as/coWrpLrtE7ovMeP5whgwouYExowG/lTznxu6OUGjjt5yJQ6bXtTcf718MqAQ="
    assert signed == f"{SIGSUM}\n10\n{b64(root)}\n\n— {SIGSUM} {line}\n".encode()
    assert verify_checkpoint(signed, [key.verifier]).size == 10


def test_the_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint(LOG.name, 0, EMPTY)
    assert empty.text() == f"{LOG.name}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert verify_checkpoint(sign_checkpoint(empty, LOG), [LOG.verifier]) == empty


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_reads_back_and_verifies(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(LOG.name, size, root)
    signed = sign_checkpoint(checkpoint, LOG)
    assert verify_checkpoint(signed, [LOG.verifier]) == checkpoint == parse_checkpoint(signed).checkpoint
    assert parse_checkpoint(signed).raw == signed
    assert parse_text(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        *(
            TEXT.replace("\n3\n", f"\n{size}\n")
            for size in ("010", "-1", "+1", "", " 3", "3 ", str(2**64), str(2**63), "3.0", "x")
        ),
        *(TEXT.replace(b64(CHECKPOINT.root), b64(root)) for root in (bytes(31), bytes(33), b"")),
        TEXT.replace(b64(CHECKPOINT.root), b64(CHECKPOINT.root)[:-1]),
        TEXT + "extension line\n",
        TEXT + "\n",
        TEXT.replace("\n3\n", "\n\n3\n"),
        "\n" + TEXT,
        TEXT[:-1],
        f"{LOG.name}\n3\n",
        TEXT.replace(LOG.name, ""),
        TEXT.replace(LOG.name, "two words"),
        "",
    ],
)
def test_another_form_is_refused_even_when_it_is_well_signed(text: str) -> None:
    with pytest.raises(NoteError):
        parse_text(text)
    if text.endswith("\n"):
        with pytest.raises(NoteError):
            verify_checkpoint(sign_note(text, LOG).encode(), [LOG.verifier])


def test_only_a_key_named_as_the_origin_vouches_for_a_checkpoint() -> None:
    other = SigningKey("other.example/log", KIND_ED25519, bytes(32))
    with pytest.raises(NoteError):
        sign_checkpoint(CHECKPOINT, other)
    forged = sign_note(TEXT, other).encode()
    with pytest.raises(SignatureError):
        verify_checkpoint(forged, [other.verifier, LOG.verifier])
    with pytest.raises(SignatureError, match="is known here"):
        verify_checkpoint(forged, [other.verifier])
    with pytest.raises(SignatureError):
        verify_checkpoint(sign_checkpoint(CHECKPOINT, LOG), [])


def test_a_log_may_sign_with_two_keys_while_it_changes_them() -> None:
    new = SigningKey(LOG.name, KIND_ED25519, b"\x07" * 32)
    signed = sign_checkpoint(CHECKPOINT, LOG, new)
    for keys in ([LOG.verifier], [new.verifier], [LOG.verifier, new.verifier]):
        assert verify_checkpoint(signed, keys) == CHECKPOINT
    assert len(parse_checkpoint(signed).note.signatures) == 2


def test_a_witness_does_not_stand_in_for_the_log() -> None:
    key = SigningKey(LOG.name, WITNESS.kind, WITNESS.seed)
    with pytest.raises(NoteError):
        sign_checkpoint(CHECKPOINT, key)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, EMPTY), ("a b", 1, EMPTY), ("a", -1, EMPTY), ("a", 2**63, EMPTY), ("a", 1, b"")],
)
def test_no_checkpoint_is_made_that_could_not_be_read(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(NoteError):
        Checkpoint(origin, size, root)


def test_a_signature_for_one_checkpoint_is_not_one_for_another() -> None:
    note = parse_checkpoint(sign_checkpoint(CHECKPOINT, LOG)).note
    moved = Note(Checkpoint(LOG.name, 4, CHECKPOINT.root).text(), note.signatures).encode()
    with pytest.raises(SignatureError):
        verify_checkpoint(moved, [LOG.verifier])
