"""Changing the keys of this node: a successor beside the old key, then the end of the old one.

Order of a rotation: the new private key durably in the folder → the entry of the roster, which both keys' holders can
prove → both sign while the overlap lasts → the entry that ends the old key → its file gives way to the new one. A kill
between any two steps is made good by `settle`, which every start of the node runs.

The sealing key signs nothing: while it overlaps, partners seal for the new one as soon as they know it, and both open.
An ended one is kept, for what was sealed for it can be opened by it alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from django.db import transaction

from comity.journal import home, keystore, roster, services
from comity.journal.models import Journal, JournalKey
from comity.journal.services import Draft
from comity.journal.store import fsync_directory
from comity.kernel import keyfile
from comity.kernel.errors import ConfigurationError, ConflictError, NotFoundError
from comity.kernel.keyfile import Public
from comity.kernel.notes import SigningKey


def announce(journal: Journal) -> None:
    """Let the own journal say which keys this node has: all of them at first, later those of roles that are new."""
    with transaction.atomic():
        head = Journal.objects.select_for_update().get(pk=journal.pk)
        if head.applied != head.next_index:
            return
        roles = [role for role in home.roles() if not roster.named(head, role)]
        if roles:
            _append(head, [(role, str(_first(role)), "active") for role in roles])
            journal.refresh_from_db()


def settle(journal: Journal) -> None:
    """Bring the key files in step with the roster: an ended key's file gives way to its successor's."""
    for role in home.EVERY:
        path, following = home.key_path(role), home.next_key_path(role)
        if not following.exists():
            continue
        # Absent: another process of this node did it in the same moment.
        with suppress(FileNotFoundError):
            _give_way(role, path, following, {row.vkey: row for row in roster.keys_of(journal, role)})
        fsync_directory(following.parent)


def _give_way(role: str, path: Path, following: Path, rows: Mapping[str, JournalKey]) -> None:
    found = {where: rows.get(str(key)) for where, key in home.public_keys(role).items()}
    first, second = found.get(path), found.get(following)
    if second is None or (path in found and first is None):
        return  # Not named yet, or beside a key that is none of this journal.
    if second.state in roster.ENDED:
        _keep(role, second, following)
        following.unlink()
    elif all(row.state in roster.ENDED for row in rows.values() if row is not second):
        if first is not None:
            _keep(role, first, path)
        following.replace(path)


def _keep(role: str, row: JournalKey, path: Path) -> None:
    """Keep the file of an ended sealing key under another name before its own is taken away."""
    if role == home.SEALING:
        # It is there already where a run that was cut off came so far.
        with suppress(FileExistsError):
            os.link(path, home.former_key_path(role, row.keyid))
        fsync_directory(path.parent)


def signers(journal: Journal, role: str) -> list[SigningKey]:
    """The private keys of a role that this node signs with now, the oldest first: both while they overlap.

    Not for the role `sealing`. ConfigurationError where the roster names keys of the role and none in use lies here, as
    after an older copy of the folder was put back.
    """
    keys = home.signing_keys(role)
    if not roster.named(journal, role):
        return keys[:1]
    rows = {row.vkey for row in roster.keys_of(journal, role) if row.state in roster.IN_USE}
    used = [key for key in keys if str(key.verifier) in rows]
    if not used:
        raise ConfigurationError(
            f"No {role} key of this folder counts any more: the journal names another.",
            place=str(home.key_path(role)),
            remedy=f"Restore the key from its safe place; if it is lost, `comity key revoke {role}` makes a new one.",
        )
    return used


def rotate(journal: Journal, role: str, ground: str = "") -> JournalKey:
    """Make the successor of a key and name it in the roster. From now on both are in use. Returns its row."""
    old = _only(journal, role)
    vkey = str(_successor(journal, role))
    with transaction.atomic():
        _append(journal, [(role, vkey, "active"), (role, old.vkey, "retiring")], ground)
    return JournalKey.objects.get(journal=journal, role=role, vkey=vkey)


def retire(journal: Journal, role: str, ground: str = "") -> JournalKey:
    """End the old key of a role whose successor is in use. Returns its row.

    ConflictError where none is being rotated, or where no signed checkpoint holds the entry that names the successor:
    until then only the old key can vouch for the new one.
    """
    rows = _used(journal, role)
    old = next((row for row in rows if row.state == JournalKey.State.RETIRING), None)
    if old is None:
        raise ConflictError(
            f"No {role} key is being rotated.", place=role, remedy=f"Begin with `comity key rotate {role}`."
        )
    _vouched(journal, role, rows[-1])
    with transaction.atomic():
        _append(journal, [(role, old.vkey, "retired")], ground)
    settle(journal)
    old.refresh_from_db()
    return old


def revoke(journal: Journal, role: str, keyid: str = "", ground: str = "") -> JournalKey:
    """Take a key back: nothing that it signs from now on counts. Without `keyid` the oldest in use. Returns its row.

    The only key of a role gets a successor in the same entry. The only log key cannot be revoked: nobody could vouch
    for the next one. ConflictError then.
    """
    rows = _used(journal, role)
    row = next((row for row in roster.keys_of(journal, role) if row.keyid == keyid), None) if keyid else rows[0]
    if row is None:
        raise NotFoundError(f"There is no {role} key {keyid}.", place=role, remedy="See `comity key list`.")
    if row.state == JournalKey.State.REVOKED:
        raise ConflictError(f"The {role} key {row.keyid} is revoked already.", place=role)
    others = [other for other in rows if other.pk != row.pk]
    changes = [(role, row.vkey, "revoked")]
    if row.state in roster.IN_USE:
        if role == "log":
            if not others:
                raise ConflictError(
                    "The only log key cannot be revoked: nothing could be signed any more.",
                    place="log",
                    remedy="Run `comity key rotate log` first, or `comity key lost` if the key is gone.",
                )
            _vouched(journal, role, others[-1])
        if not others:
            changes.append((role, str(_successor(journal, role)), "active"))
        elif others[0].state == JournalKey.State.RETIRING:
            changes.append((role, others[0].vkey, "active"))
    with transaction.atomic():
        _append(journal, changes, ground)
    settle(journal)
    row.refresh_from_db()
    return row


def _append(journal: Journal, changes: Sequence[tuple[str, str, str]], ground: str = "") -> None:
    body: dict[str, object] = {"keys": [{"role": r, "state": s, "vkey": v} for r, v, s in changes]}
    if ground:
        body["ground"] = ground
    services.append(journal, [Draft(roster.ROSTER, 1, roster.subject(journal.origin), body)])


def _used(journal: Journal, role: str) -> list[JournalKey]:
    rows = [row for row in roster.keys_of(journal, role) if row.state in roster.IN_USE]
    if role not in home.EVERY or not rows:
        raise NotFoundError(f"This node has no {role} key.", place=role, remedy=f"Roles: {', '.join(home.roles())}.")
    return rows


def _only(journal: Journal, role: str) -> JournalKey:
    rows = _used(journal, role)
    if len(rows) > 1:
        raise ConflictError(
            f"The {role} key is being rotated already.",
            place=role,
            remedy=f"End the old one with `comity key retire {role}` first.",
        )
    return rows[0]


def _vouched(journal: Journal, role: str, successor: JournalKey) -> None:
    journal.refresh_from_db()
    if journal.size < successor.since:
        raise ConflictError(
            f"The entry that names the new {role} key is not under a signed checkpoint yet.",
            place=role,
            remedy="Let the node run for a moment, or run `comity sequence`; then try again.",
        )


def _first(role: str) -> Public:
    found = home.public_keys(role).get(home.key_path(role))
    if found is None:
        raise ConfigurationError(
            f"This node has no {role} key.", place=str(home.key_path(role)), remedy="Restore it from its safe place."
        )
    return found


def _successor(journal: Journal, role: str) -> Public:
    """The next key of a role; one that a rotation left behind when it was cut off is taken up."""
    path = home.next_key_path(role)
    left = home.public_keys(role).get(path)
    if left is not None:
        return left
    if home.key_path(role).exists() and isinstance(keystore.load(home.key_path(role)), keyfile.Token):
        raise ConfigurationError(
            f"The {role} key lies in a token; its successor would lie in a file.",
            place=str(home.key_path(role)),
            remedy=f"Make the successor in the token first: `comity key token {role} --make`.",
        )
    key = home.new_key(journal.origin, role)
    keystore.write(path, key)
    fsync_directory(path.parent)
    return keyfile.public(key)
