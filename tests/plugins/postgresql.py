"""A throw-away PostgreSQL server for one test session, from Debian's binaries, run by an unprivileged user."""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
PR_SET_PDEATHSIG = 1
NOT_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def binaries() -> Path | None:
    """The folder of the newest installed server: Debian's layout first, then the path."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root. None where the session is not root anyway."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'.")


def _interrupt_with_parent() -> None:
    """In the child: a session that is killed takes its server with it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


class Cluster:
    """One server on loopback and a socket in its own folder; `stop` ends it by its process and removes the folder."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: with fsync, as in production; for measurements."""
        folder = binaries()
        if folder is None:
            raise FileNotFoundError("PostgreSQL's server is not installed.")
        self.bin = folder
        self.durable = durable
        self.owner = unprivileged()
        # Not $TMPDIR: another user must be able to reach it, and a socket's path may have 107 bytes at most.
        self.folder = Path(tempfile.mkdtemp(prefix="comity-postgresql-", dir="/tmp"))
        self.password = secrets.token_urlsafe(24)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0
        try:
            self._initialise()
            self._start()
        except BaseException:
            self.stop()
            raise

    def _as_owner(self) -> dict[str, object]:
        base: dict[str, object] = {"cwd": self.folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        if self.owner is not None:
            base |= {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        return base

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self.owner is not None:
            for path in (self.folder, secret):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        command = [
            str(self.bin / "initdb"),
            f"--pgdata={self.folder / 'data'}",
            "--username=comity",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # ICU folds Cyrillic whatever locales the machine has; C.UTF-8 is in every Debian.
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=und",
            "--no-sync",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_owner())  # type: ignore[call-overload]
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")

    def _start(self) -> None:
        for _attempt in range(3):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            with (self.folder / "log").open("wb") as log:
                self.process = subprocess.Popen(
                    [
                        str(self.bin / "postgres"),
                        "-D",
                        str(self.folder / "data"),
                        "-k",
                        str(self.folder),
                        "-p",
                        str(self.port),
                        "--listen_addresses=127.0.0.1",
                        "--max_connections=200",
                        "--shared_buffers=128MB",
                        # A test server need not survive a power cut.
                        *([] if self.durable else [f"--{name}=off" for name in NOT_DURABLE]),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # ^C in the terminal is for pytest, which then stops the server
                    preexec_fn=_interrupt_with_parent,
                    **self._as_owner(),  # type: ignore[call-overload]
                )
            if self._answers():
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text(errors='replace')}")

    def _answers(self) -> bool:
        """Wait until the server takes connections; False where it ended instead (its port was taken, say)."""
        assert self.process is not None
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                return False
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://comity:{quote(self.password)}@127.0.0.1:{self.port}/{name}"

    def restart(self) -> None:
        """Stop the server and start it again over the same data: for settings that are read at the start."""
        self._end()
        self._start()

    def stop(self) -> None:
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown: open sessions are rolled back
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(STOP_TIMEOUT_S)
        self.process = None
