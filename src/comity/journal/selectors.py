"""What may be asked of the journals."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from comity.journal import finality, home, roster
from comity.journal.models import Cosignature, Fork, Held, Journal, Pending
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, NotFoundError
from comity.kernel.merkle import leaf_hash

StateName = Literal["pending", "sequenced", "cosigned", "final"]
TOGETHER = 1000
# In place of the kind of an entry of which the asker is told nothing more.
CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class EntryState:
    """How far a fact has come, and since when. `by`: who has cosigned a checkpoint that covers it, by party or, for a
    cosigner of no party, by name.
    """

    state: StateName
    at: datetime | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CosignatureView:
    """`role`: `mirror` (it durably holds every entry) or `witness` (it has seen this tree)."""

    name: str
    party: str
    size: int
    time: datetime
    role: Literal["witness", "mirror"] = "witness"


@dataclass(frozen=True, slots=True)
class ForkView:
    held: str
    shown: str
    reason: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class HeldView:
    index: int
    kind: str
    about: str
    state: str
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class JournalView:
    """A journal as a page shows it. `entries` counts all, pending ones too; `size` those under the checkpoint; `final`
    those that are final.
    """

    origin: str
    party: str
    name: str
    own: bool
    offices: tuple[str, ...]
    vkey: str
    entries: int
    size: int
    final: int
    applied: int
    pending: int
    held: int
    root: str
    checkpoint_at: datetime | None
    checkpoint: str
    cosignatures: tuple[CosignatureView, ...] = ()
    forks: tuple[ForkView, ...] = ()
    keys: tuple[roster.KeyView, ...] = ()
    # The journals before and after this one, where a log key was lost.
    continues: str = ""
    continued_by: str = ""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry. `text` is its bytes as text; `state` how far it has come."""

    origin: str
    party: str
    index: int
    kind: str
    version: int
    about: str
    at: str
    leaf: str
    text: str
    state: EntryState
    held: HeldView | None = field(default=None)


def own() -> Journal:
    journal = Journal.objects.filter(own=True).first()
    if journal is None:
        raise NotFoundError("This node has no journal yet.", remedy="Run `comity init`.")
    return journal


def by_origin(origin: str) -> Journal:
    journal = Journal.objects.filter(origin=origin).first()
    if journal is None:
        raise NotFoundError("No journal of this origin is known here.", place=origin)
    return journal


def by_party(party: str) -> Journal:
    journal = Journal.objects.filter(party=party).order_by("-own", "-continues", "-pk").first()
    if journal is None:
        raise NotFoundError("No journal of this party is known here.", place=party)
    return journal


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class _Cover:
    """The first checkpoint by one cosigner that covers an entry."""

    time: int
    cosigner: finality.Cosigner
    party: str


def _covers(journal: Journal, known: Iterable[finality.Cosigner], wanted: list[int]) -> dict[int, list[_Cover]]:
    """What covers each of `wanted`, which lie close together: by each cosigner the first, in the order of time."""
    found: dict[int, list[_Cover]] = {index: [] for index in wanted}
    first, last = min(wanted), max(wanted)
    for name, _ in known:
        rows = Cosignature.objects.filter(journal=journal, name=name, size__gt=first).order_by("size")
        # Sizes differ, so that many rows reach beyond the last, however many more there are.
        signed = list(rows.values_list("size", "time", "vkey", "party")[: last - first + 1])
        sizes = [row[0] for row in signed]
        for index in wanted:
            at = bisect_right(sizes, index)
            if at < len(signed):
                _, time, vkey, party = signed[at]
                found[index].append(_Cover(time, (name, vkey), party or name))
    for covers in found.values():
        covers.sort(key=lambda cover: cover.time)
    return found


def states(journal: Journal, indexes: Iterable[int]) -> dict[int, EntryState]:
    """How far each entry has come. A few queries for all that lie within a thousand entries of each other."""
    wanted = sorted(set(indexes))
    rule, known = finality.rule_or_none(journal), finality.cosigners(journal) if wanted else {}
    result: dict[int, EntryState] = {}
    while wanted:
        group = [index for index in wanted if index - wanted[0] < TOGETHER]
        wanted = wanted[len(group) :]
        for index, covers in _covers(journal, known, group).items():
            result[index] = _state(journal, index, covers, rule)
    return result


def _state(journal: Journal, index: int, covers: list[_Cover], rule: finality.Rule) -> EntryState:
    signed = journal.size if journal.own else journal.next_index
    if index >= signed:
        return EntryState("pending")
    if not covers:
        return EntryState("sequenced", journal.checkpoint_at)
    by = tuple(sorted({cover.party for cover in covers}))
    for count in range(1, len(covers) + 1):
        if rule.met(index, [cover.cosigner for cover in covers[:count]]):
            return EntryState("final", _time(covers[count - 1].time), by)
    return EntryState("cosigned", _time(covers[0].time), by)


def state_of(journal: Journal, index: int) -> EntryState:
    return states(journal, [index])[index]


