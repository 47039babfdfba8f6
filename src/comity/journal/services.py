"""Adding entries to the own journal, and applying entries of any journal to the shared tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, DataError, connections, transaction
from django.db import IntegrityError as ConstraintError
from django.db.models import Q, QuerySet
from django.dispatch import Signal

from comity.jobs import bell
from comity.journal import bulk, home, kinds, roster, standing, vault
from comity.journal.kinds import Applied, Kind, Place
from comity.journal.models import Held, Journal, Pending
from comity.journal.reading import REFUSALS, Read, Unread, check_envelope, index_of, read, read_body
from comity.kernel import clock
from comity.kernel.entry import encode_entry, parse_entry
from comity.kernel.errors import ConfigurationError, ConflictError
from comity.kernel.notes import VerifierKey
from comity.kernel.tiles import TILE

logger = logging.getLogger("comity.journal")

# Sent after a handler ran, in its transaction: journal, kind, batch, using. Rooms above listen; nobody reaches up.
entries_applied = Signal()
# Sent before entries `start` ≤ index < `end` of the own journal, which lie in its files, are applied again after a
# restore: journal, start, end. What this node remembers privately of later entries than its database knows is stale.
entries_returning = Signal()

APPLY_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to add. `openings` holds the salt and the value of each commitment in `body`, by path."""

    kind: str
    version: int
    about: str
    body: Mapping[str, Any]
    openings: Mapping[str, tuple[bytes, Any]] = field(default_factory=dict)


def open_own(origin: str, party: str, name: str, offices: Sequence[str], vkey: VerifierKey) -> Journal:
    """Create this node's own journal with its first entry; on a node that has one, return it."""
    with transaction.atomic():
        journal = Journal.objects.filter(own=True).first()
        if journal is None:
            journal = Journal.objects.create(origin=origin, own=True, vkey=str(vkey))
            # A journal that has signed and whose database was lost has its first entry already.
            if home.store(journal).checkpoint() is None:
                body = {"origin": origin, "party": party, "name": name, "offices": sorted(set(offices))}
                append(journal, [Draft("journal.open", 1, f"journal:{origin}", body)])
        elif journal.origin != origin or vkey not in roster.keyring(journal).known():
            raise ConfigurationError(
                f"This node's journal is {journal.origin}, not {origin}.",
                place="COMITY_ORIGIN",
                remedy="A journal keeps its origin and its row of keys; use another folder for another node.",
            )
    return journal


def append(journal: Journal, drafts: Sequence[Draft], *, at: str = "") -> range:
    """Add entries to the own journal and apply them, inside the caller's transaction. Returns their indexes.

    The head of the journal stays locked until the caller commits: an index is given once, without gaps, and the order
    of handlers is the order of the journal. A fact that cannot be applied raises and never becomes an entry.
    """
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        raise RuntimeError("journal.append belongs inside the transaction of the service that calls it")
    if journal.former:
        raise ConflictError(
            f"The journal {journal.origin} is frozen: its log key was lost.",
            place=journal.origin,
            remedy="Its facts stay; new ones go into the journal that goes on from it.",
        )
    if not journal.own:
        raise ConflictError(f"{journal.origin} is a partner's journal; only its owner adds to it.")
    # A savepoint: a caller who catches the refusal and commits must not keep half of it.
    with transaction.atomic():
        return _append(journal, drafts, at)


def _append(journal: Journal, drafts: Sequence[Draft], at: str) -> range:
    head = Journal.objects.select_for_update().get(pk=journal.pk)
    # With the head locked: what takes entries back marks first and locks then, and so sees all that was added before.
    standing.refuse()
    promised = home.store(head).promised()
    # A journal that goes on from a lost one is opened before the files of the old one have left their folder.
    if promised is not None and promised.origin == head.origin and promised.size > head.next_index:
        # An older database was put in place under a running node: nothing is added at places that are signed.
        standing.mark(standing.DATABASE)
        standing.refuse()
    if head.applied != head.next_index:
        raise ConflictError(
            f"Only {head.applied} of the journal's {head.next_index} entries are applied here.",
            place=head.origin,
            remedy="A rebuild was cut short: run `comity rebuild`.",
        )
    first = head.next_index
    added_at = clock.now()
    at = at or clock.iso(added_at)
    batch: list[tuple[Kind, Applied]] = []
    rows: list[tuple[int, int, bytes, Any]] = []
    noted = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(added_at)
    openings: list[tuple[int, str]] = []
    for index, draft in enumerate(drafts, first):
        kind = kinds.find(draft.kind, draft.version)
        if kind is None:
            raise ConfigurationError(f"The entry kind {draft.kind}/{draft.version} is not registered.")
        check_envelope(draft.about, at)
        whole = {**draft.body, "about": draft.about, "at": at}
        data = encode_entry(draft.kind, draft.version, whole)
        opened = {path: value for path, (_, value) in draft.openings.items()}
        body = kind.quick(data, whole, opened) if kind.quick else None
        batch.append((kind, Applied(index, draft.about, at, body or read_body(kind, draft.body))))
        rows.append((head.pk, index, data, noted))
        if draft.openings:
            openings.append((index, vault.dump(draft.openings)))
    kinds.check_capabilities(kind for kind, _entry in batch)
    bulk.insert(Pending, ("journal_id", "index", "data", "added_at"), rows, DEFAULT_DB_ALIAS)
    vault.put(head, openings)
    free = kinds.independent()
    dependent = {draft.about for draft in drafts if draft.kind not in free}
    blocked = set(_blocking(head, DEFAULT_DB_ALIAS, free).filter(about__in=dependent).values_list("about", flat=True))
    if blocked:
        raise ConflictError(f"An earlier entry about {min(blocked)} is held back; settle it first.")
    place = Place(head, DEFAULT_DB_ALIAS)
    for kind, group in groupby(batch, key=lambda item: item[0]):
        _run(place, kind, [applied for _, applied in group])
    head.next_index = head.applied = first + len(drafts)
    head.save(update_fields=["next_index", "applied"])
    transaction.on_commit(lambda: bell.ring(bell.SEQUENCER))
    journal.next_index = journal.applied = head.next_index
    journal.party, journal.name, journal.offices = head.party, head.name, head.offices
    return range(first, head.next_index)


