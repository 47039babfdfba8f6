"""Answering a partner's journal in the own one: what was applied of it, what was refused, what was settled since.

The cursor of receipts is the last receipt itself, which lies in the shared tables of the own journal: writing one moves
it in the same transaction, so neither a crash nor a second process can give two receipts for one stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from comity.federation.entries import MOST_REFUSED, MOST_SETTLED, REASON, RECEIPT
from comity.federation.models import Partner, Receipt, Refusal
from comity.journal import home, services
from comity.journal.models import Held, Journal
from comity.journal.selectors import own
from comity.journal.services import Draft
from comity.kernel import clock
from comity.kernel.canonical import encode

# Under a stream of facts a receipt is written when the clock's second has changed, or so many entries wait for one.
ENTRIES_AT_ONCE = 2048
EACH_S = 1.0
# Room for what is refused in one receipt: an entry has at most 65,535 bytes.
ROOM_BYTES = 40_000
RECEIPTS_A_ROUND = 64

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|“[^”]*”")
_OTHER = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True, order=True)
class Refusing:
    """An entry that is held here, as a receipt says it."""

    index: int
    kind: str
    version: int
    state: str
    reason: str

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "index": self.index,
            "kind": self.kind,
            "state": self.state,
            "version": self.version,
        }
        return {**body, "reason": self.reason} if self.reason else body


@dataclass(frozen=True, slots=True)
class Stretch:
    """One receipt to be written: entries `start` ≤ index < `end`."""

    start: int
    end: int
    refused: tuple[Refusing, ...] = ()
    settled: tuple[int, ...] = ()


def plain_reason(reason: str) -> str:
    """The reason as a receipt may say it, for ever: without what it quotes, in printable ASCII, 200 characters.

    A reason may quote the entry, and what the database says does.
    """
    head, found, _values = reason.partition("The tables cannot take it")
    text = f"{head}{found}" if found else reason
    return " ".join(_OTHER.sub("...", _QUOTED.sub("...", text)).split())[:REASON]


def divide(start: int, end: int, refused: Iterable[Refusing], settled: Iterable[int]) -> Iterator[Stretch]:
    """Receipts that follow each other from `start` to `end` and say all of this; each fits into an entry."""
    at, room = start, ROOM_BYTES
    part: list[Refusing] = []
    for item in sorted(refused):
        size = len(encode(item.body())) + 1
        if part and (size > room or len(part) == MOST_REFUSED):
            until = max(at, part[-1].index + 1)
            yield Stretch(at, until, tuple(part))
            at, room, part = until, ROOM_BYTES, []
        part.append(item)
        room -= size
    # What is settled may lie anywhere below the end, so it comes with the last ones.
    done = sorted(settled)
    yield Stretch(at, end, tuple(part), tuple(done[:MOST_SETTLED]))
    for first in range(MOST_SETTLED, len(done), MOST_SETTLED):
        yield Stretch(end, end, (), tuple(done[first : first + MOST_SETTLED]))


def answer(partner: Partner, *, at_once: bool = False) -> int:
    """Give the receipts that are due for a partner's journal; how many. `at_once`: though one was given this second."""
    journal = partner.journal
    if journal is None:
        return 0
    mine, seen = own(), _seen(journal)
    if partner.receipts_seen == seen or not (at_once or _in_time(mine, journal)):
        return 0
    with transaction.atomic():
        mine = Journal.objects.select_for_update().get(pk=mine.pk)
        seen = _seen(journal)
        plan = _plan(mine, journal)
        if plan:
            services.append(mine, [_draft(journal, stretch) for stretch in plan[:RECEIPTS_A_ROUND]])
        if len(plan) <= RECEIPTS_A_ROUND:
            partner.receipts_seen = seen
            partner.save(update_fields=["receipts_seen"])
    return min(len(plan), RECEIPTS_A_ROUND)


def due(partner: Partner) -> bool:
    """Whether something came that no receipt has taken in yet, as `answer` would see it; cheap."""
    return partner.journal is not None and partner.receipts_seen != _seen(partner.journal)


def outstanding(partner: Partner) -> bool:
    """Whether something that was applied, refused or settled of the partner's journal has no receipt yet."""
    return partner.journal is not None and bool(_plan(own(), partner.journal))


def _draft(journal: Journal, stretch: Stretch) -> Draft:
    body: dict[str, Any] = {
        "origin": journal.origin,
        "from": stretch.start,
        "to": stretch.end,
        "root": home.store(journal).frontier(stretch.end).root().hex(),
    }
    if stretch.refused:
        body["refused"] = [item.body() for item in stretch.refused]
    if stretch.settled:
        body["settled"] = list(stretch.settled)
    return Draft(RECEIPT, 1, f"journal:{journal.origin}", body)


def _applied(journal: Journal) -> int:
    return Journal.objects.values_list("applied", flat=True).get(pk=journal.pk)


def _last(mine: Journal, journal: Journal) -> Receipt | None:
    return Receipt.objects.filter(journal=mine, origin=journal.origin).order_by("-entry").first()


def _seen(journal: Journal) -> str:
    """What receipts hang on, in short: a partner of which nothing new is known costs two small queries a round."""
    held = Held.objects.filter(journal=journal).aggregate(count=Count("pk"), newest=Max("pk"))
    return f"{_applied(journal)} {held['count']} {held['newest'] or 0}"


def _in_time(mine: Journal, journal: Journal) -> bool:
    last = _last(mine, journal)
    if last is None or _applied(journal) - last.end >= ENTRIES_AT_ONCE:
        return True
    # Seconds are compared, not the time between them: a clock that was set back must not silence this node.
    return clock.iso(clock.now()) != last.at


def _plan(mine: Journal, journal: Journal) -> list[Stretch]:
    """The receipts to be given now; none where there is nothing to say."""
    applied = _applied(journal)
    last = _last(mine, journal)
    start = last.end if last else 0
    if applied < start:
        return []  # The tables are being derived anew; what was said stays said.
    held = Held.objects.filter(journal=journal, index__lt=applied)
    now = {
        index: Refusing(index, kind, version, state, plain_reason(reason))
        for index, kind, version, state, reason in held.values_list("index", "kind", "version", "state", "reason")
    }
    open_ = Refusal.objects.filter(journal=mine, origin=journal.origin, settled=None)
    said = {
        index: Refusing(index, kind, version, state, reason)
        for index, kind, version, state, reason in open_.values_list("index", "kind", "version", "state", "reason")
    }
    refused = [item for index, item in now.items() if said.get(index) != item]
    settled = [item for index, item in said.items() if index not in now]
    receipts = Receipt.objects.filter(journal=journal, entry__gte=start, entry__lt=applied).count()
    receipts += sum(1 for item in now.values() if item.index >= start and item.kind == RECEIPT)
    # Receipts alone get no receipt, and a refused one no answer of its own, or two nodes would go on for ever.
    if applied - start == receipts and all(item.kind == RECEIPT for item in (*refused, *settled)):
        return []
    return list(divide(start, applied, refused, (item.index for item in settled)))
