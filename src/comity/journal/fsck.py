"""The check that trusts nothing of this node's own database.

Every hash, proof and signature is computed again from the journals' files; rows are held against files and signatures;
the vault against the commitments; the shared tables against what the journals say, derived anew in a scratch database.
It changes nothing. It may run beside a working node: what it reads of the database is one moment of it, and files only
grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.utils.module_loading import autodiscover_modules

from comity.journal import home
from comity.journal.check_files import Tree, check_files
from comity.journal.check_keys import check_succession, handover_sizes
from comity.journal.check_mirror import check_mirrored
from comity.journal.check_report import BACKUP, Finding, Inspection, Report, checks
from comity.journal.check_rows import (
    check_held,
    check_identity,
    check_journal,
    check_keys,
    check_signatures,
)
from comity.journal.check_state import check_state
from comity.journal.check_vault import VaultCheck, check_strays
from comity.journal.models import Cosignature, Journal, Mirrored, Pending, Witnessed
from comity.kernel.identifiers import origin_hash
from comity.kernel.keyring import Keyring
from comity.kernel.notes import VerifierKey

__all__ = ["Finding", "Report", "fsck"]

Tick = Callable[[str, int], None]


def fsck(tick: Tick | None = None) -> Report:
    """Check everything of this node. `tick` is told what is being done and how many things of it since it was last."""
    autodiscover_modules("check")
    report = Report()
    try:
        _run(report, tick or (lambda what, count: None))
    except DatabaseError as error:
        if connection.vendor != "sqlite":
            raise  # A server that went away says nothing of what it holds.
        what = f"The database cannot be read; the check ended here: {error}."
        report.error(f"database file {connection.settings_dict['NAME']}", what, BACKUP)
    return report


def _run(report: Report, tick: Tick) -> None:
    with _one_moment():
        _database(report)
        keys = check_keys(report)
        journals = list(Journal.objects.defer("offices").order_by("-own", "origin"))
        parties = {journal.origin: journal.party for journal in journals}
        _folders(journals, report)
        trees: list[tuple[Journal, Tree]] = []
        for journal in journals:
            ring = check_identity(journal, keys, report)
            if ring is not None:
                trees.append((journal, _journal(journal, ring, keys, parties, report, tick)))
        if journals and sum(journal.own for journal in journals) != 1:
            report.error("journal.journal, column own", "A node has exactly one journal of its own.", BACKUP)
        check_strays(report)
        check_state(trees, report, tick)
    inspection = Inspection(tuple(journals), report, tick)
    for check in checks():
        check(inspection)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Within the block every query sees the database as it was at the first one."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    mode = connection.transaction_mode  # type: ignore[attr-defined]
    # Deferred: a reader in WAL mode keeps its moment and holds up no writer.
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]


def _database(report: Report) -> None:
    """SQLite's own checks of its file. PostgreSQL has none that a client may call; see its checksums and amcheck."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        for (line,) in cursor.fetchall():
            if line != "ok":
                report.error(f"database file {connection.settings_dict['NAME']}", f"{line}.", BACKUP)
        cursor.execute("PRAGMA foreign_key_check")
        for table, row, parent, _ in cursor.fetchall()[:50]:
            what = f"Row {row} points at a row of {parent} that is not there."
            report.error(f"{table.replace('_', '.', 1)}, a column that points at {parent}", what, BACKUP)


def _folders(journals: list[Journal], report: Report) -> None:
    known = {"own", *(origin_hash(journal.origin) for journal in journals)}
    for path in sorted((home.home() / "journals").glob("*")):
        if path.name not in known:
            report.warn(f"journals/{path.name}", "No journal known here lies in this folder.", "Find out whose it is.")


def _journal(
    journal: Journal,
    ring: Keyring,
    keys: dict[str, VerifierKey],
    parties: dict[str, str],
    report: Report,
    tick: Tick,
) -> Tree:
    root = home.journal_folder(journal)
    wanted = {journal.size, *Cosignature.objects.filter(journal=journal).values_list("size", flat=True)}
    wanted |= set(Witnessed.objects.filter(journal=journal).values_list("size", flat=True))
    for sizes in Mirrored.objects.filter(journal=journal).values_list("size", "pending_size"):
        wanted |= set(sizes)
    wanted |= handover_sizes(root)
    vault = VaultCheck(journal, report)

    def on(start: int, entries: list[bytes]) -> None:
        vault.on(start, entries)
        tick(f"read {journal.origin}", len(entries))

    name = root.relative_to(home.home()).as_posix()
    tree = check_files(root, name, journal.origin, ring, wanted, report, on)
    check_succession(journal, tree, ring, report)
    check_journal(journal, tree, report)
    if journal.own:
        rows = Pending.objects.filter(journal=journal, index__gte=tree.extent).order_by("index")
        for index, data in rows.values_list("index", "data").iterator():
            vault.on(index, [bytes(data)])
    vault.finish(max(journal.next_index, tree.extent))
    check_held(journal, report)
    check_signatures(journal, tree, ring, keys.get("witness"), parties, report)
    check_mirrored(journal, tree, ring, keys.get("mirror"), report)
    return tree
