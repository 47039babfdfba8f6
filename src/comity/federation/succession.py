"""Keys and journals that follow on each other: what partners know of ours, and whether theirs goes on as it says."""

from __future__ import annotations

from django.conf import settings

from comity.federation.forks import keep_fork
from comity.federation.models import Partner
from comity.journal import entries, home, roster
from comity.journal.models import Cosignature, Journal, Witnessed
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, ConflictError, ForkError, PartnerError


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


def check_opening(journal: Journal, data: bytes) -> None:
    """Compare what a partner's new journal says that it goes on from with what this node holds of the old one.

    `data` is its first entry, proved and not yet stored. Raises PartnerError where the old log did not sign what is
    named, or signed more than is named; ForkError, the evidence kept, where it is another tree.
    """
    entry = parse_entry(data)
    said = entry.body.get("continues")
    if (entry.kind, entry.version) != (entries.OPEN, 2) or not isinstance(said, dict):
        return
    old = Journal.objects.filter(origin=str(said.get("origin"))).first()
    if old is None:
        return  # Nothing of it is held here: the people who compared the fingerprints vouch for it.
    if old.party and entry.body.get("party") != old.party:
        raise PartnerError(
            f"It goes on from a journal of {old.party} and says that it is of another party.",
            place=journal.origin,
            remedy="Speak with both: only the owner of a journal opens one that goes on from it.",
        )
    for name in ("checkpoint", "cosigned"):
        if text := str(said.get(name) or ""):
            _compare(journal, old, text)
    last = parse_checkpoint(str(said.get("checkpoint")).encode()).checkpoint.size
    shown = max(Witnessed.objects.filter(journal=old).values_list("size", flat=True).first() or 0, old.next_index)
    if last < shown:
        raise PartnerError(
            f"It goes on from {last} entries of {old.origin}; the partner had signed {shown}.",
            place=journal.origin,
            remedy="Speak with the partner: what it has signed cannot be left out.",
        )


def _compare(journal: Journal, old: Journal, text: str) -> None:
    try:
        signed = roster.keyring(old).verify(text.encode())
    except ComityError as error:
        raise PartnerError(f"What it goes on from was not signed by {old.origin}: {error}", place=journal.origin) from (
            error
        )
    if signed.origin != old.origin:
        raise PartnerError(f"It goes on from a checkpoint of {signed.origin}.", place=journal.origin)
    if 0 < signed.size <= old.next_index and home.store(old).frontier(signed.size).root() != signed.root:
        reason = f"Its tree of {signed.size} entries, from which {journal.origin} goes on, is not the one held here."
        keep_fork(old, (home.store(old).checkpoint() or b"").decode(), text, reason)
        raise ForkError(reason, place=journal.origin, remedy="Speak with the partner: the evidence is kept.")


def check_party(origin: str, party: str) -> None:
    """A journal that goes on from another is of the same party, for it speaks about the other's entries.

    ConflictError where a partner's card names an origin of one line with that of another party, or with this node's.
    """
    later = Journal.objects.filter(origin__startswith=f"{origin}/v").values_list("origin", flat=True)
    line = {*entries.predecessors(origin), *(one for one in later if origin in entries.predecessors(one))}
    of = set(Partner.objects.filter(journal__origin__in=line).values_list("party", flat=True))
    of |= set(Journal.objects.filter(origin__in=line).exclude(party="").values_list("party", flat=True))
    if others := sorted(of - {party}):
        raise ConflictError(
            f"The journal {origin} would be of one line with that of {', '.join(others)}.",
            place=party,
            remedy="Do not go on: only a party itself opens a journal that goes on from its own.",
        )


def end_former(partner: Partner) -> None:
    """A partner whose new journal was confirmed is followed there: exchange over the old one ends."""
    before = entries.predecessor(partner.journal.origin) if partner.journal else ""
    if before:
        Partner.objects.filter(journal__origin=before).exclude(pk=partner.pk).update(state=Partner.State.STOPPED)
