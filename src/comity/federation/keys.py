"""The public keys that this node knows: its own and those of the partners' cards."""

from __future__ import annotations

from comity.federation import domain, services
from comity.federation.models import Partner
from comity.kernel.errors import ComityError
from comity.kernel.notes import VerifierKey
from comity.kernel.sealing import SealingPublic

SHOWN = ("log", "witness", "mirror", "extract")


def known() -> list[tuple[str, str, VerifierKey]]:
    """`(party, role, key)` of this node, then of every partner whose fingerprint was confirmed."""
    return [(card.party, role, card.key(role)) for card in _cards() for role in SHOWN]


def sealing() -> list[tuple[str, SealingPublic]]:
    """`(party, key)`: for which key something is sealed for a party. They verify nothing."""
    return [(card.party, card.sealing_key()) for card in _cards()]


def _cards() -> list[domain.Card]:
    cards = []
    try:
        cards.append(domain.read_card(services.own_card()))
    except ComityError:
        # A node without a journal or keys has none of its own to name.
        cards = []
    states = (Partner.State.PAIRED, Partner.State.STOPPED)
    cards += [services.card_of(partner) for partner in Partner.objects.filter(state__in=states).exclude(card="")]
    return cards
