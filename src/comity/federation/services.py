"""Pairing with a partner."""

from __future__ import annotations

import json
import logging
import secrets

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from comity.federation import domain, keys, succession
from comity.federation.domain import Card
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.jobs import bell
from comity.journal import home, quantum, roster
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PartnerError
from comity.kernel.sealing import SealingPublic

logger = logging.getLogger("comity.federation")

# With whom there are rounds of exchange.
FOLLOWED = (Partner.State.PAIRED, Partner.State.INTRODUCED)


def own_card() -> str:
    """This node's card, signed by its log key."""
    journal = own()
    named = {role: str(home.signing_key(role).verifier) for role in domain.ROLES}
    card = Card(
        origin=journal.origin,
        party=journal.party,
        name=journal.name,
        url=settings.COMITY.url,
        role="party",
        log=named["log"],
        witness=named["witness"],
        mirror=named["mirror"],
        transport=named["transport"],
        extract=named["extract"],
        sealing=str(home.sealing_key().public),
        witness_mldsa="".join(str(key.verifier) for key in quantum.keys("witness")[:1]),
        mirror_mldsa="".join(str(key.verifier) for key in quantum.keys("mirror")[:1]),
    )
    return domain.write_card(card, home.signing_key("log"))


def invite(party: str) -> str:
    """Note that `party` is invited; the invitation's text, to be sent to it by any way."""
    token = secrets.token_urlsafe(32)
    Partner.objects.create(party=party, invitation=domain.token_digest(token))
    return domain.write_invitation(own_card(), token)


def accept(text: str) -> Partner:
    """Take an invitation: answer its sender with our card. The fingerprint is then to be compared by telephone."""
    note, token = domain.read_invitation(text)
    card = domain.read_card(note)
    partner = _meet(card, note, None)
    if not card.url:
        raise PartnerError(
            "The inviting node has no address.",
            place=card.origin,
            remedy="Invite it from here: one of two nodes must be reachable.",
        )
    client = Client(card.url, home.signing_key("transport"))
    try:
        body = json.dumps({"card": own_card(), "token": token}).encode()
        status, data, _ = client.send("POST", "federation/v1/pair", body)
    finally:
        client.close()
    if status != 200:
        raise PartnerError(
            f"The partner refused: {problem(data)}",
            place=card.url,
            remedy="An invitation can be used once; ask for another.",
        )
    return partner


def answer_invitation(body: bytes) -> Partner:
    """The inviting side: a card comes back with the invitation's token. Raises ComityError for what is not invited."""
    try:
        given = orjson.loads(body)
        note, token = str(given["card"]), str(given["token"])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError("The answer to an invitation holds a card and a token.") from error
    card = domain.read_card(note)
    with transaction.atomic():
        rows = Partner.objects.select_for_update().filter(state=Partner.State.INVITED)
        partner = rows.filter(invitation=domain.token_digest(token)).first()
        if partner is None:
            raise NotFoundError("No such invitation is open.", remedy="Ask the partner for a new one.")
        if partner.party != card.party:
            raise ConflictError(f"The invitation is for {partner.party}, the card is of {card.party}.")
        return _meet(card, note, partner)


def _meet(card: Card, note: str, partner: Partner | None) -> Partner:
    """Note a partner's card as unconfirmed, and its journal."""
    with transaction.atomic():
        mine = own()
        if card.origin == mine.origin or card.party == mine.party:
            raise ConflictError(f"The card is of this node's own party {card.party}.")
        succession.check_party(card.origin, card.party)
        journal, new = Journal.objects.get_or_create(origin=card.origin, defaults={"vkey": card.log})
        if not new and card.key("log") not in roster.keyring(journal).at(journal.next_index):
            raise ConflictError(
                "This origin is known here with another log key.",
                place=card.origin,
                remedy="A lost key opens a new origin; speak with the partner before you go on.",
            )
        known = Partner.objects.filter(journal=journal).first()
        if known is not None and known.state == Partner.State.PAIRED:
            raise ConflictError("The nodes are paired already.", place=card.origin)
        row = partner or known or Partner(party=card.party)
        if known is not None and partner is not None and known.pk != partner.pk:
            partner.openings_to = known.openings_to
            known.delete()
        row.journal, row.party, row.card, row.url = journal, card.party, note, card.url
        row.state, row.invitation = Partner.State.UNCONFIRMED, ""
        row.fingerprint = domain.fingerprint(own_card(), note)
        row.save()
        return row


def confirm(partner: Partner, fingerprint: str) -> Partner:
    """The people read the same fingerprint to each other: from now on the nodes exchange."""
    if "".join(fingerprint.split()) != "".join(partner.fingerprint.split()):
        raise ConflictError(
            "The fingerprints differ: somebody stands between the nodes, or a card was changed.",
            place=partner.party,
            remedy="Do not confirm. Invite anew over another way.",
        )
    if partner.paired_at is None:
        partner.since = own().next_index
    partner.state, partner.paired_at = Partner.State.PAIRED, timezone.now()
    partner.failures, partner.next_try = 0, None
    partner.save()
    transaction.on_commit(lambda: bell.ring(bell.PARTNERS))
    succession.end_former(partner)
    return partner


def stop(partner: Partner) -> None:
    """Exchange no more with a partner; what was received stays."""
    partner.state = Partner.State.STOPPED
    partner.save(update_fields=["state"])


def stop_all(party: str) -> None:
    """Exchange no more with any node of a party."""
    for partner in Partner.objects.filter(party=party).exclude(state=Partner.State.STOPPED):
        stop(partner)


def card_of(partner: Partner) -> Card:
    return domain.read_card(partner.card)


def sealing_of(partner: Partner) -> SealingPublic:
    """The key for which everything for this partner is sealed."""
    return keys.sealing_of(card_of(partner))


def wait_s(partner: Partner) -> float:
    """How many seconds a partner that did not answer is not tried yet; 0: it may be tried."""
    if partner.next_try is None:
        return 0.0
    wait = (partner.next_try - timezone.now()).total_seconds()
    # Longer than any pause lasts: it was written before the clock was set back.
    return wait if 0 < wait <= settings.COMITY.retry_seconds else 0.0


def problem(data: bytes) -> str:
    """What a partner's answer says is wrong: of its problem details (RFC 9457), or its first characters."""
    text = data[:300].decode(errors="replace").strip()
    try:
        body = json.loads(text)
    except ValueError:
        return text
    return str(body.get("detail") or body.get("title") or text) if isinstance(body, dict) else text
