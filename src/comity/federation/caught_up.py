"""What this node had cosigned of others and may have forgotten: nothing of a journal is cosigned before it caught up.

A witness that was set back to an earlier hour would cosign another tree at a size that it has cosigned before. So after
a restore, or a start without memory, each partner is asked for the largest checkpoint of its journal that this node's
witness or mirror had cosigned, the other partners for the largest that they have seen, and the copy must hold that
tree. What the copy holds cannot be denied any more: witness, mirror and follower compare with it.

With two parties an owner that forks its journal in that very hour, and hides what was cosigned, is believed; whoever
was shown the other tree holds the evidence.
"""

from __future__ import annotations

import logging

from comity.federation.forks import keep_fork
from comity.federation.models import Partner
from comity.federation.source import Client, CopyOf
from comity.journal import home, machine, roster
from comity.journal.models import Cosignature, Journal, Witnessed
from comity.journal.selectors import own
from comity.kernel.checkpoint import Checkpoint, parse_text
from comity.kernel.errors import ComityError, ConflictError, ForkError, NotFoundError, PartnerError
from comity.kernel.merkle import EMPTY

logger = logging.getLogger("comity.federation")

PATH = "federation/v1/cosigned"
ASK_SECONDS = 10.0
ASK, FOLLOW, SURE = Witnessed.Doubt.ASK, Witnessed.Doubt.FOLLOW, Witnessed.Doubt.NONE


def doubt() -> None:
    """This node may have forgotten what it cosigned, of every journal."""
    for journal in Journal.objects.filter(own=False, former=False):
        Witnessed.objects.update_or_create(journal=journal, defaults={"doubt": ASK})


def certain(row: Witnessed) -> bool:
    """Whether this node knows all that it cosigned of a journal. The caller has locked the row."""
    told = machine.remembered(own(), row.journal.origin)
    if row.doubt == SURE and told is not None and told.size > row.size:
        # The database was put back under a node whose own journal does not tell it.
        row.doubt = ASK
        row.save(update_fields=["doubt"])
    return row.doubt == SURE


def refuse(journal: Journal) -> None:
    """Raise ConflictError while this node may have forgotten what it cosigned of a journal."""
    if Witnessed.objects.filter(journal=journal).exclude(doubt=SURE).exists():
        raise forgotten(journal)


def forgotten(journal: Journal) -> ConflictError:
    return ConflictError(
        "This node was set back and does not yet know again what it had cosigned.",
        place=journal.origin,
        remedy="It asks its partners by itself; come again later.",
    )


def learn(partner: Partner, client: Client | None) -> None:
    """Ask once, where there is a doubt, what was cosigned of a partner's journal. PartnerError: it does not answer."""
    journal = partner.journal
    row = Witnessed.objects.filter(journal=journal, doubt=ASK).first() if journal else None
    if journal is None or row is None:
        return
    told = machine.remembered(own(), journal.origin)
    known = [told.text()] if told is not None else []
    if client is not None:
        known += _signed(journal, _get(client, PATH))
    for other in Partner.objects.filter(state=Partner.State.PAIRED).exclude(pk=partner.pk).exclude(url=""):
        known += _signed(journal, _seen_by(other, journal))
    row.learned = max(known, key=lambda text: _read(text).size, default="")
    row.doubt = FOLLOW
    row.save(update_fields=["doubt", "learned"])


def settle(journal: Journal) -> bool:
    """Whether this node may cosign of a journal, since its copy holds all that it may have cosigned.

    ForkError where the copy is of another tree; PartnerError where the partner serves less than was signed.
    """
    row = Witnessed.objects.filter(journal=journal).exclude(doubt=SURE).first()
    if row is None:
        return True
    if row.doubt == ASK:
        return False
    journal.refresh_from_db()
    learned = _read(row.learned) if row.learned else None
    if learned is not None and learned.size > journal.next_index:
        raise PartnerError(
            f"Of {learned.size} entries that the partner has signed {journal.next_index} are here: until they come this"
            " node, which was set back, cosigns nothing of its journal.",
            place=journal.origin,
        )
    store = home.store(journal)
    if learned is not None and learned.size and store.frontier(learned.size).root() != learned.root:
        held = store.checkpoint()
        reason = f"Its tree of {learned.size} entries is not the one that it serves now."
        keep_fork(journal, held.decode() if held else "", row.learned, reason)
        raise ForkError(reason, place=journal.origin, remedy="Speak with the partner: the evidence is kept.")
    row.doubt, row.learned = SURE, ""
    row.save(update_fields=["doubt", "learned"])
    # What the copy holds need not be remembered besides.
    machine.note(own(), Checkpoint(journal.origin, row.size, bytes.fromhex(row.root) if row.root else EMPTY))
    return True


def cosigned_by(partner: Partner) -> bytes:
    """The largest checkpoint of the own journal that a partner cosigned, as signed, with its line."""
    rows = Cosignature.objects.filter(journal=own(), party=partner.party).exclude(checkpoint="")
    row = rows.order_by("-size").first()
    if row is None:
        raise NotFoundError("The partner has cosigned nothing of this journal.")
    return f"{row.checkpoint}{row.line.rstrip()}\n{row.quantum_line}".encode()


def _read(text: str) -> Checkpoint:
    """The checkpoint in a note, or in the text of one."""
    return parse_text(text.split("\n\n")[0].rstrip("\n") + "\n")


def _signed(journal: Journal, raw: bytes) -> list[str]:
    """What somebody shows, if the journal's log signed it."""
    if not raw:
        return []
    try:
        roster.keyring(journal).verify(raw)
    except ComityError as error:
        logger.warning("a checkpoint of %s is shown that it did not sign: %s", journal.origin, error)
        return []
    return [raw.decode()]


def _seen_by(other: Partner, journal: Journal) -> bytes:
    """The largest checkpoint of a journal that a third partner has seen; nothing where it does not answer."""
    client = Client(other.url, home.signing_key("transport"), most_seconds=ASK_SECONDS)
    try:
        return CopyOf(client, journal.origin).get("newest")
    except (NotFoundError, PartnerError) as error:
        logger.info("%s does not say how much of %s it has seen: %s", other.party, journal.origin, error)
        return b""
    finally:
        client.close()


def _get(client: Client, path: str) -> bytes:
    try:
        return client.get(path)
    except NotFoundError:
        return b""
