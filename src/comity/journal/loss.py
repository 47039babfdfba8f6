"""A lost log key: the journal is frozen, and another goes on from it under a new origin and with new keys.

Order: the new keys durably in a folder of their own → one transaction that freezes the old journal and makes the new
one with its first entry → the folders give way. `settle`, which every start runs, makes good a kill in between.
What was pending was never signed: it is no fact of the old journal, and the caller keeps it for its people beforehand.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.db import transaction

from comity.journal import entries, home, keystore, services, vault
from comity.journal.covering import last_cosigned
from comity.journal.kinds import shared_tables
from comity.journal.models import Held, Journal, Opening, Pending
from comity.journal.rebuild import no_sequencer
from comity.journal.services import Draft
from comity.journal.store import Store, fsync_directory
from comity.kernel.bundle import fill_in
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ConflictError
from comity.kernel.identifiers import origin_hash
from comity.kernel.notes import SigningKey


def unsigned(journal: Journal) -> list[tuple[str, dict[str, Any]]]:
    """`(kind, body with its openings filled in)` of the entries that no checkpoint covers: they will be no facts."""
    size = _last(journal)[0]
    found = []
    for row in Pending.objects.filter(journal=journal, index__gte=size).order_by("index"):
        entry = parse_entry(bytes(row.data))
        openings = vault.of(journal, [row.index]).get(row.index, {})
        found.append((entry.kind, fill_in(entry.body, {path: value for path, (_, value) in openings.items()})))
    return found


def open_successor(journal: Journal) -> Journal:
    """Freeze the own journal and open the one that goes on from it. Returns the new one.

    ConflictError while a sequencer runs, or where the old journal has signed nothing.
    """
    with no_sequencer():
        size, last = _last(journal)
        origin = entries.successor(journal.origin)
        key = _new_keys(origin)
        seen = last_cosigned(journal, size)
        with transaction.atomic():
            old = Journal.objects.select_for_update().get(pk=journal.pk)
            Pending.objects.filter(journal=old).delete()
            Opening.objects.filter(journal=old, index__gte=size).delete()
            Held.objects.filter(journal=old).delete()
            said = {"name": old.name, "offices": old.offices, "party": old.party}
            for table in shared_tables():
                table.clear(old, "default")
            signed = parse_checkpoint(last.encode()).checkpoint
            Journal.objects.filter(pk=old.pk).update(
                own=False, former=True, next_index=size, size=size, root=signed.root.hex(), applied=0
            )
            new = Journal.objects.create(origin=origin, own=True, vkey=str(key.verifier))
            continues = {"checkpoint": last, "origin": old.origin, **({"cosigned": seen} if seen else {})}
            body = {**said, "continues": continues, "origin": origin}
            services.append(new, [Draft(entries.OPEN, 2, f"journal:{origin}", body)])
        settle()
    return Journal.objects.get(pk=new.pk)


def settle() -> None:
    """Bring folders and tables in step with the database, after a log key was lost."""
    mine = Journal.objects.filter(own=True).first()
    if mine is None:
        return
    _move_journal(mine)
    _move_keys(mine)
    for old in Journal.objects.filter(former=True):
        if old.applied < old.next_index:
            services.apply_stored(old)


def _last(journal: Journal) -> tuple[int, str]:
    """The size of the last checkpoint that the log signed, and its note."""
    raw = home.store(journal).checkpoint()
    size = parse_checkpoint(raw).checkpoint.size if raw else 0
    if raw is None or not size:
        raise ConflictError(
            "This journal has signed no entry: there is nothing to go on from.",
            place=journal.origin,
            remedy="Make a new node in another folder.",
        )
    return size, raw.decode()


def _next_folder() -> Path:
    return home.home() / "keys.next"


def _new_keys(origin: str) -> SigningKey:
    """Keys of every role for the new journal, in a folder beside the old ones; those of a cut-off run are taken up."""
    home.make_keys(origin, folder=_next_folder())
    return keystore.signing(_next_folder() / "log.key")


def _move_journal(mine: Journal) -> None:
    folder = home.journal_folder(mine)
    raw = Store(folder).checkpoint()
    origin = parse_checkpoint(raw).checkpoint.origin if raw else mine.origin
    if origin != mine.origin:
        folder.rename(folder.with_name(origin_hash(origin)))
        fsync_directory(folder.parent)


def _move_keys(mine: Journal) -> None:
    following, folder = _next_folder(), home.home() / "keys"
    if not (following / "log.key").exists():
        return
    if keystore.signing(following / "log.key").name != mine.origin:
        return
    former = folder.with_name(f"keys.former-{origin_hash(mine.continues)[:8]}")
    if folder.exists():
        # What is not of one journal goes along: what was sealed for the old key can be opened still.
        if (folder / "django.secret").exists():
            shutil.copy2(folder / "django.secret", following / "django.secret")
        for path in folder.glob(f"{home.SEALING}*.key"):
            name = f"{home.SEALING}-{origin_hash(mine.continues)[:8]}{path.name.removeprefix(home.SEALING)}"
            shutil.copy2(path, following / name)
        fsync_directory(following)
        folder.rename(former)
    following.rename(folder)
    fsync_directory(folder.parent)
