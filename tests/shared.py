"""Data and vectors that the tests may read but that are no part of the project.

`COMITY_SHARED` names their folder; the default is `shared` beside the checkout. A test that needs an absent file is
skipped and says so; with `COMITY_CI=1` it fails.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("COMITY_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))


def shared_file(name: str) -> Path:
    """The path of a file or folder, named from the shared folder: `spec/tlog-vectors.json`."""
    path = SHARED / name
    if not path.exists():
        reason = f"{path} is absent: set COMITY_SHARED to the folder that holds {name}"
        if os.environ.get("COMITY_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def shared_data(name: str) -> Path:
    """The path of one set of sample data, such as `uspto_tsdr`."""
    return shared_file(f"data/{name}")
