"""What may be asked of the registers. Every question starts from `visible_to`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from comity.accounts.policy import can
from comity.evidence import files
from comity.journal import vault
from comity.journal.models import Journal
from comity.journal.selectors import EntryState, entry_bytes, state_of
from comity.kernel.entry import parse_trusted
from comity.kernel.errors import NotFoundError
from comity.registers import schema, search
from comity.registers.domain import diff, inid
from comity.registers.domain.effect import TerritoryEffect, effects
from comity.registers.domain.numbers import display_number
from comity.registers.domain.personal import opened
from comity.registers.domain.record import Party, RightRecord
from comity.registers.domain.status import StatusOn, status_on
from comity.registers.domain.terms import Term, TermTable, default_table, load_table, term_of
from comity.registers.models import Right, RightImage, RightVersion
from comity.registers.projection import stored
from comity.registers.query import Query

HOLDERS = ("holder", "applicant", "claimant", "breeder")


@dataclass(frozen=True, slots=True)
class Facet:
    value: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right in a list. `party` is the party whose journal tells of it; `holders` lacks who was removed on request."""

    key: str
    party: str
    office: str
    kind: str
    stage: str
    number: str
    display_number: str
    name: str
    status: str
    filing_date: str
    registration_date: str
    expiry_date: str
    holders: tuple[str, ...]
    redacted: bool
    classes: tuple[str, ...]
    effect_in: tuple[str, ...]
    image: str
    entry: int
    fictional: bool


@dataclass(frozen=True, slots=True)
class Results:
    rows: list[RightRow]
    total: int
    capped: bool
    facets: dict[str, list[Facet]]
    took_ms: float
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a right. `changes`: what it changed against the version before."""

    version: int
    entry: int
    recorded_at: str
    record: RightRecord
    changes: tuple[diff.Change, ...] = ()


@dataclass(frozen=True, slots=True)
class RightView:
    """A right as a page shows it. `redacted` holds the positions of parties whose data was removed on request;
    `withheld` those whose data has not come here.
    """

    row: RightRow
    record: RightRecord
    closed: RightRecord
    origin: str
    party_name: str
    entry: int
    version: int
    recorded_at: str
    state: EntryState
    versions: tuple[VersionView, ...]
    redacted: frozenset[int]
    withheld: frozenset[int]
    day: date
    status: StatusOn
    term: Term
    effects: tuple[TerritoryEffect, ...]
    layout: tuple[inid.Row, ...]
    images: tuple[tuple[str, bool], ...]
    fictional: bool
    also_told_by: tuple[str, ...] = field(default=())


def visible_to(actor: Any) -> QuerySet[Right]:
    """The rights that somebody may see: for staff all of them, for anybody else none."""
    return Right.objects.all() if can(actor, "registers.read") else Right.objects.none()


@lru_cache(maxsize=1)
def terms() -> TermTable:
    """The table of terms: the operator's, or the shipped one."""
    path = settings.COMITY.terms_file
    return load_table(path) if path else default_table()


def parties() -> tuple[str, ...]:
    """The parties of the agreement, this node's first."""
    own = settings.COMITY.party
    return tuple(dict.fromkeys([own, *settings.COMITY.parties] if own else settings.COMITY.parties))


def is_fictional(record: RightRecord) -> bool:
    return any(extra.name == "fictional" for extra in record.extras)


