"""Real nodes in processes of their own on loopback, driven as an operator would drive them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

SOURCE = Path(__file__).resolve().parents[2] / "src"
START_S = 90.0
# What would change a node, or have each of its processes compile the whole source again.
LEFT_OUT = ("COMITY_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")
OFFICES = {party: f"office-{party.lower()}.example/journal" for party in ("BY", "RU", "KZ")}


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


class NodeFailedError(Exception):
    """A command of a node ended with an error, or the node did not come up."""


@dataclass(slots=True)
class Node:
    """One node: its folder, its address, its processes. `database`: empty for SQLite in the folder."""

    party: str
    home: Path
    port: int
    database: str = ""
    reachable: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return OFFICES[self.party]

    @property
    def log(self) -> Path:
        return self.home.with_suffix(".log")

    @property
    def memory(self) -> Path:
        """What stands for the machine's memory, which a restart of the machine clears."""
        return self.log.with_suffix(".memory")

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
        return {
            **kept,
            "PYTHONPATH": path,
            "COMITY_HOME": str(self.home),
            "COMITY_MEMORY_FOLDER": str(self.memory),
            "COMITY_POLL_SECONDS": "0.2",
            "COMITY_BATCH_SECONDS": "0.2",
            "COLUMNS": "240",
            **self.settings,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "comity", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own; what it says can be read from its pipes."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, ok: tuple[int, ...] = (0,)) -> str:
        """Run a command to its end; what it said. Raises NodeFailedError for another exit code than `ok`."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment(), capture_output=True, text=True, check=False
        )
        if done.returncode not in ok:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise NodeFailedError(f"{self.party}: comity {' '.join(arguments)} ended with {done.returncode}: {said}")
        return done.stdout + done.stderr

    def restart_machine(self) -> None:
        """What a restart of the node's machine takes away; the node must be stopped."""
        shutil.rmtree(self.memory, ignore_errors=True)

    def init(self) -> None:
        address = ["--url", self.url] if self.reachable else []
        database = ["--database", self.database] if self.database else []
        # Demonstration data: everything can be tried without an agreement.
        named = ["--fictional", "--party", self.party, "--origin", self.origin, "--port", str(self.port)]
        self.run("init", *named, *address, *database)

    def serve(self) -> None:
        """Start the node and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve"), env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + START_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise NodeFailedError(f"{self.party} does not serve on port {self.port}.\n{tail}")
            time.sleep(0.03)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2.0, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, *, group: bool = True) -> None:
        """kill -9: the whole process group, or the parent alone, whose children must then end by themselves."""
        process = self.process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        self.process = None
        if not group:
            until = time.monotonic() + 15
            while group_lives(process.pid):
                if time.monotonic() > until:
                    os.killpg(process.pid, signal.SIGKILL)
                    raise NodeFailedError(f"{self.party}: processes outlived their killed parent.")
                time.sleep(0.01)

    def stop(self) -> None:
        """End the node as an operator does."""
        process = self.process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.process = None

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.run("demo-state").strip().splitlines()[-1]))

    @contextlib.contextmanager
    def watched(self) -> Iterator[Callable[[], dict[str, Any]]]:
        """What `state` says, again and again, by one process: starting one for each look costs more than the look."""
        process = subprocess.Popen(
            self.command("demo-state", "--watch"), env=self.environment(), stdout=subprocess.PIPE, text=True
        )

        def look() -> dict[str, Any]:
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise NodeFailedError(f"{self.party}: its state cannot be watched: it ended with {process.wait()}.")
            return dict(json.loads(line))

        try:
            yield look
        finally:
            process.kill()
            process.communicate()

    def digest(self) -> str:
        lines = [line for line in self.run("digest").splitlines() if line.endswith(" total")]
        return lines[-1].split()[0]


def group_lives(group: int) -> bool:
    """Whether a process of the group still runs; one that only waits to be reaped does not."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, _, pgrp = path.read_text().rpartition(")")[2].split()[:3]
            if int(pgrp) == group and state not in "ZX":
                return True
    return False


def pair(inviting: Node, accepting: Node, folder: Path) -> str:
    """Pair two nodes, of which `inviting` serves; the fingerprint that both showed."""
    invitation = folder / f"invitation-{accepting.party}.json"
    inviting.run("partner", "invite", accepting.party, str(invitation), "--no-wait")
    shown = re.search(r"\d{5}(?: \d{5}){5}", accepting.run("partner", "accept", str(invitation), "--no-wait"))
    if shown is None:
        raise NodeFailedError("The accepting node showed no fingerprint.")
    inviting.run("partner", "confirm", accepting.party, "--fingerprint", shown[0])
    accepting.run("partner", "confirm", inviting.party, "--fingerprint", shown[0])
    return shown[0]


def agreed(nodes: tuple[Node, Node]) -> bool:
    """Whether each node has applied, cosigned and answered all that the other has sequenced."""
    return _agree(nodes, [node.state() for node in nodes])


def _agree(nodes: tuple[Node, Node], states: list[dict[str, Any]]) -> bool:
    for i, node in enumerate(nodes):
        mine, copy = states[i]["journals"][node.party], states[1 - i]["journals"].get(node.party)
        if not copy or mine["pending"] or not copy["applied"] == copy["size"] == mine["size"] == mine["cosigned"]:
            return False
    return all(not state["images_missing"] and not state["receipts_due"] for state in states)


def wait_until_agreed(nodes: tuple[Node, Node], timeout_s: float = 180.0) -> None:
    until = time.monotonic() + timeout_s
    with contextlib.ExitStack() as stack:
        looks = [stack.enter_context(node.watched()) for node in nodes]
        while not _agree(nodes, states := [look() for look in looks]):
            if time.monotonic() > until:
                raise NodeFailedError(f"The nodes do not agree after {timeout_s:.0f} s: {json.dumps(states)}")
