"""The line between the nodes: a proxy on loopback that keeps what it saw and breaks what it is told to break.

Each node is reached at one address, for its card names one; the key that signed a request says who calls, so every
direction of every pair is a link of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from comity.kernel.canonical import encode
from tools.storm.http import MOST_HEAD, BrokenMessageError, Message, answer, read_message

OVERSIZED = 40 * 1024 * 1024
RUBBISH = 64 * 1024
DRIP_S = 0.05
PATIENCE_S = 12.0
KEPT_ANSWERS = 4
KEPT_REQUESTS = 40
# Says only that there is something to fetch: sent again it says no more.
NOTICE = "federation/v1/notice"
CHECKPOINT, SINCE = "journal/checkpoint", "journal/since/"
NOTE = re.compile(rb"(?m)^([^\n]{1,255})\n(\d{1,15})\n([A-Za-z0-9+/=]{44})\n\n(?:\xe2\x80\x94 [^\n]+\n)+")

LINK_FAULTS = (
    "cut",
    "cut_answers",
    "stall",
    "delay",
    "duplicate",
    "reorder",
    "truncate",
    "shorten",
    "corrupt",
    "rubbish",
    "rubbish_body",
    "oversized",
    "drip",
    "replay",
    "status",
    "fork",
)


@dataclass(slots=True)
class Rule:
    """What a link does to what passes over it until `until` (monotonic seconds), and to one request at the least.

    `hits` counts what it did; `whole` the false checkpoints that arrived. `answers`: for a fork, what is said at which
    path in place of the truth.
    """

    kind: str
    caller: str
    callee: str
    until: float
    random: random.Random
    answers: dict[str, bytes] = field(default_factory=dict)
    chance: float = 0.7
    hits: int = 0
    whole: int = 0

    def active(self) -> bool:
        past = time.monotonic() - self.until
        return past < 0 or (not self.hits and past < PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that changes something, as it went over the wire; the node took it."""

    caller: str
    callee: str
    raw: bytes


