"""Signed notes and their keys.

Follows C2SP signed-note v1.0.0 and, for the message that a cosignature line signs, C2SP tlog-cosignature v1.0.1.
Signatures are Ed25519 (RFC 8032) through PyNaCl alone, so that every node accepts and refuses the same ones.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from nacl import bindings
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey as Ed25519
from nacl.signing import VerifyKey

from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.wire import MAX_INTEGER, b64, unb64

KIND_ED25519 = 1
KIND_COSIGNATURE = 4
MAX_SIGNATURES = 16
MAX_NOTE = 1 << 20

_KINDS = (KIND_ED25519, KIND_COSIGNATURE)
_DASH = "\u2014 "
_PRIVATE = "PRIVATE+KEY+"


def keyid(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes that, with the name, identify a key (signed-note, "Verifier keys")."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def check_name(name: str) -> None:
    """Raises NoteError unless `name` can name a key: not empty, no space or control character, no plus sign
    (signed-note).
    """
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise NoteError(
            f"{name!r} cannot name a key.",
            remedy="Use a schema-less URL: no spaces, no control characters, no plus sign.",
        )
    try:
        name.encode()
    except UnicodeEncodeError as reason:
        raise NoteError("The name of a key is not valid Unicode.") from reason


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


def cosigned_message(text: str, time_s: int) -> bytes:
    """What a cosignature of kind 4 signs: the time, then the whole checkpoint text (tlog-cosignature, "Ed25519 signed
    message").
    """
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: `<name>+<keyid in hex>+<base64 of kind and key>` (signed-note, "Verifier keys")."""

    name: str
    kind: int
    public: bytes

    @property
    def keyid(self) -> bytes:
        return keyid(self.name, self.kind, self.public)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Reads a verifier key; raises NoteError when its form, kind, identifier or point is wrong."""
        name, _, rest = text.partition("+")
        digits, _, encoded = rest.partition("+")
        check_name(name)
        data = unb64(encoded, place=f"verifier key of {name}", error=NoteError)
        if not data or data[0] not in _KINDS:
            raise NoteError(
                "This kind of key is not supported.",
                place=f"verifier key of {name}",
                remedy="Use kind 1 or 4 (Ed25519).",
            )
        key = cls(name, data[0], data[1:])
        check_point(key.public)
        if key.keyid.hex() != digits:
            raise NoteError(
                f"The key's identifier is {key.keyid.hex()}, not {digits[:16]!r}.",
                place=f"verifier key of {name}",
                remedy="Ask for the key again: it was cut or altered.",
            )
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.keyid.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the 64 bytes of `signature` sign exactly `message` (RFC 8032)."""
        if len(signature) != 64:
            return False
        try:
            VerifyKey(self.public).verify(message, signature)
        except BadSignatureError:
            return False
        return True

    def verify_text(self, text: str, data: bytes) -> bool:
        """Whether `data`, what stands on a signature line after the identifier, signs a note's text as this kind of
        key does.

        A line of kind 4 begins with its time in seconds, u64 big-endian; time 0 or beyond 2^63-1 does not verify.
        """
        if self.kind == KIND_ED25519:
            return self.verify(text.encode(), data)
        time_s = int.from_bytes(data[:8], "big")
        return len(data) == 72 and 0 < time_s <= MAX_INTEGER and self.verify(cosigned_message(text, time_s), data[8:])


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name; `seed` is the 32 bytes of RFC 8032 and is never shown by `repr`."""

    name: str
    kind: int
    seed: bytes = field(repr=False)
    _ed25519: Ed25519 = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in _KINDS or len(self.seed) != 32:
            raise NoteError("A signing key is of kind 1 or 4 and has a seed of 32 bytes.", place=f"key {self.name}")
        object.__setattr__(self, "_ed25519", Ed25519(self.seed))

    @classmethod
    def generate(cls, name: str, kind: int = KIND_ED25519) -> SigningKey:
        """A new key from the system's random source."""
        return cls(name, kind, secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Reads `PRIVATE+KEY+<name>+<keyid>+<base64 of kind and seed>`; raises NoteError, which never shows it."""
        fields = text.removeprefix(_PRIVATE).split("+", 2)
        if not text.startswith(_PRIVATE) or len(fields) != 3:
            raise NoteError("This is not a private key.", remedy=f"It must begin with {_PRIVATE}<name>+<identifier>+.")
        name, digits, encoded = fields
        data = unb64(encoded, 33, place=f"private key {name}", error=NoteError)
        key = cls(name, data[0], data[1:])
        if key.verifier.keyid.hex() != digits:
            raise NoteError("The private key does not have the identifier that it names.", place=f"private key {name}")
        return key

    def private(self) -> str:
        """The key as a secret text that `parse` reads."""
        return f"{_PRIVATE}{self.name}+{self.verifier.keyid.hex()}+{b64(bytes([self.kind]) + self.seed)}"

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.kind, bytes(self._ed25519.verify_key))

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature over `message` (RFC 8032)."""
        return self._ed25519.sign(message).signature


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its four-byte identifier, and what follows in the base64."""

    name: str
    keyid: bytes
    data: bytes

    def line(self) -> str:
        """The line with its newline (signed-note, "Format")."""
        return f"{_DASH}{self.name} {b64(self.keyid + self.data)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes; raises NoteError when `parse_note` would not read back this very note."""
        data = f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}".encode()
        if parse_note(data) != self:
            raise NoteError("This note cannot be written so that it reads back the same.")
        return data


def parse_note(data: bytes) -> Note:
    """Reads a signed note strictly; verifies nothing. Raises NoteError (signed-note, "Format")."""
    if len(data) > MAX_NOTE:
        raise NoteError(f"The note has {len(data)} bytes; at most {MAX_NOTE} are read.")
    try:
        whole = data.decode()
    except UnicodeDecodeError as reason:
        raise NoteError("The note is not UTF-8.", place=f"byte {reason.start}") from reason
    if any(c < " " and c != "\n" for c in whole):
        raise NoteError("The note holds a control character other than the newline.")
    # The last empty line separates: the text may hold empty lines itself.
    text, separator, tail = whole.rpartition("\n\n")
    if not separator:
        raise NoteError("No empty line separates the note's text from its signatures.")
    if not tail.endswith("\n"):
        raise NoteError("The note's last line does not end in a newline.")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"The note has {len(lines)} signature lines; at most {MAX_SIGNATURES} are read.")
    return Note(text + "\n", tuple(parse_line(line, f"signature line {i}") for i, line in enumerate(lines, 1)))


