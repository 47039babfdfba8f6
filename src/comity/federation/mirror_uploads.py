"""Uploads to this node's mirror (C2SP tlog-mirror, add-checkpoint and add-entries).

A package is verified before it is stored, and stored durably before the mirror says that it holds it. What a killed
request has written lies under its right name and is written again with the same bytes. Openings are no part of it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from django.db import transaction
from django.utils.crypto import salted_hmac

from comity.federation import mirror
from comity.federation.forks import keep_fork
from comity.federation.mirror import next_entry
from comity.federation.witness import Answer
from comity.journal import home, roster
from comity.journal.models import Journal, Mirrored
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.errors import ComityError, ForkError, FormatError, IntegrityError, ProofError
from comity.kernel.merkle import EMPTY, leaf_hashes
from comity.kernel.mirror import INFO, AddEntries, MirrorInfo, Package, format_info, parse_add_entries, verify_package
from comity.kernel.tiles import TILE
from comity.kernel.witness import Seen, decide, parse_add_checkpoint

TEXT = "text/plain; charset=utf-8"
SALT = "comity/mirror-ticket/1"
MAC = 32
# So far below the next entry an upload may begin: what it repeats is verified and not stored again.
REPEATED = 32 * TILE


def add_checkpoint(body: bytes, journals: dict[str, Journal]) -> Answer:
    """Answer to add-checkpoint: it moves the pending checkpoint alone, and cosigns nothing. As the witness decides."""
    try:
        request = parse_add_checkpoint(body)
        journal = journals.get(request.origin)
    except FormatError as error:
        return Answer(400, f"{error}\n", TEXT)
    if journal is None:
        return Answer(404, "This mirror does not know the log.\n", TEXT)
    with transaction.atomic():
        row = _locked(journal)
        seen = Seen(row.pending_size, bytes.fromhex(row.pending_root) if row.pending_root else EMPTY)
        decision = decide(seen, request, roster.keyring(journal).at(request.size))
        if decision.status == 200 and decision.checkpoint is not None:
            checkpoint = decision.checkpoint
            row.pending_size, row.pending_root = checkpoint.size, checkpoint.root.hex()
            row.pending_checkpoint = request.signed.decode()
            row.save()
        elif decision.evidence and (decision.fork or decision.status == 422):
            keep_fork(journal, row.pending_checkpoint, request.signed.decode(), "It was shown to this node's mirror.")
    return Answer(decision.status, decision.body, decision.content_type)


def _locked(journal: Journal) -> Mirrored:
    """The row of a journal, locked; its pending checkpoint is brought up to what the follower has verified since."""
    Mirrored.objects.get_or_create(journal=journal)
    row = Mirrored.objects.select_for_update().get(journal=journal)
    journal.refresh_from_db()
    store = home.store(journal)
    pending = store.root / "pending"
    for raw in (store.checkpoint(), pending.read_bytes() if pending.is_file() else None):
        if raw is None:
            continue
        known = roster.keyring(journal).verify(raw)
        if known.size > row.pending_size:
            row.pending_size, row.pending_root, row.pending_checkpoint = known.size, known.root.hex(), raw.decode()
            row.save()
    return row


@dataclass(frozen=True, slots=True)
class _Target:
    """The checkpoint up to which an upload goes, as the log signed it."""

    checkpoint: Checkpoint
    raw: bytes


def add_entries(body: bytes, journals: dict[str, Journal]) -> Answer:
    """Answer to add-entries: 200 with the mirror's line where all up to its end is held, 202 where a part was taken."""
    try:
        request = parse_add_entries(body)
    except FormatError as error:
        return Answer(400, f"{error}\n", TEXT)
    journal = journals.get(request.origin)
    if journal is None:
        return Answer(404, "This mirror does not know the log.\n", TEXT)
    with transaction.atomic():
        row = _locked(journal)
    if not row.pending_checkpoint:
        return Answer(422, "There is no pending checkpoint: begin with add-checkpoint.\n", TEXT)
    following = next_entry(journal, row)
    target = _target(journal, row, request)
    stale = target is None or request.end < row.size
    if target is None or stale or not following - REPEATED <= request.start <= following:
        return _info(journal, row, 409, None if stale else target)
    if request.start < request.end and not request.packages:
        return Answer(400, "The request holds no whole package.\n", TEXT)
    try:
        held = _take(journal, target, following, request.packages)
    except (ProofError, IntegrityError) as error:
        return Answer(422, f"{error}\n", TEXT)
    if held < request.end:
        row.refresh_from_db()
        return _info(journal, row, 202, target)
    try:
        done = mirror.commit(journal, target.raw)
    except ForkError as error:
        return Answer(422, f"{error}\n", TEXT)
    if done is None:  # A later checkpoint was committed meanwhile.
        row.refresh_from_db()
        return _info(journal, row, 409, None)
    home.store(journal).drop_partials(done.size)
    return Answer(200, done.line, TEXT)


