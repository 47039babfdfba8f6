"""The signature algorithms that a key may name, and the port through which others join them.

The first byte of a key's bytes names its type (C2SP signed-note, "Signature types"): 1 and 4 are Ed25519 (RFC 8032), 6
is ML-DSA-44 (FIPS 204, with an empty context). Type 0xff is for private use and is followed by an identifier and a zero
byte: that is where an adapter for a national algorithm stands. An adapter computes published vectors when it is
registered, and one that computes otherwise is refused.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from nacl import bindings
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey as Ed25519Key
from nacl.signing import VerifyKey

from comity.kernel.errors import ConfigurationError, NoteError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

KIND_ED25519: Final = 0x01
KIND_COSIGNATURE: Final = 0x04
KIND_MLDSA: Final = 0x06
KIND_NATIONAL: Final = 0xFF
COSIGNING: Final = (KIND_COSIGNATURE, KIND_MLDSA)  # their lines begin with a time and sign checkpoints only
SEED: Final = 32
MAX_IDENTIFIER: Final = 100
_MLDSA_SEED: Final = b"\x03" * SEED
# SHA-256 of the public key that this seed gives.
_MLDSA_PUBLIC: Final = "df5b5f45decfb203862a372b2fe7047bdbfdd7c54b39e8bff3f4b5442795f54b"


class Secret(Protocol):
    """A private key wherever it lies: in memory, behind a national library, in a token."""

    @property
    def public(self) -> bytes:
        """The public key, as the algorithm writes it."""

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`. Raises ConfigurationError where the key cannot be reached."""


class Algorithm(Protocol):
    """One way to sign. A seed is what a key file keeps: enough to open the private key again."""

    @property
    def name(self) -> str:
        """What people call it; for type 0xff the identifier that keys carry, ASCII."""

    def generate(self) -> bytes:
        """A new seed from the system's random source."""

    def open(self, seed: bytes) -> Secret:
        """The private key of a seed; NoteError where it is none."""

    def check(self, public: bytes) -> None:
        """Raises NoteError unless `public` may be trusted to sign: its length, and whether it is a sound key."""

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether `signature` signs exactly `message`; False for a signature of any other form."""

    def self_test(self) -> None:
        """Computes published vectors; raises ConfigurationError that names the one that came out otherwise."""


class _Ed25519Secret:
    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519Key(seed)
        self.public = bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message).signature


class Ed25519:
    """RFC 8032 through PyNaCl alone, so that every node accepts and refuses the same signatures."""

    name = "Ed25519"

    def generate(self) -> bytes:
        return secrets.token_bytes(SEED)

    def open(self, seed: bytes) -> Secret:
        if len(seed) != SEED:
            raise NoteError(f"The seed of an Ed25519 key has {SEED} bytes, this one {len(seed)}.")
        return _Ed25519Secret(seed)

    def check(self, public: bytes) -> None:
        check_point(public)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        try:
            VerifyKey(public).verify(message, signature)
        except BadSignatureError:
            return False
        return True

    def self_test(self) -> None:
        # RFC 8032 §7.1, test 1.
        secret = self.open(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        signature = (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595b"
            "be24655141438e7a100b"
        )
        if secret.sign(b"").hex() != signature:
            raise ConfigurationError("Ed25519 does not sign as RFC 8032 §7.1 does.", remedy="Install PyNaCl again.")


class _MlDsaSecret:
    __slots__ = ("_key", "public")

    def __init__(self, key: MLDSA44PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class MlDsa44:
    """FIPS 204 with an empty context, through `cryptography`, which is imported when a key of this kind is met."""

    name = "ML-DSA-44"
    public_size = 1312
    signature_size = 2420

    def generate(self) -> bytes:
        return secrets.token_bytes(SEED)

    def open(self, seed: bytes) -> Secret:
        if len(seed) != SEED:
            raise NoteError(f"The seed of an ML-DSA-44 key has {SEED} bytes, this one {len(seed)}.")
        _mldsa_ready()
        return _mldsa_secret(seed)

    def check(self, public: bytes) -> None:
        # Every 1312 bytes are a public key: the encoding has no other forms (FIPS 204 §7.2).
        if len(public) != self.public_size:
            raise NoteError(f"An ML-DSA-44 public key has {self.public_size} bytes, this one {len(public)}.")

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        if len(signature) != self.signature_size or len(public) != self.public_size:
            return False
        _mldsa_ready()
        return _mldsa_verify(public, message, signature)

    def self_test(self) -> None:
        secret = _mldsa_secret(_MLDSA_SEED)
        signature = bytearray(secret.sign(b"comity"))
        good = _mldsa_verify(secret.public, b"comity", bytes(signature))
        signature[-1] ^= 1
        bad = _mldsa_verify(secret.public, b"comity", bytes(signature))
        if hashlib.sha256(secret.public).hexdigest() != _MLDSA_PUBLIC or not good or bad:
            raise ConfigurationError(
                "ML-DSA-44 does not compute the published key of its seed, or accepts what it did not sign.",
                remedy="Install the package `cryptography` again, version 50 or newer.",
            )


def _mldsa_secret(seed: bytes) -> _MlDsaSecret:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    return _MlDsaSecret(MLDSA44PrivateKey.from_seed_bytes(seed))


def _mldsa_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@cache
def _mldsa_ready() -> None:
    """Raises ConfigurationError where this Python has no ML-DSA-44, or one that fails its self-test."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: F401
    except ImportError as reason:
        raise ConfigurationError(
            "A key or signature of type 6 (ML-DSA-44) needs a newer library than there is here.",
            remedy="Install it: pip install 'cryptography>=50'.",
        ) from reason
    try:
        MlDsa44().self_test()
    except UnsupportedAlgorithm as reason:
        raise ConfigurationError(
            "The OpenSSL that the package `cryptography` was built with has no ML-DSA-44.",
            remedy="Install the published wheel of `cryptography`, version 50 or newer.",
        ) from reason


