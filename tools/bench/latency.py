"""How long a fact is on its way, and what a node costs that does nothing.

Two real nodes on loopback. `idle`: processor time of a lone node and of a pair, in per cent of one core, and memory at
rest. `facts`: single facts, each in a transaction of its own, at a rate; until the partner has applied them, and until
they are final. `letters`: from the answer of `POST /api/v1/letters` until the letter is final, one after another, alone
and beside the facts. Nothing is asserted: the figures are printed, with the load of the machine.

    python -m tools.bench.latency [--database sqlite|postgresql] [--rate N] [--seconds N] [--idle N] [--letters N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from tools.bench.exchange_parts.facts import FACTS, SEEN
from tools.quality.nodes import Node, free_port, pair, wait_until_agreed
from tools.storm.databases import Databases

PACE = {"COMITY_POLL_SECONDS": "1.0", "COMITY_BATCH_SECONDS": "0.2"}
MOST_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


def django(node: Node) -> dict[str, str]:
    return {**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}


def group(node: Node) -> list[Path]:
    """The processes of a node."""
    assert node.process is not None
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == node.process.pid:
            found.append(path.parent)
    return found


def cpu_s(node: Node) -> float:
    """Processor seconds of a node's processes so far."""
    fields = [(path / "stat").read_text().rpartition(")")[2].split() for path in group(node)]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


def memory_mb(node: Node) -> float:
    """Proportional memory of a node's processes."""
    lines = [line for path in group(node) for line in (path / "smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def idle(nodes: list[Node], seconds: float) -> dict[str, float]:
    before, began = [cpu_s(node) for node in nodes], time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    figures = {}
    for node, start in zip(nodes, before, strict=True):
        figures[f"{node.party} % of a core"] = (cpu_s(node) - start) / passed * 100
        figures[f"{node.party} MB"] = memory_mb(node)
    return figures


def spread(name: str, waits: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest."""
    ordered = sorted(waits)
    figures: dict[str, float] = {f"{name} of": len(ordered)}
    for share in (50, 95, 99):
        figures[f"{name} p{share} s"] = ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
    return {**figures, f"{name} most s": ordered[-1]}


def letters(node: Node, count: int) -> list[float]:
    """Seconds from the answer to a form or a call until the entry is final, as the API says it."""
    token = node.run("token", "clerk", "--scope", "*").split()[-1]
    waits = []
    with httpx.Client(base_url=node.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        for number in range(count):
            letter = {"to": ["RU"], "subject": f"Letter {number}", "text": "A text.", "tlp": "AMBER"}
            answer = client.post("/api/v1/letters", json=letter)
            answer.raise_for_status()
            began, index = time.monotonic(), answer.json()["index"]
            while client.get(f"/api/v1/journals/{node.party}/entries/{index}").json()["state"]["state"] != "final":
                if time.monotonic() - began > MOST_S:
                    raise TimeoutError(f"Letter {number} is not final.")
                time.sleep(0.02)
            waits.append(time.monotonic() - began)
    return waits


def facts(by: Node, ru: Node, rate: float, seconds: float, count: int, folder: Path) -> dict[str, float]:
    stop = folder / "stop"
    watches = [
        subprocess.Popen(
            [sys.executable, "-c", SEEN, role, str(stop)], env=django(node), stdout=subprocess.PIPE, text=True
        )
        for role, node in (("applied", ru), ("final", by))
    ]
    waits: list[float] = []
    writing = threading.Thread(target=lambda: waits.extend(letters(by, count)))
    try:
        time.sleep(5)  # the watches start
        spent = [cpu_s(by), cpu_s(ru)]
        writing.start()
        command = [sys.executable, "-c", FACTS, str(rate), str(seconds)]
        done = subprocess.run(command, env=django(by), capture_output=True, text=True, check=True)
        spent = [cpu_s(node) - before for node, before in zip((by, ru), spent, strict=True)]
        writing.join()
        wait_until_agreed((by, ru))
        stop.touch()
        seen: list[list[list[Any]]] = [json.loads(w.communicate(timeout=60)[0].splitlines()[-1]) for w in watches]
    finally:
        stop.touch()
    made = json.loads(done.stdout.splitlines()[-1])
    figures = {"facts": float(len(made)), "facts /s": len(made) / (made[-1][1] - made[0][1])}
    figures |= {"owner % of a core": spent[0] / seconds * 100, "partner % of a core": spent[1] / seconds * 100}
    for name, steps in zip(("visible", "final"), seen, strict=True):
        figures |= spread(name, [next(at for size, at in steps if size > index) - since for index, since in made])
    return {**figures, **spread("letter final beside them", waits)}


def run(asked: argparse.Namespace, folder: Path) -> dict[str, float]:
    with Databases(asked.database) as databases:
        urls = databases.empty(2) or ["", ""]
        by, ru = (
            Node(party, folder / party.lower(), free_port(), url, settings=PACE)
            for party, url in zip(("BY", "RU"), urls, strict=True)
        )
        try:
            for node in (by, ru):
                node.init()
            by.serve()
            time.sleep(10)
            figures = {f"lone {name}": value for name, value in idle([by], asked.idle).items()}
            ru.serve()
            pair(by, ru, folder)
            wait_until_agreed((by, ru))
            time.sleep(20)
            figures |= {f"pair {name}": value for name, value in idle([by, ru], asked.idle).items()}
            by.run("user", "clerk", "--role", "examiner")
            figures |= spread("letter final", letters(by, asked.letters))
            return figures | facts(by, ru, asked.rate, asked.seconds, asked.letters, folder)
        finally:
            for node in (by, ru):
                node.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rate", type=float, default=200.0, help="facts a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they go on")
    parser.add_argument("--idle", type=float, default=30.0, help="how long nothing is done")
    parser.add_argument("--letters", type=int, default=50)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="comity-latency-") as folder:
        figures = run(asked, Path(folder))
    for name, value in figures.items():
        print(f"{name:32} {value:12,.3f}")
    print(f"{asked.database}; {os.cpu_count()} cores; load {load:.1f} before, {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