class Proxy:
    """Runs in a thread of its own from `start` to `stop`. `targets`: port of each node by party."""

    def __init__(self, targets: dict[str, int], origins: dict[str, str]) -> None:
        self.targets = targets
        self.parties = {origin: party for party, origin in origins.items()}
        self.ports: dict[str, int] = {}
        self.rules: list[Rule] = []
        # Every signed note that came from an honest node: (origin, note) and where it was first seen.
        self.notes: dict[tuple[str, bytes], str] = {}
        self.posts: deque[Passed] = deque(maxlen=KEPT_REQUESTS)
        # Links that nothing breaks for the moment, (caller, callee): a liar sees to it that his lie arrives.
        self.spared: set[tuple[str, str]] = set()
        self.requests = 0
        self.bytes = 0
        self.errors: list[str] = []
        self._old: dict[tuple[str, str], deque[Message]] = {}
        self._sockets = {party: socket.create_server(("127.0.0.1", 0)) for party in targets}
        for party, listener in self._sockets.items():
            self.ports[party] = listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._stopped = asyncio.Event()

    def start(self) -> Proxy:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def add(self, rule: Rule) -> None:
        self.rules = [*self.rules, rule]

    def forget(self, party: str) -> None:
        """Keep no request that a node has taken."""
        kept = [passed for passed in self.posts if passed.callee != party]
        self.posts.clear()
        self.posts.extend(kept)

    def clear(self) -> None:
        """Heal the line."""
        self.rules = []

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        servers = [
            await asyncio.start_server(self._handler(party), sock=listener, limit=MOST_HEAD)
            for party, listener in self._sockets.items()
        ]
        await self._stopped.wait()
        for server in servers:
            server.close()
        # A task that is ended may begin another: a connection that was accepted at this moment.
        while left := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1)

    def _handler(
        self, callee: str
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._one(callee, reader, writer)
            except (OSError, EOFError, asyncio.LimitOverrunError, BrokenMessageError, ValueError):
                _abort(writer)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

        return handle

    def _rule(self, caller: str, callee: str) -> Rule | None:
        active = [rule for rule in self.rules if (rule.caller, rule.callee) == (caller, callee) and rule.active()]
        if not active or (caller, callee) in self.spared:
            return None
        # Of several at once, the one that has done least.
        rule = min(active, key=lambda one: one.hits)
        # Over its time, it only waits for the one request that it must meet.
        always = rule.kind in {"cut", "cut_answers", "stall", "fork"} or time.monotonic() > rule.until
        return rule if always or rule.random.random() < rule.chance else None

    async def _one(self, callee: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_message(reader)
        self.requests += 1
        caller = self.parties.get(request.signer, "")
        self._look(request.body, f"{caller} to {callee}: {request.method} {request.path}")
        rule = self._rule(caller, callee)
        if rule is None:
            writer.write((await self._ask(callee, request)).encode())
            await writer.drain()
            return
        if rule.kind == "fork":
            await self._forked(rule, callee, request, writer)
            return
        rule.hits += 1
        await self._broken(rule, callee, request, writer)

    async def _forked(self, rule: Rule, callee: str, request: Message, writer: asyncio.StreamWriter) -> None:
        """Answer in the callee's name from another tree than its own."""
        said = rule.answers.get(request.path)
        news = request.path.startswith(SINCE)
        if news:
            raw = rule.answers[CHECKPOINT]
            said = encode([[CHECKPOINT, len(raw)]]) + b"\n" + raw
        if said is None or request.method != "GET":
            writer.write((await self._ask(callee, request)).encode())
            await writer.drain()
            return
        rule.hits += 1
        writer.write(answer(200, said).encode())
        await writer.drain()
        rule.whole += news or request.path == CHECKPOINT

    async def _ask(self, callee: str, request: Message) -> Message:
        """The node's own answer, kept for later and looked through for signed notes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.targets[callee], limit=MOST_HEAD)
        try:
            writer.write(request.encode())
            await writer.drain()
            said = await read_message(reader)
        finally:
            writer.close()
        self.bytes += len(said.body)
        self._look(said.body, f"{callee}: {request.path}")
        changes = request.method != "GET" and request.path != NOTICE
        if changes and said.status < 500 and said.status != 401:
            self.posts.append(Passed(self.parties.get(request.signer, ""), callee, request.encode()))
        if request.method == "GET" and said.status == 200:
            self._old.setdefault((callee, request.path), deque(maxlen=KEPT_ANSWERS)).append(said)
        return said

    def _look(self, body: bytes, where: str) -> None:
        if len(body) < 256 * 1024:
            for match in NOTE.finditer(body):
                origin = match[1].decode("utf-8", "replace")
                if origin in self.parties:
                    self.notes.setdefault((origin, match[0]), where)

    async def _broken(self, rule: Rule, callee: str, request: Message, writer: asyncio.StreamWriter) -> None:
        kind, chance = rule.kind, rule.random
        rest = max(0.3, rule.until - time.monotonic())
        if kind == "cut":
            raise ConnectionError(kind)
        if kind == "stall":
            await asyncio.sleep(rest)
            raise ConnectionError(kind)
        if kind == "reorder":
            # The caller sees a lost connection and goes on; the request arrives after its later ones.
            self._later(chance.uniform(0.2, 1.2), callee, request)
            raise ConnectionError(kind)
        if kind in {"rubbish", "rubbish_body", "oversized", "status"}:
            await self._invented(rule, writer)
            return
        if kind == "delay":
            await asyncio.sleep(chance.uniform(0.05, 0.8))
        if kind == "duplicate":
            twice = [await self._ask(callee, request), await self._ask(callee, request)]
            writer.write(chance.choice(twice).encode())
            await writer.drain()
            return
        old = self._old.get((callee, request.path))
        said = old[0] if kind == "replay" and old else await self._ask(callee, request)
        if kind == "cut_answers":
            raise ConnectionError(kind)
        await self._bent(rule, said, writer, rest)

    async def _bent(self, rule: Rule, said: Message, writer: asyncio.StreamWriter, rest: float) -> None:
        """An answer that is the node's own but for what happened to it on the way."""
        chance, body = rule.random, said.body
        if rule.kind == "truncate":
            said.body = body[: chance.randrange(len(body))] if body else b""
            writer.write(said.encode(length=len(body) + 1))
        elif rule.kind == "shorten":
            cut = Message(said.first, said.headers, body[: chance.randrange(len(body))] if body else b"")
            writer.write(cut.encode())
        elif rule.kind == "corrupt":
            bent = bytearray(body)
            for _ in range(chance.choice((1, 1, 3, 20)) if body else 0):
                bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
            writer.write(Message(said.first, said.headers, bytes(bent)).encode())
        elif rule.kind == "drip":
            until = time.monotonic() + rest
            for byte in said.encode():
                if time.monotonic() > until:
                    raise ConnectionError(rule.kind)
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(DRIP_S)
        else:
            writer.write(said.encode())
        await writer.drain()

    async def _invented(self, rule: Rule, writer: asyncio.StreamWriter) -> None:
        """An answer that the node had no part in."""
        chance = rule.random
        if rule.kind == "rubbish":
            writer.write(chance.randbytes(RUBBISH))
        elif rule.kind == "rubbish_body":
            writer.write(answer(200, chance.randbytes(RUBBISH)).encode())
        elif rule.kind == "status":
            status = chance.choice((204, 301, 400, 404, 409, 500, 503))
            writer.write(answer(status, b"9" * 18, b"text/x.tlog.size").encode())
        else:
            head = b"HTTP/1.1 200 Storm\r\ncontent-type: application/octet-stream\r\nconnection: close\r\n\r\n"
            writer.write(head)
            for _ in range(OVERSIZED // RUBBISH):
                writer.write(bytes(RUBBISH))
                await writer.drain()
        await writer.drain()

    def _later(self, delay_s: float, callee: str, request: Message) -> None:
        async def send() -> None:
            await asyncio.sleep(delay_s)
            with contextlib.suppress(OSError, EOFError, BrokenMessageError, ValueError):
                await self._ask(callee, request)

        task = self._loop.create_task(send())
        task.add_done_callback(lambda done: None if done.cancelled() else done.exception())


def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection as a cut line does: with a reset, without a word."""
    if writer.transport is not None:
        writer.transport.abort()
