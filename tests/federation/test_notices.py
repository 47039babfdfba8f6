"""A notice makes the worker pull at once. It is a hint: from partners only, bounded, and not needed."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from comity.federation import notices, rounds, services
from comity.federation.models import Nonce, Partner
from comity.federation.rounds import Round
from comity.federation.source import Client
from comity.jobs import bell
from comity.journal import home, standing
from comity.journal.models import Journal
from comity.kernel.errors import NotFoundError, PartnerError
from comity.kernel.notes import SigningKey
from comity.node import lines
from comity.node.lines import Line
from tests import node
from tests.federation.test_signed_requests import TRANSPORT, headers, paired

PATIENCE_S = 20.0
POLL_S = 30.0


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path / "ours")
    settings.COMITY = settings.COMITY.model_copy(update={"poll_seconds": POLL_S})
    return made


@pytest.fixture
def heard(journal: Journal) -> Iterator[bell.Bell]:
    listening = bell.Bell()
    yield listening
    listening.close()


def post(key: SigningKey = TRANSPORT, **signed: str) -> int:
    told = {**headers("POST", notices.PATH, key=key), **signed}
    return Browser().post(f"/{notices.PATH}", headers=told).status_code


def test_a_partners_notice_rings_for_that_partner(heard: bell.Bell) -> None:
    partner = paired()
    assert post() == 204
    assert heard.listen(PATIENCE_S) == {bell.partner(partner.pk)}


def test_only_a_paired_partner_gives_notice(heard: bell.Bell) -> None:
    stranger = SigningKey(TRANSPORT.name, 1, b"\x44" * 32)
    partner = paired(state=Partner.State.UNCONFIRMED)
    assert Browser().post(f"/{notices.PATH}").status_code == 401
    assert post() == 401
    services.confirm(partner, partner.fingerprint)
    assert post(stranger) == 401
    assert post(Signature="comity=:AAAA:") == 401
    assert Browser().get(f"/{notices.PATH}", headers=headers("GET", notices.PATH)).status_code == 405
    services.stop(partner)
    assert post() == 401
    assert heard.listen(0) == set()


def test_a_notice_sent_again_says_no_more_and_leaves_nothing(heard: bell.Bell) -> None:
    partner = paired()
    same = headers("POST", notices.PATH)
    for _ in range(3):
        assert Browser().post(f"/{notices.PATH}", headers=same).status_code == 204
    assert heard.listen(PATIENCE_S) == {bell.partner(partner.pk)}
    assert Nonce.objects.count() == 0


class Rounds:
    """In place of the exchange: how many rounds there were, and what the next ones bring."""

    def __init__(self) -> None:
        self.count = 0
        self.next = Round("RU")

    def __call__(self, partner: Partner, tick: object = None, client: Client | None = None) -> Round:
        self.count += 1
        return replace(self.next)


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    made = Rounds()
    monkeypatch.setattr(rounds, "exchange", made)
    return made


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Says how late it is, in seconds; it begins with 1000."""
    now = [1000.0]
    monkeypatch.setattr(lines.time, "monotonic", lambda: now[0])
    return lambda moment: now.__setitem__(0, moment)


def line_to(partner: Partner) -> Line:
    def fatal(error: BaseException) -> None:
        raise error

    return Line(partner, fatal)


def test_after_a_notice_the_partner_is_looked_at_at_once(
    journal: Journal, exchange: Rounds, at: Callable[[float], None]
) -> None:
    line = line_to(paired())
    assert line.look() == POLL_S
    assert exchange.count == 1
    at(1001)
    assert line.look() == POLL_S - 1
    line.notice()
    exchange.next.stored = 1
    # Who gives notice is looked at more rarely without.
    assert line.look() == lines.RARELY * POLL_S
    assert exchange.count == 2


def test_a_lost_notice_costs_the_wait_for_the_next_look(
    journal: Journal, exchange: Rounds, at: Callable[[float], None]
) -> None:
    line = line_to(paired())
    line.notice()
    assert line.look() == lines.RARELY * POLL_S
    at(1000 + lines.RARELY * POLL_S)
    exchange.next.stored = 1
    # Something is there and no notice came: from now on it is looked at as often as before.
    assert line.look() == POLL_S
    assert exchange.count == 2