def _blocking(journal: Journal, using: str, free: Collection[str]) -> QuerySet[Held]:
    """Held entries behind which later ones about the same subject wait."""
    return Held.objects.using(using).filter(journal=journal).exclude(kind__in=free).exclude(_void())


def _void() -> Q:
    """Held entries that stay refused for good, and hold up nothing."""
    return Q(kind__in=kinds.void_if_refused(), state=Held.State.QUARANTINED)


def _run(place: Place, kind: Kind, batch: Sequence[Applied], *, project: bool = True) -> None:
    kind.apply(place, batch)
    if project and kind.project is not None:
        kind.project(place, batch)
    if project:
        entries_applied.send(sender=kind, journal=place.journal, kind=kind, batch=batch, using=place.using)


@dataclass(slots=True)
class Outcome:
    """What came of applying: counts of entries."""

    applied: int = 0
    held: int = 0


class Applier:
    """Applies entries of one journal in order, in the database `using`.

    `project=False` leaves private derivations alone, for a scratch database.
    """

    def __init__(self, journal: Journal, *, using: str = DEFAULT_DB_ALIAS, project: bool = True) -> None:
        self.place = Place(journal, using)
        self.project = project
        self.outcome = Outcome()
        self.free = kinds.independent()
        self.void = kinds.void_if_refused()

    def apply(self, items: Iterable[tuple[int, bytes]]) -> None:
        """Apply entries in one transaction with the cursor. Those that cannot be applied are held, with the reason."""
        self.apply_read(read(index, data) for index, data in items)

    def apply_read(self, items: Iterable[Read]) -> None:
        """As `apply`, of entries that were read before."""
        using, journal = self.place.using, self.place.journal
        with transaction.atomic(using=using):
            blocked = set(_blocking(journal, using, self.free).values_list("about", flat=True).distinct())
            run: list[Applied] = []
            current: Kind | None = None
            last = journal.applied - 1

            def flush() -> None:
                nonlocal run
                self._batch(current, run, blocked)
                run = []

            for item in items:
                if isinstance(item, Unread):
                    last = item.index
                    # What came before goes first: whether this one waits depends on it, and it must not wait for this.
                    flush()
                    self._keep(item, blocked)
                    continue
                kind, entry = item
                last = entry.index
                if run and kind is not current:
                    flush()
                if entry.about in blocked and kind.name not in self.free:
                    self._hold(entry.index, kind.name, kind.version, entry.about, Held.State.WAITING, "")
                    continue
                current = kind
                run.append(entry)
            flush()
            Journal.objects.using(using).filter(pk=journal.pk).update(applied=last + 1)
            journal.applied = last + 1

    def _keep(self, unread: Unread, blocked: set[str]) -> None:
        free = unread.kind in self.free
        if unread.about in blocked and unread.state != Held.State.UNKNOWN and not free:
            self._hold(unread.index, unread.kind, unread.version, unread.about, Held.State.WAITING, "")
            return
        self._hold(unread.index, unread.kind, unread.version, unread.about, unread.state, unread.reason)
        if not free and not (unread.kind in self.void and unread.state == Held.State.QUARANTINED):
            blocked.add(unread.about)

    def _batch(self, kind: Kind | None, batch: Sequence[Applied], blocked: set[str]) -> None:
        if kind is None or not batch:
            return
        free = kind.name in self.free
        ready = [entry for entry in batch if free or entry.about not in blocked]
        if len(ready) < len(batch):
            for entry in batch:
                if not free and entry.about in blocked:
                    self._hold(entry.index, kind.name, kind.version, entry.about, Held.State.WAITING, "")
        if not ready or (reason := self._try(kind, ready)) is None:
            return
        if len(ready) == 1:
            entry = ready[0]
            self._hold(entry.index, kind.name, kind.version, entry.about, Held.State.QUARANTINED, reason)
            if not free and kind.name not in self.void:
                blocked.add(entry.about)
            return
        # By halves, in order: one entry at fault costs a few tries, not one for each of its batch.
        middle = len(ready) // 2
        self._batch(kind, ready[:middle], blocked)
        self._batch(kind, ready[middle:], blocked)

    def _try(self, kind: Kind, batch: Sequence[Applied]) -> str | None:
        """Run the handler in a savepoint; the reason, if it refused."""
        try:
            with transaction.atomic(using=self.place.using):
                _run(self.place, kind, batch, project=self.project)
        except REFUSALS as error:
            return f"{error}" or type(error).__name__
        except DatabaseError as error:
            # A value the tables cannot take is the entry's fault; a lost or full database is not.
            if not _is_data_fault(error):
                raise
            return f"The tables cannot take it: {error}"
        self.outcome.applied += len(batch)
        return None

    def _hold(self, index: int, kind: str, version: int, about: str, state: str, reason: str) -> None:
        self.outcome.held += 1
        Held.objects.using(self.place.using).create(
            journal=self.place.journal,
            index=index,
            kind=kind,
            version=version,
            about=about,
            state=state,
            # PostgreSQL's text cannot hold NUL, and a reason may quote what came.
            reason=reason.replace("\x00", "\ufffd")[:2000],
        )


