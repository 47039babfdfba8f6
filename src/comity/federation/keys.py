"""The public keys that this node knows: its own and its partners', by their cards and their journals' rosters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.federation import domain
from comity.federation.domain import Card
from comity.federation.models import Partner
from comity.journal import home, roster
from comity.journal.models import Journal, JournalKey
from comity.kernel.errors import ConflictError
from comity.kernel.notes import VerifierKey
from comity.kernel.sealing import SealingPublic

SHOWN = ("log", "witness", "mirror", "extract", *home.MLDSA)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key as the roster of its journal says; without a roster, as the card does.

    `since` and `until`: the sizes of the trees for which it counts, both included; `until` None: it still counts.
    """

    party: str
    role: str
    key: VerifierKey
    state: str = "active"
    since: int = 0
    until: int | None = None

    @property
    def used(self) -> bool:
        return self.state in roster.IN_USE


def of_card(card: Card, role: str) -> tuple[VerifierKey, ...]:
    """The keys of a role that a partner may use now, the oldest first.

    They are those of its roster, as far as its journal was applied here, and that of the card until the roster names
    it: the card may be younger than what was followed.
    """
    journal = Journal.objects.filter(origin=card.origin).first()
    return tuple(known.key for known in _of(card, journal, role) if known.used)


def transport(partners: Iterable[Partner]) -> Iterator[tuple[Partner, KnownKey]]:
    """Every transport key of these partners, ended ones too: of roster and card, and those told (`newkeys`) until the
    roster, as far as it was applied here, names them.
    """
    for partner in partners:
        found = _of(domain.read_card(partner.card), partner.journal, "transport")
        told = [KnownKey(partner.party, "transport", VerifierKey.parse(text)) for text in partner.told_keys.split()]
        for known in (*found, *(item for item in told if item.key not in {other.key for other in found})):
            yield partner, known


def _of(card: Card, journal: Journal | None, role: str) -> list[KnownKey]:
    rows = roster.keys_of(journal, role) if journal is not None else []
    found = [_known(card.party, row) for row in rows if roster.is_verifier(row.vkey)]
    given = card.quantum(role.removesuffix("-mldsa")) if role in home.MLDSA else card.key(role)
    if given is None or given in {known.key for known in found}:
        return found
    return [*found, KnownKey(card.party, role, given)]


def _known(party: str, row: JournalKey) -> KnownKey:
    return KnownKey(party, row.role, VerifierKey.parse(row.vkey), row.state, row.since, row.until)


def known(roles: Iterable[str] = SHOWN) -> list[KnownKey]:
    """The keys of this node, then of every partner whose fingerprint was confirmed, ended ones too.

    An old extract was signed by an old key.
    """
    found: list[KnownKey] = []
    mine = Journal.objects.filter(own=True).first()
    if mine is not None:
        for role in roles:
            rows = [row for row in roster.keys_of(mine, role) if roster.is_verifier(row.vkey)]
            found += [_known(mine.party, row) for row in rows]
            if not rows and role not in home.MLDSA:
                found.append(KnownKey(mine.party, role, home.signing_key(role).verifier))
    states = (Partner.State.PAIRED, Partner.State.STOPPED)
    for partner in Partner.objects.filter(state__in=states).exclude(card="").select_related("journal"):
        card = domain.read_card(partner.card)
        found += [item for role in roles for item in _of(card, partner.journal, role)]
    return found


def sealing_of(card: Card) -> SealingPublic:
    """The key for which everything for a partner is sealed: of its roster, or of the card until the roster names it.

    Raises ConflictError where the partner has ended every sealing key and named no other.
    """
    journal = Journal.objects.filter(origin=card.origin).first()
    rows = roster.keys_of(journal, home.SEALING) if journal is not None else []
    if journal is None or card.sealing not in {row.vkey for row in rows}:
        return card.sealing_key()
    found = roster.sealing(journal)
    if found is None:
        raise ConflictError(
            f"{card.party} has no sealing key: nothing can be sealed for it.",
            place=card.origin,
            remedy="Ask the partner to name one: `comity key list` shows it there.",
        )
    return found


def sealing() -> list[tuple[str, SealingPublic]]:
    """`(party, key)`: for which key something is sealed for a party. They verify nothing."""
    mine = Journal.objects.filter(own=True).first()
    found = [(mine.party, roster.sealing(mine) or home.sealing_key().public)] if mine is not None else []
    states = (Partner.State.PAIRED, Partner.State.STOPPED)
    for partner in Partner.objects.filter(state__in=states).exclude(card=""):
        card = domain.read_card(partner.card)
        found.append((card.party, sealing_of(card)))
    return found
