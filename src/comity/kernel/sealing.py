"""Sealing: what travels so that only its recipient can read it.

HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; on the wire `enc[32] || ct`. No
associated data is used: `info` binds the context. Who sent a thing is proved by the signed entry whose commitments it
opens, not by HPKE.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from comity.kernel.canonical import decode, encode
from comity.kernel.errors import FormatError, NoteError, SealError
from comity.kernel.notes import check_name, keyid
from comity.kernel.wire import b64, unb64

LABEL = "comity/hpke/1"
PACKAGE = "comity/sealed/1"
MAX_CONTENT = 32 * 1024 * 1024
MAX_RECIPIENTS = 64
OVERHEAD = 48

# Type ff of C2SP signed-note ("private use, follow it with a long unique identifier"), the identifier, a zero byte.
_KIND = 0xFF
_IDENTIFIER = b"comity/hpke/1/x25519/hkdf-sha256/chacha20-poly1305\x00"
_PRIVATE = "PRIVATE+KEY+"
_PRIME = 2**255 - 19
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True)
class SealingPublic:
    """The public half of a sealing key, written as a verifier key is: `<name>+<keyid in hex>+<base64>`."""

    name: str
    public: bytes

    @property
    def id(self) -> str:
        """`<name>+<keyid in hex>`: what names the key in a context and beside a sealed thing."""
        return f"{self.name}+{keyid(self.name, _KIND, _IDENTIFIER + self.public).hex()}"

    @classmethod
    def parse(cls, text: str) -> SealingPublic:
        """Reads a public sealing key; NoteError when its form, kind, identifier or point is wrong (RFC 7748 §6.1)."""
        name, _, rest = text.partition("+")
        digits, _, encoded = rest.partition("+")
        check_name(name)
        place = f"sealing key of {name}"
        data = unb64(encoded, place=place, error=NoteError)
        head = bytes([_KIND]) + _IDENTIFIER
        if not data.startswith(head) or len(data) != len(head) + 32:
            raise NoteError("This is not a sealing key.", place=place, remedy="Use an X25519 key of type ff.")
        key = cls(name, data[len(head) :])
        check_public(key.public, place)
        if key.id != f"{name}+{digits}":
            raise NoteError(
                f"The key's identifier is not {digits[:16]!r}.",
                place=place,
                remedy="Ask for the key again: it was cut or altered.",
            )
        return key

    def __str__(self) -> str:
        return f"{self.id}+{b64(bytes([_KIND]) + _IDENTIFIER + self.public)}"

    def seal(self, content: bytes, origin: str, *bound: str) -> bytes:
        """`enc || ct` of `content` for this key, bound to a journal and to `bound`: 48 bytes longer."""
        return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(self.public), context(self, origin, *bound))


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A private sealing key: 32 bytes of X25519, which `repr` does not show."""

    name: str
    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> SealingKey:
        check_name(name)
        return cls(name, X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> SealingKey:
        """Reads what `private` wrote; raises NoteError, which never shows it."""
        fields = text.removeprefix(_PRIVATE).split("+", 2)
        if not text.startswith(_PRIVATE) or len(fields) != 3:
            raise NoteError("This is not a private key.", remedy=f"It must begin with {_PRIVATE}<name>+<identifier>+.")
        name, digits, encoded = fields
        place = f"private sealing key {name}"
        head = bytes([_KIND]) + _IDENTIFIER
        data = unb64(encoded, len(head) + 32, place=place, error=NoteError)
        key = cls(name, data[len(head) :])
        if not data.startswith(head) or key.public.id != f"{name}+{digits}":
            raise NoteError("The private key does not have the identifier that it names.", place=place)
        return key

    def private(self) -> str:
        """The key as a secret text that `parse` reads."""
        return f"{_PRIVATE}{self.public.id}+{b64(bytes([_KIND]) + _IDENTIFIER + self.secret)}"

    @property
    def public(self) -> SealingPublic:
        return SealingPublic(
            self.name, X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, origin: str, *bound: str) -> bytes:
        """What was sealed to this key in this very context; SealError for anything else."""
        try:
            key = X25519PrivateKey.from_private_bytes(self.secret)
            return _SUITE.decrypt(sealed, key, context(self.public, origin, *bound))
        except (InvalidTag, ValueError) as reason:
            raise SealError(
                "It does not open with this key: it was sealed for another context, or altered.",
                place=self.public.id,
                remedy="Ask its sender to seal it again.",
            ) from reason


def is_sealing(text: str) -> bool:
    """Whether the text of a key, `<name>+<identifier>+<base64>`, is that of a sealing key, as far as its type says."""
    try:
        return unb64(text.split("+", 2)[-1]).startswith(bytes([_KIND]) + _IDENTIFIER)
    except FormatError:
        return False


def check_public(public: bytes, place: str = "") -> None:
    """Raises NoteError for a point of small order, with which everybody shares one secret, or one spelled otherwise."""
    if int.from_bytes(public, "little") < _PRIME:
        try:
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            pass
        else:
            return
    raise NoteError("This X25519 key gives no secret.", place=place, remedy="Ask the key's holder for another key.")


def context(recipient: SealingPublic, origin: str, *bound: str) -> bytes:
    """The `info` of HPKE: label, recipient's key, journal and what else the thing is bound to, a line each.

    Raises FormatError for a part with a newline: no two contexts may have one spelling.
    """
    parts = (LABEL, recipient.id, origin, *bound)
    if any("\n" in part for part in parts):
        raise FormatError("A part of a sealing context is one line.")
    return "\n".join(parts).encode()


def seal_content(content: bytes, recipients: Iterable[SealingPublic], origin: str, *bound: str) -> bytes:
    """One content for several recipients: a header line that holds the content key sealed to each, then the content.

    Raises FormatError over 32 MiB, or without recipients.
    """
    keys = {key.id: key for key in recipients}
    if not 0 < len(keys) <= MAX_RECIPIENTS:
        raise FormatError(f"A sealed thing has 1 to {MAX_RECIPIENTS} recipients, not {len(keys)}.")
    if len(content) > MAX_CONTENT:
        raise FormatError(f"A sealed thing has at most {MAX_CONTENT} bytes.", remedy="Divide it.")
    secret = secrets.token_bytes(32)
    wraps = {key.id: b64(key.seal(secret, origin, PACKAGE, *bound)) for key in keys.values()}
    head = encode({"for": wraps, "form": PACKAGE}) + b"\n"
    # The key serves this once, so that the nonce may stand still.
    return head + ChaCha20Poly1305(secret).encrypt(bytes(12), content, _associated(origin, *bound))


def recipients_of(package: bytes) -> tuple[str, ...]:
    """The identifiers of the keys that open a package. Raises FormatError."""
    return tuple(_head(package)[0])


def open_content(keys: Iterable[SealingKey], package: bytes, origin: str, *bound: str) -> bytes:
    """The content of a package that one of `keys` opens. SealError if none does, FormatError for no package."""
    wraps, sealed = _head(package)
    key = next((key for key in keys if key.public.id in wraps), None)
    if key is None:
        raise SealError(
            f"It is sealed for {', '.join(wraps)}; no such key is here.",
            place=origin,
            remedy="Open it where that key is kept.",
        )
    secret = key.open(unb64(wraps[key.public.id], 32 + OVERHEAD, place=PACKAGE), origin, PACKAGE, *bound)
    try:
        return ChaCha20Poly1305(secret).decrypt(bytes(12), sealed, _associated(origin, *bound))
    except InvalidTag as reason:
        raise SealError("The content of the sealed thing was altered.", place=origin) from reason


def _associated(origin: str, *bound: str) -> bytes:
    return "\n".join((PACKAGE, origin, *bound)).encode()


def _head(package: bytes) -> tuple[Mapping[str, str], bytes]:
    line, newline, sealed = package.partition(b"\n")
    head: Any = decode(line) if newline and len(line) <= 64 * 1024 else None
    wraps = head.get("for") if isinstance(head, dict) and head.get("form") == PACKAGE and len(head) == 2 else None
    if not isinstance(wraps, dict) or not 0 < len(wraps) <= MAX_RECIPIENTS:
        raise FormatError("This is not a sealed thing.", place=PACKAGE)
    if not all(isinstance(wrap, str) for wrap in wraps.values()) or len(sealed) > MAX_CONTENT + 16:
        raise FormatError("This is not a sealed thing.", place=PACKAGE)
    return wraps, sealed
