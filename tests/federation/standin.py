"""A partner that is not ours: a journal in a folder, served by a small web server that can be told to lie."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from comity.federation.openings import leaves_of, seal_segment
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.journal.store import Store
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.commitments import new_salt
from comity.kernel.entry import encode_entry
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.merkle import EMPTY, Frontier
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingPublic
from comity.registers import entries
from comity.registers.domain.personal import close
from comity.registers.domain.record import Party, RightRecord, Text, to_json

ORIGIN = "office-ru.example/journal"
KEY = SigningKey(ORIGIN, 1, b"\x05" * 32)
AT = "2026-11-22T15:00:00Z"

Answer = bytes | int | Callable[[], bytes]


def right(number: int, title: str = "", person: str = "") -> RightRecord:
    parties = (Party(role="holder", names=(Text(text=person),), country="RU"),) if person else ()
    titles = (Text(text=title or f"ЗНАК {number}"),)
    return RightRecord(office="RU", kind="trademark", number=str(number), titles=titles, parties=parties)


class Log:
    """The partner's journal. `answers` replaces what the server says at a path."""

    def __init__(self, folder: Path, *, key: SigningKey = KEY, opened: bool = True) -> None:
        self.key = key
        self.store = Store(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.frontier = Frontier()
        self.data: list[bytes] = []
        self.openings: dict[int, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.brought: dict[str, bytes] = {}
        if opened:
            body = {"origin": ORIGIN, "party": "RU", "name": "Rospatent", "offices": ["RU"]}
            self.add(encode_entry("journal.open", 1, {**body, "about": f"journal:{ORIGIN}", "at": AT}))

    @property
    def size(self) -> int:
        return len(self.data)

    def add(self, *data: bytes) -> None:
        self.store.grow(self.frontier, list(data))
        self.data += data

    def tell(self, *records: RightRecord) -> None:
        made = []
        for record in records:
            index = self.size + len(made)
            key = entries.key_of(record)
            self.versions[key] = self.versions.get(key, 0) + 1
            closed, openings = close(to_json(record), new_salt)
            if openings:
                self.openings[index] = json.loads(vault.dump(openings))
            body = {"right": closed, "version": self.versions[key], "about": key, "at": AT}
            made.append(encode_entry("registers.right", 1, body))
        self.add(*made)

    def sign(self, size: int | None = None, root: bytes | None = None) -> bytes:
        size = self.size if size is None else size
        if root is None:
            root = self.store.frontier(size).root() if size else EMPTY
        return sign_checkpoint(Checkpoint(self.key.name, size, root), self.key)

    def publish(self) -> None:
        self.store.publish(self.sign())

    def seal(self, start: int, end: int, lines: bytes, recipient: SealingPublic | None = None) -> bytes:
        """Openings sealed for the node under test, or for somebody else."""
        recipient = recipient or home.sealing_key().public
        return seal_segment(recipient, self.key.name, (start, end), leaves_of(self.store, self.size), lines)

    def get(self, path: str) -> Answer:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path.startswith("journal/openings/"):
            start, end = map(int, path.rpartition("/")[2].split("-"))
            told = (
                json.dumps({"index": i, "openings": self.openings[i]}).encode() + b"\n"
                for i in range(start, end)
                if i in self.openings
            )
            return self.seal(start, end, b"".join(told))
        if path.startswith("federation/v1/files/"):
            return self.files.get(path.split("/")[3], 404)
        if path == "journal/checkpoint":
            return self.store.checkpoint() or 404
        try:
            return self.store.fetch(path.removeprefix("journal/"))
        except (NotFoundError, FormatError):
            return 404


class _Handler(BaseHTTPRequestHandler):
    log: Log
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        answer = self.log.get(self.path.lstrip("/"))
        if callable(answer):
            answer = answer()
        status, body = (answer, b"") if isinstance(answer, int) else (200, answer)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.log.brought[self.path.lstrip("/")] = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test's output is for the test."""


@contextmanager
def serving(log: Log) -> Iterator[str]:
    """The address at which `log` is served while the block runs."""
    handler = type("Handler", (_Handler,), {"log": log})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def slowly(data: bytes, pause_s: float) -> Callable[[], bytes]:
    def answer() -> bytes:
        time.sleep(pause_s)
        return data

    return answer


def journal_of(key: SigningKey = KEY) -> Journal:
    return Journal.objects.create(origin=ORIGIN, vkey=str(key.verifier))


def flip(data: bytes, at: int = -1) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def rights(numbers: Sequence[int]) -> list[RightRecord]:
    return [right(number) for number in numbers]
