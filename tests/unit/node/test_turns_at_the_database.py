"""Beside a stream of short transactions whoever else writes gets its turn soon, and a lock that stays is an error."""

from __future__ import annotations

import fcntl
import gc
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db.utils import OperationalError

from comity.node.settings import database
from comity.node.sqlite import base
from comity.node.sqlite.base import DatabaseWrapper

# Its own files; the mark only lets it open them.
pytestmark = pytest.mark.django_db


def connect(path: Path | str, timeout_s: float = 20.0) -> DatabaseWrapper:
    settings: dict[str, Any] = database("sqlite:///x") | {"NAME": str(path)}
    settings["OPTIONS"] = settings["OPTIONS"] | {"timeout": timeout_s}
    defaults = {"AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    return DatabaseWrapper({**defaults, "TIME_ZONE": None, "TEST": {}, **settings}, "turns")


@contextmanager
def transaction(wrapper: DatabaseWrapper) -> Iterator[Any]:
    wrapper.ensure_connection()
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    try:
        with wrapper.cursor() as cursor:
            yield cursor
        wrapper.commit()
    finally:
        if wrapper.connection is not None and wrapper.connection.in_transaction:
            wrapper.rollback()
        wrapper.set_autocommit(True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "turns.sqlite3"
    with transaction(connect(file)) as cursor:
        cursor.execute("CREATE TABLE turn (who TEXT)")
    return file


def test_a_writer_beside_a_stream_of_writers_gets_its_turns(path: Path) -> None:
    stop = threading.Event()

    def stream() -> None:
        mine = connect(path)
        while not stop.is_set():
            with transaction(mine) as cursor:
                cursor.execute("INSERT INTO turn VALUES ('stream')")
                time.sleep(0.002)
        mine.close()

    thread = threading.Thread(target=stream)
    thread.start()
    other = connect(path)
    try:
        for _ in range(20):
            with transaction(other) as cursor:
                cursor.execute("INSERT INTO turn VALUES ('other')")
    finally:
        stop.set()
        thread.join()
    with transaction(other) as cursor:
        cursor.execute("SELECT count(*) FROM turn WHERE who = 'other'")
        assert cursor.fetchone() == (20,)
    other.close()


def test_a_lock_that_stays_is_said_after_the_time(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    mine = connect(path, timeout_s=0.05)
    with pytest.raises(OperationalError, match="locked"), transaction(mine):
        pass
    holder.execute("ROLLBACK")
    with transaction(mine) as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (50,)
    mine.close()
    holder.close()


def test_a_door_that_stays_shut_is_passed_by(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "AT_THE_DOOR_S", 0.02)
    mine = connect(path)
    with Path(f"{path}{base.DOOR}").open() as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        with transaction(mine) as cursor:
            cursor.execute("INSERT INTO turn VALUES ('other')")
    mine.close()


def test_a_door_that_cannot_be_made_or_locked_is_passed_by(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "DOOR", "/no-such-folder/door")
    mine = connect(path)
    with transaction(mine) as cursor:
        cursor.execute("INSERT INTO turn VALUES ('other')")
    monkeypatch.undo()

    def refused(_door: int, _operation: int) -> None:
        raise OSError("Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refused)
    with transaction(mine) as cursor:
        cursor.execute("INSERT INTO turn VALUES ('other')")
    mine.close()


def test_the_door_is_open_once_a_transaction_has_begun_even_if_a_child_has_its_file(path: Path) -> None:
    children = []
    with base._door(f"{path}{base.DOOR}", time.monotonic() + 1):
        # What a process that is forked while its parent waits has: the same open file.
        found = [int(name.name) for name in Path("/proc/self/fd").iterdir() if is_door(name)]
        children += [os.dup(number) for number in found]
    assert children
    with Path(f"{path}{base.DOOR}").open() as door:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for number in children:
        os.close(number)


def is_door(name: Path) -> bool:
    return name.is_symlink() and str(name.readlink()).endswith(base.DOOR)


def test_a_database_in_memory_has_no_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mine = connect("file:turns?mode=memory&cache=shared")
    with transaction(mine) as cursor:
        cursor.execute("CREATE TABLE turn (who TEXT)")
    assert list(tmp_path.iterdir()) == []


def test_waiting_leaves_no_cursors_to_the_collector(path: Path) -> None:
    """The collector ends them in a thread that may hold the lock, and each end waits for the connection that waits."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    mine = connect(path, timeout_s=0.3)
    mine.ensure_connection()
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(OperationalError, match="locked"), transaction(mine):
            pass
        left = [one for one in gc.get_objects() if isinstance(one, sqlite3.Cursor)]
    finally:
        gc.enable()
        holder.close()
        mine.close()
    # Of dozens of tries only the last one, which is told, may have left its own.
    assert len(left) <= 2
