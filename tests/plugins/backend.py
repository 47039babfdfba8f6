"""Chooses the database of a test session, before Django reads its settings.

COMITY_TEST_DATABASE   sqlite (default) or postgresql
COMITY_CI              1: what a test needs and the machine lacks is a failure, not a skip

A PostgreSQL session starts its own server in the first process; pytest-xdist's workers inherit its address.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.plugins import needs
from tests.plugins.postgresql import Cluster, binaries

# What makes a test one that touches a database.
DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
    "admin_client",
    "admin_user",
    "new_database_url",
    "lasting_database_url",
}
DATABASE_FOLDERS = {"federation", "stateful"}

kind = os.environ.get("COMITY_TEST_DATABASE", "sqlite")
cluster: Cluster | None = None
missing = ""

if kind not in {"sqlite", "postgresql"}:
    sys.exit(f"COMITY_TEST_DATABASE is {kind!r}: say sqlite or postgresql.")

# A session never sees the settings or the folder of a real node.
for _name in [name for name in os.environ if name.startswith("COMITY_")]:
    if not _name.startswith("COMITY_TEST_") and _name not in {"COMITY_CI", "COMITY_SHARED"}:
        del os.environ[_name]
folder = Path(tempfile.mkdtemp(prefix="comity-tests-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["COMITY_HOME"] = str(folder / "node")
os.environ["COMITY_MEMORY_FOLDER"] = str(folder)
os.environ["COMITY_DATABASE_URL"] = f"sqlite:///{folder / 'comity.sqlite3'}"

if kind == "postgresql":
    if binaries() is None:
        missing = "PostgreSQL is not installed: NOTHING WAS TESTED ON POSTGRESQL. apt-get install postgresql"
    else:
        if "COMITY_TEST_POSTGRESQL_URL" not in os.environ:
            cluster = Cluster()
            atexit.register(cluster.stop)
            os.environ["COMITY_TEST_POSTGRESQL_URL"] = cluster.url("comity")
        os.environ["COMITY_DATABASE_URL"] = os.environ["COMITY_TEST_POSTGRESQL_URL"]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main() -> int | None:
    """Ends a PostgreSQL session that has no PostgreSQL, in words; in CI as a failure."""
    if not missing:
        return None
    print(f"\n{'!' * 20} {missing} {'!' * 20}\n", flush=True)
    return 1 if needs.in_ci() else 0


def pytest_report_header() -> str:
    return f"database: {kind}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what touches a database; leaves tests of PostgreSQL itself to the PostgreSQL session."""
    here = config.rootpath / "tests"
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        place = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        if item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES or place in DATABASE_FOLDERS:
            item.add_marker(pytest.mark.db)
    if kind == "sqlite":
        left_out = [item for item in items if item.get_closest_marker("postgres")]
        if left_out:
            items[:] = [item for item in items if not item.get_closest_marker("postgres")]
            config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says aloud what could not be tested here, apart from pytest's own list."""
    reasons = set()
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if " is absent" in text:
            reasons.add(f"{needs.MARK} {text.removeprefix('Skipped: ').removeprefix(needs.MARK).strip()}")
    for reason in sorted(reasons):
        terminalreporter.write_sep("!", reason, red=True, bold=True)


def pytest_unconfigure() -> None:
    if cluster is not None:
        cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)
