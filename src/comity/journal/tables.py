"""Shared tables whose rows are entries: each entry of a kind is a row with the fields of its body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model
from pydantic import BaseModel, ConfigDict

from comity.journal.kinds import Applied, Handler, Place, SharedTable
from comity.journal.models import Journal
from comity.kernel.canonical import encode

T = TypeVar("T", bound=BaseModel)


class Body(BaseModel):
    """What the body of an entry may hold: the fields that it names and no others, of just these types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def reader(shape: type[T]) -> Callable[[Mapping[str, Any]], T]:
    """How a kind reads its bodies: by the schema alone."""
    return lambda body: shape.model_validate(dict(body))


def rows_of(model: type[Model], subject: Callable[[Applied], Mapping[str, Any]]) -> Handler:
    """The handler of a kind whose entries are each a row: the fields of the body, and what `subject` makes of `about`.

    `subject` raises RecordError for an entry that is about nothing of the kind.
    """

    def apply(place: Place, batch: Sequence[Applied]) -> None:
        model._default_manager.using(place.using).bulk_create(
            model(journal=place.journal, entry=entry.index, at=entry.at, **subject(entry), **entry.body.model_dump())
            for entry in batch
        )

    return apply


def table(name: str, model: type[Model], columns: Sequence[str]) -> SharedTable:
    """A shared table that has a row for each of some entries; `columns` are all but the journal, `entry` and the id."""
    manager = model._default_manager

    def rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
        found = manager.using(using).filter(journal=journal).order_by("entry")
        for row in found.values("entry", *columns).iterator():
            yield f"{row['entry']:016d}", encode(dict(row))

    def clear(journal: Journal, using: str) -> None:
        manager.using(using).filter(journal=journal).delete()

    return SharedTable(name, rows, clear)
