"""Whose answer a node waits for that does not know whether it was rolled back.

Each partner may hold something that this node signed and no longer has, and that nobody else has seen. So all are
waited for, unless a policy on file says what counts: then those who answered must be able to make an entry final, and
all others together must not, so that nothing final is forgotten. What was signed and is not final may be: a silent
partner that has seen it tells of it when it comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from comity.federation import keys
from comity.federation.domain import read_card
from comity.federation.models import Partner
from comity.journal import finality, home
from comity.journal.models import Journal
from comity.kernel.errors import ConfigurationError
from comity.kernel.notes import VerifierKey

COSIGNING = ("witness", "mirror", *home.MLDSA)


def lacking(journal: Journal, partners: Collection[Partner], silent: Collection[str]) -> tuple[str, ...]:
    """The parties whose answer is waited for, of those that are silent; none where those who answered are enough.

    A policy that cannot be used makes nothing final: then all are waited for.
    """
    try:
        policy = finality.rule_of(journal).policy
    except ConfigurationError:
        policy = None
    if policy is not None:
        here = policy.names(_cosigners(row for row in partners if row.party not in silent))
        if policy.satisfied(here) and not policy.satisfied(policy.witnesses.keys() - here):
            return ()
    return tuple(row.party for row in partners if row.party in silent)


def _cosigners(partners: Iterable[Partner]) -> frozenset[VerifierKey]:
    cards = [read_card(row.card) for row in partners if row.card]
    return frozenset(key for card in cards for role in COSIGNING for key in keys.of_card(card, role))