def overview() -> list[JournalView]:
    """Every journal known here, the own one first."""
    result = []
    after = dict(Journal.objects.exclude(continues="").values_list("continues", "origin"))
    for row in Journal.objects.order_by("-own", "party", "origin"):
        raw = home.store(row).checkpoint()
        cosigned = Cosignature.objects.filter(journal=row).order_by("-size", "name")[:20]
        result.append(
            JournalView(
                origin=row.origin,
                party=row.party,
                name=row.name,
                own=row.own,
                offices=tuple(row.offices),
                vkey=row.vkey,
                entries=row.next_index,
                size=row.size,
                final=finality.final_size(row),
                applied=row.applied,
                pending=row.next_index - row.size if row.own else 0,
                held=Held.objects.filter(journal=row).count(),
                root=row.root,
                checkpoint_at=row.checkpoint_at,
                checkpoint=raw.decode(errors="replace") if raw else "",
                cosignatures=tuple(
                    CosignatureView(c.name, c.party, c.size, _time(c.time), finality.role_of(c.name)) for c in cosigned
                ),
                forks=tuple(forks(row)),
                keys=roster.views(row),
                continues=row.continues,
                continued_by=after.get(row.origin, ""),
            )
        )
    return result


def oldest_pending() -> datetime | None:
    """Since when the first entry that no checkpoint covers waits."""
    return Pending.objects.order_by("index").values_list("added_at", flat=True).first()


def unfinal() -> tuple[int, str]:
    """How many signed entries of the own journal are not final yet, and when the first of them was made."""
    journal = Journal.objects.filter(own=True).first()
    return finality.waiting(journal) if journal is not None else (0, "")


def forks(journal: Journal) -> list[ForkView]:
    rows = Fork.objects.filter(journal=journal).order_by("seen_at")
    return [ForkView(row.held, row.shown, row.reason, row.seen_at) for row in rows]


def held(journal: Journal, limit: int = 500) -> list[HeldView]:
    return [_held(row) for row in Held.objects.filter(journal=journal).order_by("index")[:limit]]


def _held(row: Held) -> HeldView:
    return HeldView(row.index, row.kind, row.about, row.state, row.reason, row.attempts)


def entry_bytes(journal: Journal, index: int) -> bytes:
    """The bytes of an entry, from the files or, while no checkpoint covers it, from the pending ones."""
    if journal.own and index >= journal.size:
        row = Pending.objects.filter(journal=journal, index=index).first()
        if row is not None:
            return bytes(row.data)
        journal.refresh_from_db()
    return home.store(journal).entry(index, journal.size if journal.own else journal.next_index)


def _view(journal: Journal, index: int, data: bytes, state: EntryState, held_row: Held | None) -> EntryView:
    try:
        entry = parse_entry(data)
        kind, version, body = entry.kind, entry.version, entry.body
    except ComityError:
        kind, version, body = "", 0, {}
    return EntryView(
        origin=journal.origin,
        party=journal.party,
        index=index,
        kind=kind,
        version=version,
        about=str(body.get("about", "")),
        at=str(body.get("at", "")),
        leaf=leaf_hash(data).hex(),
        text=data.decode(errors="backslashreplace"),
        state=state,
        held=_held(held_row) if held_row else None,
    )


Veil = Callable[[Any, Collection[str]], set[str]]
_veils: list[Veil] = []


def veil(check: Veil) -> None:
    """Have `check(actor, subjects)` say about which of these somebody is told only that entries stand there."""
    if check not in _veils:
        _veils.append(check)


def hidden(actor: Any, subjects: Collection[str]) -> set[str]:
    """Those of what entries are about whose existence is not for the asker."""
    return set().union(*(check(actor, subjects) for check in _veils))


def _veiled(actor: Any, rows: list[EntryView]) -> list[EntryView]:
    """The rows, without what entries are about and say whose existence is not for the asker; their deletions too."""
    unseen = hidden(actor, {row.about for row in rows})
    return [replace(row, kind=CONFIDENTIAL, about="", text="") if row.about in unseen else row for row in rows]


def entries_page(origin: str, before: int | None = None, limit: int = 50, *, actor: Any = None) -> list[EntryView]:
    """At most `limit` entries, the newest first, of those with an index below `before`, as `actor` may see them."""
    journal = by_origin(origin)
    end = journal.next_index if before is None else max(0, min(before, journal.next_index))
    start = max(0, end - limit)
    signed = journal.size if journal.own else journal.next_index
    rows = list(home.store(journal).entries(start, min(end, signed))) if start < signed else []
    if end > signed:
        pending = Pending.objects.filter(journal=journal, index__gte=max(start, signed), index__lt=end).order_by(
            "index"
        )
        rows += [(row.index, bytes(row.data)) for row in pending]
    state = states(journal, [index for index, _ in rows])
    stuck = {row.index: row for row in Held.objects.filter(journal=journal, index__gte=start, index__lt=end)}
    return _veiled(actor, [_view(journal, i, data, state[i], stuck.get(i)) for i, data in reversed(rows)])


def entry_view(origin: str, index: int, *, actor: Any = None) -> EntryView:
    """One entry as `actor` may see it."""
    journal = by_origin(origin)
    data = entry_bytes(journal, index)
    stuck = Held.objects.filter(journal=journal, index=index).first()
    return _veiled(actor, [_view(journal, index, data, state_of(journal, index), stuck)])[0]
