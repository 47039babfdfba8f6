"""One node under the storm: its processes, who starts them again, its people, its clock and its disk."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from comity.journal.store import Store
from comity.kernel.checkpoint import parse_checkpoint
from tools.quality.nodes import Node, NodeFailedError, group_lives

DISK_MIB = 160
AGAIN_S = 0.4
STATIC = {
    "COMITY_PARTIES": '["BY","RU","KZ"]',
    "COMITY_POLL_SECONDS": "0.25",
    "COMITY_BATCH_SECONDS": "0.2",
    "COMITY_RETRY_SECONDS": "1",
}


class OfficeFailedError(Exception):
    """An order was refused, or the process that had it was killed: then nobody knows whether it was carried out."""


@dataclass(slots=True)
class Ended:
    """A process of the node that ended without having been told to."""

    role: str
    code: int
    at: float
    excused: bool


@dataclass(slots=True)
class Office:
    """A process that carries out orders, and the line to it."""

    pid: int
    lines: TextIO
    dead: bool = False


@dataclass(slots=True)
class StormNode(Node):
    """A node that others reach at `address` (the proxy). `apart`: web and worker are processes of their own."""

    address: str = ""
    apart: bool = False
    mounted: bool = False
    spoiled: bool = False
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    wanted: bool = False
    # While a fault makes it plausible that a process ends by itself, or cannot start.
    excused_until: float = 0.0
    ended: list[Ended] = field(default_factory=list)
    starts: int = 0
    peak_kib: int = 0
    office: Office | None = None
    # Where people come from: it has everything imported, and forks.
    agency: subprocess.Popen[str] | None = None
    _killed: set[int] = field(default_factory=set)
    _next: dict[str, float] = field(default_factory=dict)
    # Held while the office has an order. `interrupted`: the next order is not for the database that it was meant for.
    asking: threading.Lock = field(default_factory=threading.Lock)
    interrupted: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def roles(self) -> tuple[str, ...]:
        return ("web", "worker") if self.apart else ("serve",)

    @property
    def disk(self) -> Path:
        return self.home.parent

    @property
    def clock(self) -> Path:
        return self.disk.with_suffix(".clock")

    @property
    def log(self) -> Path:
        return self.disk.with_suffix(".log")

    def prepare(self, shim: Path | None, tables: Path | None, *, mount: bool) -> None:
        """Make the disk and the clock of the node, then the node."""
        self.disk.mkdir(parents=True)
        if mount:
            options = f"size={DISK_MIB}m,mode=0755"
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.disk)], check=True)
            self.mounted = True
        self.step_clock(0)
        self.settings |= STATIC
        if shim is not None:
            self.settings |= {"LD_PRELOAD": str(shim), "STORM_CLOCK": str(self.clock)}
        if tables is not None:
            self.home.mkdir()
            shutil.copyfile(tables, self.home / "comity.sqlite3")
        database = ["--database", self.database] if self.database else []
        where = ["--port", str(self.port), "--url", self.address]
        self.run("init", "--fictional", "--party", self.party, "--origin", self.origin, *where, *database)

    def step_clock(self, seconds: int) -> None:
        # Written in place: the processes have the page mapped.
        mode = "r+b" if self.clock.exists() else "w+b"
        with self.clock.open(mode) as file:
            file.write(struct.pack("=q", seconds))

    def start_all(self) -> None:
        """Have the node run from now on."""
        with self.lock:
            self.wanted = True
            self.watch()

    def watch(self) -> None:
        """Start what should run and does not, as a service manager does; note what ended by itself."""
        now = time.monotonic()
        with self.lock:
            for role in self.roles:
                process = self.running.get(role)
                if process is not None and process.poll() is not None:
                    if process.pid not in self._killed:
                        excused = now < self.excused_until
                        self.ended.append(Ended(role, process.returncode, now, excused))
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)  # a service manager clears the rest away
                    del self.running[role]
                    self._next[role] = now + AGAIN_S
                if self.wanted and role not in self.running and now >= self._next.get(role, 0.0):
                    with self.log.open("ab") as log:
                        self.running[role] = subprocess.Popen(
                            self.command(role), env=self.environment(), stdout=log, stderr=log, start_new_session=True
                        )
                    self.starts += 1

    def measure(self) -> None:
        """Note the largest resident set of any of the node's processes."""
        groups = {process.pid for process in self.running.values()}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                if int((path / "stat").read_text().rpartition(")")[2].split()[2]) in groups:
                    line = next((x for x in (path / "status").read_text().splitlines() if x.startswith("VmHWM")), "- 0")
                    self.peak_kib = max(self.peak_kib, int(line.split()[1]))

    def kill_role(self, role: str, *, group: bool = True) -> None:
        """kill -9 of a whole process group, or of its first process alone."""
        with self.lock:
            process = self.running.get(role)
            if process is None:
                return
            self._killed.add(process.pid)
            with contextlib.suppress(ProcessLookupError):
                if group:
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.wait()
        until = time.monotonic() + 10
        while not group and group_lives(process.pid):
            if time.monotonic() > until:
                raise NodeFailedError(f"{self.party}: processes outlived their killed parent.")
            time.sleep(0.01)

    def kill_all(self) -> None:
        with self.lock:
            for role in list(self.running):
                self.kill_role(role)
        self.kill_office()

    def kill_web(self) -> None:
        """Kill the web server: the process of its own, or the child of the one process tree."""
        if self.apart:
            self.kill_role("web")
            return
        with self.lock:
            process = self.running.get("serve")
            if process is None:
                return
            # That the tree ends when its web server does is what the node promises.
            self._killed.add(process.pid)
            for path in Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    fields = path.read_text().rpartition(")")[2].split()
                    if int(fields[1]) == process.pid:
                        os.kill(int(path.parent.name), signal.SIGKILL)

    def signal_all(self, number: int) -> None:
        with self.lock:
            for process in self.running.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)

    def finish(self) -> list[str]:
        """End the node as an operator does; what did not end well."""
        wrong = []
        with self.lock:
            self.wanted = False
            for role, process in self.running.items():
                process.terminate()
                try:
                    if process.wait(40) != 0:
                        wrong.append(f"{self.party}: {role} ended with {process.returncode} when it was told to end.")
                except subprocess.TimeoutExpired:
                    wrong.append(f"{self.party}: {role} did not end within 40 s of SIGTERM.")
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            self.running.clear()
        return wrong

    def leave(self) -> None:
        """End everything of the node at once and give its disk back; files of the disk are lost with it."""
        with self.lock:
            self.wanted = False
            self.signal_all(signal.SIGCONT)
            self.kill_all()
            self.close_agency()
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.disk)], check=False)
            self.mounted = False

    def signed_size(self) -> int:
        """How many entries the checkpoint in the node's folder covers."""
        raw = Store(self.home / "journals" / "own").checkpoint()
        return parse_checkpoint(raw).checkpoint.size if raw else 0

    # The people.

    def ask(self, what: str, **order: Any) -> Any:
        """Give the office an order. Raises OfficeFailedError."""
        with self.asking:
            if self.interrupted:
                self.interrupted = False
                raise OfficeFailedError(f"{self.party}: another database was put in place.")
            office = self.office if self.office is not None and not self.office.dead else self._hire()
            try:
                office.lines.write(json.dumps({"do": what, **order}) + "\n")
                office.lines.flush()
                line = office.lines.readline()
            except OSError as error:
                office.dead = True
                raise OfficeFailedError(f"{self.party}: {error}") from error
            if not line:
                office.dead = True
                raise OfficeFailedError(f"{self.party}: the process was killed.")
        answer = json.loads(line)
        if "error" in answer:
            raise OfficeFailedError(f"{self.party}: {what}: {answer['error']}")
        return answer["ok"]

    def _hire(self) -> Office:
        """Call the agency for a new process."""
        name = f"storm-{os.getpid()}-{self.home}"[-100:]
        if self.agency is None:
            self._open_agency(name)
        call = socket.socket(socket.AF_UNIX)
        try:
            call.connect(f"\0{name}")
            lines = call.makefile("rw", encoding="utf-8")
            pid = lines.readline()
        except OSError as error:
            raise OfficeFailedError(f"{self.party}: {error}") from error
        finally:
            call.close()
        if not pid:
            raise OfficeFailedError(f"{self.party}: the process did not start.")
        self.office = Office(int(pid), lines)
        return self.office

    def _open_agency(self, name: str) -> None:
        environment = {**self.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
        with self.log.with_suffix(".office.log").open("ab") as log:
            self.agency = subprocess.Popen(
                [sys.executable, "-m", "tools.storm.office", name],
                env=environment,
                cwd=Path(__file__).resolve().parents[2],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.agency.stdout is not None
        if not self.agency.stdout.readline():
            raise OfficeFailedError(f"{self.party}: nobody can be hired.")

    def kill_office(self) -> None:
        """kill -9, and wait until it is gone."""
        office = self.office
        if office is None or office.dead:
            return
        office.dead = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(office.pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while Path(f"/proc/{office.pid}").exists():
            if time.monotonic() > until:
                raise NodeFailedError(f"{self.party}: a killed process does not end.")
            time.sleep(0.005)

    def close_agency(self) -> None:
        if self.agency is not None:
            self.agency.kill()
            self.agency.wait()
            self.agency = None
