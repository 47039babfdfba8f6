"""A process of a node ends with the process that started it, also where that has ended before it could ask."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux sends the signal")

BESIDE = """
import os, sys, time
from comity.node.process import die_with_parent
die_with_parent({parent})
print("asked", flush=True)
time.sleep(60)
"""


def test_who_is_late_to_ask_ends_at_once() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    late = subprocess.run([sys.executable, "-c", BESIDE.format(parent=gone.pid)], capture_output=True, timeout=30)
    assert (late.returncode, late.stdout) == (1, b"")


def test_who_asked_in_time_is_killed_with_its_parent() -> None:
    reads, writes = os.pipe()
    starts = (
        "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1].replace('PARENT',"
        " str(os.getpid()))], pass_fds=[int(sys.argv[2])]); sys.stdin.read()"
    )
    child = BESIDE.format(parent="PARENT").replace('print("asked", flush=True)', f"os.write({writes}, b'asked')")
    parent = subprocess.Popen(
        [sys.executable, "-c", starts, child, str(writes)], stdin=subprocess.PIPE, pass_fds=[writes]
    )
    os.close(writes)
    assert os.read(reads, 5) == b"asked"
    parent.kill()
    parent.wait()
    # The pipe ends with the last process that holds it.
    assert os.read(reads, 1) == b""
    os.close(reads)
    assert parent.stdin is not None
    parent.stdin.close()
