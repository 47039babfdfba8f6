"""Pairing with a partner, and one round of exchange with it."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from comity.evidence import files
from comity.federation import cosignatures, delivery, domain
from comity.federation.delivery import Inbox
from comity.federation.domain import Card
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.source import Client, Source
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import ComityError, ConflictError, ForkError, FormatError, NotFoundError, PartnerError
from comity.kernel.merkle import consistency_proof
from comity.kernel.witness import format_add_checkpoint
from comity.registers import selectors as registers

logger = logging.getLogger("comity.federation")

BACKOFF_MOST = timedelta(minutes=5)
FILES_A_ROUND = 500


def own_card() -> str:
    """This node's card, signed by its log key."""
    journal = own()
    keys = {role: str(home.signing_key(role).verifier) for role in domain.ROLES}
    card = Card(
        origin=journal.origin,
        party=journal.party,
        name=journal.name,
        url=settings.COMITY.url,
        role="party",
        log=keys["log"],
        witness=keys["witness"],
        transport=keys["transport"],
        extract=keys["extract"],
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
            f"The partner refused: {_problem(data)}",
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
        journal, new = Journal.objects.get_or_create(origin=card.origin, defaults={"vkey": card.log})
        if not new and journal.vkey != card.log:
            raise ConflictError(
                "This origin is known here with another log key.",
                place=card.origin,
                remedy="A lost key opens a new origin; speak with the partner before you go on.",
            )
        known = Partner.objects.filter(journal=journal).first()
        if known is not None and known.state == Partner.State.PAIRED:
            raise ConflictError("The nodes are paired already.", place=card.origin)
        if known is not None and partner is not None and known.pk != partner.pk:
            known.delete()
        row = partner or known or Partner(party=card.party)
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
    partner.state, partner.paired_at = Partner.State.PAIRED, timezone.now()
    partner.failures, partner.next_try = 0, None
    partner.save()
    return partner


def stop(partner: Partner) -> None:
    """Exchange no more with a partner; what was received stays."""
    partner.state = Partner.State.STOPPED
    partner.save(update_fields=["state"])


def card_of(partner: Partner) -> Card:
    return domain.read_card(partner.card)


@dataclass(slots=True)
class Round:
    """What one round of exchange with a partner brought."""

    party: str
    size: int = 0
    stored: int = 0
    applied: int = 0
    held: int = 0
    cosigned: int = 0
    files: int = 0
    delivered: int = 0
    error: str = ""
    fork: bool = False
    notes: list[str] = field(default_factory=list)


def exchange(partner: Partner, tick: Callable[[int, int], None] | None = None) -> Round:
    """Follow the partner's journal, fetch its images, have our checkpoint cosigned, deliver if nobody reaches us.

    Only outgoing calls. What fails is noted with the partner and tried again later; a failure of one step does not
    keep the others from being tried.
    """
    done = Round(partner.party)
    client = Client(partner.url, home.signing_key("transport")) if partner.url else None
    errors: list[str] = []
    try:
        for step in (_follow, _fetch_files, _be_cosigned, _deliver):
            try:
                step(partner, client, done, tick)
            except ForkError as error:
                done.fork = True
                errors.append(str(error))
            except ComityError as error:
                errors.append(str(error))
                if isinstance(error, PartnerError) and "cannot be reached" in error.message:
                    break
    finally:
        if client is not None:
            client.close()
    done.error = " ".join(dict.fromkeys(errors))
    _note(partner, done)
    return done


def _note(partner: Partner, done: Round) -> None:
    now = timezone.now()
    if done.error:
        partner.failures += 1
        # 1 s, 2 s, 4 s … up to five minutes: a partner that is down is not hammered, one that is back is soon found.
        pause = min(timedelta(seconds=2 ** min(partner.failures - 1, 9)), BACKOFF_MOST)
        partner.next_try = now + pause
    else:
        partner.failures, partner.next_try, partner.last_contact = 0, None, now
    if done.size:
        partner.their_size = done.size
    partner.last_error = done.error[:2000]
    fields = ["failures", "next_try", "last_contact", "last_error", "their_size"]
    partner.save(update_fields=fields)


def _source(journal: Journal, client: Client | None) -> Source:
    return client if client is not None else Inbox(journal)


def _follow(
    partner: Partner, client: Client | None, done: Round, tick: Callable[[int, int], None] | None = None
) -> None:
    if partner.journal is None:
        return
    source = _source(partner.journal, client)
    delivered = delivery.complete(partner.journal) if client is None else {}
    try:
        followed = Follower(partner.journal, source).round(tick)
    except NotFoundError as error:
        if client is None:
            return  # Nothing was delivered yet.
        raise PartnerError(f"The partner serves no journal: {error}") from error
    delivery.drop(delivered)
    done.size, done.stored, done.applied, done.held = followed.size, followed.stored, followed.applied, followed.held


def _fetch_files(
    partner: Partner, client: Client | None, done: Round, tick: Callable[[int, int], None] | None = None
) -> None:
    if partner.journal is None:
        return
    source = _source(partner.journal, client)
    missing: list[str] = []
    for sha256 in registers.images_of(partner.journal):
        if not files.has(sha256):
            missing.append(sha256)
            if len(missing) >= FILES_A_ROUND:
                break
    absent = 0
    for sha256 in missing:
        try:
            data = source.get(f"federation/v1/files/{sha256}")
        except NotFoundError:
            absent += 1
            continue
        if files.digest(data) != sha256:
            raise PartnerError("A file of the partner does not hash to its name.", place=sha256)
        files.put(data)
        done.files += 1
        if client is None:
            delivery.drop_file(partner.journal, sha256)
    if absent:
        done.notes.append(f"{absent} images are named by the partner's records and not served by it.")


def _be_cosigned(
    partner: Partner, client: Client | None, done: Round, tick: Callable[[int, int], None] | None = None
) -> None:
    """Ask the partner's witness for its cosignature on our newest checkpoint."""
    if client is None:
        return
    mine = own()
    store = home.store(mine)
    raw = store.checkpoint()
    if raw is None:
        return
    signed = parse_checkpoint(raw).checkpoint
    card = card_of(partner)
    last = cosignatures.last_size(mine, card)
    old = last or 0
    if last == signed.size:
        done.cosigned = last
        return
    for _ in range(2):
        proof = consistency_proof(old, signed.size, store.reader(signed.size).hash) if 0 < old < signed.size else []
        body = format_add_checkpoint(old, proof, raw)
        status, data, content_type = client.send("POST", "witness/add-checkpoint", body)
        if status != 409 or content_type.split(";")[0] != "text/x.tlog.size":
            break
        said = data.decode("ascii", "replace").strip()
        if not (said.isascii() and said.isdecimal() and len(said) < 19):
            raise PartnerError("The partner's witness does not say how much it has cosigned.", place=said[:40])
        old = int(said)
        if old > signed.size:
            raise PartnerError(
                f"The partner's witness has cosigned {old} entries of our journal; it has {signed.size}.",
                place=mine.origin,
                remedy="This node was restored from an older state. Stop it and read docs/operate.",
            )
    if status != 200:
        raise PartnerError(f"The partner's witness answered {status}: {_problem(data)}")
    cosignatures.keep(mine, card, signed, raw, data)
    done.cosigned = signed.size


def _deliver(
    partner: Partner, client: Client | None, done: Round, tick: Callable[[int, int], None] | None = None
) -> None:
    if client is not None and not settings.COMITY.url:
        done.delivered = delivery.deliver(partner, client)
        done.delivered += delivery.bring_cosignature(partner, client)


def _problem(data: bytes) -> str:
    text = data[:300].decode(errors="replace").strip()
    try:
        body = json.loads(text)
    except ValueError:
        return text
    return str(body.get("detail") or body.get("title") or text) if isinstance(body, dict) else text


def openings_of(journal: Journal, start: int, end: int) -> bytes:
    """The openings of own entries for a partner, one JSON object a line: of all that a checkpoint on file covers.

    The file comes first and the database lags behind it: a partner that saw the checkpoint must get all openings, for
    it does not ask again.
    """
    if not 0 <= start <= end <= start + 8192:
        raise FormatError("At most 8,192 entries' openings are given at once.", place=f"{start}-{end}")
    lines = [
        b'{"index":%d,"openings":%s}\n' % (index, data.encode())
        for index, data in vault.between(journal, start, min(end, signed_size(journal)))
    ]
    return b"".join(lines)


def signed_size(journal: Journal) -> int:
    """How many entries the checkpoint on file covers."""
    raw = home.store(journal).checkpoint()
    return parse_checkpoint(raw).checkpoint.size if raw else 0


def due() -> list[Partner]:
    """Paired partners whose turn it is."""
    now = timezone.now()
    rows = Partner.objects.filter(state=Partner.State.PAIRED).select_related("journal")
    return [row for row in rows if row.next_try is None or row.next_try <= now]


def known_journals() -> dict[str, Journal]:
    """The journals that this node's witness cosigns: those of paired partners."""
    rows = Partner.objects.filter(state=Partner.State.PAIRED).select_related("journal")
    return {row.journal.origin: row.journal for row in rows if row.journal is not None}
