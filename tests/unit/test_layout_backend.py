"""The database that the session promises is the database that the tests get."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.plugins import backend


@pytest.mark.django_db
def test_session_runs_on_the_database_that_was_chosen() -> None:
    assert connection.vendor == backend.kind
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_each_worker_has_its_own_database(worker_id: str) -> None:
    name = str(connection.settings_dict["NAME"])
    if backend.kind == "sqlite":
        assert Path(name).parent == backend.folder
    else:
        assert name.endswith(worker_id) or worker_id == "master"


def test_settings_of_a_real_node_do_not_leak_into_tests() -> None:
    assert backend.folder / "node" == settings.COMITY_HOME
    foreign = {name for name in os.environ if name.startswith("COMITY_") and not name.startswith("COMITY_TEST_")}
    assert foreign <= {"COMITY_HOME", "COMITY_DATABASE_URL", "COMITY_MEMORY_FOLDER", "COMITY_CI", "COMITY_SHARED"}


def test_new_databases_are_apart(new_database_url: Callable[[], str]) -> None:
    assert new_database_url() != new_database_url()


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_of_the_session_folds_cyrillic() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ЁЛКА ЎІ'), 'Ў' ILIKE 'ў'")
        assert cursor.fetchone() == ("ёлка ўі", True)


@pytest.mark.postgres
def test_postgresql_takes_no_connection_without_its_password() -> None:
    address = os.environ["COMITY_TEST_POSTGRESQL_URL"]
    head, _, tail = address.partition("@")
    without = head.rpartition(":")[0] + ":wrong@" + tail.rpartition("/")[0] + "/postgres"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without, connect_timeout=5)
