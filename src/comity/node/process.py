"""A node is one process tree: nothing of it outlives the process that was started."""

from __future__ import annotations

import ctypes
import signal
import sys

WITH_PARENT = "COMITY_WITH_PARENT"
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, so that no web server outlives a killed node."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
