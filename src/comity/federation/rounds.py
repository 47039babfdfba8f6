"""One round of exchange with a partner: a row of steps, each tried even where another failed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from comity.federation import (
    about,
    caught_up,
    cosignatures,
    delivery,
    introduced,
    mirror_steps,
    newkeys,
    own_files,
    receipts,
    recovery,
    third,
)
from comity.federation.delivery import Inbox
from comity.federation.follow import Follower
from comity.federation.keys import of_card
from comity.federation.models import Partner
from comity.federation.news import News
from comity.federation.services import card_of, problem
from comity.federation.source import Client
from comity.federation.transfer import Transfer
from comity.federation.waiting import open_waiting
from comity.journal import home, quantum, standing
from comity.journal.selectors import own
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import ComityError, ForkError, NotFoundError, PartnerError
from comity.kernel.merkle import consistency_proof
from comity.kernel.witness import format_add_checkpoint

logger = logging.getLogger("comity.federation")

Tick = Callable[[int, int], None]


@dataclass(slots=True)
class Round:
    """What one round of exchange with a partner brought."""

    party: str
    size: int = 0
    stored: int = 0
    applied: int = 0
    held: int = 0
    cosigned: int = 0
    mirrored: int = 0
    files: int = 0
    delivered: int = 0
    receipts: int = 0
    error: str = ""
    fork: bool = False
    # In how many seconds there is more to do with this partner, whoever says anything; None: nothing is known of.
    again_s: float | None = None
    notes: list[str] = field(default_factory=list)

    def again(self, seconds: float) -> None:
        """There is more to do in so many seconds."""
        self.again_s = seconds if self.again_s is None else min(self.again_s, seconds)


def exchange(partner: Partner, tick: Tick | None = None, client: Client | None = None) -> Round:
    """Follow the partner's journal, fetch its images, have our checkpoint cosigned, deliver if nobody reaches us.

    Only outgoing calls, by `client` where the caller keeps one. What fails is noted with the partner and tried again
    later; a failure of one step does not keep the others from being tried.
    """
    done = Round(partner.party)
    if partner.state == Partner.State.INTRODUCED:
        return _from_copies(partner, done, tick)
    kept = client is not None
    if client is None and partner.url:
        client = Client(partner.url, home.signing_key("transport"))
    errors: list[str] = []
    unreached = False
    try:
        for step in STEPS:
            if unreached and step not in AT_HOME:
                continue
            try:
                step(partner, client, done, tick)
            except ForkError as error:
                done.fork = True
                errors.append(str(error))
            except ComityError as error:
                errors.append(str(error))
                unreached = unreached or (isinstance(error, PartnerError) and "cannot be reached" in error.message)
    finally:
        if client is not None and not kept:
            client.close()
    done.error = " ".join(dict.fromkeys(errors))
    _note(partner, done)
    return done


def _from_copies(partner: Partner, done: Round, tick: Tick | None) -> Round:
    """A round with a partner that is not paired: it is asked nothing, its journal comes from others' copies."""
    try:
        introduced.follow(partner, done, tick)
    except ForkError as error:
        done.fork, done.error = True, str(error)
    except ComityError as error:
        done.error = str(error)
    _note(partner, done)
    return done


def _note(partner: Partner, done: Round) -> None:
    now = timezone.now()
    # It may quote what the partner answered: PostgreSQL takes no NUL, and a line of the log is one line.
    done.error = "".join(char if char.isprintable() else "\ufffd" for char in done.error)
    if done.error:
        partner.failures += 1
        # 1 s, 2 s, 4 s … up to what is set: a partner that is down is not hammered, one that is back is soon found.
        pause = min(float(2 ** min(partner.failures - 1, 17)), settings.COMITY.retry_seconds)
        partner.next_try = now + timedelta(seconds=pause)
    else:
        partner.failures, partner.next_try, partner.last_contact = 0, None, now
    if done.size:
        partner.their_size = done.size
    partner.last_error = done.error[:2000]
    fields = ["failures", "next_try", "last_contact", "last_error", "their_size"]
    partner.save(update_fields=fields)


def _follow(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    if partner.journal is None:
        return
    source = News(client, partner.journal.next_index) if client is not None else Inbox(partner.journal)
    delivered = delivery.complete(partner.journal) if client is None else {}
    try:
        followed = Follower(partner.journal, source).round(tick)
    except NotFoundError as error:
        if client is None:
            return  # Nothing was delivered yet.
        raise PartnerError(f"The partner serves no journal: {error}") from error
    delivery.drop(delivered)
    done.size, done.stored, done.applied, done.held = followed.size, followed.stored, followed.applied, followed.held


def _fetch_files(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    if partner.journal is None:
        return
    source = client if client is not None else Inbox(partner.journal)
    transfer = Transfer(partner, partner.journal, source, delivered=client is None)
    try:
        transfer.run()
    finally:
        done.files, done.notes = transfer.files, transfer.notes
    if transfer.cut:
        done.again(0.0)
    if client is not None:
        back = own_files.take_back(partner, client)
        done.files += back.files
        if back.cut:
            done.again(0.0)


def _be_cosigned(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
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
    last = cosignatures.last_size(mine, card.key("witness").name)
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
            standing.mark(standing.PARTNER)
            raise PartnerError(
                f"The partner's witness has cosigned {old} entries of our journal; it has {signed.size}.",
                place=mine.origin,
                remedy="This node was rolled back to an older state; it reads only until it has come back.",
            )
    if status != 200:
        raise PartnerError(f"The partner's witness answered {status}: {problem(data)}")
    second = of_card(card, quantum.role_of("witness"))
    if not any(cosignatures.keep(mine, key, card.party, signed, raw, data, second) for key in of_card(card, "witness")):
        raise PartnerError("The partner's witness answered without its cosignature.")
    done.cosigned = signed.size


def _deliver(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    if client is not None and not settings.COMITY.url:
        done.delivered = delivery.deliver(partner, client)
        done.delivered += delivery.bring_cosignature(partner, client)


def _ask(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    """Ask a partner that was away, or was not asked yet, whether it holds more of our journal than we do."""
    if client is not None:
        recovery.ask(partner, client)
    standing.refuse()
    caught_up.learn(partner, client)


def _answer(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    done.receipts = receipts.answer(partner)
    if receipts.due(partner):
        done.again(receipts.EACH_S)


def _learn(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    about.learn(partner, client)


def _tell_keys(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    newkeys.bring(partner, client)


# In this order: what we may have forgotten, what is received, then what is asked for, then what is brought.
STEPS = (
    _tell_keys,
    _ask,
    _follow,
    introduced.late_openings,
    open_waiting,
    mirror_steps.hold,
    _answer,
    _learn,
    _fetch_files,
    _be_cosigned,
    mirror_steps.be_held,
    third.be_witnessed,
    _deliver,
)
# What needs no partner at the other end: it is done for what came before the line was cut.
AT_HOME = (_answer, open_waiting)
