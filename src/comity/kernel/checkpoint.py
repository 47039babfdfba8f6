"""Checkpoints: a log's signed statement of its size and root.

Follows C2SP tlog-checkpoint v1.0.0, narrowed: no extension lines, since not every cosignature covers them, and the
origin is the name of the log's key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.merkle import HASH_SIZE
from comity.kernel.notes import Note, SigningKey, VerifierKey, check_name, parse_note, sign_note, verify_note
from comity.kernel.wire import MAX_INTEGER, b64, decimal, unb64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` has `size` entries under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size <= MAX_INTEGER or len(self.root) != HASH_SIZE:
            raise NoteError("A checkpoint has a size of at least 0 and a root of 32 bytes.", place=self.origin)

    def text(self) -> str:
        """The three lines that are signed, each with its newline (tlog-checkpoint, "Note text")."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that was read but not verified, with its note and its bytes as received."""

    checkpoint: Checkpoint
    note: Note
    raw: bytes


def parse_text(text: str) -> Checkpoint:
    """Reads the three lines of a checkpoint; raises NoteError, for an extension line too."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise NoteError(
            f"A checkpoint has exactly three lines, this one {max(len(lines) - 1, 0)}.",
            remedy="Extension lines are not used.",
        )
    size = decimal(lines[1], place="checkpoint size", error=NoteError)
    return Checkpoint(lines[0], size, unb64(lines[2], HASH_SIZE, place="checkpoint root", error=NoteError))


def parse_checkpoint(data: bytes) -> SignedCheckpoint:
    """Reads a signed checkpoint; verifies nothing. Raises NoteError."""
    note = parse_note(data)
    return SignedCheckpoint(parse_text(note.text), note, bytes(data))


def signers(data: bytes) -> frozenset[bytes]:
    """The identifiers of the keys that signed a checkpoint in its log's own name, unverified; raises NoteError."""
    signed = parse_checkpoint(data)
    return frozenset(line.keyid for line in signed.note.signatures if line.name == signed.checkpoint.origin)


def sign_checkpoint(checkpoint: Checkpoint, *keys: SigningKey) -> bytes:
    """The checkpoint as a note signed by the log's keys, whose name must be the origin.

    A log must never sign two checkpoints that do not agree: sign only what is durable.
    """
    for key in keys:
        if key.name != checkpoint.origin:
            raise NoteError(f"The key {key.name} does not sign for the log {checkpoint.origin}.")
    return sign_note(checkpoint.text(), *keys).encode()


def verify_checkpoint(data: bytes, log_keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint, when one of `log_keys` that is named as its origin signed it.

    Raises NoteError when the bytes are no checkpoint, SignatureError when no such key signed or a known key's line
    fails.
    """
    signed = parse_checkpoint(data)
    keys = [key for key in log_keys if key.name == signed.checkpoint.origin]
    if not keys:
        raise SignatureError(
            f"No key of the log {signed.checkpoint.origin} is known here.", remedy="Enrol the log's verifier key first."
        )
    verify_note(signed.note, keys)
    return signed.checkpoint
