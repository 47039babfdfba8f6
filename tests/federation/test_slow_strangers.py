"""A stranger who sends his requests byte by byte keeps nobody else from the node."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import httpx

from comity.node.bodies import THREADS
from tools.quality.nodes import Node, free_port

UNENDED = (
    b"GET /journal/checkpoint HTTP/1.1\r\nhost: 127.0.0.1\r\n",
    b"POST /federation/v1/pair HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 60000\r\n\r\n{",
    b"POST /federation/v1/pair HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
    b"POST /sign-in/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 60000\r\n\r\nx",
)


def test_requests_that_never_end_do_not_stop_the_node(tmp_path: Path) -> None:
    node = Node("BY", tmp_path / "by", free_port())
    node.init()
    with contextlib.ExitStack() as stack:
        stack.callback(node.kill)
        node.serve()
        for request in UNENDED:
            for _ in range(2 * THREADS):
                line = stack.enter_context(socket.create_connection(("127.0.0.1", node.port)))
                line.sendall(request)
        answer = httpx.get(f"{node.url}/healthz", timeout=20, trust_env=False)
        assert answer.status_code == 200
        # What has a body is told to come again.
        refused = httpx.post(f"{node.url}/federation/v1/pair", content=b"{}", timeout=20, trust_env=False)
        assert refused.status_code == 503
