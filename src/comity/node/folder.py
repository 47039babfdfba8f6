"""The node's folder before there is a node: its settings file."""

from __future__ import annotations

import os
from pathlib import Path

from comity.kernel.errors import ConfigurationError


def write_config(folder: Path, values: dict[str, object]) -> None:
    """Write `comity.toml`. An existing one stays."""
    path = folder / "comity.toml"
    if path.exists():
        raise ConfigurationError("There is a node here already.", place=str(path), remedy="Choose another folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if value not in ("", [], None)]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def umask() -> None:
    """Files of a node are for its own account and group only."""
    os.umask(0o027)
