"""What this machine remembers to have signed, outside of the node's folder, for as long as it runs.

A folder that was copied back, a database that was put back, a virtual disk that was set to an earlier snapshot: each
is whole and agrees with itself, so nothing in it can tell that it is old. What lies outside, and does not outlive the
machine's start, can: where it says no more than the folder holds, the node was only restarted. Where it is absent the
machine was started anew, or the folder was moved here, and the node asks its partners first.

Lost at any moment it does no harm; it is not fsynced. What cannot be noted is taken away, so that it never says less
than was signed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from comity.journal.models import Journal
from comity.kernel.checkpoint import Checkpoint, parse_text
from comity.kernel.errors import ComityError
from comity.kernel.identifiers import origin_hash

logger = logging.getLogger("comity.journal")

BOOT = Path("/proc/sys/kernel/random/boot_id")


def note(own: Journal, checkpoint: Checkpoint) -> None:
    """Remember what the node `own` is about to sign, in its own journal or as a witness.

    OSError where that is impossible and what was remembered before cannot be taken away either.
    """
    folder, boot = _folder(), _boot()
    if folder is None or not boot:
        return
    path = folder / _name(own, checkpoint.origin)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_text(f"{boot}\n{checkpoint.text()}")
        temporary.replace(path)
    except OSError as error:
        logger.warning("%s cannot be written, so the next start asks the partners first: %s", path, error)
        temporary.unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def remembered(own: Journal, origin: str) -> Checkpoint | None:
    """What was noted last about a journal since the machine was started; None where nothing is known."""
    folder, boot = _folder(), _boot()
    if folder is None or not boot:
        return None
    try:
        told, _, text = (folder / _name(own, origin)).read_text().partition("\n")
        return parse_text(text) if told == boot else None
    except (FileNotFoundError, UnicodeDecodeError, ComityError):
        return None


def _boot() -> str:
    """What is another at each start of the machine; empty where the system does not say it."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


def _name(own: Journal, origin: str) -> str:
    """Two nodes of one origin, as in a trial, have different keys."""
    node = hashlib.sha256(f"{own.origin}\n{own.vkey}".encode()).hexdigest()
    return f"{node[:32]}.{origin_hash(origin)[:32]}"


def _folder() -> Path | None:
    """A folder that nobody else can have written into; None where there is none."""
    folder = Path(settings.COMITY.memory_folder) / f"comity-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        _warn(f"{folder} cannot be used, so each start asks the partners first: {error}")
        return None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        _warn(f"{folder} belongs to somebody else, so each start asks the partners first")
        return None
    return folder


@lru_cache(maxsize=16)
def _warn(text: str) -> None:
    """Once in the life of this process: it would be said with every checkpoint."""
    logger.warning(text)
