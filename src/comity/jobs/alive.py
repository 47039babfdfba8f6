"""Signs of life of the worker's threads, as files: another process, or none of ours, can read them."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings

EACH_S = 1.0
_last: dict[str, float] = {}


def _folder() -> Path:
    return Path(settings.COMITY_HOME) / "run"


def beat(name: str) -> None:
    """Say that the thread `name` is alive: at most once a second, cheap enough for every turn of a loop."""
    now = time.monotonic()
    if now - _last.get(name, -EACH_S) < EACH_S:
        return
    _last[name] = now
    folder = _folder()
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.alive").touch()


def ages() -> dict[str, float]:
    """Seconds since each thread's last sign of life, by its name; none before a worker ever ran."""
    now = time.time()
    found: dict[str, float] = {}
    for path in _folder().glob("*.alive"):
        try:
            found[path.stem] = max(0.0, now - path.stat().st_mtime)
        except FileNotFoundError:
            continue
    return found
