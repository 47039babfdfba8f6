"""GOST R 34.10-2012 by OpenSSL's engine, as a national algorithm of keys of type ff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from comity.journal.adapters import gost
from comity.kernel.algorithms import KIND_NATIONAL, register, registered, unregister
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.errors import ConfigurationError, NoteError, SignatureError
from comity.kernel.notes import SigningKey, VerifierKey, parse_note, verify_note
from comity.node.apps import use_algorithms
from tests.plugins import needs

ORIGIN = "ip.gov.example/journal"
CHECKPOINT = Checkpoint(ORIGIN, 3, bytes(range(32)))
LOG = SigningKey(ORIGIN, 1, b"\x01" * 32)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    unregister(gost.NAME)


@pytest.fixture
def key() -> SigningKey:
    needs.gost()
    register(gost.Gost())
    return SigningKey.generate(ORIGIN, KIND_NATIONAL, gost.NAME)


def test_it_computes_the_published_vectors() -> None:
    needs.gost()
    gost.Gost().self_test()


def test_the_key_of_the_published_example_is_its_point() -> None:
    needs.gost()
    secret = gost._GostSecret(gost._private(bytes.fromhex(gost._D), gost._TEST_CURVE))
    # RFC 7091, example 1: x and y of the public key, here little-endian.
    assert secret.public[:32][::-1].hex() == "7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b"
    assert secret.public[32:][::-1].hex() == "26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da"


def test_a_checkpoint_bears_both_signatures(key: SigningKey) -> None:
    signed = sign_checkpoint(CHECKPOINT, LOG, key)
    again = VerifierKey.parse(str(key.verifier))
    assert len(verify_note(parse_note(signed), [LOG.verifier, again])) == 2
    with pytest.raises(SignatureError):
        verify_checkpoint(signed.replace(b"\n3\n", b"\n4\n"), [again])


def test_a_private_key_reads_back(key: SigningKey) -> None:
    assert SigningKey.parse(key.private()).verifier == key.verifier
    assert key.seed.hex() not in repr(key)


@pytest.mark.parametrize("public", [bytes(64), b"\xff" * 64, bytes(63), bytes(65)])
def test_what_is_no_point_of_the_curve_is_no_key(key: SigningKey, public: bytes) -> None:
    data = gost.NAME.encode() + b"\0" + public
    text = str(VerifierKey(ORIGIN, KIND_NATIONAL, data))
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


@pytest.mark.parametrize("cut", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(key: SigningKey, cut: int) -> None:
    signature = key.sign(b"message")
    assert key.verifier.verify(b"message", signature)
    assert not key.verifier.verify(b"message", (signature + b"\0")[:cut])


@pytest.mark.parametrize("seed", [b"", bytes(32), b"\xff" * 32, bytes(31)])
def test_a_number_outside_the_group_is_no_seed(seed: bytes) -> None:
    with pytest.raises(NoteError):
        gost.Gost().open(seed)


def test_a_library_that_computes_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    needs.gost()
    monkeypatch.setattr(gost, "_S", gost._R)
    with pytest.raises(ConfigurationError, match="is not used, because its self-test failed"):
        register(gost.Gost())
    assert gost.NAME not in registered()


def test_a_machine_without_openssl_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="Install"):
        register(gost.Gost())


def test_the_setting_names_adapters() -> None:
    needs.gost()
    use_algorithms(["gost"])
    assert gost.NAME in registered()
    with pytest.raises(ConfigurationError, match="no adapter 'bign'"):
        use_algorithms(["bign"])
