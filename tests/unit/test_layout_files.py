"""Rules that hold for every file of the project."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_LINES = 400


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_source_file_passes_four_hundred_lines() -> None:
    long = {
        f"{path.relative_to(ROOT)}: {count}"
        for path in tracked("src/*.py", "tools/*.py", "tests/*.py")
        if (count := path.read_text(encoding="utf-8").count("\n")) > LONGEST_LINES and "migrations" not in path.parts
    }
    assert long == set()


def test_lock_files_hold_no_addresses() -> None:
    for path in tracked("requirements*.lock"):
        assert "://" not in path.read_text(), path.name


def test_locks_agree_on_versions() -> None:
    pins = {
        path.name: dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\\n]+)", path.read_text(), re.MULTILINE))
        for path in tracked("requirements*.lock")
    }
    assert set(pins) == {"requirements.lock", "requirements.hashed.lock", "requirements-dev.lock"}
    runtime = pins["requirements.lock"]
    assert pins["requirements.hashed.lock"] == runtime
    both = runtime.keys() & pins["requirements-dev.lock"].keys()
    assert {name: pins["requirements-dev.lock"][name] for name in both} == {name: runtime[name] for name in both}


def test_no_file_is_left_unfinished() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    unfinished = {
        str(path.relative_to(ROOT))
        for path in tracked("src/*.py", "src/*.html", "tools/*.py")
        if marks.search(path.read_text(encoding="utf-8"))
    }
    assert unfinished == set()
