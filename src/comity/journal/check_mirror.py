"""What this node's mirror has cosigned lies durably here: its row, its cosignatures and the files agree."""

from __future__ import annotations

from comity.journal.check_files import Tree
from comity.journal.check_report import AGAIN, BACKUP, Report
from comity.journal.models import Cosignature, Journal, JournalKey, Mirrored
from comity.kernel.checkpoint import Checkpoint
from comity.kernel.errors import ComityError
from comity.kernel.keyring import Keyring
from comity.kernel.notes import VerifierKey

ROW = "This row keeps the mirror from signing what it does not hold: restore it from a backup before the next exchange."


def check_mirrored(journal: Journal, tree: Tree, ring: Keyring, mirror: VerifierKey | None, report: Report) -> None:
    """The mirror's promises on one journal: nothing is cosigned as held beyond what the files hold."""
    times = _promises(journal, tree, mirror, report) if mirror is not None else {}
    row = Mirrored.objects.filter(journal=journal).first()
    if row is None:
        if times:
            report.error(f"journal.mirrored ({journal.origin})", "The mirror has cosigned; its row is missing.", ROW)
        return
    place = f"journal.mirrored ({journal.origin})"
    if journal.own:
        report.error(f"{place}, column journal", "A node is no mirror of its own journal.", BACKUP)
    report.checked["mirrored journals"] += 1
    for prefix in ("pending_", ""):
        said = tuple(getattr(row, f"{prefix}{name}") for name in ("size", "root", "checkpoint"))
        if any(said):
            _checkpoint(place, prefix, said, tree, ring, report)
    if row.pending_size < row.size:
        what = f"It says {row.pending_size}, less than the {row.size} that are committed."
        report.error(f"{place}, column pending_size", what, ROW)
    if not 0 <= row.held <= min(tree.extent, row.pending_size):
        what = f"It says {row.held}; {tree.extent} entries are in the files, {row.pending_size} under its checkpoint."
        report.error(f"{place}, column held", what, AGAIN)
    if not 0 <= row.brought <= row.size:
        what = f"It says that the owner was told of {row.brought}; {row.size} are committed."
        report.error(f"{place}, column brought", what, BACKUP)
    if (row.size or times) and (max(times, default=0) != row.size or times.get(row.size) != row.cosigned_at):
        what = "It is not the time, or the checkpoint not the size, of the mirror's newest cosignature."
        report.error(f"{place}, column cosigned_at", what, ROW)


def _promises(journal: Journal, tree: Tree, mirror: VerifierKey, report: Report) -> dict[int, int]:
    """The times of the mirror's own cosignatures by their sizes."""
    mine = {str(mirror), *JournalKey.objects.filter(journal__own=True, role="mirror").values_list("vkey", flat=True)}
    times: dict[int, int] = {}
    for row in Cosignature.objects.filter(journal=journal, name=mirror.name).order_by("size").iterator():
        place = f"journal.cosignature {row.name} on {row.size} ({journal.origin})"
        times[row.size] = row.time
        if row.vkey not in mine:
            report.error(f"{place}, column vkey", "It is not this node's mirror key.", BACKUP)
        if row.size > tree.extent:
            what = f"The mirror has signed that it holds {row.size} entries; {tree.extent} are here."
            report.error(place, what, f"{AGAIN} Until then tell the partner that it is not held.")
    return times


def _checkpoint(place: str, prefix: str, said: tuple[int, str, str], tree: Tree, ring: Keyring, report: Report) -> None:
    size, root, checkpoint = said
    try:
        signed: Checkpoint = ring.verify(checkpoint.encode())
    except ComityError as error:
        report.failed(f"{place}, column {prefix}checkpoint", error, ROW)
        return
    if size != signed.size:
        report.error(f"{place}, column {prefix}size", f"It says {size}, its checkpoint {signed.size}.", ROW)
    if root != signed.root.hex():
        report.error(f"{place}, column {prefix}root", "It is not the root of its checkpoint.", ROW)
    if signed.size <= tree.extent and tree.roots.get(signed.size, signed.root) != signed.root:
        what = "The tree of the checkpoint is not the one in the files."
        report.error(f"{place}, column {prefix}checkpoint", what, ROW)
    if not prefix and signed.size > tree.extent:
        what = f"The mirror has committed {signed.size} entries; {tree.extent} are here."
        report.error(f"{place}, column checkpoint", what, AGAIN)
