"""The log keys of a journal: each one after the first is vouched for by one before it.

A later key counts because an earlier one signed a tree that holds the entry naming it. The checkpoints that prove it
lie beside the journal: those at which a key ended, and the last one.
"""

from __future__ import annotations

from pathlib import Path

from comity.journal.check_files import Tree
from comity.journal.check_report import BACKUP, Report
from comity.journal.models import Journal
from comity.journal.store import Store, handover_path
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, signers
from comity.kernel.errors import ComityError
from comity.kernel.keyring import Keyring


def handover_sizes(root: Path) -> set[int]:
    """The sizes of the checkpoints at which log keys ended, as far as these can be read."""
    store, sizes = Store(root), set()
    for keyid in store.handovers():
        try:
            sizes.add(parse_checkpoint(store.handover(keyid)).checkpoint.size)
        except ComityError:
            continue  # Told by `check_succession`.
    return sizes


def check_succession(journal: Journal, tree: Tree, ring: Keyring, report: Report) -> None:
    """Follow the keys from the one by which the journal was first known here to the last."""
    found = _signed(journal, tree, ring, report)
    last = tree.checkpoint.size if tree.checkpoint else 0
    first = next((held for held in ring.keys if str(held.key) == journal.vkey), ring.keys[0])
    vouched = {first.key.keyid}
    for held in ring.keys:
        if held.since <= first.since or any(signed.size >= held.since and by & vouched for signed, by in found):
            vouched.add(held.key.keyid)
        elif held.since <= last:
            place = f"journal.key log/{held.key.keyid.hex()} ({journal.origin})"
            what = "No checkpoint here by an earlier key holds the entry that names this one."
            report.error(place, what, BACKUP)


def _signed(journal: Journal, tree: Tree, ring: Keyring, report: Report) -> list[tuple[Checkpoint, frozenset[bytes]]]:
    """The checkpoints that verify and are of this tree, with the identifiers of the keys that signed each."""
    found = []
    for path in ("checkpoint", "pending", *(handover_path(keyid) for keyid in Store(tree.root).handovers())):
        raw = tree.read(path)
        if raw is None:
            continue
        try:
            signed = ring.verify(raw)
        except ComityError as error:
            if "/" in path:  # The others were checked with the files.
                report.failed(tree.place(path), error, tree.remedy)
            continue
        if signed.origin == journal.origin and tree.roots.get(signed.size) == signed.root:
            known = {key.keyid for key in ring.at(signed.size)}
            found.append((signed, signers(raw) & known))
        elif "/" in path:
            what = "It is not a checkpoint of the tree in the files."
            report.error(tree.place(path), what, tree.remedy)
    if Store(tree.root).handovers():
        report.checked["log keys that ended"] += len(Store(tree.root).handovers())
    return sorted(found, key=lambda item: item[0].size)
