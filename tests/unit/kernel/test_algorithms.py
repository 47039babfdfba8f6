"""The port of national algorithms: keys of type 0xff name one, and one that computes wrongly is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from comity.kernel import algorithms
from comity.kernel.algorithms import KIND_NATIONAL, Ed25519, Secret, register, registered, unregister
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.errors import ConfigurationError, NoteError, SignatureError
from comity.kernel.notes import SigningKey, VerifierKey, parse_note, verify_note
from comity.kernel.wire import b64
from tests.unit.kernel.logs import LOG

NAME = "test2026-256/sha256"
CHECKPOINT = Checkpoint(LOG.name, 3, bytes(range(32)))


class Hashed(Ed25519):
    """Ed25519 over the SHA-256 of the message: a stranger's algorithm as the port sees it."""

    name = NAME
    vector = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    class _Secret:
        def __init__(self, secret: Secret) -> None:
            self._secret = secret
            self.public = secret.public

        def sign(self, message: bytes) -> bytes:
            return self._secret.sign(hashlib.sha256(message).digest())

    def open(self, seed: bytes) -> Secret:
        return self._Secret(super().open(seed))

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return super().verify(public, hashlib.sha256(message).digest(), signature)

    def self_test(self) -> None:
        if hashlib.sha256(b"abc").hexdigest() != self.vector:
            raise ConfigurationError("SHA-256 of 'abc' is not the published one.", remedy="Repair the library.")


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    unregister(NAME)


def test_a_key_names_its_algorithm_and_signs_beside_the_log_key() -> None:
    register(Hashed())
    assert NAME in registered()
    key = SigningKey.generate(LOG.name, KIND_NATIONAL, NAME)
    text = str(key.verifier)
    assert VerifierKey.parse(text) == key.verifier
    assert key.verifier.public.startswith(NAME.encode() + b"\0")
    assert key.verifier.keyid == hashlib.sha256(f"{LOG.name}\n".encode() + b"\xff" + key.verifier.public).digest()[:4]
    signed = sign_checkpoint(CHECKPOINT, LOG, key)
    assert len(verify_note(parse_note(signed), [LOG.verifier, key.verifier])) == 2
    assert verify_checkpoint(signed, [key.verifier]) == CHECKPOINT
    assert SigningKey.parse(key.private()).verifier == key.verifier


def test_a_changed_text_is_refused_under_a_national_key() -> None:
    register(Hashed())
    key = SigningKey.generate(LOG.name, KIND_NATIONAL, NAME)
    signed = sign_checkpoint(CHECKPOINT, LOG, key).replace(b"\n3\n", b"\n4\n")
    with pytest.raises(SignatureError):
        verify_checkpoint(signed, [key.verifier])


def test_who_has_no_adapter_still_verifies_the_rest() -> None:
    register(Hashed())
    key = SigningKey.generate(LOG.name, KIND_NATIONAL, NAME)
    signed = sign_checkpoint(CHECKPOINT, LOG, key)
    unregister(NAME)
    assert verify_checkpoint(signed, [LOG.verifier]) == CHECKPOINT
    with pytest.raises(NoteError, match="test2026-256/sha256' of this key is not supported here"):
        VerifierKey.parse(str(key.verifier))


def test_an_adapter_that_fails_its_self_test_is_refused_and_says_so() -> None:
    class Broken(Hashed):
        vector = "00" * 32

    with pytest.raises(ConfigurationError, match=r"is not used, because its self-test failed\. SHA-256 of 'abc'"):
        register(Broken())
    assert NAME not in registered()


@pytest.mark.parametrize("name", ["", "two words", "нац", "a\0b", "x" * 101])
def test_a_name_that_cannot_stand_in_a_key_is_refused(name: str) -> None:
    broken = Hashed()
    broken.name = name  # type: ignore[misc]
    with pytest.raises(ConfigurationError, match="cannot identify"):
        register(broken)


@pytest.mark.parametrize("data", [b"\xff", b"\xffno-end", b"\xff\0key", b"\xffunknown/hash\0key", b"\xff\xd0\x96\0k"])
def test_a_key_of_no_known_algorithm_is_refused(data: bytes) -> None:
    with pytest.raises(NoteError, match="not supported here"):
        VerifierKey.parse(f"a.example+00000000+{b64(data)}")


@pytest.mark.parametrize("kind", [0, 2, 3, 5, 7, 0xFA, 0xFE])
def test_other_types_are_refused(kind: int) -> None:
    with pytest.raises(NoteError, match="not supported"):
        VerifierKey.parse(f"a.example+00000000+{b64(bytes([kind]) + bytes(32))}")
    with pytest.raises(NoteError, match="not supported"):
        SigningKey("a.example", kind, bytes(32))


def test_the_built_in_algorithms_compute_published_vectors() -> None:
    for kind in (1, 4, 6):
        algorithms.resolve(kind, b"")[0].self_test()
