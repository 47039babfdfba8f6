"""A node is one process tree: nothing of it outlives the process that was started."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from types import TracebackType

WITH_PARENT = "COMITY_WITH_PARENT"
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends, so that no web server outlives a killed node.

    A parent that has ended before this was asked sends no signal any more: then this process ends here. It would share
    the port with the next web server, and answer from a database that was put back beneath it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Beside:
    """A process that has all that is imported here and runs `work` from `begin` on; it ends with the block.

    It is forked, so it must be made before this process has threads, connections or an open key store.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        waits, self._tell = os.pipe()
        arguments = (work, waits, os.getpid())
        self._process = multiprocessing.get_context("fork").Process(target=self._run, args=arguments)
        self._process.start()
        os.close(waits)

    def _run(self, work: Callable[[], None], waits: int, parent: int) -> None:
        os.close(self._tell)
        die_with_parent(parent)
        # For the process that the web server starts: whose child it has to be.
        os.environ[WITH_PARENT] = str(os.getpid())
        if os.read(waits, 1):
            os.close(waits)
            work()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        os.close(self._tell)
        self._process.terminate()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def begin(self) -> None:
        os.write(self._tell, b"1")

    @property
    def ended(self) -> bool:
        return not self._process.is_alive()


def settle() -> None:
    """Have Python's collector look at what comes now, and seldom; have threads change places sooner.

    What was imported stays until the end. Entries come as thousands of small objects that never form a circle and go
    with the last reference: walking them every 700 of them took half of the time of an exchange. A thread that feeds
    the database waits for its turn after each call, by default up to 5 ms, while another reckons.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    sys.setswitchinterval(0.0005)
