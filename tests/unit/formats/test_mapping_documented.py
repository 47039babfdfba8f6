"""The page for office staff names every key of the language, and every example on it loads."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from comity.registers.domain.record import KINDS, ROLES, STATUSES
from comity.registers.formats.build import RIGHT_KEYS, SECTIONS
from comity.registers.formats.cells import LIST_KEYS
from comity.registers.formats.csv_write import COLUMNS
from comity.registers.formats.mapping import JOIN_KEYS, SOURCE_KEYS, parse_mapping
from comity.registers.formats.scripts import SCRIPTS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/use/mappings.md").read_text("utf-8")


def test_every_key_and_word_is_documented() -> None:
    words = {*SOURCE_KEYS, *JOIN_KEYS, *RIGHT_KEYS, *LIST_KEYS, *KINDS, *ROLES, *STATUSES, *SCRIPTS, *COLUMNS}
    told = {word for span in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"[a-z_]+", span)}
    told |= {
        word for block in re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL) for word in re.findall(r"[a-z_]+", block)
    }
    assert words - told == set()


def test_every_section_is_documented() -> None:
    assert {name for name in SECTIONS if f"[[{name}]]" not in PAGE} == set()


def test_every_example_is_toml_and_the_smallest_mapping_loads() -> None:
    examples = [tomllib.loads(block) for block in re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)]
    assert len(examples) == 4
    assert parse_mapping(examples[1], "smallest.toml").title == "Our marks"


def test_every_shipped_mapping_is_on_the_page() -> None:
    shipped = {path.name for path in (ROOT / "docs/use/mappings").glob("*.toml")}
    assert shipped == set(re.findall(r"\(mappings/([a-z_]+\.toml)\)", PAGE))
