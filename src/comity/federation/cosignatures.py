"""Cosignatures of partners' witnesses on this node's checkpoints (C2SP tlog-cosignature)."""

from __future__ import annotations

from comity.federation.domain import Card
from comity.journal import home
from comity.journal.models import Cosignature, Journal
from comity.kernel.checkpoint import Checkpoint, verify_checkpoint
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.errors import FormatError, PartnerError
from comity.kernel.notes import VerifierKey, parse_note


def last_size(mine: Journal, card: Card) -> int | None:
    """How much of the own journal the partner's witness has cosigned, as far as is known here."""
    rows = Cosignature.objects.filter(journal=mine, name=card.key("witness").name)
    return rows.order_by("-size").values_list("size", flat=True).first()


def keep(mine: Journal, card: Card, signed: Checkpoint, raw: bytes, lines: bytes) -> None:
    """Keep the partner's cosignature on `raw`, which this node signed. PartnerError where `lines` has none of it.

    SignatureError where it does not verify.
    """
    key = card.key("witness")
    for signature in parse_note(raw + lines).signatures:
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
                    "party": card.party,
                },
            )
            return
    raise PartnerError("The partner's witness answered without its cosignature.")


def take(mine: Journal, card: Card, body: bytes) -> None:
    """Keep a cosignature that a partner whom nobody can reach has brought: `<checkpoint><cosignature line>`.

    Raises FormatError for a checkpoint that this node did not sign.
    """
    lines = body.splitlines(keepends=True)
    if len(lines) < 6:
        raise FormatError("A checkpoint of this node and one cosignature on it are expected.")
    raw, brought = b"".join(lines[:-1]), lines[-1]
    signed = verify_checkpoint(raw, [VerifierKey.parse(mine.vkey)])
    if not 0 < signed.size <= mine.size or home.store(mine).frontier(signed.size).root() != signed.root:
        raise FormatError("This node's journal has no such checkpoint.", place=f"size {signed.size}")
    keep(mine, card, signed, raw, brought)
