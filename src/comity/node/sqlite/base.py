"""Who waits for SQLite's one write lock gets it soon, also beside a stream of short transactions.

SQLite's own wait grows to steps of 100 ms and keeps no order: who writes without a pause takes the lock again before
anybody looks. Here a file beside the database is the door to the lock. It is held while one waits and let go when one
has begun; who has just ended a transaction finds it held by the next. It is a courtesy and guards nothing: whoever
cannot use it (a disk that cannot be written, a file system without such locks), or finds it shut too long (its holder
was stopped), waits for the lock itself. Django loads a backend by this module's name.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db.backends.sqlite3 import base

PAUSE_S, LONGEST_PAUSE_S = 0.001, 0.008
AT_THE_DOOR_S = 5.0
DOOR = "-door"


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, but for the wait at the beginning of a transaction that writes."""

    transaction_mode: str | None

    def _start_transaction_under_autocommit(self) -> None:
        """Begin; a database that stays locked longer than `timeout` raises OperationalError, as ever."""
        if self.transaction_mode != "IMMEDIATE" or self.is_in_memory_db():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        timeout_s = float(self.settings_dict["OPTIONS"]["timeout"])
        until = time.monotonic() + timeout_s
        connection = cast(sqlite3.Connection, self.connection)
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            with _door(f"{self.settings_dict['NAME']}{DOOR}", min(until, time.monotonic() + AT_THE_DOOR_S)):
                if not _begun(connection, until):
                    # Once more, for the error as Django tells it.
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(1000 * timeout_s)}")


def _begun(connection: sqlite3.Connection, until: float) -> bool:
    """Whether the transaction that writes has begun; False where it cannot, or not in time.

    Not by a cursor of Django's: the tracebacks of its errors go in circles, so that the collector ends the cursors in
    them, in whatever thread it happens to run. The end of a cursor waits for its connection; where that waits for the
    write lock and the thread holds it, both stood still until the time was over.
    """
    for pause in _pauses():
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            # The low byte is the kind of error; the rest says why, as while another process recovers after a crash.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                return False
        else:
            return True
        time.sleep(pause)
    return False


@contextmanager
def _door(path: str, until: float) -> Iterator[None]:
    """Hold the door, or go on without it where it cannot be held in time."""
    try:
        door = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        held = _hold(door, until)
        try:
            yield
        finally:
            if held:
                # Said, not left to the closing: a child that was forked meanwhile has it open too.
                fcntl.flock(door, fcntl.LOCK_UN)
    finally:
        os.close(door)


def _hold(door: int, until: float) -> bool:
    for pause in _pauses():
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(pause)
        except OSError:
            return False
        else:
            return True
    return False


def _pauses() -> Iterator[float]:
    pause = PAUSE_S
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE_S)
