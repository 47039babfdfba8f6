"""A rotation is cut off by kill -9 before and after each thing that it does; the next start makes it good."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from comity.kernel import keyfile
from tools.quality.nodes import Node, free_port

SCRIPT = Path(__file__).with_name("killed_keys.py")

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.mark.parametrize(("role", "steps"), [("sealing", 30), ("witness", 25), ("log", 12)])
def test_a_kill_at_any_step_of_a_keys_life_is_made_good(tmp_path: Path, role: str, steps: int) -> None:
    node = Node("BY", tmp_path / "by", free_port())
    node.init()
    before = tmp_path / "before"
    shutil.copytree(node.home, before / "node")
    found = keyfile.parse((node.home / "keys" / f"{role}.key").read_text())
    (before / "first").write_text(str(keyfile.public(found)))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(before), role],
        env={**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout.split()[-1]) >= steps
