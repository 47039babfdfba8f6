"""The worker's bell: whoever leaves work for the worker rings, so that it need not look all the time.

A named pipe in the node's folder: a ring needs no room on the disk, is bounded by the pipe and waits for nobody. A ring
that is lost, or rung where no worker listens, costs the wait for the worker's next look.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
from pathlib import Path

from django.conf import settings

SEQUENCER = "sequencer"
JOBS = "jobs"
PARTNERS = "partners"
# Only that whoever listens looks up.
NOBODY = ""
# Far below what a pipe writes at once (POSIX PIPE_BUF, at least 512 bytes), so that rings never mix.
MOST_NAME = 60


def _path() -> Path:
    return Path(settings.COMITY_HOME) / "run" / "bell"


def partner(pk: int) -> str:
    """The name under which one partner's exchange is rung for."""
    return f"partner {pk}"


def ring(name: str) -> None:
    """Ring for the worker's thread `name`. Never waits and never fails."""
    try:
        pipe = os.open(_path(), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return  # No worker listens.
    try:
        if stat.S_ISFIFO(os.fstat(pipe).st_mode):
            os.write(pipe, f"{name[:MOST_NAME]}\n".encode())
    except OSError:
        pass  # It has not heard the rings before yet: it will look anyway.
    finally:
        os.close(pipe)


class Bell:
    """The listening end. One process listens: the worker, which holds the lock on the journal."""

    def __init__(self) -> None:
        path = _path()
        path.parent.mkdir(exist_ok=True)
        if not (path.exists() and stat.S_ISFIFO(path.stat().st_mode)):
            path.unlink(missing_ok=True)
            os.mkfifo(path, 0o600)
        # Also for writing: a pipe without a writer would always be at its end.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def listen(self, timeout_s: float) -> set[str]:
        """The names that were rung for, as soon as there are any; none after `timeout_s` seconds."""
        ready, _, _ = select.select([self._pipe], [], [], timeout_s)
        return set(os.read(self._pipe, 65_536).decode(errors="replace").split("\n")) - {""} if ready else set()

    def close(self) -> None:
        """Listen no more. The pipe goes: a folder of a stopped node holds files only."""
        with contextlib.suppress(OSError):
            _path().unlink(missing_ok=True)
        os.close(self._pipe)
