"""One file a format. `load` puts all of them into `base.FORMATS`."""

from __future__ import annotations

from importlib import import_module

# In the order in which they are asked whether a file is theirs.
MODULES = ("st96", "st66", "uspto_grant", "jsonlines", "csv_write")


def load() -> None:
    """Import every format, so that it registers itself."""
    for name in MODULES:
        import_module(f"comity.registers.formats.{name}")
