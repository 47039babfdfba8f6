"""The step of a round that opens what came sealed for a key before that key was here."""

from __future__ import annotations

from comity.confidential import sealed
from comity.federation.models import Partner


def open_waiting(partner: Partner, *_round: object) -> None:
    """Try what was kept sealed of a partner's journal with the keys that are here now."""
    if partner.journal is not None:
        sealed.open_waiting(partner.journal)
