"""A party that joins a running agreement follows journals of partners that it cannot reach from the copies of others.

Its people compare the fingerprint of the card with the people of the card's party; after that the bytes may come from
anybody, for each proves itself against the log key of the card. Openings come from their owner alone, once paired.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction

from comity.confidential import sealed
from comity.federation import domain, succession
from comity.federation.domain import Card
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.source import Client, CopyOf
from comity.federation.verified import VerifiedTree
from comity.journal import home, takeover
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.kernel.errors import ComityError, ConflictError, NotFoundError, PartnerError
from comity.registers import projection
from comity.registers.models import Right

if TYPE_CHECKING:
    from comity.federation.rounds import Round, Tick

AT_ONCE = 2048


def fingerprint(note: str) -> str:
    """30 digits in six groups over one card: to be read by telephone by the people whose card it is."""
    digest = hashlib.sha256(f"comity/card-fingerprint/1\n\n{note}".encode()).digest()
    digits = f"{int.from_bytes(digest[:16]) % 10**30:030d}"
    return " ".join(digits[at : at + 5] for at in range(0, 30, 5))


def introduce(note: str, read_out: str) -> Partner:
    """Note a partner whose card came by any way and whose people read out its fingerprint: it may be followed."""
    card = domain.read_card(note)
    if "".join(read_out.split()) != "".join(fingerprint(note).split()):
        raise ConflictError(
            "The fingerprints differ: this is not the card of those who read it out.",
            place=card.party,
            remedy="Do not go on. Get the card over another way.",
        )
    with transaction.atomic():
        mine = own()
        if card.origin == mine.origin or card.party == mine.party:
            raise ConflictError(f"The card is of this node's own party {card.party}.")
        succession.check_party(card.origin, card.party)
        if Partner.objects.filter(journal__origin=card.origin).exists():
            raise ConflictError(
                "This partner is known already.", place=card.origin, remedy="See `comity partner list`."
            )
        journal, _ = Journal.objects.get_or_create(origin=card.origin, defaults={"vkey": card.log})
        return Partner.objects.create(
            journal=journal,
            party=card.party,
            card=note,
            url=card.url,
            state=Partner.State.INTRODUCED,
            fingerprint=fingerprint(note),
            openings_to=journal.next_index,
        )


def follow(partner: Partner, done: Round, tick: Tick | None = None) -> None:
    """Follow the journal of an introduced partner from the copies that paired partners hold, the first that answers."""
    journal = partner.journal
    if journal is None:
        return
    said: list[str] = []
    for holder in Partner.objects.filter(state=Partner.State.PAIRED).exclude(url="").order_by("pk"):
        client = Client(holder.url, home.signing_key("transport"))
        try:
            followed = Follower(journal, CopyOf(client, journal.origin)).round(tick)
        except NotFoundError:
            said.append(f"{holder.party} holds no copy of it.")
            continue
        except PartnerError as error:
            said.append(f"{holder.party}: {error}")
            continue
        finally:
            client.close()
            _note(partner, journal)
        done.size = max(done.size, followed.size)
        done.stored += followed.stored
        done.applied += followed.applied
        done.held += followed.held
    if not done.size:
        raise PartnerError(" ".join(said) or "No paired partner has an address to fetch a copy from.")


def _note(partner: Partner, journal: Journal) -> None:
    journal.refresh_from_db()
    partner.openings_to = journal.next_index
    partner.save(update_fields=["openings_to"])


def late_openings(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    """Ask the owner for the openings of entries that had come from copies, and put the search text in step."""
    journal = partner.journal
    if journal is None or client is None or not partner.openings_to:
        return
    follower = Follower(journal, client)
    tree = VerifiedTree(follower.store.fetch, journal.next_index, follower.store.frontier(journal.next_index).root())
    for start in range(0, partner.openings_to, AT_ONCE):
        stop = min(partner.openings_to, start + AT_ONCE)
        entries = [data for _, data in follower.store.entries(start, stop)]
        given, waiting = follower.puller.openings(tree, start, entries)
        with transaction.atomic():
            sealed.keep(journal, waiting)
            takeover.add_openings(journal, given.items())
            projection.reproject(Right.objects.filter(journal=journal, entry__in=list(given)))
    partner.openings_to = 0
    partner.save(update_fields=["openings_to"])


def card_note(party: str) -> tuple[Card, str]:
    """The card of a known party, to be handed to another."""
    row = Partner.objects.filter(party=party).exclude(card="").order_by("-pk").first()
    if row is None:
        raise NotFoundError(f"No card of {party} is known here.")
    try:
        return domain.read_card(row.card), row.card
    except ComityError as error:
        raise error.at(f"card of {party}") from None
