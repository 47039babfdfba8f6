"""A command that meets a full or read-only disk, or no database, says so in one line, as other errors are said."""

from __future__ import annotations

import errno
import importlib
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from comity.node import cli, setup

# Each module registers its commands with the app, before a test puts another in its place.
for path in Path(cli.__file__).parent.glob("commands*.py"):
    importlib.import_module(f"comity.node.{path.stem}")


def test_a_read_only_disk_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse() -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/var/node/journals/own/.lock")

    monkeypatch.setattr(cli, "app", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "/var/node/journals/own/.lock: Read-only file system. See that the disk" in " ".join(said.split())


def test_a_database_that_does_not_open_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse() -> None:
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(setup, "prepare", refuse)
    monkeypatch.setattr(cli, "app", cli.node)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "The database cannot be used: unable to open database file." in " ".join(capsys.readouterr().err.split())


def test_a_database_that_fails_in_the_middle_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse() -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(cli, "app", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "The database cannot be used: database or disk is full." in " ".join(capsys.readouterr().err.split())
