"""A storm that is told to end takes its nodes with it and gives its disks back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.federation.driven import until
from tools.quality.nodes import SOURCE

pytestmark = pytest.mark.long


def of_storm(folder: Path) -> list[int]:
    """Processes that run in a node's folder below `folder`."""
    sign = f"COMITY_HOME={folder}/".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if sign in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_told_to_end_in_the_middle_it_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "storm"
    command = [sys.executable, "-m", "tools.storm", "6", "--faults", "40", "--folder", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(SOURCE.parent)))}
    storm = subprocess.Popen(command, cwd=SOURCE.parent, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: (folder / "6" / "deliveries").is_dir(), "The storm does not begin.", 120)
        assert of_storm(folder)
        storm.send_signal(signal.SIGTERM)
        _, said = storm.communicate(timeout=60)
    finally:
        storm.kill()
    assert storm.returncode == 130
    assert "Ended before it was done" in said
    until(lambda: not of_storm(folder), "Processes are left.", 20)
    assert str(folder) not in Path("/proc/mounts").read_text()
