"""A thread of the worker: it takes turns, rests between them, and goes on after a fault."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections, connections
from django.db.utils import OperationalError

from comity.jobs import alive
from comity.kernel.errors import ComityError, IntegrityError

logger = logging.getLogger("comity.worker")

AFTER_FAULT_S = 1.0
AFTER_SURPRISE_S = 5.0


class Loop:
    """Calls `turn` again and again, and rests in between as long as it says, in seconds, or until `wake`.

    `fatal` is told what must end the whole worker. `beats`: the thread gives signs of life under its name.
    """

    def __init__(
        self, name: str, turn: Callable[[], float], fatal: Callable[[BaseException], None], *, beats: bool = True
    ) -> None:
        self.name = name
        self._turn = turn
        self._fatal = fatal
        self._beats = beats
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> Loop:
        self._thread.start()
        return self

    def wake(self) -> None:
        """Let the next turn begin at once, or one more after the turn that is being taken."""
        self._woken.set()

    def end(self) -> None:
        """Take no further turn."""
        self._ending.set()
        self._woken.set()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def pause(self, seconds: float) -> None:
        """Rest in the middle of a turn: whoever wakes does not shorten it, the end does."""
        self._ending.wait(seconds)

    def _run(self) -> None:
        while not self._ending.is_set():
            # First: whoever wakes during the turn is heard after it.
            self._woken.clear()
            if (rest := self._take()) > 0 and not self._ending.is_set():
                self._woken.wait(rest)
        connections.close_all()

    def _take(self) -> float:
        try:
            if self._beats:
                alive.beat(self.name)
            close_old_connections()
            return self._turn()
        except IntegrityError as error:
            # The journal's files and the database do not belong together: signing on could do harm.
            logger.critical("%s: %s", self.name, error)
            self._ending.set()
            self._fatal(error)
            return 0.0
        except OperationalError as error:
            logger.warning("%s: the database does not answer: %s", self.name, error)
            connections.close_all()
            rest = AFTER_FAULT_S
        except (ComityError, OSError) as error:
            logger.warning("%s: %s", self.name, error)
            rest = AFTER_FAULT_S
        except Exception:
            logger.exception("%s failed in a way that nobody foresaw", self.name)
            rest = AFTER_SURPRISE_S
        self.pause(rest)
        return 0.0
