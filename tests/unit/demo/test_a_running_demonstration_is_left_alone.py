"""A demonstration that cannot start says why, and removes nothing of one that runs."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from comity.kernel.errors import ConfigurationError
from comity.node.demo import run


def start(folder: Path, port: int) -> None:
    run.demo(folder, once=True, data=None, seed=1, rights=13, port=port)


def test_a_taken_port_is_named_before_anything_is_removed(tmp_path: Path) -> None:
    run._empty(tmp_path).close()
    kept = tmp_path / "kept"
    kept.write_text("of the earlier demonstration")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}.*--port"):
            start(tmp_path, port)
    assert kept.exists()


def test_a_folder_in_use_is_refused_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with run._empty(tmp_path):
        kept.write_text("of the running demonstration")
        with pytest.raises(ConfigurationError, match="runs in this folder"):
            run._empty(tmp_path)
        assert kept.exists()
    run._empty(tmp_path).close()
    assert not kept.exists()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("mine")
    with pytest.raises(ConfigurationError, match="not of a demonstration"):
        run._empty(tmp_path)
    assert (tmp_path / "letters").exists()
