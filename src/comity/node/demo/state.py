"""How far a node of the demonstration is, for the program that plays both its operators."""

from __future__ import annotations

from typing import Any

from comity.evidence import files
from comity.federation import selectors as federation
from comity.journal import selectors as journals
from comity.journal.models import Journal
from comity.registers import selectors as registers


def state() -> dict[str, Any]:
    counts = registers.count_by_party()
    missing = images = 0
    for journal in Journal.objects.all():
        for sha256 in registers.images_of(journal):
            images += 1
            missing += not files.has(sha256)
    return {
        "journals": {
            view.party: {
                "size": view.size,
                "applied": view.applied,
                "pending": view.pending,
                "held": view.held,
                "rights": counts.get(view.party, 0),
                "cosigned": max((c.size for c in view.cosignatures), default=-1),
                "cosignatures": len(view.cosignatures),
            }
            for view in journals.overview()
            if view.party
        },
        "partners": {
            view.party: {"state": view.state, "fingerprint": view.fingerprint} for view in federation.partners()
        },
        "receipts_due": federation.receipts_due(),
        "images": images,
        "images_missing": missing,
    }
