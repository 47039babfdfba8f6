"""Fixtures that every test may ask for. The session's database is chosen in tests/plugins/backend.py."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from tests.plugins import backend, needs

# The machine is shared and slow at times: no deadline. CI draws the same examples each time, so that red means changed.
hypothesis_settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.register_profile("ci", hypothesis_settings.get_profile("default"), derandomize=True, database=None)
hypothesis_settings.load_profile("ci" if needs.in_ci() else "default")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as in life: an in-memory database has neither WAL nor a second process."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "comity.node.sqlite":
        database.setdefault("TEST", {})["NAME"] = str(backend.folder / "test.sqlite3")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail the test that leaves SQLite's write lock taken, by a thread that forgot its transaction; not the next."""
    yield
    name = str(settings.DATABASES["default"].get("TEST", {}).get("NAME") or "")
    if item.get_closest_marker("db") is None or backend.kind != "sqlite" or not Path(name).is_file():
        return
    with closing(sqlite3.connect(name, timeout=2.0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


@pytest.fixture
def new_database_url(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes an empty database of the session's kind and returns its COMITY_DATABASE_URL: for nodes in own processes."""
    with _databases(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def lasting_database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """As `new_database_url`, for nodes that the tests of one file share."""
    with _databases(tmp_path_factory.mktemp("databases")) as make:
        yield make


@contextmanager
def _databases(folder: Path) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        name = f"node_{uuid.uuid4().hex}"
        if backend.kind == "sqlite":
            return f"sqlite:///{folder / name}.sqlite3"
        server = os.environ["COMITY_TEST_POSTGRESQL_URL"].rpartition("/")[0]
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(name)
        return f"{server}/{name}"

    yield make
    if made:
        server = os.environ["COMITY_TEST_POSTGRESQL_URL"].rpartition("/")[0]
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            for name in made:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of the browser; skips loudly where there is none."""
    return needs.chromium()
