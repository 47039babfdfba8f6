"""What the machine lacks is said aloud, and in CI it is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins import needs

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_POSTGRESQL = """
import sys
import tests.plugins.postgresql
tests.plugins.postgresql.binaries = lambda: None
import pytest
sys.exit(pytest.main(["tests/unit/test_layout_needs.py", "-p", "no:cacheprovider"]))
"""


def test_an_absent_thing_is_a_loud_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMITY_CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"{needs.MARK} Chromium is absent. apt-get install chromium"):
        needs.absent("Chromium", "apt-get install chromium")


def test_an_absent_thing_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_CI", "1")
    with pytest.raises(pytest.fail.Exception, match="Chromium is absent"):
        needs.absent("Chromium", "apt-get install chromium")


@pytest.mark.parametrize(("ci", "status"), [("0", 0), ("1", 1)])
def test_a_session_without_postgresql_says_so(ci: str, status: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COMITY_", "PYTEST_"))}
    environment |= {"COMITY_TEST_DATABASE": "postgresql", "COMITY_CI": ci, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    command = [sys.executable, "-c", WITHOUT_POSTGRESQL]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "NOTHING WAS TESTED ON POSTGRESQL" in done.stdout, done.stdout + done.stderr
    assert done.returncode == status