def check_point(public: bytes) -> None:
    """Raises NoteError unless `public` is 32 bytes that are a point of prime order: small-order keys accept any
    message.
    """
    if len(public) != 32:
        raise NoteError(f"An Ed25519 public key has 32 bytes, this one {len(public)}.")
    if not bindings.crypto_core_ed25519_is_valid_point(public):
        raise NoteError(
            "This Ed25519 public key is not a point of prime order.", remedy="Ask the key's holder for another key."
        )


_BUILT_IN: Final[dict[int, Algorithm]] = {KIND_ED25519: Ed25519(), KIND_COSIGNATURE: Ed25519(), KIND_MLDSA: MlDsa44()}
_NATIONAL: Final[dict[bytes, Algorithm]] = {}


def register(algorithm: Algorithm) -> None:
    """Let keys of type 0xff name this algorithm; registering one again replaces it.

    Raises ConfigurationError, and registers nothing, where its self-test fails or its name cannot stand in a key.
    """
    name = algorithm.name
    if not name.isascii() or not name.isprintable() or " " in name or not 0 < len(name) <= MAX_IDENTIFIER:
        raise ConfigurationError(
            f"{name[:MAX_IDENTIFIER]!r} cannot identify an algorithm.",
            remedy=f"Use at most {MAX_IDENTIFIER} printable ASCII characters without a space.",
        )
    try:
        algorithm.self_test()
    except ConfigurationError as error:
        error.message = f"The algorithm {name} is not used, because its self-test failed. {error.message}"
        raise
    _NATIONAL[name.encode()] = algorithm


def unregister(name: str) -> None:
    """Forget an algorithm of type 0xff; keys that name it are unknown from now on."""
    _NATIONAL.pop(name.encode(), None)


def registered() -> list[str]:
    """The identifiers of the algorithms of type 0xff that are in use."""
    return sorted(name.decode() for name in _NATIONAL)


def resolve(kind: int, data: bytes) -> tuple[Algorithm, bytes]:
    """The algorithm of a key of this kind, and its own part of the key's or seed's bytes.

    Raises NoteError for a kind or a national algorithm that is not known here.
    """
    if kind in _BUILT_IN:
        return _BUILT_IN[kind], data
    if kind != KIND_NATIONAL:
        raise NoteError(
            "This kind of key is not supported.", remedy="Use kind 1 or 4 (Ed25519), 6 (ML-DSA-44) or 255 (national)."
        )
    name, separator, rest = data.partition(b"\0")
    if not separator or len(name) > MAX_IDENTIFIER or name not in _NATIONAL:
        shown = name[:MAX_IDENTIFIER].decode("ascii", "replace")
        raise NoteError(
            f"The algorithm {shown!r} of this key is not supported here.",
            remedy="Name its adapter in the setting COMITY_ALGORITHMS; its library must be installed.",
        )
    return _NATIONAL[name], rest


def prefix(kind: int, name: str) -> bytes:
    """What stands before the algorithm's own bytes in a key or seed: nothing but for type 0xff."""
    return name.encode() + b"\0" if kind == KIND_NATIONAL else b""
