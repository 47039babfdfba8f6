"""What may be asked of the imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from comity.accounts.policy import require
from comity.kernel.errors import NotFoundError
from comity.registers.models import Import, ImportRow

ROWS_SHOWN = 200
RAW_SHOWN = 4000


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A record that could not become a right. `raw` is the beginning of its source as text."""

    place: str
    reason: str
    remedy: str
    raw: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """An import as a page shows it: `read` = `added` + `changed` + `unchanged` + `quarantined`. Sizes in bytes."""

    id: int
    name: str
    source: str
    format: str
    mapping: str
    full: bool
    state: str
    error: str
    by: str
    started_at: datetime | None
    ended_at: datetime | None
    bytes_total: int
    bytes_read: int
    read: int
    added: int
    changed: int
    unchanged: int
    quarantined: int
    missing: int
    rows: tuple[QuarantinedRow, ...] = ()


_COPIED = (
    "name",
    "source",
    "format",
    "mapping",
    "full",
    "state",
    "error",
    "started_at",
    "ended_at",
    "bytes_total",
    "bytes_read",
    "read",
    "added",
    "changed",
    "unchanged",
    "quarantined",
    "missing",
)


def _view(run: Import, rows: tuple[QuarantinedRow, ...] = ()) -> ImportView:
    values: dict[str, Any] = {name: getattr(run, name) for name in _COPIED}
    return ImportView(id=run.pk, by=run.by.get_username() if run.by else "", rows=rows, **values)


def imports(actor: Any, limit: int = 50) -> list[ImportView]:
    """The last imports, the newest first, without their quarantine."""
    require(actor, "registers.import")
    return [_view(run) for run in Import.objects.select_related("by").order_by("-pk")[:limit]]


def import_view(actor: Any, run_id: int) -> ImportView:
    """One import and the first 200 records of its quarantine."""
    require(actor, "registers.import")
    run = Import.objects.select_related("by").filter(pk=run_id).first()
    if run is None:
        raise NotFoundError("There is no import of this number.", place=str(run_id))
    found = ImportRow.objects.filter(run=run).order_by("pk")[:ROWS_SHOWN]
    rows = tuple(
        QuarantinedRow(
            row.place, row.reason, row.remedy, bytes(row.raw)[:RAW_SHOWN].decode(errors="replace"), row.settled_at
        )
        for row in found
    )
    return _view(run, rows)


def quarantined() -> int:
    """Records of imported files that lie in quarantine."""
    return Import.objects.aggregate(count=Sum("quarantined"))["count"] or 0
