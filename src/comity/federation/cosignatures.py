"""Cosignatures of partners' witnesses and mirrors on this node's checkpoints (C2SP tlog-cosignature)."""

from __future__ import annotations

from collections.abc import Sequence

from comity.federation.domain import COSIGNERS, Card
from comity.federation.keys import of_card
from comity.federation.openings import signed_size
from comity.journal import home, quantum, roster
from comity.journal.models import Cosignature, Journal
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.errors import FormatError, PartnerError
from comity.kernel.notes import Note, Signature, VerifierKey, parse_note


def last_size(mine: Journal, name: str) -> int | None:
    """How much of the own journal a cosigner has cosigned, as far as is known here."""
    rows = Cosignature.objects.filter(journal=mine, name=name)
    return rows.order_by("-size").values_list("size", flat=True).first()


def keep(
    mine: Journal,
    key: VerifierKey,
    party: str,
    signed: Checkpoint,
    raw: bytes,
    lines: bytes,
    second: Sequence[VerifierKey] = (),
) -> bool:
    """Keep the cosignature by `key` on `raw`, which this node signed, and beside it that by the same cosigner's key of
    kind 06, the first of `second` that signed. False where `lines` has none by `key`.

    SignatureError where one of them does not verify.
    """
    signatures = parse_note(raw + lines).signatures
    for signature in signatures:
        if signature.name == key.name and signature.keyid == key.keyid:
            Cosignature.objects.update_or_create(
                journal=mine,
                size=signed.size,
                name=key.name,
                defaults={
                    "root": signed.root.hex(),
                    "vkey": str(key),
                    "line": signature.line(),
                    "checkpoint": raw.decode(),
                    "time": verify_cosignature(signed.text(), signature, key),
                    "party": party,
                    **_second(signatures, signed, second),
                },
            )
            return True
    return False


def _second(signatures: Sequence[Signature], signed: Checkpoint, keys: Sequence[VerifierKey]) -> dict[str, str]:
    for key in keys:
        for signature in signatures:
            if (signature.name, signature.keyid) == (key.name, key.keyid):
                verify_cosignature(signed.text(), signature, key)
                return {"quantum_vkey": str(key), "quantum_line": signature.line()}
    return {"quantum_vkey": "", "quantum_line": ""}


def take(mine: Journal, card: Card, body: bytes) -> int:
    """Keep what a partner brings or serves: `<checkpoint><cosignature lines>` by its witness or its mirror.

    Returns the size that they cover. Raises FormatError for a checkpoint that this node did not sign, PartnerError
    where no line is by a cosigner of the card.
    """
    keys = [(of_card(card, quantum.role_of(role)), of_card(card, role)) for role in COSIGNERS]
    note = parse_note(body)
    names = {(key.name, key.keyid) for second, used in keys for key in (*used, *second)}
    brought = [line for line in note.signatures if (line.name, line.keyid) in names]
    raw = Note(note.text, tuple(line for line in note.signatures if line.name == mine.origin)).encode()
    signed = roster.keyring(mine).verify(raw)
    # Of the file, which comes before the database: the partner may have seen what the row does not say yet.
    if not 0 < signed.size <= signed_size(mine) or home.store(mine).frontier(signed.size).root() != signed.root:
        raise FormatError("This node's journal has no such checkpoint.", place=f"size {signed.size}")
    lines = "".join(f"{line.line().rstrip()}\n" for line in brought).encode()
    # Of several by one cosigner, while its keys overlap, that of the oldest key.
    if not [
        used for second, used in keys if any(keep(mine, key, card.party, signed, raw, lines, second) for key in used)
    ]:
        raise PartnerError("The partner brought no cosignature by its witness or its mirror.")
    return signed.size


def fetched(mine: Journal, card: Card, data: bytes) -> int:
    """Keep what the partner's mirror serves of the own journal. PartnerError where it holds more than was signed here.

    Nothing of it is believed that does not verify.
    """
    size = parse_checkpoint(data).checkpoint.size
    if size > signed_size(mine):
        roster.keyring(mine).verify(data)
        raise PartnerError(
            f"The partner's mirror holds {size} entries of our journal; it has {signed_size(mine)}.",
            place=mine.origin,
            remedy="This node was restored from an older state. Stop it and read docs/operate.",
        )
    return take(mine, card, data)
