"""What leads from the first log key of a journal to one that signed a checkpoint, taken from this node's files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from comity.journal import home, roster
from comity.journal.models import Journal, JournalKey
from comity.journal.store import Store
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.errors import ComityError
from comity.kernel.keyring import RangedKey
from comity.kernel.merkle import consistency_proof, inclusion_proof
from comity.kernel.notes import Note, VerifierKey
from comity.kernel.succession import Earlier, RosterLeaf, Succession


@dataclass(frozen=True, slots=True)
class Lineage:
    """Log keys with the sizes that each may sign, the oldest first, and what proves them under one tree."""

    keys: tuple[RangedKey, ...]
    succession: Succession


def lineage(journal: Journal, tree: Checkpoint, key: VerifierKey) -> Lineage | None:
    """What leads to `key`, as entries below `tree` say; None where the roster, so far, names one log key or none.

    Where a checkpoint that led further back is no longer here, it begins with the key after.
    """
    rows = [row for row in roster.keys_of(journal, "log") if row.entry < tree.size]
    if len(rows) < 2 or str(key) not in {row.vkey for row in rows}:
        return None
    chain = [next(row for row in rows if row.vkey == str(key))]
    earlier: list[Earlier] = []
    while (step := _before(journal, tree, rows, chain[0])) is not None:
        chain.insert(0, step[0])
        earlier.insert(0, step[1])
    wanted = {row.entry for row in rows}
    wanted |= {end for row in chain if (end := row.until) is not None and end < tree.size}
    leaves = tuple(_leaf(journal, tree, index) for index in sorted(wanted))
    succession = Succession(leaves, tuple(earlier))
    named = succession.named(tree)
    keys = tuple(RangedKey(VerifierKey.parse(row.vkey), named[row.vkey].since, named[row.vkey].until) for row in chain)
    return Lineage(keys, succession)


def whole(journal: Journal, tree: Checkpoint, roles: Collection[str]) -> Succession:
    """All that the roster says of keys of some roles below `tree`, and the last checkpoint of every ended log key."""
    store = home.store(journal)
    rows = [row for role in roles for row in roster.keys_of(journal, role)]
    told = {row.entry for row in rows} | {row.changed for row in rows} | {row.until for row in rows if row.until}
    leaves = tuple(_leaf(journal, tree, index) for index in sorted(told) if index < tree.size)
    found = []
    for keyid in store.handovers():
        raw = store.handover(keyid)
        size = parse_checkpoint(raw).checkpoint.size
        if 0 < size <= tree.size:
            found.append((size, Earlier(raw, tuple(consistency_proof(size, tree.size, _hashes(store))))))
    return Succession(leaves, tuple(earlier for _, earlier in sorted(found, key=lambda item: item[0])))


def _before(
    journal: Journal, tree: Checkpoint, rows: list[JournalKey], row: JournalKey
) -> tuple[JournalKey, Earlier] | None:
    """An earlier key and its last checkpoint, which holds the entry that names `row`."""
    store = home.store(journal)
    for other in rows:
        if other.entry >= row.entry or other.until is None:
            continue
        try:
            parsed = parse_checkpoint(store.handover(other.keyid))
        except ComityError:
            continue
        size = parsed.checkpoint.size
        if not row.entry < size <= min(tree.size, other.until):
            continue
        lines = tuple(line for line in parsed.note.signatures if line.keyid.hex() == other.keyid)
        proof = consistency_proof(size, tree.size, _hashes(store))
        return other, Earlier(Note(parsed.note.text, lines[:1]).encode(), tuple(proof))
    return None


def _leaf(journal: Journal, tree: Checkpoint, index: int) -> RosterLeaf:
    store = home.store(journal)
    entry = store.entry(index, tree.size)
    return RosterLeaf(index, entry, tuple(inclusion_proof(index, tree.size, _hashes(store))))


def _hashes(store: Store) -> Callable[[int, int], bytes]:
    """Hashes of the tree of all entries on file: the partial tiles of the smaller one may be gone."""
    last = store.checkpoint()
    return store.reader(parse_checkpoint(last).checkpoint.size if last else 0).hash