def search_rights(actor: Any, query: Query) -> Results:
    """One page of what was looked for, with counts by facet."""
    started = time.perf_counter()
    base = visible_to(actor)
    matches = search.count(query, base)
    rows = rows_of(search.page(query, base, matches))
    pages = max(1, -(-min(matches.total, search.CAP) // search.PAGE_SIZE))
    facets = _facets(query, matches.by_combination)
    took = (time.perf_counter() - started) * 1000
    total = search.CAP if matches.capped else matches.total
    return Results(rows, total, matches.capped, facets, took, query.page, pages)


def _facets(query: Query, counts: Counter[search.Combination]) -> dict[str, list[Facet]]:
    journals = dict(Journal.objects.values_list("pk", "party"))
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("party", "office", "kind", "status", "territory")}
    agreed = set(parties())
    for (kind, status, office, effect_in, journal), n in counts.items():
        sums["kind"][kind] += n
        sums["status"][status] += n
        sums["office"][office] += n
        sums["party"][journals.get(journal, "")] += n
        codes = set(effect_in.split())
        for code in agreed if "*" in codes else codes & agreed:
            sums["territory"][code] += n
    chosen = {
        "party": query.parties,
        "office": query.offices,
        "kind": query.kinds,
        "status": query.statuses,
        "territory": (query.territory,) if query.territory else (),
    }
    result = {}
    for name, counter in sums.items():
        values = [Facet(value, n, value in chosen[name]) for value, n in counter.items()]
        values += [Facet(value, 0, True) for value in chosen[name] if value not in counter]
        result[name] = sorted(values, key=lambda facet: (-facet.count, facet.value))
    return result


def rows_of(rights: Sequence[Right]) -> list[RightRow]:
    """Rights as list rows; names come from the vault, two queries a journal."""
    journals = {j.pk: j for j in Journal.objects.filter(pk__in={right.journal_id for right in rights})}
    openings: dict[int, dict[int, vault.Openings]] = {}
    redacted: dict[int, set[str]] = {}
    for pk, journal in journals.items():
        entries = [right.entry for right in rights if right.journal_id == pk]
        openings[pk] = vault.of(journal, entries)
        redacted[pk] = vault.taken_back(journal, [right.key for right in rights if right.journal_id == pk])
    return [
        _row(
            right,
            journals[right.journal_id],
            openings[right.journal_id].get(right.entry, {}),
            right.key in redacted[right.journal_id],
        )
        for right in rights
    ]


def _row(right: Right, journal: Journal, openings: vault.Openings, redacted: bool) -> RightRow:
    record = opened(stored(right), openings)
    return RightRow(
        key=right.key,
        party=journal.party,
        office=right.office,
        kind=right.kind,
        stage=right.stage,
        number=right.number,
        display_number=display_number(right.office, record.kind, record.stage, right.number),
        name=right.name,
        status=right.status,
        filing_date=right.filing_date,
        registration_date=right.registration_date,
        expiry_date=right.expiry_date,
        holders=holders(record),
        redacted=redacted and bool(_hidden(record)),
        classes=tuple(dict.fromkeys(item.code for item in record.classes if item.scheme != "vienna")),
        effect_in=tuple(right.effect_in.split()),
        image=next((image.sha256 for image in record.images if image.sha256), ""),
        entry=right.entry,
        fictional=is_fictional(record),
    )


def _hidden(record: RightRecord) -> set[int]:
    """The positions of parties of whom only a commitment is here."""
    return {i for i, p in enumerate(record.parties) if p.cm and not (p.names or p.address or p.identifier)}


def holders(record: RightRecord) -> tuple[str, ...]:
    """The names of the holders; where none is named, of the applicants, and so on down to the authors."""
    for role in (*HOLDERS, "author"):
        named = tuple(party_name(party) for party in record.parties if party.role == role and party.names)
        if named:
            return named
    return ()


def party_name(party: Party) -> str:
    return " / ".join(dict.fromkeys(name.text for name in party.names))


def find(actor: Any, key: str, party: str = "") -> Right:
    """The right of this key; where several journals tell of it, that of `party`, else of the first."""
    rows = visible_to(actor).filter(key=key, journal__in=list(Journal.objects.all())).select_related("journal")
    if party:
        rows = rows.filter(journal__party=party)
    right = rows.order_by("journal__party").first()
    if right is None:
        raise NotFoundError("No journal here tells of this right.", place=key)
    return right


def get(actor: Any, key: str, party: str = "", day: date | None = None) -> RightView:
    """Everything that the page of a right shows, as of `day` (today in the node's time zone if not given)."""
    right = find(actor, key, party)
    journal = right.journal
    day = day or timezone.localdate()
    openings = vault.of(journal, [right.entry]).get(right.entry, {})
    closed = stored(right)
    record = opened(closed, openings)
    hidden = _hidden(record)
    # By subject, not by entry: a later version closes over a person who was taken back without opening them again.
    redacted = hidden if vault.taken_back(journal, [key]) else set()
    others = visible_to(actor).filter(key=key).exclude(pk=right.pk).values_list("journal__party", flat=True)
    return RightView(
        row=_row(right, journal, openings, bool(redacted)),
        record=record,
        closed=closed,
        origin=journal.origin,
        party_name=journal.name,
        entry=right.entry,
        version=right.version,
        recorded_at=right.recorded_at,
        state=state_of(journal, right.entry),
        versions=tuple(_versions(right, journal, closed)),
        redacted=frozenset(redacted),
        withheld=frozenset(hidden - redacted),
        day=day,
        status=status_on(record, day, terms()),
        term=term_of(record, terms()),
        effects=tuple(effects(record, parties(), day, table=terms(), told_by=journal.party)),
        layout=inid.layout(record.kind),
        images=tuple((image.sha256, files.has(image.sha256)) for image in record.images if image.sha256),
        fictional=is_fictional(record) or settings.COMITY.fictional,
        also_told_by=tuple(sorted(others)),
    )


def _comparable(record: RightRecord, openings: vault.Openings) -> RightRecord:
    """The record as two versions are compared: persons by name where their opening is here, never by commitment."""
    named = opened(record, openings)
    return replace(named, parties=tuple(replace(party, cm="") for party in named.parties))


def _versions(right: Right, journal: Journal, current: RightRecord) -> list[VersionView]:
    """All versions, the newest first, each with what it changed."""
    olds = list(RightVersion.objects.filter(right=right).order_by("version"))
    openings = vault.of(journal, [*(row.entry for row in olds), right.entry]) if olds else {}
    views: list[VersionView] = []
    before: RightRecord | None = None
    for row in [*olds, None]:
        record = current if row is None else record_of_entry(journal, row.entry)
        version, entry, at = (
            (right.version, right.entry, right.recorded_at)
            if row is None
            else (row.version, row.entry, row.recorded_at)
        )
        shown = _comparable(record, openings.get(entry, {}))
        changes = tuple(diff.differences(before, shown)) if before is not None else ()
        views.append(VersionView(version, entry, at, record, changes))
        before = shown
    return views[::-1]


def record_of_entry(journal: Journal, index: int) -> RightRecord:
    """The record in an entry of `registers.right`, natural persons behind their commitments."""
    entry = parse_trusted(entry_bytes(journal, index))
    return schema.record(entry.body["right"])


def csv_records(actor: Any, query: Query) -> Iterator[tuple[str, RightRecord]]:
    """`(party, record)` of every match, named persons included, for CSV and JSON lines. At most 10,000."""
    rows = search.filtered(query, visible_to(actor)).order_by("pk")[: search.CAP]
    yield from records_of(rows.iterator(chunk_size=500))


def records_of(rows: Iterable[Right]) -> Iterator[tuple[str, RightRecord]]:
    """Rights with their persons, in the order given; the vault is asked once for 500."""
    journals = {journal.pk: journal for journal in Journal.objects.all()}
    chunk: list[Right] = []

    def flush() -> Iterator[tuple[str, RightRecord]]:
        openings = {
            pk: vault.of(journal, [right.entry for right in chunk if right.journal_id == pk])
            for pk, journal in journals.items()
        }
        for right in chunk:
            yield (
                journals[right.journal_id].party,
                opened(stored(right), openings[right.journal_id].get(right.entry, {})),
            )
        chunk.clear()

    for row in rows:
        chunk.append(row)
        if len(chunk) == 500:
            yield from flush()
    yield from flush()


def export_rows(*, offices: Sequence[str] = (), kinds: Sequence[str] = (), own: bool = True) -> Iterable[Right]:
    """Rights for an export from the command line, in order of key."""
    rows = Right.objects.filter(journal__own=True) if own else Right.objects.all()
    if offices:
        rows = rows.filter(office__in=offices)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return rows.order_by("journal", "key").iterator(chunk_size=500)


def image_allowed(actor: Any, sha256: str) -> bool:
    """Whether an image belongs to a right that somebody may see."""
    return RightImage.objects.filter(sha256=sha256, right__in=visible_to(actor)).exists()


def images_of(journal: Journal) -> Iterator[str]:
    """Hashes of all images that the rights of a journal show, in order."""
    rows = RightImage.objects.filter(right__journal=journal).order_by("sha256").values_list("sha256", flat=True)
    yield from rows.distinct().iterator()


def recent(actor: Any, *, partners: bool, limit: int = 8) -> list[RightRow]:
    """The rights that came in last: from partners, or the own ones."""
    rows = visible_to(actor).filter(journal__own=not partners).order_by("-pk")[:limit]
    return rows_of(list(rows))


def count_by_party() -> dict[str, int]:
    """How many rights each party's journal tells of."""
    parties_of = dict(Journal.objects.values_list("pk", "party"))
    counts: Counter[str] = Counter()
    for combination, n in search.totals().items():
        counts[parties_of.get(combination[4], "")] += n
    return dict(counts)


def names_image(journal: Journal, sha256: str) -> bool:
    """Whether a right of this journal shows the image."""
    return RightImage.objects.filter(sha256=sha256, right__journal=journal).exists()
