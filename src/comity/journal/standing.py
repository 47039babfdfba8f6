"""Whether this node may add to its journal: not while it may have forgotten what it has signed.

A log that signs twice at one place has forked, for ever. A node restored from a backup therefore reads only, until its
partners have told it what it had signed. That it was restored is a file in the node's folder, so that no database that
was restored with it, and no process that starts later, can miss it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

from comity.journal import home, machine, roster
from comity.journal import mark as marks
from comity.journal.mark import DATABASE, FOLDER, FORK, PARTNER, RESTORED, UNSURE, Standing
from comity.journal.models import Journal
from comity.journal.store import Store, fsync_directory
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, verify_checkpoint
from comity.kernel.errors import ConflictError, IntegrityError, NotFoundError
from comity.kernel.notes import VerifierKey

__all__ = ["DATABASE", "FOLDER", "FORK", "PARTNER", "RESTORED", "UNSURE", "Standing"]

# One line for each time that the node came back: when, why it read only, who was asked and who was not.
RECOVERIES = "recoveries.jsonl"


def read() -> Standing | None:
    """Why this node reads only; None if it does not."""
    return marks.read(home.home())


def mark(why: str, waits_for: str = "") -> Standing:
    """From now on this node reads only. A mark that stands already keeps its time; a fork is worse than all else, and
    whatever is known for certain than not to know.
    """
    standing = read()
    if standing is None:
        standing = Standing(why, clock.iso(clock.now()), waits_for)
    else:
        worse = why == FORK or standing.why == UNSURE
        standing = replace(standing, why=why if worse else standing.why, waits_for=waits_for)
    if read() != standing:
        marks.write(home.home(), standing)
    return standing


def note(waits_for: str) -> None:
    """Say what the node waits for."""
    standing = read()
    if standing is not None and standing.waits_for != waits_for:
        mark(standing.why, waits_for)


def clear(account: dict[str, object]) -> None:
    """The node has come back: it may add to its journal again. `account`: by what, kept in the folder for good."""
    standing = read()
    known = {"at": clock.iso(clock.now()), **(asdict(standing) if standing else {}), **account}
    with (home.home() / RECOVERIES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(known, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    (home.home() / marks.NAME).unlink(missing_ok=True)
    fsync_directory(home.home())


def refuse() -> None:
    """Raise ConflictError while this node reads only."""
    standing = read()
    if standing is not None:
        raise ConflictError(
            f"This node reads only for now. {standing.words}",
            place=standing.waits_for,
            remedy="It goes on by itself once its partners have told what it had signed: see `comity recover`.",
        )


def log_keys(journal: Journal) -> set[VerifierKey]:
    """The log keys of a journal; of the own one the folder's too, for the database may be older than the files."""
    known = set(roster.keyring(journal).known())
    if journal.own:
        known.update(key.verifier for key in home.signing_keys("log"))
    return known


def signed_on_file(store: Store, journal: Journal) -> Checkpoint | None:
    """The checkpoint that lies in a journal's folder, verified."""
    raw = store.checkpoint()
    return verify_checkpoint(raw, log_keys(journal)) if raw is not None else None


def look(journal: Journal, store: Store) -> Standing | None:
    """Find out from what lies here whether the folder or the database was rolled back; mark it.

    The caller holds the sequencer's lock. Raises IntegrityError for a checkpoint that does not agree with its files.
    """
    standing = read()
    if standing is not None:
        return standing
    signed = signed_on_file(store, journal)
    size = signed.size if signed is not None else 0
    promised, told = store.promised(), machine.remembered(journal, journal.origin)
    for known in (promised, told):
        if known is not None and known.size > size and not _holds(store, known):
            return mark(FOLDER)
    if told is not None and not _holds(store, told):
        return mark(FORK, f"On this machine another tree of {told.size} entries was signed than lies here.")
    if promised is not None and promised.size <= size and not _holds(store, promised):
        raise IntegrityError(
            f"The {promised.size} entries that were signed are not those in the journal's files.",
            place=str(store.root),
            remedy="Run `comity fsck`.",
        )
    if journal.size > size or (signed is None and journal.root):
        return mark(FOLDER)
    if journal.next_index < max(size, promised.size if promised else 0, told.size if told else 0):
        return mark(DATABASE)
    return None


def _holds(store: Store, checkpoint: Checkpoint) -> bool:
    """Whether the files hold the tree of a checkpoint."""
    try:
        return checkpoint.size == 0 or store.frontier(checkpoint.size).root() == checkpoint.root
    except NotFoundError:
        return False
