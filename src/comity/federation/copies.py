"""What this node knows of a journal that is not its own, beside what its mirror serves: for its owner, above all."""

from __future__ import annotations

from comity.federation import services
from comity.federation.models import Partner
from comity.federation.openings import AT_ONCE, SEGMENT_BYTES, leaves_of, seal_segment, signed_size
from comity.journal import home, vault
from comity.journal.models import Journal, Mirrored, Witnessed
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.identifiers import origin_hash


def copy_of(origin_sha256: str) -> Journal:
    """The partner's journal with this hash of its origin. Raises NotFoundError; this node's own is no copy."""
    for journal in Journal.objects.filter(own=False):
        if origin_hash(journal.origin) == origin_sha256:
            return journal
    raise NotFoundError("This node holds no copy of that journal.", place=origin_sha256)


def newest(journal: Journal) -> bytes:
    """The largest checkpoint of the journal that this node has ever verified, its entries held or not."""
    store = home.store(journal)
    files = [store.checkpoint(), (store.root / "pending").read_bytes() if (store.root / "pending").is_file() else None]
    known = [raw for raw in files if raw]
    known += [text.encode() for text in Witnessed.objects.filter(journal=journal).values_list("checkpoint", flat=True)]
    for row in Mirrored.objects.filter(journal=journal).values_list("checkpoint", "pending_checkpoint"):
        known += [text.encode() for text in row]
    known = [raw for raw in known if raw]
    if not known:
        raise NotFoundError("No checkpoint of that journal was ever seen here.", place=journal.origin)
    return max(known, key=lambda raw: parse_checkpoint(raw).checkpoint.size)


def openings(journal: Journal, start: int, end: int, partner: Partner) -> bytes:
    """The openings that the vault has for entries of the copy, sealed for the journal's owner; for anybody else none.

    A third party follows the copy as the owner's journal itself, and is answered in the same form. Confidential bodies
    are among them, as far as this node was entitled to them and could open them: they are the owner's own.
    """
    if not 0 <= start <= end <= start + AT_ONCE:
        raise FormatError("At most 8,192 entries' openings are given at once.", place=f"{start}-{end}")
    size = signed_size(journal)
    end = max(start, min(end, size))
    lines: list[bytes] = []
    total = 0
    for index, data in vault.between(journal, start, end) if partner.journal_id == journal.pk else ():
        lines.append(f'{{"index":{index},"openings":{data}}}\n'.encode())
        total += len(lines[-1])
        if total > SEGMENT_BYTES:
            end = index + 1
            break
    leaves = leaves_of(home.store(journal), size)
    return seal_segment(services.sealing_of(partner), journal.origin, (start, end), leaves, b"".join(lines))
