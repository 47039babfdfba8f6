"""What an official signs in the name of a body, and how the signature is written: docs/protocol/officials.md.

The key is an Ed25519 verifier key (C2SP signed-note, type 1). The message is text of six lines, each ended by a line
feed: `comity/official/1`, the party, the body (empty: the office), the role, the context, the digest in hex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.kernel.errors import FormatError, SignatureError
from comity.kernel.notes import KIND_ED25519, SigningKey, VerifierKey
from comity.kernel.wire import b64, unb64

FORM = "comity/official/1"
DIGEST = 32
MOST_CONTEXT = 100


@dataclass(frozen=True, slots=True)
class OfficialSignature:
    """A signature by whoever held the key of a role then; `key` is the verifier key."""

    role: str
    key: str
    signature: bytes

    def to_json(self) -> dict[str, str]:
        return {"key": self.key, "role": self.role, "signature": b64(self.signature)}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> OfficialSignature:
        """From what an entry holds. Raises FormatError."""
        if set(told) != {"key", "role", "signature"} or not all(isinstance(value, str) for value in told.values()):
            raise FormatError("A signature of an official has a key, a role and a signature.", place="signature")
        verifier(told["key"])
        return cls(told["role"], told["key"], unb64(told["signature"], 64, place="signature"))


def verifier(text: str) -> VerifierKey:
    """The public key of an official. Raises FormatError for one of another type than Ed25519."""
    key = VerifierKey.parse(text)
    if key.kind != KIND_ED25519:
        raise FormatError("An official's key is an Ed25519 key of type 1.", place="key")
    return key


def message(party: str, body: str, role: str, context: str, digest: bytes) -> bytes:
    """The bytes that are signed. Raises FormatError for a digest of another length than SHA-256, or more lines."""
    words = (party, body, role, context)
    if len(digest) != DIGEST or len(context) > MOST_CONTEXT or not all(not w or w.isprintable() for w in words):
        raise FormatError("A context is one line of at most 100 characters, a digest has 32 bytes.", place="context")
    return "".join(f"{line}\n" for line in (FORM, *words, digest.hex())).encode()


def sign(key: SigningKey, party: str, body: str, role: str, context: str, digest: bytes) -> OfficialSignature:
    """A signature in the name of a body of a party, by the key of a role."""
    return OfficialSignature(role, str(key.verifier), key.sign(message(party, body, role, context, digest)))


def check(signature: OfficialSignature, party: str, body: str, context: str, digest: bytes) -> None:
    """SignatureError unless it signs exactly this. Whether the party names the key is another question."""
    signed = message(party, body, signature.role, context, digest)
    if not verifier(signature.key).verify(signed, signature.signature):
        raise SignatureError("The official's signature does not sign this.", place="signature")
