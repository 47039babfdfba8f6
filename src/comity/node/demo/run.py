"""The demonstration: two nodes as separate processes, from nothing to registers that agree.

Everything goes the way that an operator would go: `comity init`, `comity partner invite`, `accept`, `confirm`,
`comity serve`. Only the two people at their telephones are played by this program, which compares what both nodes show.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from comity.kernel.errors import ComityError, ConfigurationError, ConflictError
from comity.node.cli import out
from comity.node.demo.accounts import PASSWORD, PEOPLE
from comity.node.demo.sources import OFFICES

REPOSITORY = Path(__file__).resolve().parents[4]
MARK = "demonstration"
AGREE_SECONDS = 900


@dataclass(slots=True)
class Node:
    """One of the two nodes: where it lives, its process while it serves, what its loading told."""

    party: str
    name: str
    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    sources: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COMITY_")}
        return {**kept, "COMITY_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "comity", *arguments]

    def run(self, *arguments: str) -> str:
        """Run a command of this node to its end. Raises ComityError with what it said, if it failed."""
        done = subprocess.run(self.command(*arguments), env=self.environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise ComityError(f"comity {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def watch(self) -> subprocess.Popen[str]:
        """A process that tells this node's state as a line of JSON, four times a second."""
        return subprocess.Popen(
            self.command("demo-state", "--watch"), env=self.environment(), stdout=subprocess.PIPE, text=True
        )

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.run("demo-state").strip().splitlines()[-1]))


def demo(folder: Path, *, once: bool, data: Path | None, seed: int, rights: int, port: int) -> None:
    """Carry out the demonstration. Exits with 1 unless both nodes agree in the end."""
    started = time.monotonic()
    nodes = [
        Node("BY", "National Center of Intellectual Property", folder / "by", port),
        Node("RU", "Rospatent", folder / "ru", port + 1),
    ]
    for node in nodes:
        _free(node)
    # Held open, and so locked, until this process ends.
    mark = _empty(folder)
    try:
        _make(nodes, real=data is not None)
        _load(nodes, data, seed, rights)
        loaded = time.monotonic()
        for node in nodes:
            _serve(node, folder)
        _pair(nodes, folder)
        states = _wait_until_agreed(nodes)
        agreed = time.monotonic()
        digests = [_digest(node) for node in nodes]
        _summary(nodes, states, digests, {"load": loaded - started, "pair and exchange": agreed - loaded})
        if len(set(digests)) != 1:
            raise ConflictError("The nodes do not agree: their digests differ.")
        if not once:
            _stay(nodes, real=data is not None)
    except KeyboardInterrupt:
        out.print("Stopping both nodes.")
    finally:
        for node in nodes:
            _stop(node)
        mark.close()


def _free(node: Node) -> None:
    """Refuse a port that something listens on, before anything of an earlier demonstration is removed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", node.port))
        except OSError as error:
            raise ConfigurationError(
                f"The port cannot be used: {error.strerror}.",
                place=f"127.0.0.1:{node.port}",
                remedy="Stop what listens there, or take other ports with `comity demo --port`.",
            ) from None


def _empty(folder: Path) -> IO[str]:
    """Empty the folder of an earlier demonstration and lock it; refuse one that runs, or that holds something else."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()):
        if not mark.is_file():
            raise ConfigurationError(
                "The folder is not empty and not of a demonstration.", place=str(folder), remedy="Name another."
            )
        with mark.open() as old:
            _lock(old, folder)
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = mark.open("w")
    _lock(file, folder)
    file.write("Made by `comity demo`; emptied when it is run again.\n")
    file.flush()
    return file