def parse_line(line: str, place: str = "signature line") -> Signature:
    """Reads one signature line, without its newline; raises NoteError (signed-note, "Signatures")."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not encoded:
        raise NoteError("A signature line is an em dash, a name and base64, with one space between.", place=place)
    check_name(name)
    data = unb64(encoded, place=place, error=NoteError)
    if len(data) < 5:
        raise NoteError("The signature is cut short.", place=place)
    return Signature(name, data[:4], data[4:])


def sign_note(text: str, *keys: SigningKey) -> Note:
    """The note of `text`, signed by each key in order; the text must end in a newline.

    Raises NoteError for a key of kind 4, which signs a time as well: use `cosignature.cosign`.
    """
    if not keys or any(key.kind != KIND_ED25519 for key in keys):
        raise NoteError(
            "A note is signed by one or more keys of kind 1.", remedy="Cosign with comity.kernel.cosignature."
        )
    message = text.encode()
    note = Note(text, tuple(Signature(key.name, key.verifier.keyid, key.sign(message)) for key in keys))
    note.encode()
    return note


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signature, ...]:
    """The signatures of `note` that verify under `keys`, one for each key, in the note's order (signed-note,
    "Verification").

    A signature by a pair of name and identifier that is not among the keys is ignored. Raises SignatureError when a
    known key's signature fails, even beside good ones, and when no known key signed.
    """
    known: dict[tuple[str, bytes], list[VerifierKey]] = {}
    for key in keys:
        known.setdefault((key.name, key.keyid), []).append(key)
    verified: dict[tuple[str, bytes], Signature] = {}
    for signature in note.signatures:
        identity = (signature.name, signature.keyid)
        if identity not in known:
            continue
        if not any(key.verify_text(note.text, signature.data) for key in known[identity]):
            raise SignatureError(
                "A known key's signature does not sign this text.",
                place=f"signature of {signature.name}+{signature.keyid.hex()}",
                remedy="Refuse the note and ask its sender for the original.",
            )
        verified.setdefault(identity, signature)
    if not verified:
        raise SignatureError(
            "None of the known keys signed this note.",
            remedy="Compare the signer's keys with those that are trusted here.",
        )
    return tuple(verified.values())
