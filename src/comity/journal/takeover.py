"""Bringing the database in step with a journal whose files hold more, or other, than it knows.

The files hold what was signed, so they are the truth. Each step is durable before the next and can be run again: the
row says in `applied` how far the tables are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from django.db import transaction

from comity.journal import home, services, standing, vault
from comity.journal.kinds import shared_tables
from comity.journal.models import Displaced, Held, Journal, Opening, Pending
from comity.journal.store import Store
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint
from comity.kernel.errors import NotFoundError

logger = logging.getLogger("comity.journal")

READ_AT_ONCE = 2048


def put_aside(store: Store, size: int) -> None:
    """Move the files of a journal that reach beyond the `size` entries that were signed into the folder `aside`."""
    aside = home.home() / "aside" / clock.iso(clock.now()).replace(":", "")
    if moved := store.put_aside(size, aside):
        logger.warning("%d files of entries that were never signed were put aside in %s", moved, aside)


def align(pk: int, signed: Checkpoint) -> int:
    """Let the row of the own journal say what its files hold up to `signed`. Returns from where entries are to be
    applied.

    Pending entries that were signed are dropped. From the first one that was signed otherwise, all are put aside with
    their openings, and the tables are emptied to be derived anew.
    """
    with transaction.atomic():
        journal = Journal.objects.select_for_update().get(pk=pk)
        at = _collision(journal, signed.size)
        if at is not None:
            _displace(journal, at)
            journal.applied, journal.next_index = 0, signed.size
        Pending.objects.filter(journal=journal, index__lt=signed.size).delete()
        journal.next_index = max(journal.next_index, signed.size)
        journal.size, journal.root, journal.checkpoint_at = signed.size, signed.root.hex(), clock.now()
        journal.save(update_fields=["applied", "next_index", "size", "root", "checkpoint_at"])
    return min(journal.applied, signed.size)


def apply(pk: int) -> services.Outcome:
    """Apply what `align` left to be applied."""
    return services.apply_stored(Journal.objects.get(pk=pk))


def add_openings(journal: Journal, items: Iterable[tuple[int, str]]) -> int:
    """Keep openings of entries that the vault has none of. Returns how many."""
    given = dict(items)
    known = Opening.objects.filter(journal=journal, index__in=list(given)).values_list("index", flat=True)
    for index in list(known):
        del given[index]
    vault.put(journal, given.items())
    return len(given)


def rewind_copies() -> list[str]:
    """Let the rows of partners' journals say no more than their files hold. Returns the origins that were rewound.

    A folder that is older than the database has lost entries of them; they are followed again, and applied already.
    """
    rewound = []
    for journal in Journal.objects.filter(own=False, next_index__gt=0):
        files = home.store(journal)
        try:
            files.frontier(journal.next_index)
            continue
        except NotFoundError:
            signed = standing.signed_on_file(files, journal)
        size, root = (signed.size, signed.root.hex()) if signed is not None else (0, "")
        Journal.objects.filter(pk=journal.pk).update(next_index=size, size=size, root=root)
        rewound.append(journal.origin)
    return rewound


def _collision(journal: Journal, size: int) -> int | None:
    """The first pending entry at whose place the files have other bytes."""
    files = home.store(journal)
    rows = Pending.objects.filter(journal=journal, index__lt=size).order_by("index").values_list("index", "data")
    at, batch = 0, list(rows[:READ_AT_ONCE])
    while batch:
        told = dict(files.entries(batch[0][0], min(size, batch[-1][0] + 1)))
        for index, data in batch:
            if told[index] != bytes(data):
                return int(index)
        at += len(batch)
        batch = list(rows[at : at + READ_AT_ONCE])
    return None


def _displace(journal: Journal, start: int) -> None:
    """Put pending entries from `start` on aside and empty the journal's tables."""
    rows: Sequence[Pending] = list(Pending.objects.filter(journal=journal, index__gte=start).order_by("index"))
    openings = dict(Opening.objects.filter(journal=journal, index__gte=start).values_list("index", "data"))
    Displaced.objects.bulk_create(
        Displaced(
            journal=journal,
            index=row.index,
            data=bytes(row.data),
            openings=openings.get(row.index, ""),
            added_at=row.added_at,
        )
        for row in rows
    )
    Pending.objects.filter(journal=journal, index__gte=start).delete()
    Opening.objects.filter(journal=journal, index__gte=start).delete()
    Held.objects.filter(journal=journal).delete()
    for table in shared_tables():
        table.clear(journal, "default")
