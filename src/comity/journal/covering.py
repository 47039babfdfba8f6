"""What proves an entry: the checkpoint that covers it, its cosignatures and the path of hashes between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from comity.journal import home
from comity.journal.finality import role_of
from comity.journal.models import Cosignature, Journal
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.cosignature import add_lines
from comity.kernel.errors import ConflictError
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
    checkpoint = parse_checkpoint(signed).checkpoint
    # The tree of all entries on file holds every perfect subtree of the smaller one, whose partial tiles may be gone.
    hashes = inclusion_proof(index, checkpoint.size, store.reader(size).hash)
    return Covered(index, checkpoint, signed, tuple(hashes), witnesses)


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
    signed = add_lines(_bare(newest.checkpoint.encode(), journal), lines)
    return signed, tuple(
        Witnessing(VerifierKey.parse(row.vkey), row.party, datetime.fromtimestamp(row.time, UTC)) for row in rows
    )


def _bare(signed: bytes, journal: Journal) -> bytes:
    """The checkpoint with the log's own signature only: a verifier refuses a line whose key it was not given."""
    key = VerifierKey.parse(journal.vkey)
    note = parse_note(signed)
    own = tuple(line for line in note.signatures if (line.name, line.keyid) == (key.name, key.keyid))
    return Note(note.text, own).encode()
