"""One large file between two real nodes: memory of both, the receiver killed on the way, then verified.

    python -m tools.quality.bigfile [--mib 5120] [--kills 3] [--seed 1]

The owner's register shows an image of so many MiB (random bytes); the partner fetches it in chunks. While it comes the
partner's whole process group is killed with SIGKILL at random moments and started again. Prints seconds, the peak
memory of both nodes' processes; exits with 1 where the file is not whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from tools.quality.nodes import Node, free_port, pair

CHUNK = 1024 * 1024


def make_file(home: Path, mib: int, seed: int) -> str:
    """A file of random bytes in the node's folder, under its SHA-256."""
    dice, digest = random.Random(seed), hashlib.sha256()
    temporary = home / "big.tmp"
    with temporary.open("wb") as file:
        for _ in range(mib):
            block = dice.randbytes(CHUNK)
            digest.update(block)
            file.write(block)
    name = digest.hexdigest()
    target = home / "files" / name[:2] / name[2:4] / name
    target.parent.mkdir(parents=True)
    temporary.replace(target)
    return name


def peak_mb(node: Node) -> float:
    """The largest peak of resident memory among the node's processes, from the kernel's account."""
    if node.process is None:
        return 0.0
    group, peak = node.process.pid, 0.0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if int((path / "stat").read_text().rsplit(")", 1)[1].split()[2]) != group:
                continue
            for line in (path / "status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    peak = max(peak, int(line.split()[1]) / 1024)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return peak


def run(mib: int, kills: int, seed: int, folder: Path) -> bool:
    dice = random.Random(seed)
    by = Node("BY", folder / "by", free_port())
    ru = Node("RU", folder / "ru", free_port())
    for node in (by, ru):
        node.init()
    name = make_file(ru.home, mib, seed)
    record = {
        "office": "RU",
        "kind": "trademark",
        "number": "1",
        "status": "in_force",
        "images": [{"sha256": name, "media_type": "image/png"}],
    }
    rights = folder / "rights.jsonl"
    rights.write_text(json.dumps(record) + "\n")
    ru.run("import", str(rights))
    peaks = {"BY": 0.0, "RU": 0.0}
    try:
        for node in (by, ru):
            node.serve()
        pair(by, ru, folder)
        target = by.home / "files" / name[:2] / name[2:4] / name
        part = by.home / "parts" / name
        started = time.monotonic()
        moments = sorted(dice.uniform(0.1, 0.9) * mib * CHUNK for _ in range(kills))
        while not target.exists():
            for node in (by, ru):
                peaks[node.party] = max(peaks[node.party], peak_mb(node))
            have = part.stat().st_size if part.exists() else 0
            if moments and have >= moments[0]:
                moments.pop(0)
                by.kill()
                by.serve()
            time.sleep(0.1)
        seconds = time.monotonic() - started
    finally:
        for node in (by, ru):
            node.kill()
    with target.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest() == name
    print(
        f"{mib:,} MiB in {seconds:.0f} s, {mib / seconds:.0f} MiB/s, {kills - len(moments)} kills of the receiver; "
        f"peak memory of a process: receiver {peaks['BY']:.0f} MB, owner {peaks['RU']:.0f} MB; "
        f"{'whole' if whole else 'NOT WHOLE'}"
    )
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=5120)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comity-bigfile-") as folder:
        return 0 if run(given.mib, given.kills, given.seed, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
