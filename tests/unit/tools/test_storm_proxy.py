"""The storm's proxy passes on what it is not told to break, breaks what it is told to, and keeps what nodes signed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from comity.federation.news import parse
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.notes import SigningKey
from tools.storm.proxy import Proxy, Rule

ORIGINS = {"BY": "office-by.example/journal", "RU": "office-ru.example/journal"}
NOTE = sign_checkpoint(Checkpoint(ORIGINS["BY"], 3, b"\x01" * 32), SigningKey(ORIGINS["BY"], 1, b"\x05" * 32))
SIGNED = {"signature-input": f'comity=("@method" "@target-uri");keyid="{ORIGINS["RU"]}/transport+00000000"'}


class Target(BaseHTTPRequestHandler):
    said = b""
    heard: list[str] = []

    def do_GET(self) -> None:
        self.heard.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.said)))
        self.end_headers()
        self.wfile.write(self.said)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    Target.said, Target.heard = NOTE, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    running = Proxy({"BY": server.server_address[1]}, ORIGINS).start()
    yield running
    running.stop()
    server.shutdown()
    server.server_close()
    thread.join()


def ask(proxy: Proxy, path: str = "journal/checkpoint", **more: Any) -> httpx.Response:
    url = f"http://127.0.0.1:{proxy.ports['BY']}/{path}"
    return httpx.get(url, headers={**SIGNED, **more}, timeout=10, trust_env=False)


def rule(proxy: Proxy, kind: str, lasts_s: float = 30.0, **more: Any) -> Rule:
    made = Rule(kind, "RU", "BY", time.monotonic() + lasts_s, random.Random(1), chance=1.0, **more)
    proxy.add(made)
    return made


def test_what_is_not_broken_passes_and_what_was_signed_is_kept(proxy: Proxy) -> None:
    assert ask(proxy).content == NOTE
    assert set(proxy.notes) == {(ORIGINS["BY"], NOTE)}
    assert list(proxy.posts) == []


@pytest.mark.parametrize("kind", ["cut", "cut_answers", "truncate", "rubbish", "reorder", "stall"])
def test_no_answer_comes_over_a_broken_line(proxy: Proxy, kind: str) -> None:
    broken = rule(proxy, kind, 0.5)
    with pytest.raises(httpx.HTTPError):
        ask(proxy)
    assert broken.hits == 1


@pytest.mark.parametrize("kind", ["shorten", "corrupt", "rubbish_body", "oversized"])
def test_another_answer_comes_than_was_given(proxy: Proxy, kind: str) -> None:
    rule(proxy, kind)
    assert ask(proxy).content != NOTE


def test_the_other_direction_and_strangers_are_left_alone(proxy: Proxy) -> None:
    rule(proxy, "cut")
    url = f"http://127.0.0.1:{proxy.ports['BY']}/journal/checkpoint"
    assert httpx.get(url, timeout=10, trust_env=False).content == NOTE


def test_a_duplicate_arrives_twice_and_a_late_request_after_its_successors(proxy: Proxy) -> None:
    rule(proxy, "duplicate")
    ask(proxy, "twice")
    assert Target.heard == ["GET /twice"] * 2
    proxy.clear()
    rule(proxy, "reorder")
    with pytest.raises(httpx.HTTPError):
        ask(proxy, "early")
    proxy.clear()
    ask(proxy, "late")
    until = time.monotonic() + 10
    while "GET /early" not in Target.heard:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert Target.heard[-2:] == ["GET /late", "GET /early"]


def test_an_old_answer_comes_again(proxy: Proxy) -> None:
    ask(proxy)
    Target.said = b"newer"
    rule(proxy, "replay")
    assert ask(proxy).content == NOTE


def test_a_fork_is_told_in_the_place_of_the_truth(proxy: Proxy) -> None:
    told = rule(proxy, "fork", answers={"journal/checkpoint": b"another tree"})
    assert ask(proxy).content == b"another tree"
    assert ask(proxy, "journal/other").content == NOTE
    assert (told.hits, told.whole) == (1, 1)


def test_a_broken_line_heals_by_itself_once_a_request_met_it(proxy: Proxy) -> None:
    broken = rule(proxy, "cut", 0.0)
    assert broken.active()
    with pytest.raises(httpx.HTTPError):
        ask(proxy)
    assert not broken.active()
    assert ask(proxy).content == NOTE


def test_a_request_is_kept_for_a_second_sending_only_once_the_node_took_it(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.ports['BY']}/witness/add-checkpoint"
    cut = rule(proxy, "cut")
    with pytest.raises(httpx.HTTPError):
        httpx.post(url, content=b"old 0", headers=SIGNED, timeout=10, trust_env=False)
    assert (cut.hits, list(proxy.posts)) == (1, [])
    proxy.clear()
    httpx.post(url, content=b"old 0", headers=SIGNED, timeout=10, trust_env=False)
    assert [(one.caller, one.callee) for one in proxy.posts] == [("RU", "BY")]


def test_another_tree_is_told_as_news_too(proxy: Proxy) -> None:
    lie = rule(proxy, "fork", answers={"journal/checkpoint": b"another tree"})
    assert parse(ask(proxy, "journal/since/7").content) == {"journal/checkpoint": b"another tree"}
    assert ask(proxy, "journal/tile/0/000").content == NOTE
    assert (lie.hits, lie.whole) == (1, 1)
