"""A thread of the worker rests until it is woken, and goes on after a fault; a broken journal ends the worker."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.kernel.errors import IntegrityError, PartnerError
from comity.node import loops
from comity.node.loops import Loop

PATIENCE_S = 20.0
LONG_S = 3600.0


class Turns:
    """A turn that says what it is told to say; each is noted."""

    def __init__(self) -> None:
        self.taken: queue.Queue[float] = queue.Queue()
        self.say: list[float | Exception] = []

    def __call__(self) -> float:
        self.taken.put(time.monotonic())
        said = self.say.pop(0) if self.say else LONG_S
        if isinstance(said, Exception):
            raise said
        return said

    def wait(self) -> float:
        return self.taken.get(timeout=PATIENCE_S)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def failed() -> list[BaseException]:
    return []


@pytest.fixture
def loop(turns: Turns, failed: list[BaseException], settings: Any, tmp_path: Path) -> Iterator[Loop]:
    settings.COMITY_HOME = tmp_path
    made = Loop("some", turns, failed.append)
    yield made
    made.end()
    made.join(PATIENCE_S)


def test_it_rests_as_long_as_its_turn_said_or_until_it_is_woken(loop: Loop, turns: Turns) -> None:
    turns.say = [0.2]
    loop.start()
    first, second = turns.wait(), turns.wait()
    assert second - first >= 0.2
    loop.wake()
    turns.wait()


def test_who_wakes_in_the_middle_of_a_turn_is_heard_after_it(loop: Loop, turns: Turns) -> None:
    loop._turn = lambda: (loop.wake() if turns.taken.empty() else None, turns())[1]
    loop.start()
    turns.wait()
    turns.wait()


@pytest.mark.parametrize("fault", [PartnerError("It is away."), OSError("No space left"), ZeroDivisionError()])
def test_it_goes_on_after_a_fault(
    loop: Loop, turns: Turns, failed: list[BaseException], fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "AFTER_FAULT_S", 0.01)
    monkeypatch.setattr(loops, "AFTER_SURPRISE_S", 0.01)
    turns.say = [fault, fault]
    loop.start()
    for _ in range(3):
        turns.wait()
    assert failed == []


def test_a_journal_that_does_not_fit_its_files_ends_the_worker(
    loop: Loop, turns: Turns, failed: list[BaseException]
) -> None:
    error = IntegrityError("The checkpoint does not agree with the journal's files.")
    turns.say = [error]
    loop.start()
    loop.join(PATIENCE_S)
    assert failed == [error]
    assert turns.taken.qsize() == 1


def test_its_end_does_not_wait_for_its_rest(loop: Loop, turns: Turns) -> None:
    loop.start()
    turns.wait()
    began = time.monotonic()
    loop.end()
    loop.join(PATIENCE_S)
    assert time.monotonic() - began < PATIENCE_S / 2
