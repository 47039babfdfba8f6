"""Signed notes and their keys.

Follows C2SP signed-note v1.0.0 and, for the messages that cosignature lines sign, C2SP tlog-cosignature v1.0.1 (of
1.1.0-rc.1 the message of ML-DSA-44). How each kind of key computes stands in `comity.kernel.algorithms`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from comity.kernel.algorithms import (
    COSIGNING,
    KIND_COSIGNATURE,
    KIND_ED25519,
    KIND_MLDSA,
    KIND_NATIONAL,
    Secret,
    check_point,
    prefix,
    resolve,
)
from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.wire import MAX_INTEGER, b64, decimal, unb64

__all__ = [
    "COSIGNING",
    "KIND_COSIGNATURE",
    "KIND_ED25519",
    "KIND_MLDSA",
    "KIND_NATIONAL",
    "Note",
    "Signature",
    "SigningKey",
    "VerifierKey",
    "check_name",
    "check_point",
    "cosigned_message",
    "keyid",
    "parse_line",
    "parse_note",
    "sign_note",
    "subtree_message",
    "verify_note",
]

MAX_SIGNATURES = 16
MAX_NOTE = 1 << 20

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


def cosigned_message(text: str, time_s: int) -> bytes:
    """What a cosignature of kind 4 signs: the time, then the whole checkpoint text (tlog-cosignature, "Ed25519 signed
    message").
    """
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def subtree_message(cosigner: str, time_s: int, text: str) -> bytes:
    """What a cosignature of kind 6 signs: the cosigner's name, the time, and the tree from its first entry to its size
    (tlog-cosignature 1.1.0-rc.1, "ML-DSA-44 signed message").

    Raises NoteError unless `text` is the three lines of a checkpoint and both names have 1 to 255 bytes.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise NoteError("A cosignature of kind 6 covers the three lines of a checkpoint and no more.")
    names = [name.encode() for name in (cosigner, lines[0])]
    if not all(1 <= len(name) <= 255 for name in names):
        raise NoteError("The names of a cosigner and of a log have 1 to 255 bytes.")
    size = decimal(lines[1], place="checkpoint size", error=NoteError)
    root = unb64(lines[2], 32, place="checkpoint root", error=NoteError)
    by, origin = (bytes([len(name)]) + name for name in names)
    ends = (0).to_bytes(8, "big") + size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + by + time_s.to_bytes(8, "big") + origin + ends + root


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: `<name>+<keyid in hex>+<base64 of kind and key>` (signed-note, "Verifier keys").

    `public` is what stands after the kind: for kind 255 the algorithm's identifier, a zero byte, then its key.
    """

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
        key = cls(name, data[0] if data else 0, data[1:])
        try:
            algorithm, public = resolve(key.kind, key.public)
        except NoteError as error:
            error.at(f"verifier key of {name}")
            raise
        algorithm.check(public)
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
        """Whether `signature`, without a time, signs exactly `message`."""
        algorithm, public = resolve(self.kind, self.public)
        return algorithm.verify(public, message, signature)

    def verify_text(self, text: str, data: bytes) -> bool:
        """Whether `data`, what stands on a signature line after the identifier, signs a note's text as this kind of
        key does.

        A line of kind 4 or 6 begins with its time in seconds, u64 big-endian; time 0 or beyond 2^63-1 does not
        verify, nor does a text that is no checkpoint of three lines under kind 6.
        """
        if self.kind not in COSIGNING:
            return self.verify(text.encode(), data)
        time_s = int.from_bytes(data[:8], "big")
        if not 0 < time_s <= MAX_INTEGER:
            return False
        try:
            message = (
                cosigned_message(text, time_s)
                if self.kind == KIND_COSIGNATURE
                else subtree_message(self.name, time_s, text)
            )
        except NoteError:
            return False
        return self.verify(message, data[8:])


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name; `seed`, 32 bytes for kinds 1, 4 and 6, is never shown by `repr`.

    A key that lies elsewhere, such as in a token, has no seed here and is given as `secret`.
    """

    name: str
    kind: int
    seed: bytes = field(default=b"", repr=False)
    secret: Secret | None = field(default=None, repr=False)
    _secret: Secret = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        try:
            algorithm, seed = resolve(self.kind, self.seed)
            object.__setattr__(self, "_secret", self.secret or algorithm.open(seed))
        except NoteError as error:
            error.at(f"key {self.name}")
            raise

    @classmethod
    def generate(cls, name: str, kind: int = KIND_ED25519, algorithm: str = "") -> SigningKey:
        """A new key from the system's random source; `algorithm` identifies the one of a key of kind 255."""
        before = prefix(kind, algorithm)
        return cls(name, kind, before + resolve(kind, before)[0].generate())

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Reads `PRIVATE+KEY+<name>+<keyid>+<base64 of kind and seed>`; raises NoteError, which never shows it."""
        fields = text.removeprefix(_PRIVATE).split("+", 2)
        if not text.startswith(_PRIVATE) or len(fields) != 3:
            raise NoteError("This is not a private key.", remedy=f"It must begin with {_PRIVATE}<name>+<identifier>+.")
        name, digits, encoded = fields
        data = unb64(encoded, place=f"private key {name}", error=NoteError)
        key = cls(name, data[0] if data else 0, data[1:])
        if key.verifier.keyid.hex() != digits:
            raise NoteError("The private key does not have the identifier that it names.", place=f"private key {name}")
        return key

    def private(self) -> str:
        """The key as a secret text that `parse` reads; NoteError where the key does not lie here."""
        if self.secret is not None:
            raise NoteError("This private key does not leave its token.", place=f"key {self.name}")
        return f"{_PRIVATE}{self.name}+{self.verifier.keyid.hex()}+{b64(bytes([self.kind]) + self.seed)}"

    @property
    def verifier(self) -> VerifierKey:
        before = self.seed[: self.seed.index(b"\0") + 1] if self.kind == KIND_NATIONAL else b""
        return VerifierKey(self.name, self.kind, before + self._secret.public)

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, without a time."""
        return self._secret.sign(message)


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

    Raises NoteError for a key of kind 4 or 6, which signs a time as well: use `cosignature.cosign`.
    """
    if not keys or any(key.kind in COSIGNING for key in keys):
        raise NoteError(
            "A note is signed by one or more keys of kind 1 or 255.", remedy="Cosign with comity.kernel.cosignature."
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
