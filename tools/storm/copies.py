"""Copies of a node's database, and an earlier one put in the place of the present one."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from comity.node.dump import address
from tools.storm.node import StormNode


class CopyFailedError(Exception):
    """The database could not be copied at this moment."""


def copy(node: StormNode, target: Path) -> None:
    """Copy the database as it is at one moment. Raises CopyFailedError, such as while its disk is full."""
    if node.database:
        _client(node.database, "pg_dump", "--format=custom", "--no-owner", f"--file={target}")
        return
    try:
        source = sqlite3.connect(f"file:{node.home / 'comity.sqlite3'}?mode=ro", uri=True, timeout=20)
        with contextlib.closing(source), contextlib.closing(sqlite3.connect(target)) as made:
            source.backup(made)
    except sqlite3.OperationalError as error:
        raise CopyFailedError(str(error)) from error


def put_back(node: StormNode, earlier: Path) -> None:
    """Put a copy in the place of the present database. Nothing of the node may run."""
    if not node.database:
        for name in ("comity.sqlite3-wal", "comity.sqlite3-shm"):
            (node.home / name).unlink(missing_ok=True)
        shutil.copyfile(earlier, node.home / "comity.sqlite3")
        return
    given = address(node.database)
    database = sql.Identifier(given["dbname"])
    with psycopg.connect(**{**given, "dbname": "postgres"}, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE 'C.UTF-8'").format(database))
    _client(node.database, "pg_restore", "--no-owner", f"--dbname={given['dbname']}", str(earlier))


def _client(url: str, program: str, *options: str) -> None:
    given = address(url)
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    environment = {**os.environ, **{name: str(given[part]) for name, part in names.items() if part in given}}
    done = subprocess.run([program, *options], env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise CopyFailedError(f"{program}: {done.stderr.strip()[:300]}")
