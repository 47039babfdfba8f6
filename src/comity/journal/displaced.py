"""Entries that were put aside when this node came back, for the people who enter their facts anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from comity.journal import vault
from comity.journal.models import Displaced
from comity.kernel.entry import parse_entry
from comity.kernel.errors import NotFoundError

MOST = 500


@dataclass(frozen=True, slots=True)
class DisplacedView:
    """`text`: the entry's body as JSON; `openings`: what its commitments stand for, dumped: personal data."""

    number: int
    index: int
    kind: str
    about: str
    added_at: datetime
    displaced_at: datetime
    text: str
    openings: str

    @property
    def withheld(self) -> dict[str, str]:
        """What the commitments stand for, by path, as text."""
        if not self.openings:
            return {}
        return {path: _text(value) for path, (_, value) in vault.load(self.openings).items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def count() -> int:
    return Displaced.objects.count()


def views() -> list[DisplacedView]:
    """The first 500, in the order in which they were added."""
    return [_view(row) for row in Displaced.objects.order_by("pk")[:MOST]]


def view(number: int) -> DisplacedView:
    """One of them. Raises NotFoundError."""
    return _view(_row(number))


def drop(number: int) -> DisplacedView:
    """Delete one, when its fact was entered anew; what it was. Raises NotFoundError."""
    row = _row(number)
    gone = _view(row)
    row.delete()
    return gone


def _row(number: int) -> Displaced:
    row = Displaced.objects.filter(pk=number).first()
    if row is None:
        raise NotFoundError(f"No entry {number} is put aside.", remedy="See `comity displaced`.")
    return row


def _view(row: Displaced) -> DisplacedView:
    entry = parse_entry(bytes(row.data))
    return DisplacedView(
        row.pk,
        row.index,
        entry.kind,
        str(entry.body.get("about", "")),
        row.added_at,
        row.displaced_at,
        json.dumps(entry.body, ensure_ascii=False, indent=1),
        row.openings,
    )
