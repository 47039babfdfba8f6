"""An undocumented setting, command or option fails; so does a documented one that is not there."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from comity.node.cli import app
from comity.node.config import Settings

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = ROOT / "docs" / "use" / "commands.md"
SETTINGS = ROOT / "docs" / "operate" / "settings.md"


def commands() -> dict[str, Any]:
    """Every visible command by its full name: "import", "partner invite"."""
    # Each module registers its commands with the app.
    for path in (ROOT / "src/comity/node").glob("commands*.py"):
        importlib.import_module(f"comity.node.{path.stem}")

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if command.hidden:
            return
        if children := getattr(command, "commands", None):
            for name, child in children.items():
                yield from walk(child, (*path, name))
        elif path:
            yield " ".join(path), command

    return dict(walk(typer.main.get_command(app), ()))


def sections() -> dict[str, str]:
    """What commands.md says of each command: the text under a heading such as "## `comity partner invite`"."""
    parts = re.split(r"^#+ `comity ([a-z0-9 -]+)[^`\n]*`.*$", COMMANDS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name.strip(): text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def shell_lines(path: Path) -> list[str]:
    """The commands in a page's fenced blocks, without prompts and comments."""
    blocks = re.findall(r"```(?:sh|bash|console|shell)?\n(.+?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    return [line.strip().removeprefix("$ ").partition(" #")[0] for block in blocks for line in block.splitlines()]


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    assert set(sections()) == set(commands())


def test_every_option_is_documented_with_its_command() -> None:
    told = sections()
    untold = {
        f"comity {name} {option}"
        for name, command in commands().items()
        for parameter in command.params
        if not getattr(parameter, "hidden", False)
        for option in parameter.opts
        if option.startswith("--") and option != "--help" and not re.search(rf"{option}\b", told.get(name, ""))
    }
    assert untold == set()


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    settings = {f"COMITY_{name.upper()}" for name in Settings.model_fields}
    documented = set(re.findall(r"\bCOMITY_[A-Z_]+\b", SETTINGS.read_text(encoding="utf-8")))
    assert documented == settings


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: str(path.relative_to(ROOT))
)
def test_commands_in_examples_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    known = commands()
    for line in shell_lines(page):
        words = line.split()
        while words and re.fullmatch(r"sudo|[A-Z_]+=\S*", words[0]):
            words.pop(0)
        if len(words) > 2 and words[1] == "--home":
            del words[1:3]
        if words and words[0] == "make":
            for target in (word for word in words[1:] if "=" not in word and not word.startswith("-")):
                assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), line
        elif len(words) > 1 and words[0].rpartition("/")[2] == "comity" and not words[1].startswith("-"):
            assert any(" ".join(words[1 : 1 + len(name.split())]) == name for name in known), line