def _take(journal: Journal, target: _Target, following: int, packages: tuple[Package, ...]) -> int:
    """Verify packages, store what is not here yet, note it. Returns how many entries are held then.

    ProofError for a package that does not prove; those before it are stored. The row is not locked meanwhile: two
    requests at once write the same bytes.
    """
    store = home.store(journal)
    fresh: list[bytes] = []
    failure: ProofError | None = None
    before: list[bytes] = []
    for package in packages:
        if package.start > package.rounded:
            before = leaf_hashes(data for _, data in store.entries(package.rounded, package.start))
        try:
            verify_package(package, before, target.checkpoint.size, target.checkpoint.root)
        except ProofError as error:
            failure = error
            break
        before = []
        fresh += package.entries[max(0, following + len(fresh) - package.start) :]
    if fresh:
        store.grow(store.frontier(following), fresh)
    with transaction.atomic():
        row = Mirrored.objects.select_for_update().get(journal=journal)
        journal.refresh_from_db()
        if fresh and row.held < following + len(fresh):
            row.held = following + len(fresh)
            row.save(update_fields=["held"])
    if failure is not None:
        raise failure
    return next_entry(journal, row)


def _target(journal: Journal, row: Mirrored, request: AddEntries) -> _Target | None:
    """The checkpoint of the request's end: pending, committed, or one that was pending, as its ticket says."""
    ticket = _opened(journal, request.ticket)
    for raw in (row.pending_checkpoint.encode(), ticket, row.checkpoint.encode()):
        if raw:
            checkpoint = parse_checkpoint(raw).checkpoint
            if checkpoint.size == request.end:
                return _Target(checkpoint, raw)
    return None


def _info(journal: Journal, row: Mirrored, status: int, target: _Target | None) -> Answer:
    """What the client needs to go on: with its own end where that was valid, else with the pending one."""
    raw = target.raw if target is not None else row.pending_checkpoint.encode()
    size = parse_checkpoint(raw).checkpoint.size
    info = MirrorInfo(size, next_entry(journal, row), _ticket(journal, raw))
    return Answer(status, format_info(info), INFO)


def _mac(journal: Journal, raw: bytes) -> bytes:
    return salted_hmac(SALT, journal.origin.encode() + b"\n" + raw, algorithm="sha256").digest()


def _ticket(journal: Journal, raw: bytes) -> bytes:
    """A checkpoint that was pending, sealed by this node, so that an upload goes on when another is pending by then."""
    return _mac(journal, raw) + raw


def _opened(journal: Journal, ticket: bytes) -> bytes:
    """The checkpoint in a ticket of this node; nothing for any other bytes."""
    given, raw = ticket[:MAC], ticket[MAC:]
    if not hmac.compare_digest(given, _mac(journal, raw)):
        return b""
    try:
        roster.keyring(journal).verify(raw)
    except ComityError:
        return b""
    return raw
