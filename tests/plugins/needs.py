"""What a test needs from the machine: absent, the test is skipped with a loud line; under COMITY_CI=1 it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

MARK = "NOT TESTED HERE:"


def in_ci() -> bool:
    return os.environ.get("COMITY_CI") == "1"


def absent(what: str, remedy: str) -> NoReturn:
    """Skip the running test, or fail it in CI."""
    if in_ci():
        pytest.fail(f"{what} is absent. {remedy}", pytrace=False)
    pytest.skip(f"{MARK} {what} is absent. {remedy}")


def chromium() -> Path:
    """The browser's executable, for `playwright.chromium.launch(executable_path=...)`."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    absent("Chromium", "apt-get install chromium")