def _is_data_fault(error: DatabaseError) -> bool:
    return isinstance(error, DataError | ConstraintError)


def apply_stored(
    journal: Journal,
    *,
    limit: int | None = None,
    tick: Callable[[int], None] | None = None,
    ahead: Sequence[Read] = (),
) -> Outcome:
    """Apply what lies in the files of a journal beyond its cursor: a partner's new entries, or all after `rebuild`.

    `ahead`: the last of them as read already, so that they need not be read from the files again.
    """
    applier = Applier(journal)
    files = home.store(journal)
    end = journal.size if journal.own else journal.next_index
    if limit is not None:
        end = min(end, journal.applied + limit)
    while journal.applied < end:
        if ahead and journal.applied == index_of(ahead[0]) and limit is None:
            applier.apply_read(ahead)
            ahead = ()
            continue
        stop = min(end, journal.applied + APPLY_AT_ONCE)
        before = journal.applied
        applier.apply(files.entries(journal.applied, stop))
        if tick:
            tick(journal.applied - before)
    return applier.outcome


def retry(journal: Journal, about: str = "") -> Outcome:
    """Try held entries again, in order: after an upgrade, or when what they lacked has come."""
    with transaction.atomic():
        rows = Held.objects.select_for_update().filter(journal=journal).exclude(_void())
        if about:
            rows = rows.filter(about=about)
        held = {row.index: row.attempts for row in rows}
        cursor = journal.applied
        rows.delete()
        applier = Applier(journal)
        applier.apply(_entries(journal, sorted(held)))
        Journal.objects.filter(pk=journal.pk).update(applied=cursor)
        journal.applied = cursor
        for row in Held.objects.filter(journal=journal, index__in=held):
            row.attempts = held[row.index] + 1
            row.save(update_fields=["attempts"])
    return applier.outcome


def retry_known() -> Outcome:
    """After an upgrade: try again what is held of each journal in which this release knows a kind that it did not.

    All that is held, in order, for other entries may hang on those. Where nothing became known nothing is done.
    """
    done = Outcome()
    for journal in Journal.objects.filter(held__state=Held.State.UNKNOWN).distinct():
        waits = Held.objects.filter(journal=journal, state=Held.State.UNKNOWN)
        if any(kinds.find(*row) for row in waits.values_list("kind", "version").distinct()):
            outcome = retry(journal)
            logger.info("%s: %d held entries applied, %d left", journal.origin, outcome.applied, outcome.held)
            done.applied += outcome.applied
            done.held += outcome.held
    return done


def _entries(journal: Journal, indexes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """These entries in ascending order; of a partner's journal each bundle is read once."""
    if journal.own:
        yield from ((index, _own_entry(journal, index)) for index in indexes)
        return
    files = home.store(journal)
    for _bundle, group in groupby(indexes, key=lambda index: index // TILE):
        wanted = set(group)
        found = files.entries(min(wanted), min(max(wanted) + 1, journal.next_index))
        yield from (item for item in found if item[0] in wanted)


def redact(journal: Journal, index: int, *, path: str = "", ground: str = "") -> int:
    """Take back the personal data of an own entry, at every node that has it. Returns the redaction's index.

    For an entry of a frozen journal it lies in the one that goes on from it.
    """
    data = parse_entry(_own_entry(journal, index))
    body: dict[str, Any] = {"index": index}
    if path:
        body["path"] = path
    if ground:
        body["ground"] = ground
    with transaction.atomic():
        if journal.former:
            body["origin"] = journal.origin
            mine = Journal.objects.get(own=True)
            return append(mine, [Draft("journal.redaction", 2, str(data.body["about"]), body)])[0]
        return append(journal, [Draft("journal.redaction", 1, str(data.body["about"]), body)])[0]


def _own_entry(journal: Journal, index: int) -> bytes:
    pending = Pending.objects.filter(journal=journal, index=index).first()
    if pending is not None:
        return bytes(pending.data)
    journal.refresh_from_db()
    return home.store(journal).entry(index, journal.size)
