"""The keys of a log over its life: which of them may sign a tree of which size.

A log's keys change by entries of the log itself, so what a key may sign is told by sizes, never by a clock. Signatures
follow C2SP signed-note: a checkpoint may bear lines of several keys of one name, and does while keys overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from comity.kernel.errors import SignatureError
from comity.kernel.notes import VerifierKey


@dataclass(frozen=True, slots=True)
class RangedKey:
    """A key that may sign trees of `since` to `until` entries, both included; `until` None: no end is known."""

    key: VerifierKey
    since: int = 0
    until: int | None = None

    def covers(self, size: int) -> bool:
        return self.since <= size and (self.until is None or size <= self.until)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one log, the oldest first."""

    keys: tuple[RangedKey, ...]

    @classmethod
    def of(cls, *keys: VerifierKey) -> Keyring:
        """Keys without a range."""
        return cls(tuple(RangedKey(key) for key in keys))

    def at(self, size: int) -> tuple[VerifierKey, ...]:
        """The keys that may sign a tree of `size` entries."""
        return tuple(held.key for held in self.keys if held.covers(size))

    def verify(self, raw: bytes) -> Checkpoint:
        """The checkpoint, when a key that is valid for its size signed it.

        Raises NoteError when the bytes are no checkpoint, SignatureError when no such key signed; it says so where a
        key signed that is known and not valid for this size.
        """
        signed = parse_checkpoint(raw)
        size = signed.checkpoint.size
        try:
            return verify_checkpoint(raw, self.at(size))
        except SignatureError:
            lines = {(line.name, line.keyid) for line in signed.note.signatures}
            ended = next((held for held in self.keys if (held.key.name, held.key.keyid) in lines), None)
            if ended is None or ended.covers(size):
                raise
            raise SignatureError(
                f"The key {ended.key.name}+{ended.key.keyid.hex()} does not sign for a tree of {size} entries:"
                f" it is valid from {ended.since} to {'any' if ended.until is None else ended.until}.",
                place=signed.checkpoint.origin,
                remedy="Ask the log's owner which key it uses; a key that was taken back signs nothing new.",
            ) from None

    def known(self) -> tuple[VerifierKey, ...]:
        """Every key, whatever its range."""
        return tuple(held.key for held in self.keys)