def _lock(file: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(
            "A demonstration runs in this folder.", place=str(folder), remedy="Stop it, or name another with --folder."
        ) from None


def _make(nodes: Sequence[Node], *, real: bool) -> None:
    for node in nodes:
        offices = OFFICES[node.party] if real else (node.party,)
        arguments = ["--party", node.party, "--origin", f"{node.party.lower()}.demo.example/journal"]
        arguments += ["--name", node.name, "--offices", ",".join(offices), "--url", f"{node.url}/"]
        arguments += ["--port", str(node.port)] + ([] if real else ["--fictional"])
        node.run("init", *arguments)


def _load(nodes: Sequence[Node], data: Path | None, seed: int, rights: int) -> None:
    arguments = ["--seed", str(seed), "--rights", str(rights)]
    if data is not None:
        arguments = ["--data", str(data.absolute()), "--mappings", str(REPOSITORY / "docs" / "use" / "mappings")]
    columns = (TextColumn("{task.description:<42}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=out, disable=not out.is_terminal) as progress:
        threads = []
        failures: list[str] = []
        for node in nodes:
            task = progress.add_task(f"{node.party}: loading", total=None)
            thread = threading.Thread(target=_load_one, args=(node, arguments, progress, task, failures))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
    if failures:
        raise ComityError("Loading failed.\n" + "\n".join(failures))


def _load_one(node: Node, arguments: Sequence[str], progress: Progress, task: Any, failures: list[str]) -> None:
    process = subprocess.Popen(
        node.command("demo-load", *arguments),
        env=node.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        told = json.loads(line)
        if "source" in told:
            node.sources.append(told["source"])
        if told.get("error") or told.get("refused"):
            out.print(f"{node.party}: {told.get('error') or told.get('refused')}", style="yellow", highlight=False)
        if "done" in told:
            progress.update(task, completed=told["done"], total=told["total"], description=told["label"])
    errors = process.stderr.read()
    if process.wait() != 0:
        failures.append(f"{node.party}: {errors.strip()[-2000:]}")
    progress.update(task, description=f"{node.party}: loaded", completed=1, total=1)


def _serve(node: Node, folder: Path) -> None:
    with (folder / f"{node.party.lower()}.log").open("ab") as log:
        node.process = subprocess.Popen(
            node.command("serve"), env=node.environment(), stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + 60
    while not _answers(node):
        if node.process.poll() is not None or time.monotonic() > deadline:
            tail = (folder / f"{node.party.lower()}.log").read_text(errors="replace")[-1500:]
            raise ComityError(f"The node of {node.party} does not serve on port {node.port}.\n{tail}")
        time.sleep(0.1)


def _answers(node: Node) -> bool:
    import httpx

    try:
        return httpx.get(f"{node.url}/healthz", timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _pair(nodes: Sequence[Node], folder: Path) -> None:
    by, ru = nodes
    invitation = folder / "invitation-for-ru.json"
    by.run("partner", "invite", "RU", str(invitation), "--no-wait")
    shown_there = _digits(ru.run("partner", "accept", str(invitation), "--no-wait"))
    shown_here = by.state()["partners"]["RU"]["fingerprint"]
    if shown_here != shown_there:
        raise ConflictError("The fingerprints of the two nodes differ.")
    out.print(f"Fingerprint read by telephone: {shown_here}", highlight=False)
    by.run("partner", "confirm", "RU", "--fingerprint", shown_there)
    ru.run("partner", "confirm", "BY", "--fingerprint", shown_here)


def _digits(text: str) -> str:
    match = re.search(r"\d{5}(?: \d{5}){5}", text)
    if match is None:
        raise ComityError(f"The node showed no fingerprint: {text}")
    return match[0]


def _wait_until_agreed(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Wait until each node has applied, cosigned and answered all that the other has sequenced, and has its images."""
    deadline = time.monotonic() + AGREE_SECONDS
    # One process a node that tells again and again: starting one for each look would slow what it looks at.
    watches = [node.watch() for node in nodes]
    try:
        with out.status("Exchanging…"):
            while True:
                states = [_next_state(watch) for watch in watches]
                if all(_is_done(states[i], states[1 - i], nodes[1 - i].party) for i in (0, 1)):
                    return states
                if time.monotonic() > deadline:
                    raise ComityError(f"The nodes do not agree after {AGREE_SECONDS} s: {json.dumps(states)}")
    finally:
        for watch in watches:
            watch.kill()
            watch.wait()


def _next_state(watch: subprocess.Popen[str]) -> dict[str, Any]:
    assert watch.stdout is not None
    line = watch.stdout.readline()
    if not line:
        raise ComityError("A node does not tell its state any more.")
    return dict(json.loads(line))


def _is_done(mine: dict[str, Any], theirs: dict[str, Any], party: str) -> bool:
    copy = mine["journals"].get(party)
    own = theirs["journals"][party]
    return bool(
        copy
        and own["pending"] == 0
        and copy["applied"] == own["size"] == copy["size"]
        and own["cosigned"] == own["size"]
        and mine["images_missing"] == 0
        and mine["receipts_due"] == 0
    )


def _digest(node: Node) -> str:
    return node.run("digest").strip().splitlines()[-1].split()[0]


def _summary(
    nodes: Sequence[Node], states: Sequence[dict[str, Any]], digests: Sequence[str], seconds: dict[str, float]
) -> None:
    sources = Table("node", "source", "read", "rights", "quarantined", title="Sources", box=None)
    for node in nodes:
        totals: dict[str, dict[str, int]] = {}
        for row in node.sources:
            total = totals.setdefault(row["name"], {"read": 0, "rights": 0, "quarantined": 0})
            for name in total:
                total[name] += row[name]
        for source, total in totals.items():
            sources.add_row(node.party, source, *(f"{total[name]:,}" for name in ("read", "rights", "quarantined")))
    out.print(sources)
    table = Table("", *(node.party for node in nodes), title="Exchange", box=None)
    own = [state["journals"][node.party] for node, state in zip(nodes, states, strict=True)]
    copies = [states[1 - i]["journals"][node.party] for i, node in enumerate(nodes)]
    table.add_row("records in", *(f"{journal['rights']:,}" for journal in own))
    table.add_row("records at the partner", *(f"{journal['rights']:,}" for journal in copies))
    table.add_row("entries", *(f"{journal['size']:,}" for journal in own))
    table.add_row("checkpoint size", *(f"{journal['size']:,}" for journal in own))
    table.add_row("cosignatures", *(f"{journal['cosignatures']:,}" for journal in own))
    table.add_row("held entries", *(f"{journal['held']:,}" for journal in copies))
    table.add_row("images", *(f"{state['images']:,}" for state in states))
    table.add_row("digest", *(value[:16] for value in digests))
    out.print(table)
    for name, value in seconds.items():
        out.print(f"{name}: {value:.1f} s", highlight=False)
    verdict = "[green]both nodes agree[/]" if len(set(digests)) == 1 else "[red]the nodes do not agree[/]"
    out.print(verdict)


def _stay(nodes: Sequence[Node], *, real: bool) -> None:
    out.print()
    for node in nodes:
        out.print(f"{node.party}: {node.url}/", highlight=False)
    names = ", ".join(name for name, _ in PEOPLE)
    out.print(f"Sign in as {names}; password: {PASSWORD}", highlight=False)
    asked = "The operator is asked to set up a second factor." if real else "No second factor is asked for here."
    out.print(asked, highlight=False)
    out.print("Ctrl-C stops both nodes.")
    signal.signal(signal.SIGTERM, _interrupted)
    while all(node.process is not None and node.process.poll() is None for node in nodes):
        time.sleep(0.5)


def _interrupted(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _stop(node: Node) -> None:
    process = node.process
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
