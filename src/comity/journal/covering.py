"""What proves an entry: the checkpoint that covers it, its cosignatures and the path of hashes between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from comity.journal import home, roster
from comity.journal.finality import role_of
from comity.journal.models import Cosignature, Journal
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.cosignature import add_lines
from comity.kernel.errors import ConflictError, IntegrityError
from comity.kernel.merkle import inclusion_proof
from comity.kernel.notes import Note, VerifierKey, parse_line, parse_note
from comity.kernel.proof import TlogProof


@dataclass(frozen=True, slots=True)
class Witnessing:
    """A cosignature on the checkpoint: whose key, of which party, when, and whether as witness or as mirror."""

    key: VerifierKey
    party: str
    time: datetime

    @property
    def role(self) -> Literal["witness", "mirror"]:
        return role_of(self.key.name)


@dataclass(frozen=True, slots=True)
class Covered:
    """An entry and what proves it. `signed` is the checkpoint with the cosignatures at its end; `hashes` the inclusion
    proof (RFC 6962 §2.1.1).
    """

    index: int
    checkpoint: Checkpoint
    signed: bytes
    hashes: tuple[bytes, ...]
    log: VerifierKey
    witnesses: tuple[Witnessing, ...] = ()

    def tlog_proof(self) -> bytes:
        """The same as a `.tlog-proof` file (C2SP tlog-proof)."""
        return TlogProof(self.index, self.hashes, self.signed).encode()


def cover(journal: Journal, index: int) -> Covered:
    """The proof of an entry under the newest cosigned checkpoint that covers it, else under the last one on file.

    ConflictError while no checkpoint covers it.
    """
    store = home.store(journal)
    last = store.checkpoint()
    size = parse_checkpoint(last).checkpoint.size if last else 0
    if last is None or not 0 <= index < size:
        raise ConflictError(
            "The entry is not yet under a signed checkpoint.",
            place=f"{journal.origin}, entry {index}",
            remedy="Try again in a second.",
        )
    found = _cosigned(journal, index, size)
    signed, witnesses = found or (_bare(last, journal), ())
    log = _log_key(parse_note(signed), journal)
    checkpoint = parse_checkpoint(signed).checkpoint
    # The tree of all entries on file holds every perfect subtree of the smaller one, whose partial tiles may be gone.
    hashes = inclusion_proof(index, checkpoint.size, store.reader(size).hash)
    return Covered(index, checkpoint, signed, tuple(hashes), log, witnesses)


def _cosigned(journal: Journal, index: int, size: int) -> tuple[bytes, tuple[Witnessing, ...]] | None:
    """The newest cosigned checkpoint of more than `index` and at most `size` entries, with all its cosignatures: one
    that a mirror holds before one that was only seen.
    """
    known = Cosignature.objects.filter(journal=journal, size__gt=index, size__lte=size).exclude(checkpoint="")
    newest = known.filter(name__endswith="/mirror").order_by("-size").first()
    newest = newest or known.order_by("-size", "-time").first()
    if newest is None:
        return None
    rows = [row for row in known.filter(size=newest.size, root=newest.root).order_by("name") if row.checkpoint]
    lines = [parse_line(row.line.rstrip("\n")) for row in rows]
    lines += [parse_line(row.quantum_line.rstrip("\n")) for row in rows if row.quantum_line]
    signed = add_lines(_bare(newest.checkpoint.encode(), journal), lines)
    return signed, tuple(
        Witnessing(VerifierKey.parse(vkey), row.party, datetime.fromtimestamp(row.time, UTC))
        for row in rows
        for vkey in (row.vkey, row.quantum_vkey)
        if vkey
    )


def last_cosigned(journal: Journal, size: int) -> str:
    """The newest checkpoint of at most `size` entries that somebody cosigned, with all its cosignatures; or nothing."""
    found = _cosigned(journal, 0, size)
    return found[0].decode() if found else ""


def _log_key(note: Note, journal: Journal) -> VerifierKey:
    """The oldest key of the log among those that signed and may: the one that most readers have."""
    size = parse_checkpoint(note.encode()).checkpoint.size
    lines = {(line.name, line.keyid) for line in note.signatures}
    for key in roster.keyring(journal).at(size):
        if (key.name, key.keyid) in lines:
            return key
    raise IntegrityError(
        f"No key of the log may have signed its tree of {size} entries.",
        place=journal.origin,
        remedy="Run `comity fsck`.",
    )


def _bare(signed: bytes, journal: Journal) -> bytes:
    """The checkpoint with one signature of the log only: a verifier refuses a line whose key it was not given."""
    note = parse_note(signed)
    key = _log_key(note, journal)
    own = tuple(line for line in note.signatures if (line.name, line.keyid) == (key.name, key.keyid))
    return Note(note.text, own).encode()
