"""Salted commitments: an entry vouches for a value without showing it.

The journal holds only cm = base64(SHA-256(label NL path NL salt value)), the value as canonical JSON (RFC 8785), the
salt 32 fresh random bytes for each field of each entry. Deleting salt and value redacts for ever; every proof stays
valid.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from comity.kernel.canonical import encode
from comity.kernel.errors import FormatError, VerificationError
from comity.kernel.wire import b64

LABEL = "comity/commit/v1"
SALT_SIZE = 32


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment; neither salt nor value is shown by `repr`."""

    path: str
    salt: bytes = field(repr=False)
    value: Any = field(repr=False)


def new_salt() -> bytes:
    """32 bytes from the system's random source: never derive a salt from a value, an identifier or a key."""
    return secrets.token_bytes(SALT_SIZE)


def commit(path: str, value: Any, salt: bytes, *, label: str = LABEL) -> str:
    """The commitment to `value` at `path`, a JSON pointer, in base64 (44 characters).

    Raises FormatError for a path with a newline or a salt that is not 32 bytes, CanonicalError for a value outside
    the profile.
    """
    if "\n" in path or len(salt) != SALT_SIZE:
        raise FormatError("A commitment has a path of one line and a salt of 32 bytes.", place=path.partition("\n")[0])
    return b64(hashlib.sha256(f"{label}\n{path}\n".encode() + salt + encode(value)).digest())


def verify_commitment(cm: str, opening: Opening) -> None:
    """Proves that `opening` is what was committed to, or raises VerificationError."""
    expected = commit(opening.path, opening.value, opening.salt)
    if not hmac.compare_digest(expected.encode(), cm.encode()):
        raise VerificationError(
            "The opening does not belong to the commitment.",
            place=opening.path,
            remedy="Ask the owner for the salt and the value again.",
        )
