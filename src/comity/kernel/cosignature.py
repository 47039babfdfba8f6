"""Cosignatures: a witness's timed statement that a checkpoint is the largest consistent one it has seen of this log.

Follows C2SP tlog-cosignature: type 0x04 (Ed25519, v1.0.1), whose signature does not cover the name, so that a key
serves one cosigner only; and type 0x06 (ML-DSA-44, 1.1.0-rc.1), which stands beside it where both are wanted.
"""

from __future__ import annotations

from collections.abc import Iterable

from comity.kernel.checkpoint import parse_text
from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.notes import (
    COSIGNING,
    KIND_COSIGNATURE,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    cosigned_message,
    parse_note,
    subtree_message,
)
from comity.kernel.wire import MAX_INTEGER

# The time, and the signature of Ed25519 or of ML-DSA-44.
LENGTHS = (8 + 64, 8 + 2420)


def cosign(checkpoint_text: str, key: SigningKey, time_s: int) -> Signature:
    """The cosignature of a checkpoint's three lines at `time_s`, POSIX seconds, by a key of kind 4 or 6.

    Raises NoteError for another kind of key, a time that is not in 1..2^63-1, or a text that is no checkpoint.
    """
    if key.kind not in COSIGNING:
        raise NoteError(f"The key {key.name} is of kind {key.kind}; a cosignature is made by a key of kind 4 or 6.")
    if not 0 < time_s <= MAX_INTEGER:
        raise NoteError(f"{time_s} is not a time in seconds that a cosignature can hold.")
    parse_text(checkpoint_text)
    if key.kind == KIND_COSIGNATURE:
        message = cosigned_message(checkpoint_text, time_s)
    else:
        message = subtree_message(key.name, time_s, checkpoint_text)
    return Signature(key.name, key.verifier.keyid, time_s.to_bytes(8, "big") + key.sign(message))


def cosign_all(checkpoint_text: str, keys: Iterable[SigningKey], time_s: int) -> tuple[Signature, ...]:
    """One cosignature by each key, all of one time; raises as `cosign` does."""
    return tuple(cosign(checkpoint_text, key, time_s) for key in keys)


def cosignature_time(signature: Signature) -> int:
    """The POSIX seconds that a cosignature line carries, unverified; raises NoteError when it is no cosignature of a
    checkpoint.
    """
    time_s = int.from_bytes(signature.data[:8], "big")
    if len(signature.data) not in LENGTHS or not 0 < time_s <= MAX_INTEGER:
        raise NoteError("This is not a timed cosignature of kind 4 or 6.", place=f"signature of {signature.name}")
    return time_s


def verify_cosignature(checkpoint_text: str, signature: Signature, key: VerifierKey) -> int:
    """The POSIX seconds at which `key` cosigned exactly this checkpoint text; raises NoteError or SignatureError."""
    if key.kind not in COSIGNING:
        raise SignatureError(
            f"The key {key.name} is of kind {key.kind}; a cosignature is verified by a key of kind 4 or 6."
        )
    parse_text(checkpoint_text)
    time_s = cosignature_time(signature)
    if (signature.name, signature.keyid) != (key.name, key.keyid) or not key.verify_text(
        checkpoint_text, signature.data
    ):
        raise SignatureError(
            "The cosignature does not cover this checkpoint at this time.",
            place=f"cosignature of {signature.name}",
            remedy="Ask the witness to cosign again.",
        )
    return time_s


def add_lines(signed: bytes, signatures: Iterable[Signature]) -> bytes:
    """The signed checkpoint with these lines at its end; a line takes the place of an earlier one by the same name
    and identifier.

    Verify a signature before it is added. Raises NoteError when the result is no note, too many lines included.
    """
    note = parse_note(signed)
    lines = {(signature.name, signature.keyid): signature for signature in signatures}
    kept = [signature for signature in note.signatures if (signature.name, signature.keyid) not in lines]
    return Note(note.text, (*kept, *lines.values())).encode()
