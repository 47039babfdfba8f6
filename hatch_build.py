"""Build hook: compiles the translations (.po → .mo) whenever a wheel or an editable install is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_messages(root: Path) -> list[Path]:
    """Write a .mo beside every .po under `root`/src; fuzzy translations are left out. Returns the files written."""
    written = []
    for source in sorted(root.glob("src/comity/**/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalog = read_po(stream, locale=source.parent.parent.name)
        target = source.with_suffix(".mo")
        with target.open("wb") as stream:
            write_mo(stream, catalog)
        written.append(target)
    return written


class MessagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatch calls `initialize` before it collects files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_messages(Path(self.root))
