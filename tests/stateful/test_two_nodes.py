"""Two nodes, in any order of work, exchange, redaction and restarts, come to the same state whenever both have all."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.unit.registers.deliveries import line, write
from tools.quality.nodes import Node

pytestmark = pytest.mark.slow

SIDES = st.sampled_from(["BY", "RU"])
NUMBERS = st.integers(1, 5)
PEOPLE = st.sampled_from(["", "Ружа", "Алесь"])
SCRIPT = Path(__file__).with_name("office.py")
ROOT = SCRIPT.parents[2]


class Office:
    """One node's process."""

    def __init__(self, party: str, folder: Path, url: str) -> None:
        self.node = Node(party, folder / party.lower(), 8460, url, reachable=False)
        self.node.init()
        self.start()

    def start(self) -> None:
        environment = {**self.node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert json.loads(self.process.stdout.readline()) == "ready"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def __call__(self, what: str, **order: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{what}: {answer['error']}")
        return answer["ok"]


def machine(folder: Path, offices: dict[str, Office]) -> type[RuleBasedStateMachine]:
    class TwoNodes(RuleBasedStateMachine):
        """Both nodes live on from example to example: each begins where the last one ended."""

        known: dict[str, set[int]] = {"BY": set(), "RU": set()}
        last: dict[tuple[str, str], list[int]] = {}

        @rule(side=SIDES, number=NUMBERS, title=st.sampled_from(["a", "b", "c"]), person=PEOPLE)
        def record(self, side: str, number: int, title: str, person: str) -> None:
            body = line(number, title, person, office=side)
            assert sum(offices[side]("write", records=[body])) == 1
            self.known[side].add(number)

        @rule(side=SIDES, numbers=st.lists(NUMBERS, max_size=6), person=PEOPLE)
        def deliver(self, side: str, numbers: list[int], person: str) -> None:
            path = write(
                folder / "delivery.jsonl", [line(n, "file", person, office=side) for n in numbers] + ["rubbish"]
            )
            read, summed = offices[side]("import", path=str(path))
            assert read == summed == len(numbers) + 1
            self.known[side] |= set(numbers)

        @precondition(lambda self: any(self.known.values()))
        @rule(side=SIDES, data=st.data())
        def redact(self, side: str, data: st.DataObject) -> None:
            if self.known[side]:
                number = data.draw(st.sampled_from(sorted(self.known[side])))
                offices[side]("redact", key=f"{side}/trademark/{number}")

        @rule(side=SIDES)
        def sequence(self, side: str) -> None:
            offices[side]("sequence")

        @rule(side=SIDES)
        def follow(self, side: str) -> None:
            other = offices["RU" if side == "BY" else "BY"]
            if (other.node.home / "journals" / "own" / "checkpoint").exists():
                offices[side]("follow", home=str(other.node.home), openings=other("openings"))

        @rule(side=SIDES)
        def answer(self, side: str) -> None:
            offices[side]("answer")

        @rule(side=SIDES)
        def retry(self, side: str) -> None:
            assert not any(offices[side]("retry"))

        @rule(side=SIDES)
        def restart(self, side: str) -> None:
            offices[side].kill()
            offices[side].start()

        def exchange(self) -> None:
            for step in (self.sequence, self.follow, self.answer):
                for side in offices:
                    step(side)

        @rule()
        def exchange_all(self) -> None:
            # What is there is followed and answered; then the answers are followed, and answer themselves no more.
            self.exchange()
            self.exchange()
            by, ru = (offices[side]("state") for side in ("BY", "RU"))
            self.exchange()
            assert [offices[side]("state")["journals"] for side in ("BY", "RU")] == [by["journals"], ru["journals"]]
            assert by["due"] == ru["due"] == 0
            assert by["answered"] == ru["answered"]
            assert by["digest"] == ru["digest"]
            assert by["openings"] == ru["openings"]
            assert by["people"] == ru["people"]
            assert by["journals"] == ru["journals"]

        @invariant()
        def each_entry_is_answered_once(self) -> None:
            for office in offices.values():
                for stretches in office("state")["answered"].values():
                    ends = [0, *(end for _, end in stretches)]
                    assert [start for start, _ in stretches] == ends[:-1]
                    assert all(end > start for start, end in stretches)

        @invariant()
        def nothing_is_held_and_nothing_goes_back(self) -> None:
            for side, office in offices.items():
                state = office("state")
                assert state["bad"] == [0, 0]
                for origin, now in state["journals"].items():
                    before = self.last.get((side, origin), [0, 0, 0])
                    assert all(a >= b for a, b in zip(now, before, strict=True))
                    self.last[side, origin] = now

        def teardown(self) -> None:
            self.exchange_all()

    return TwoNodes


def test_two_nodes_agree_whatever_happens(new_database_url: Callable[[], str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        offices = {party: Office(party, folder, new_database_url()) for party in ("BY", "RU")}
        try:
            run_state_machine_as_test(
                machine(folder, offices),
                settings=settings(
                    max_examples=8,
                    stateful_step_count=12,
                    deadline=None,
                    derandomize=True,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            for office in offices.values():
                office.kill()
