"""The developers' pages name everything that is there."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from tools.licences import direct

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "develop" / "README.md"


def targets() -> set[str]:
    """What `make help` lists."""
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {line.split()[0] for line in listed.stdout.splitlines() if line.strip()}


def test_make_help_lists_every_phony_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert targets() == set(phony[1].split())


def test_every_make_target_is_documented() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert {target for target in targets() if f"`make {target}`" not in text} == set()


def test_the_guide_opens_with_a_tree_of_every_room_and_folder() -> None:
    opening = re.search(r"```\n(.+?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert opening
    named = set(re.findall(r"^\s*([a-z_/0-9]+?)/? {2,}", opening[1], re.MULTILINE))
    rooms = {path.parent.name for path in (ROOT / "src" / "comity").glob("*/__init__.py")}
    folders = {path.name for parent in ("tests", "docs") for path in (ROOT / parent).iterdir() if path.is_dir()}
    assert (rooms | folders) - {"__pycache__"} - named == set()


def test_every_dependency_is_accounted_for() -> None:
    text = (ROOT / "docs" / "develop" / "dependencies.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    assert named == {requirement.name for requirement in direct()}


def test_decisions_are_numbered_listed_and_complete() -> None:
    folder = ROOT / "docs" / "adr"
    records = sorted(folder.glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    index = (folder / "README.md").read_text(encoding="utf-8")
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert f"]({path.name})" in index, path.name
        for heading in ("## Context", "## Choice", "## Consequences"):
            assert heading in text, f"{path.name}: {heading}"


def test_the_changelog_knows_the_present_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
