"""A seed of the storm is one schedule for ever, and a schedule can be written down and run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.storm import schedule
from tools.storm.__main__ import numbers


def test_a_seed_gives_the_same_faults_every_time(tmp_path: Path) -> None:
    one = schedule.schedule(7, ("BY", "RU"), 50)
    assert one == schedule.schedule(7, ("BY", "RU"), 50)
    assert one != schedule.schedule(8, ("BY", "RU"), 50)
    assert [fault.at_s for fault in one] == sorted(fault.at_s for fault in one)
    assert all(fault.node != fault.other for fault in one)
    schedule.write(one, tmp_path / "schedule.jsonl")
    assert schedule.read(tmp_path / "schedule.jsonl") == one


def test_every_fault_comes_up_and_unknown_ones_are_refused() -> None:
    drawn = {fault.kind for seed in range(40) for fault in schedule.schedule(seed, ("BY", "RU", "KZ"), 50)}
    assert drawn == set(schedule.weights())
    assert {fault.kind for fault in schedule.schedule(1, ("BY", "RU"), 30, ["cut", "clock"])} == {"cut", "clock"}
    with pytest.raises(ValueError, match="no fault 'rain'"):
        schedule.weights(["rain"])


def test_seeds_are_numbers_and_ranges() -> None:
    assert numbers(["1", "3-5,9"]) == [1, 3, 4, 5, 9]
