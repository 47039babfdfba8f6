"""Steps of a round that make entries final: this node cosigns what it holds, and notes what partners hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.federation import caught_up, cosignatures, mirror
from comity.federation.services import card_of
from comity.journal import standing
from comity.journal.selectors import own
from comity.kernel.errors import NotFoundError
from comity.kernel.identifiers import origin_hash

if TYPE_CHECKING:
    from comity.federation.models import Partner
    from comity.federation.rounds import Round, Tick
    from comity.federation.source import Client


def hold(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    """Commit and cosign what was just stored of the partner's journal, and tell the partner at once if it is reached.

    A partner that cannot be reached fetches it from `mirror/…/checkpoint`.
    """
    if partner.journal is None or standing.read() is not None:
        return
    if not caught_up.settle(partner.journal):
        return
    mirror.commit_copy(partner.journal)
    if client is not None:
        mirror.bring(partner, client)


def be_held(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    """Ask the partner's mirror how much of our journal it holds, where we do not know it yet."""
    if client is None:
        return
    mine, card = own(), card_of(partner)
    done.mirrored = cosignatures.last_size(mine, card.key("mirror").name) or 0
    if done.mirrored >= mine.size:
        return
    try:
        data = client.get(f"mirror/{origin_hash(mine.origin)}/checkpoint")
    except NotFoundError:
        return  # It holds nothing yet.
    done.mirrored = cosignatures.fetched(mine, card, data)
