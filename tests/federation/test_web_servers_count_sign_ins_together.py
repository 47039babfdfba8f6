"""Two web servers of one node, each a process of its own: what one has counted, the other knows."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tools.quality.nodes import START_S, Node, free_port


@pytest.fixture
def servers(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    one = Node("BY", tmp_path / "by", free_port(), new_database_url())
    one.init()
    port = free_port()
    other = Node("BY", one.home, port, one.database, settings={"COMITY_PORT": str(port)})
    web = other.start("web")
    try:
        one.serve()
        until = time.monotonic() + START_S
        while not other.answers():
            assert web.poll() is None
            assert time.monotonic() < until
            time.sleep(0.03)
        yield one, other
    finally:
        one.kill()
        with suppress(ProcessLookupError):
            os.killpg(web.pid, signal.SIGKILL)
        web.communicate()


def enter(node: Node, name: str, password: str) -> int:
    """The status of signing in; 302 for who is in."""
    with httpx.Client(base_url=node.url, trust_env=False, timeout=60) as client:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/sign-in/").text)
        assert token is not None
        words = {"username": name, "password": password, "csrfmiddlewaretoken": token[1]}
        return client.post("/sign-in/", data=words).status_code


def test_failures_at_one_close_the_door_at_the_other(servers: tuple[Node, Node]) -> None:
    one, other = servers
    said = one.run("user", "anna", "--role", "operator", "--email", "anna@office.example")
    password = said.split()[-1]
    assert [enter(servers[i % 2], "anna", "wrong") for i in range(9)] == [200] * 9
    assert enter(other, "anna@office.example", password) == 302
    assert enter(one, "anna", "wrong") == 200
    assert [enter(server, "anna", password) for server in servers] == [429, 429]
