"""Deliveries for tests of imports: files of JSON lines, and what came of importing them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comity.registers import services
from comity.registers.models import Import


def line(number: int | str, title: str = "", person: str = "", office: str = "BY", **fields: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"office": office, "kind": "trademark", "number": str(number), "status": "in_force"}
    record["titles"] = [{"text": title or f"ЗНАК {number}"}]
    if person:
        record["parties"] = [{"role": "holder", "entity": "natural", "names": [{"text": person}], "country": "BY"}]
    return record | fields


def write(path: Path, lines: Sequence[dict[str, Any] | str]) -> Path:
    texts = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in lines]
    path.write_text("".join(f"{text}\n" for text in texts), "utf-8")
    return path


def take(path: Path, lines: Sequence[dict[str, Any] | str], *, full: bool = False, source: str = "test") -> Import:
    """Write the lines and import them; the sums of the run add up whatever comes of it."""
    run = services.open_import(write(path, lines), format_name="jsonlines", source=source, full=full)
    run = services.run_import(run.pk)
    assert run.read == run.added + run.changed + run.unchanged + run.quarantined
    return run


def sums(run: Import) -> tuple[int, int, int, int, int]:
    """Read, added, changed, unchanged, quarantined."""
    return run.read, run.added, run.changed, run.unchanged, run.quarantined
