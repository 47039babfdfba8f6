"""What many storms came to: one line of JSON for each, and the sum over them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

_MOST_SAID = 600


@dataclass(slots=True)
class Result:
    """What came of one seed."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    uploads: int = 0
    pictures: int = 0
    repeated: int = 0
    restarts: int = 0
    requests: int = 0
    lies: int = 0
    checkpoints: int = 0
    peak_mib: int = 0
    made_s: float = 0.0
    storm_s: float = 0.0
    quiet_s: float = 0.0
    judged_s: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def append(path: Path, result: Result, nodes: int, database: str) -> None:
    """Write a storm's result down, with the state of the source that it ran on."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    source = subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip()
    said = [text[:_MOST_SAID] for text in result.wrong]
    counts = {each.name: getattr(result, each.name) for each in fields(Result)}
    line = {**counts, "wrong": said, "nodes": nodes, "database": database, "source": source}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The last storm of each seed, number of nodes and database; and those before it that found something."""
    last: dict[tuple[int, int, str], dict[str, Any]] = {}
    found: list[dict[str, Any]] = []
    for text in path.read_text("utf-8").splitlines():
        line = json.loads(text)
        place = (line["seed"], line["nodes"], line["database"])
        if place in last and last[place]["wrong"]:
            found.append(last[place])
        last[place] = line
    return list(last.values()), found


def restored(line: dict[str, Any]) -> Result:
    """A written result as one of this process."""
    known = {each.name for each in fields(Result)}
    given = {name: value for name, value in line.items() if name in known}
    return Result(**{**given, "faults": Counter(given["faults"]), "skipped": Counter(given["skipped"])})
