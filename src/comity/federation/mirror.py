"""This node as a mirror (C2SP tlog-mirror): it cosigns a checkpoint when it durably holds every entry up to it.

The follower, or the owner by `add-entries`, fills the copy; then the checkpoint is committed here, in one transaction,
never backwards, and only after that does the cosignature leave the node. The mirror has a name and a key of its own,
since its cosignature promises more than the witness's.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from comity.federation import witness
from comity.federation.forks import keep_fork
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import home, quantum, roster, rotation
from comity.journal.models import Cosignature, Journal, Mirrored
from comity.journal.selectors import own
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.cosignature import cosign
from comity.kernel.errors import ConflictError, ForkError, IntegrityError, PartnerError
from comity.kernel.identifiers import origin_hash

COSIGNATURE = "mirror/cosignature"


@dataclass(frozen=True, slots=True)
class Committed:
    """The mirror's checkpoint of one journal: its size, the checkpoint as its log signed it, our cosignature lines."""

    size: int
    signed: str
    line: str

    @property
    def note(self) -> str:
        return self.signed + self.line


def next_entry(journal: Journal, row: Mirrored) -> int:
    """How many entries of a journal lie durably here, whoever brought them."""
    return max(journal.next_index, row.held)


def commit(journal: Journal, raw: bytes) -> Committed | None:
    """Commit a checkpoint that the log signed, and cosign it. None where a later one is committed already.

    Raises ConflictError where not every entry is here, ForkError where the copy is of another tree, IntegrityError
    where the copy is not what this mirror has cosigned before.
    """
    signed = roster.keyring(journal).verify(raw)
    store = home.store(journal)
    with transaction.atomic():
        Mirrored.objects.get_or_create(journal=journal)
        row = Mirrored.objects.select_for_update().get(journal=journal)
        journal.refresh_from_db()
        if signed.size < row.size or signed.size == 0:
            return None
        if signed.size == row.size and signed.root.hex() == row.root:
            return committed(journal)
        if signed.size > next_entry(journal, row):
            raise ConflictError(
                f"Of {signed.size} entries {next_entry(journal, row)} are here: nothing is cosigned as held.",
                place=journal.origin,
            )
        fork = store.frontier(signed.size).root() != signed.root
        if not fork:
            if row.size and store.frontier(row.size).root().hex() != row.root:
                raise IntegrityError(
                    f"The copy no longer holds the {row.size} entries that this node's mirror has cosigned.",
                    place=journal.origin,
                    remedy="Run `comity fsck`; restore the copy from a backup or from the partner.",
                )
            _cosign(journal, row, signed, raw)
    if fork:
        reason = f"Its tree of {signed.size} entries is not the one that this node holds."
        keep_fork(journal, row.checkpoint or row.pending_checkpoint, raw.decode(), reason)
        raise ForkError(reason, place=journal.origin, remedy="Speak with the partner: the evidence is kept.")
    return committed(journal)


def _cosign(journal: Journal, row: Mirrored, signed: Checkpoint, raw: bytes) -> None:
    key = rotation.signers(own(), "mirror")[0]
    time = int(clock.now().timestamp())
    line = cosign(signed.text(), key, time).line()
    row.size, row.root, row.checkpoint, row.cosigned_at = signed.size, signed.root.hex(), raw.decode(), time
    if row.pending_size < signed.size:
        row.pending_size, row.pending_root, row.pending_checkpoint = signed.size, signed.root.hex(), raw.decode()
    row.save()
    Cosignature.objects.update_or_create(
        journal=journal,
        size=signed.size,
        name=key.name,
        defaults={
            "root": signed.root.hex(),
            "vkey": str(key.verifier),
            "line": line,
            "checkpoint": raw.decode(),
            "time": time,
            "party": own().party,
            **quantum.columns("mirror", signed.text(), time),
        },
    )


def committed(journal: Journal) -> Committed | None:
    """The mirror's checkpoint of a journal, with its cosignature; None before the first.

    While keys overlap there is a line by each: the log's owner may know the old one only, or the new one only.
    """
    row = Mirrored.objects.filter(journal=journal, size__gt=0).first()
    if row is None:
        return None
    keys = rotation.signers(own(), "mirror")
    mine = Cosignature.objects.filter(journal=journal, size=row.size, name=keys[0].name).first()
    text = parse_checkpoint(row.checkpoint.encode()).checkpoint.text()
    lines = [
        mine.line if mine is not None and mine.vkey == str(key.verifier) else cosign(text, key, row.cosigned_at).line()
        for key in keys
    ]
    lines.append(quantum.told(mine, "mirror", text) if mine is not None else "")
    return Committed(row.size, row.checkpoint, "".join(f"{line.rstrip()}\n" for line in lines if line))


def commit_copy(journal: Journal) -> Committed | None:
    """Commit the checkpoint of this node's copy: the follower has published it, so that all before it is durable."""
    raw = home.store(journal).checkpoint()
    return commit(journal, raw) if raw is not None else None


def bring(partner: Partner, client: Client) -> int:
    """Bring the mirror's newest cosignature to the owner, once, and that of the witness with it. 1 if it was new."""
    journal = partner.journal
    row = Mirrored.objects.filter(journal=journal).first() if journal else None
    held = committed(journal) if journal is not None and row is not None and row.brought < row.size else None
    if journal is None or held is None:
        return 0
    lines = witness.cosign_copy(journal, held.signed)
    status, data, _ = client.send("PUT", f"federation/v1/inbox/{COSIGNATURE}", f"{held.note}{lines}".encode())
    if status != 204:
        said = data[:200].decode(errors="replace")
        raise PartnerError(f"The partner did not take the mirror's cosignature: {status}: {said}")
    Mirrored.objects.filter(journal=journal, brought__lt=held.size).update(brought=held.size)
    return 1


def by_hash(origin_sha256: str) -> tuple[Journal, Committed] | None:
    """The mirrored journal whose origin has this hash, and what is committed of it."""
    for row in Mirrored.objects.select_related("journal").filter(size__gt=0, journal__own=False):
        if origin_hash(row.journal.origin) == origin_sha256:
            held = committed(row.journal)
            return (row.journal, held) if held else None
    return None
