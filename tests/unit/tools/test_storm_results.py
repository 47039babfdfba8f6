"""The results of many storms add up; the last run of a seed counts, and what was found before is named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tools.storm import results
from tools.storm.__main__ import summary
from tools.storm.results import Result


def result(seed: int, faults: int, *wrong: str) -> Result:
    return Result(seed, faults=Counter(cut=faults), facts=10, wrong=list(wrong))


def test_the_sum_is_over_the_last_run_of_each_seed(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "results.jsonl"
    results.append(file, result(1, 50, "BY FORKED"), 2, "sqlite")
    results.append(file, result(1, 60), 3, "postgresql")
    results.append(file, result(1, 40), 2, "sqlite")
    assert summary(file) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 storms, 2 nodes, sqlite: 40 faults (40 cut),")
    assert lines[1].startswith("1 storms, 3 nodes, postgresql: 60 faults (60 cut),")
    assert "seed 1, 2 nodes, sqlite" in lines[2]
    assert lines[3].strip() == "BY FORKED"
    assert lines[-1].startswith("2 storms: 100 faults (100 cut), 20 facts")
    assert " 0 violations" in lines[-1]


def test_a_violation_that_stands_is_a_failure(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "results.jsonl"
    results.append(file, result(7, 50, "RU: 3 files are left."), 2, "sqlite")
    assert summary(file) == 1
    assert "VIOLATION seed 7, 2 nodes, sqlite: RU: 3 files are left." in capsys.readouterr().out
