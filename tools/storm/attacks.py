"""What a stranger or a partner can throw at a node's own address, and how the node must stand it."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time

from tools.storm.node import StormNode
from tools.storm.proxy import RUBBISH, Proxy
from tools.storm.schedule import Fault

LORISES = 24


def attack(fault: Fault, node: StormNode, proxy: Proxy, chance: random.Random) -> list[str]:
    """Begin the attack; it ends by itself. What went wrong at once is returned."""
    if fault.kind == "resend":
        return _resend(node, proxy)
    work = {"slow_loris": _slow_loris, "flood": _flood}[fault.kind]
    threading.Thread(target=work, args=(node, fault.lasts_s, chance), daemon=True).start()
    return []


def _connect(node: StormNode) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", node.port), timeout=2)
    except OSError:
        return None


def _slow_loris(node: StormNode, lasts_s: float, chance: random.Random) -> None:
    """Connections that send a byte now and then: heads that never end, and bodies that were announced."""
    heads = (
        b"GET /journal/checkpoint HTTP/1.1\r\nhost: 127.0.0.1\r\n",
        b"POST /federation/v1/pair HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 60000\r\n\r\n{",
        b"POST /sign-in/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 60000\r\n\r\n",
    )
    lines = [line for line in (_connect(node) for _ in range(LORISES)) if line is not None]
    until = time.monotonic() + 3 * lasts_s
    with contextlib.ExitStack() as stack:
        for line in lines:
            stack.enter_context(line)
            with contextlib.suppress(OSError):
                line.sendall(chance.choice(heads))
        while time.monotonic() < until:
            for line in lines:
                with contextlib.suppress(OSError):
                    line.sendall(b"x")
            time.sleep(0.1)


def _flood(node: StormNode, lasts_s: float, chance: random.Random) -> None:
    """64 KB of rubbish at a time, and bodies that say they are larger than any that is taken."""
    until = time.monotonic() + lasts_s
    large = b"POST /federation/v1/pair HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 99999999999\r\n\r\n"
    while time.monotonic() < until:
        line = _connect(node)
        if line is None:
            time.sleep(0.1)
            continue
        with line, contextlib.suppress(OSError):
            line.sendall(chance.choice((b"", large)) + chance.randbytes(RUBBISH))
            line.settimeout(0.2)
            line.recv(4096)


def _resend(node: StormNode, proxy: Proxy) -> list[str]:
    """Send once more what partners have sent to this node: a signed request that changes something counts once."""
    wrong: list[str] = []
    for passed in [item for item in proxy.posts if item.callee == node.party and item.caller][-3:]:
        line = _connect(node)
        if line is None:
            return wrong
        with line, contextlib.suppress(OSError):
            line.settimeout(5)
            line.sendall(passed.raw)
            first = line.recv(64).split(b" ")
            # 404: of an answered invitation nothing is open any more.
            if len(first) > 1 and first[1].isdigit() and first[1] not in {b"401", b"404"} and first[1] < b"500":
                wrong.append(f"{node.party} took a request a second time: {passed.raw[:80]!r}: {first[1]!r}.")
    return wrong
