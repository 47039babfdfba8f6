"""From a clone to an installation: the bootstrap says what it lacks, and the wheel holds all that a node needs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import bootstrap

ROOT = Path(__file__).resolve().parents[3]


def test_bootstrap_runs_on_this_interpreter() -> None:
    assert bootstrap.problem() is None


def test_bootstrap_names_the_remedy_where_environments_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))
    assert "apt-get install python3-venv" in str(bootstrap.problem())


def test_bootstrap_refuses_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (4, 0))
    assert "needs Python 4.0 or newer" in str(bootstrap.problem())


def test_bootstrap_knows_a_broken_environment(tmp_path: Path) -> None:
    assert bootstrap.healthy(Path(sys.executable))
    assert not bootstrap.healthy(tmp_path / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "half"], check=True)
    assert not bootstrap.healthy(tmp_path / "half" / "bin" / "python")


def test_the_wheel_holds_every_file_of_the_package_and_the_compiled_messages(tmp_path: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z", "src/comity"], cwd=ROOT, capture_output=True, check=True).stdout
    tracked = {name.removeprefix("src/") for name in listed.decode().split("\0") if name and (ROOT / name).is_file()}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("comity-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    compiled = {name.removesuffix(".po") + ".mo" for name in tracked if name.endswith(".po")}
    assert (tracked | compiled) - names == set()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
