"""What partners know of this node's keys, before one of them is ended."""

from __future__ import annotations

from django.conf import settings

from comity.federation.models import Partner
from comity.journal import roster
from comity.journal.models import Cosignature, Journal
from comity.kernel.errors import ConflictError


def behind(mine: Journal, role: str) -> list[str]:
    """Paired parties that are not known to have applied the entry that names the newest key of a role.

    A partner is known to have, when its witness has cosigned a tree that holds the entry.
    """
    rows = [row for row in roster.keys_of(mine, role) if row.state in roster.IN_USE]
    since = rows[-1].since if rows else 0
    parties = Partner.objects.filter(state=Partner.State.PAIRED).order_by("party").values_list("party", flat=True)
    signed = Cosignature.objects.filter(journal=mine, size__gte=since)
    return [party for party in parties if not signed.filter(party=party).exists()]


def check_reachable(mine: Journal, role: str, parties: list[str]) -> None:
    """Refuse to end a transport key that a partner still needs to let this node in.

    A node that nobody can reach hands its journal over: a partner that knows only the old key would take nothing more
    from it, and so never learn of the new one. ConflictError then.
    """
    if role == "transport" and parties and not settings.COMITY.url:
        raise ConflictError(
            f"{', '.join(parties)} cannot reach this node and would not let its new transport key in.",
            place="transport",
            remedy="Wait until the partner has followed (`comity partner list`), or stop exchanging with it first.",
        )
