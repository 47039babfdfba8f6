"""What is new comes in one answer where it is little; it is verified as if each file had been fetched alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from comity.federation import news, services
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.news import News
from comity.journal import home
from comity.journal.models import Journal
from comity.kernel.errors import NotFoundError, PartnerError
from comity.registers.domain.record import RightRecord
from tests import node
from tests.federation.standin import Log, journal_of, rights
from tests.federation.test_signed_requests import headers, own, paired  # noqa: F401


class Line:
    """A partner's server without a network: `answers` stands above what its log says. What was asked is noted."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.tells_news = True
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []

    def get(self, path: str) -> bytes:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        found = self.log.get(path)
        if not isinstance(found, bytes):
            raise NotFoundError("There is nothing.", place=path)
        return found


def told(log: Log, start: int, *extra: str) -> bytes:
    """The answer of `journal/since` as the log's files have it."""
    size = log.size
    paths = [f"journal/tile/entries/{n:03}.p/{size % 256}" for n in range(start // 256, size // 256 + 1)]
    paths += [f"journal/tile/0/{size // 256:03}.p/{size % 256}", f"journal/openings/{start}-{size}", *extra]
    files = {"journal/checkpoint": log.store.checkpoint() or b""}
    for path in paths:
        data = log.get(path)
        assert isinstance(data, bytes)
        files[path] = data
    return news.encode([[path, len(data)] for path, data in files.items()]) + b"\n" + b"".join(files.values())


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.tell(*rights(range(20)))
    made.publish()
    return made


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path, log: Log) -> Journal:
    node.set_up(settings, tmp_path / "ours")
    return journal_of()


def follow(journal: Journal, line: Any) -> int:
    return Follower(journal, News(line, journal.next_index)).round().stored


def test_few_facts_cost_one_request(log: Log, journal: Journal) -> None:
    line = Line(log)
    line.answers = {"journal/since/0": told(log, 0)}
    assert follow(journal, line) == 21
    log.tell(*rights(range(30, 33)))
    log.publish()
    line.answers = {"journal/since/21": told(log, 21)}
    assert follow(journal, line) == 3
    assert line.asked == ["journal/since/0", "journal/since/21"]
    assert journal.applied == 24


def test_what_is_not_in_the_answer_is_fetched(log: Log, journal: Journal) -> None:
    line = Line(log)
    raw = log.store.checkpoint() or b""
    line.answers = {"journal/since/0": news.encode([["journal/checkpoint", len(raw)]]) + b"\n" + raw}
    assert follow(journal, line) == 21
    assert line.asked[0] == "journal/since/0"
    assert len(line.asked) > 3


def test_an_older_release_is_asked_as_ever(log: Log, journal: Journal) -> None:
    line = Line(log)
    assert follow(journal, line) == 21
    assert follow(journal, line) == 0
    assert [path for path in line.asked if "since" in path] == ["journal/since/0"]


def test_a_partner_without_a_checkpoint_yet_is_asked_again(log: Log, journal: Journal) -> None:
    line = Line(Log(log.store.root.parent / "empty"))
    with pytest.raises(NotFoundError):
        follow(journal, line)
    assert line.tells_news


@pytest.mark.parametrize("lie", [b"\x00", b"\xff" * 40])
def test_a_file_of_the_answer_that_does_not_prove_is_refused(log: Log, journal: Journal, lie: bytes) -> None:
    line = Line(log)
    whole = told(log, 0)
    at = whole.index(log.data[3])
    line.answers = {"journal/since/0": whole[:at] + lie + whole[at + len(lie) :]}
    with pytest.raises(PartnerError):
        follow(journal, line)
    assert journal.next_index == 0


@given(
    st.binary(max_size=200)
    | st.builds(lambda head: head.encode() + b"\nabc", st.text(alphabet='[]",0123a', max_size=40))
)
def test_any_bytes_are_an_answer_or_a_partners_error(data: bytes) -> None:
    try:
        files = news.parse(data)
    except PartnerError:
        return
    assert b"".join(files.values()) == data[data.index(b"\n") + 1 :]


def marks(numbers: range) -> list[RightRecord]:
    return [RightRecord(office="BY", kind="trademark", number=str(n)) for n in numbers]


def ask(start: int, status: int = 200) -> bytes:
    path = news.path_of(start)
    answer = Browser().get(f"/{path}", headers=headers("GET", path))
    assert answer.status_code == status
    return answer.content


def test_the_server_gives_what_a_follower_would_fetch(own: Journal) -> None:  # noqa: F811
    assert Browser().get("/journal/since/0").status_code == 401
    partner = paired()
    node.tell(own, *marks(range(300)))
    node.sequence(own)
    files = news.parse(ask(0))
    assert set(files) == {
        "journal/checkpoint",
        "journal/tile/entries/000",
        "journal/tile/entries/001.p/46",
        "journal/tile/0/001.p/46",
        "journal/tile/1/000.p/1",
        "journal/openings/0-302",
    }
    store = home.store(own)
    for path, data in files.items():
        if "openings" not in path:
            assert data == (store.root / path.removeprefix("journal/")).read_bytes()
    # Who holds all of it, or says that it holds more, is told the checkpoint.
    for start in (302, 5000):
        assert list(news.parse(ask(start))) == ["journal/checkpoint"]
    node.tell(own, *marks(range(1000, 1000 + news.MOST_ENTRIES)))
    node.sequence(own)
    assert list(news.parse(ask(0))) == ["journal/checkpoint"]
    services.stop(Partner.objects.get(pk=partner.pk))
    ask(0, 401)
