"""What partners' receipts say: how far they have applied our journal, what they refused, which deletions they have not
confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from comity.federation.models import Partner, Receipt, Refusal
from comity.journal import home
from comity.journal.models import Cosignature, Journal, Redaction
from comity.journal.selectors import hidden, own
from comity.kernel import clock

SHOWN = 100


@dataclass(frozen=True, slots=True)
class RefusalView:
    """An entry of ours that a partner does not apply. `entry`: of its journal, that says so, made at `at`."""

    index: int
    kind: str
    version: int
    state: str
    reason: str
    entry: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a partner's receipts say of our journal: applied up to `end` of `of`. `refused`: the first 100 of `count`.

    `doubt` is `beyond` where it answers for entries that do not exist, `tree` where it has applied other ones.
    """

    end: int
    of: int
    entry: int
    at: datetime
    refused: tuple[RefusalView, ...]
    count: int
    doubt: str


@dataclass(frozen=True, slots=True)
class SaidView:
    """What a party said of an entry: `applied`, `settled` (applied after it was refused), `unknown`, `quarantined`,
    `waiting`, or `nothing` yet. `entry` of its journal says so.
    """

    party: str
    origin: str
    state: str
    reason: str = ""
    entry: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnconfirmedView:
    """A deletion of ours, entry `entry` made at `at`, that a partner has not confirmed. `refused`: it says that it
    cannot carry it out. `origin`: of the frozen journal whose entry `index` is; empty for the present one.
    """

    party: str
    state: str
    entry: int
    index: int
    about: str
    at: datetime
    refused: bool
    origin: str = ""


def _last(teller: Journal, origin: str) -> Receipt | None:
    return Receipt.objects.filter(journal=teller, origin=origin).order_by("-entry").first()


def _refusals(teller: Journal, origin: str) -> QuerySet[Refusal]:
    return Refusal.objects.filter(journal=teller, origin=origin, settled=None)


def _times(teller: Journal, entries: Iterable[int]) -> dict[int, datetime]:
    rows = Receipt.objects.filter(journal=teller, entry__in=set(entries)).values_list("entry", "at")
    return {entry: clock.parse_iso(at) for entry, at in rows}


def answer_of(teller: Journal) -> AnswerView | None:
    """What a partner's receipts say of the own journal; None before the first."""
    mine = own()
    last = _last(teller, mine.origin)
    if last is None:
        return None
    rows = _refusals(teller, mine.origin)
    shown = list(rows.order_by("index")[:SHOWN])
    times = _times(teller, (row.entry for row in shown))
    refused = tuple(RefusalView(r.index, r.kind, r.version, r.state, r.reason, r.entry, times[r.entry]) for r in shown)
    at = clock.parse_iso(last.at)
    return AnswerView(last.end, mine.next_index, last.entry, at, refused, rows.count(), doubt(mine, last))


def doubt(mine: Journal, receipt: Receipt) -> str:
    """Why a receipt for the own journal is not to be believed; empty where it may be."""
    if receipt.end > mine.next_index:
        return "beyond"
    if receipt.end <= mine.size and home.store(mine).frontier(receipt.end).root().hex() != receipt.root:
        return "tree"
    return ""


def _tellers(journal: Journal) -> list[Journal]:
    """This node, if the journal is a partner's, and every other partner."""
    rows = Journal.objects.filter(Q(own=True) | Q(partner__state__in=(Partner.State.PAIRED, Partner.State.STOPPED)))
    return list(rows.exclude(pk=journal.pk).order_by("-own", "party", "origin"))


def said_of(journal: Journal, indexes: Iterable[int]) -> dict[int, list[SaidView]]:
    """What each party said of entries of a journal, by index; three queries a party."""
    wanted = list(indexes)
    result: dict[int, list[SaidView]] = {index: [] for index in wanted}
    if not wanted:
        return result
    for teller in _tellers(journal):
        receipts = Receipt.objects.filter(journal=teller, origin=journal.origin, end__gt=min(wanted))
        covers = list(receipts.filter(start__lte=max(wanted)).order_by("entry").values_list("start", "end", "entry"))
        refusals = {
            row.index: row for row in Refusal.objects.filter(journal=teller, origin=journal.origin, index__in=wanted)
        }
        by_index: dict[int, tuple[str, str, int | None]] = {}
        for index in wanted:
            row = refusals.get(index)
            if row is not None:
                state = row.state if row.settled is None else "settled"
                by_index[index] = (state, row.reason, row.entry if row.settled is None else row.settled)
            else:
                entry = next((entry for start, end, entry in covers if start <= index < end), None)
                by_index[index] = ("nothing" if entry is None else "applied", "", entry)
        times = _times(teller, (entry for _, _, entry in by_index.values() if entry is not None))
        for index, (state, reason, entry) in by_index.items():
            at = times.get(entry) if entry is not None else None
            result[index].append(SaidView(teller.party, teller.origin, state, reason, entry, at))
    return result


def _unconfirmed(mine: Journal, partner: Partner) -> QuerySet[Redaction]:
    assert partner.journal is not None
    last = _last(partner.journal, mine.origin)
    end = last.end if last else 0
    refused = _refusals(partner.journal, mine.origin).values_list("index", flat=True)
    rows = Redaction.objects.filter(Q(entry__gte=end) | Q(entry__in=refused), journal=mine)
    if partner.state == Partner.State.STOPPED:
        # It was told nothing more: what was made after that never reached it and need not be deleted there.
        seen = Cosignature.objects.filter(journal=mine, party=partner.party).order_by("-size").first()
        rows = rows.filter(~Q(origin="") | Q(index__lt=max(end, seen.size if seen else 0)))
    return rows


def _holders() -> QuerySet[Partner]:
    rows = Partner.objects.filter(state__in=(Partner.State.PAIRED, Partner.State.STOPPED), journal__isnull=False)
    return rows.select_related("journal").order_by("party", "pk")


def unconfirmed_for(actor: Any) -> list[UnconfirmedView]:
    """The same as somebody may see it: what is about something whose existence is not for him says not what."""
    rows = unconfirmed()
    unseen = hidden(actor, {row.about for row in rows})
    return [replace(row, about="") if row.about in unseen else row for row in rows]


def unconfirmed(party: str = "", limit: int = SHOWN) -> list[UnconfirmedView]:
    """Deletions of ours that a partner has not confirmed by a receipt, by partner, the oldest first.

    A partner that was stopped is listed too: it holds what it was given.
    """
    mine = own()
    found: list[UnconfirmedView] = []
    for partner in _holders():
        if party and partner.party != party:
            continue
        assert partner.journal is not None
        refused = set(_refusals(partner.journal, mine.origin).values_list("index", flat=True))
        for row in _unconfirmed(mine, partner).order_by("entry")[:limit]:
            at = clock.parse_iso(row.at)
            late = row.entry in refused
            view = UnconfirmedView(partner.party, partner.state, row.entry, row.index, row.about, at, late, row.origin)
            found.append(view)
    return found


def count_unconfirmed() -> dict[str, int]:
    """How many deletions of ours each partner has not confirmed, by party; for those that have any."""
    mine = own()
    counts: dict[str, int] = {}
    for partner in _holders():
        count = _unconfirmed(mine, partner).count()
        if count:
            counts[partner.party] = counts.get(partner.party, 0) + count
    return counts