def test_a_notice_that_comes_while_its_news_is_pulled_counts(
    journal: Journal, exchange: Rounds, at: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_to(paired())

    def pulled(*arguments: Any, **named: Any) -> Round:
        line.notice()
        monkeypatch.setattr(rounds, "exchange", exchange)
        return Round("RU", stored=1)

    monkeypatch.setattr(rounds, "exchange", pulled)
    assert line.look() == 0.0
    assert line.look() == lines.RARELY * POLL_S


def test_notices_for_nothing_are_followed_ever_later(
    journal: Journal, exchange: Rounds, at: Callable[[float], None]
) -> None:
    line = line_to(paired())
    now, waited = 1000.0, []
    for _ in range(14):
        line.notice()
        while (wait := line.look()) < 10 * POLL_S:
            waited.append(wait)
            now += wait
            at(now)
    assert waited == sorted(waited)
    assert waited[-1] == POLL_S
    # One that brings something is followed by the next at once.
    exchange.next.stored = 1
    line.notice()
    at(now := now + POLL_S)
    line.look()
    exchange.next.stored = 0
    before = exchange.count
    line.notice()
    at(now + lines.NOTICE_GAP_S + POLL_S)
    line.look()
    assert exchange.count == before + 1


def test_a_partner_that_was_away_and_gives_notice_is_not_waited_for(journal: Journal, exchange: Rounds) -> None:
    partner = paired()
    Partner.objects.update(failures=9, next_try=timezone.now() + timedelta(seconds=200))
    line = line_to(partner)
    assert line.look() == POLL_S
    assert exchange.count == 0
    line.notice()
    line.look()
    assert exchange.count == 1


def test_more_to_do_is_done_before_the_next_look(journal: Journal, exchange: Rounds) -> None:
    line = line_to(paired())
    exchange.next.again_s = 0.5
    assert line.look() == 0.5


def test_nothing_is_exchanged_while_this_node_reads_only(journal: Journal, exchange: Rounds) -> None:
    line = line_to(paired())
    standing.mark(standing.RESTORED)
    line.notice()
    assert line.look() == POLL_S
    assert exchange.count == 0


class Web(BaseHTTPRequestHandler):
    """A partner that counts the notices it is given; `status`: its answer."""

    protocol_version = "HTTP/1.1"
    status = 204
    taken: queue.Queue[tuple[str, Any]]

    def do_POST(self) -> None:
        self.taken.put((self.path, self.client_address))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def serving(status: int = 204) -> Iterator[tuple[str, queue.Queue[tuple[str, Any]]]]:
    handler = type("Handler", (Web,), {"status": status, "taken": queue.Queue()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", handler.taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_notices_go_over_one_connection(journal: Journal) -> None:
    with serving() as (url, taken):
        line = line_to(paired(url))
        assert line.tell() == 0.0
        # At the start every partner is told; then whenever something was signed.
        assert line.tell() == lines.MOST_BACKOFF_S
        line.signed()
        while taken.qsize() < 2:
            assert line.tell() <= lines.NOTICE_GAP_S
        (path, first), (_, second) = taken.get(), taken.get()
        assert path == f"/{notices.PATH}"
        assert first == second


def test_a_partner_that_takes_no_notice_is_told_again_ever_later(
    journal: Journal, at: Callable[[float], None], free_address: str
) -> None:
    line = line_to(paired(free_address))
    waits, now = [], 1000.0
    for _ in range(8):
        assert line.tell() == 0.0
        waits.append(line.tell())
        now += waits[-1]
        at(now)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.fixture
def free_address() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


def test_an_older_release_takes_no_notices(journal: Journal) -> None:
    key = home.signing_key("transport")
    with serving(404) as (url, taken):
        with pytest.raises(NotFoundError, match="no notices"):
            notices.give(Client(url, key))
        line = line_to(paired(url))
        line.tell()
        assert line.tell() == lines.MOST_BACKOFF_S
        assert taken.qsize() == 2
    with serving(503) as (url, _), pytest.raises(PartnerError, match="503"):
        notices.give(Client(url, key))


def test_a_partner_that_never_answers_holds_up_nobody_elses_notice(journal: Journal) -> None:
    with socket.socket() as silent, serving() as (url, taken):
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mute = paired(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        other = Partner(pk=mute.pk + 1, party="KZ", url=url, state=Partner.State.PAIRED)
        told = [line_to(mute), line_to(other)]
        for line in told:
            line._notices.start()
        taken.get(timeout=PATIENCE_S)
        connection, _ = silent.accept()
        with connection:
            # The first is being told still.
            for line in told:
                line.signed()
            taken.get(timeout=notices.MOST_SECONDS - 1)
        for line in told:
            line.end()
        for line in told:
            line._notices.join(PATIENCE_S)


def test_a_node_that_nobody_reaches_gives_no_notice_and_brings_at_once(
    journal: Journal, settings: Any, exchange: Rounds, at: Callable[[float], None]
) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"url": ""})
    with serving() as (url, taken):
        line = line_to(paired(url))
        line.look()
        at(1001)
        line.signed()
        assert line.tell() == lines.MOST_BACKOFF_S
        line.look()
        assert exchange.count == 2
        assert taken.empty()
