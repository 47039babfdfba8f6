"""A short storm over two real nodes: faults of every sort, and nothing is lost, forged or left unsaid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugins import backend
from tools.storm import schedule
from tools.storm.machine import compile_shim, may_mount
from tools.storm.results import Result
from tools.storm.run import Storm

pytestmark = pytest.mark.slow
NODES = ("BY", "RU")


def storm(seed: int, count: int, folder: Path, new_database_url: Callable[[], str], *kinds: str) -> Result:
    databases = [new_database_url() for _ in NODES] if backend.kind == "postgresql" else []
    faults = schedule.schedule(seed, NODES, count, kinds)
    return Storm(seed, faults, NODES, folder / "storm", databases, compile_shim(folder), may_mount(folder)).run()


def test_a_short_storm_finds_nothing(tmp_path: Path, new_database_url: Callable[[], str]) -> None:
    result = storm(5, 12, tmp_path, new_database_url)
    assert result.wrong == []
    assert result.facts
    assert result.checkpoints


def test_killed_at_random_moments_nothing_is_lost(tmp_path: Path, new_database_url: Callable[[], str]) -> None:
    result = storm(3, 4, tmp_path, new_database_url, "kill_all", "kill_parent", "kill_office")
    assert result.wrong == []
    assert sum(result.faults.values()) == 4
