"""What the storm needs of the machine: a small disk of its own, and a compiler for the clock."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path


def fill(ballast: Path) -> None:
    """Write until the disk takes no more."""
    block = bytes(1024 * 1024)
    fd = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for size in (len(block), 4096):
            with contextlib.suppress(OSError):
                while True:
                    os.write(fd, block[:size])
    finally:
        os.close(fd)


def compile_shim(folder: Path) -> Path | None:
    """The library that moves a node's clock; None where this machine has no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    target = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(target), str(source), "-ldl"], check=True)
    return target


def may_mount(folder: Path) -> bool:
    """Whether this process may mount a small file system of its own."""
    probe = folder / "probe"
    probe.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(probe)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        return False
    subprocess.run(["umount", str(probe)], check=True)
    return True


def give_back(folder: Path) -> None:
    """Unmount what a storm that was killed left mounted below a folder."""
    for line in Path("/proc/mounts").read_text().splitlines():
        place = Path(line.split(" ")[1])
        if place.is_relative_to(folder):
            subprocess.run(["umount", "--lazy", str(place)], check=False)
