"""The entry kind of receipts: what a node has applied of another's journal, and what it refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from django.db.models import Max
from django.db.models.functions import Collate
from pydantic import BaseModel, ConfigDict, Field, model_validator

from comity.federation.models import Receipt, Refusal
from comity.journal.bulk import by_code_point
from comity.journal.kinds import Applied, Kind, Place, SharedTable, register_table
from comity.journal.kinds import register as register_kind
from comity.journal.models import Journal
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError

RECEIPT = "federation.receipt"
MOST_REFUSED = 512
MOST_SETTLED = 2048
REASON = 200

# One line of printable ASCII: a receipt stays for ever, and repeats nothing that may be somebody's name.
_PLAIN = r"^[\x20-\x7e]*$"
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Refused(BaseModel):
    """An entry that its reader stores and does not apply. `kind` is empty and `version` 0 where it does not parse."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    index: Number
    kind: str = Field(max_length=64, pattern=r"^[a-z0-9_.-]*$")
    version: int = Field(ge=0, le=9999)
    state: Literal["unknown", "quarantined", "waiting"]
    reason: str = Field(default="", max_length=REASON, pattern=_PLAIN)


class ReceiptBody(BaseModel):
    """`federation.receipt/1`: entries `from` ≤ index < `to` of the journal `origin` are applied but for `refused`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    origin: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")
    start: Number = Field(alias="from")
    end: Number = Field(alias="to")
    root: str = Field(pattern=r"^[0-9a-f]{64}$")
    refused: list[Refused] = Field(default_factory=list, max_length=MOST_REFUSED)
    settled: list[Number] = Field(default_factory=list, max_length=MOST_SETTLED)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        refused = [item.index for item in self.refused]
        for name, indexes in (("refused", refused), ("settled", self.settled)):
            if indexes != sorted(set(indexes)) or (indexes and indexes[-1] >= self.end):
                raise ValueError(f"{name} lists entries below `to`, each once, in ascending order")
        if set(refused) & set(self.settled):
            raise ValueError("an entry is refused or settled, not both")
        if self.end < self.start or (self.end == self.start and not refused and not self.settled):
            raise ValueError("a receipt says something of at least one entry")
        return self


def apply_receipts(place: Place, batch: Sequence[Applied]) -> None:
    """Handler of `federation.receipt/1`. Receipts of one journal for another follow each other without gap or overlap.

    It asks nothing of the journal spoken of, which another node may not follow or not have yet.
    """
    using, journal = place.using, place.journal
    known = Receipt.objects.using(using).filter(journal=journal, origin__in={entry.body.origin for entry in batch})
    ends: dict[str, int] = dict(known.values("origin").annotate(last=Max("end")).values_list("origin", "last"))
    for entry in batch:
        body: ReceiptBody = entry.body
        if body.origin == journal.origin:
            raise RecordError("A journal gives no receipt for itself.", place="origin")
        if entry.about != f"journal:{body.origin}":
            raise RecordError("The receipt is about another journal than it speaks of.", place="about")
        have = ends.get(body.origin, 0)
        if body.start != have:
            raise RecordError(f"The receipt begins at {body.start}; the one before it ended at {have}.", place="from")
        ends[body.origin] = body.end
        _settle(place, entry)
        _refuse(place, entry)
    Receipt.objects.using(using).bulk_create(
        Receipt(
            journal=journal,
            entry=entry.index,
            origin=entry.body.origin,
            start=entry.body.start,
            end=entry.body.end,
            root=entry.body.root,
            at=entry.at,
        )
        for entry in batch
    )


def _settle(place: Place, entry: Applied) -> None:
    settled = entry.body.settled
    if not settled:
        return
    rows = Refusal.objects.using(place.using).filter(journal=place.journal, origin=entry.body.origin)
    if rows.filter(index__in=settled, settled=None).update(settled=entry.index) != len(settled):
        raise RecordError("The receipt settles an entry that was not refused.", place="settled")


def _refuse(place: Place, entry: Applied) -> None:
    body: ReceiptBody = entry.body
    if not body.refused:
        return
    rows = Refusal.objects.using(place.using)
    rows.filter(journal=place.journal, origin=body.origin, index__in=[item.index for item in body.refused]).delete()
    rows.bulk_create(
        Refusal(
            journal=place.journal,
            origin=body.origin,
            index=item.index,
            kind=item.kind,
            version=item.version,
            state=item.state,
            reason=item.reason,
            entry=entry.index,
        )
        for item in body.refused
    )


_RECEIPT_COLUMNS = ("at", "end", "entry", "origin", "root", "start")
_REFUSAL_COLUMNS = ("entry", "index", "kind", "origin", "reason", "settled", "state", "version")


def _receipt_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    rows = Receipt.objects.using(using).filter(journal=journal).order_by("entry")
    for row in rows.values(*_RECEIPT_COLUMNS).iterator():
        yield f"{row['entry']:016d}", encode(dict(row))


def _refusal_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    rows = Refusal.objects.using(using).filter(journal=journal)
    for row in rows.order_by(Collate("origin", by_code_point(using)), "index").values(*_REFUSAL_COLUMNS).iterator():
        yield f"{row['origin']} {row['index']:016d}", encode(dict(row))


def _clear_receipts(journal: Journal, using: str) -> None:
    Receipt.objects.using(using).filter(journal=journal).delete()


def _clear_refusals(journal: Journal, using: str) -> None:
    Refusal.objects.using(using).filter(journal=journal).delete()


def _read(body: Mapping[str, Any]) -> ReceiptBody:
    return ReceiptBody.model_validate(dict(body))


# Independent: whatever else is held about a journal, its partners' receipts go on.
KIND = Kind(RECEIPT, 1, _read, apply_receipts, independent=True)
TABLES = (
    SharedTable("federation.receipt", _receipt_rows, _clear_receipts),
    SharedTable("federation.refusal", _refusal_rows, _clear_refusals),
)


def register() -> None:
    register_kind(KIND)
    for table in TABLES:
        register_table(table)
