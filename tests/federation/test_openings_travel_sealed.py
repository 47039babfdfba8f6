"""Openings of persons' data travel sealed for the node that asks: the wire, and the inbox, show none of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from comity.federation import openings
from comity.federation.delivery import Inbox, inbox_folder
from comity.federation.follow import Follower
from comity.federation.openings import Given, Segment, leaves_of, open_segment, segments
from comity.federation.source import Client, Folder
from comity.journal import home
from comity.journal.models import Journal, Opening
from comity.kernel.errors import FormatError, PartnerError
from comity.kernel.sealing import SealingKey
from comity.registers.domain.record import Party, RightRecord, Text
from comity.registers.models import Right
from tests import node
from tests.federation.standin import ORIGIN, Log, journal_of, right, serving
from tests.federation.test_signed_requests import SEALING, headers, paired

SIZE = 41
NAME = "Зорка Сакрэтная"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.tell(*[right(i, person=f"{NAME} {i}") for i in range(SIZE - 1)])
    made.publish()
    return made


@pytest.fixture
def follower(db: None, settings: Any, tmp_path: Path, log: Log) -> Iterator[Follower]:
    node.set_up(settings, tmp_path / "ours")
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        yield Follower(journal_of(), client)
        client.close()


def asked(path: str) -> bytes:
    answer = Browser().get(f"/{path}", headers=headers("GET", path))
    assert answer.status_code == 200, answer.content
    return answer.content


def person(number: int) -> RightRecord:
    parties = (Party(role="holder", names=(Text(text=f"{NAME} {number} {'я' * 200}"),), country="BY"),)
    return RightRecord(office="BY", kind="trademark", number=str(number), parties=parties)


def test_an_answer_holds_no_name_and_opens_for_the_partner_alone(db: None, settings: Any, tmp_path: Path) -> None:
    own = node.set_up(settings, tmp_path / "ours")
    node.tell(own, *[person(i) for i in range(5)])
    node.sequence(own)
    paired()
    data = asked("journal/openings/0-6")
    assert NAME.encode() not in data
    [part] = segments(data)
    assert (part.start, part.end, part.key) == (0, 6, SEALING.public.id)
    leaves = leaves_of(home.store(own), own.size)
    given = open_segment([SEALING], own.origin, part, leaves)
    assert [item.index for item in given] == [1, 2, 3, 4, 5]
    assert NAME in str(given)
    with pytest.raises(PartnerError, match="no such key"):
        open_segment([home.sealing_key()], own.origin, part, leaves)


def test_openings_are_bound_to_journal_range_and_commitments(db: None, settings: Any, tmp_path: Path) -> None:
    own = node.set_up(settings, tmp_path / "ours")
    node.tell(own, *[person(i) for i in range(5)])
    node.sequence(own)
    leaves = leaves_of(home.store(own), own.size)
    [part] = segments(openings.openings_of(own, 1, 5, SEALING.public, "RU"))
    assert len(open_segment([SEALING], own.origin, part, leaves)) == 4
    wrong = (
        (own.origin + "x", part, leaves),
        (own.origin, Segment(1, 4, part.key, part.sealed), leaves),
        (own.origin, Segment(2, 5, part.key, part.sealed), leaves),
        (own.origin, part, lambda n: bytes(32 * own.size)),
    )
    for origin, given, tiles in wrong:
        with pytest.raises(PartnerError, match="altered on the way"):
            open_segment([SEALING], origin, given, tiles)


def test_a_long_answer_comes_in_parts(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = node.set_up(settings, tmp_path / "ours")
    node.tell(own, *[person(i) for i in range(40)])
    node.sequence(own)
    monkeypatch.setattr(openings, "SEGMENT_BYTES", 4000)
    leaves = leaves_of(home.store(own), own.size)
    at, told = 0, []
    while at < own.size:
        data = openings.openings_of(own, at, own.size, SEALING.public, "RU")
        assert len(data) < 4500
        [part] = segments(data)
        assert part.start == at < part.end
        told += [item.index for item in open_segment([SEALING], own.origin, part, leaves)]
        at = part.end
    assert told == list(range(1, 41))


def test_answers_in_parts_are_followed_to_the_end(follower: Follower, log: Log) -> None:
    log.answers[f"journal/openings/0-{SIZE}"] = log.seal(0, 1, b"")
    assert follower.round().applied == SIZE
    assert Opening.objects.count() == SIZE - 1
    assert f"journal/openings/1-{SIZE}" in log.asked


def test_an_answer_that_goes_no_further_is_refused(follower: Follower, log: Log) -> None:
    for answer in (b"", log.seal(0, 0, b""), log.seal(5, SIZE, b"")):
        log.answers[f"journal/openings/0-{SIZE}"] = answer
        with pytest.raises(PartnerError, match="does not give the openings"):
            follower.round()
    assert not Right.objects.exists()


def test_who_cannot_open_says_where_and_what_to_do_and_goes_on_once_it_can(follower: Follower, log: Log) -> None:
    other = SealingKey(home.sealing_key().name, b"\x55" * 32)
    path = f"journal/openings/0-{SIZE}"
    log.answers[path] = log.seal(0, SIZE, b"", other.public)
    with pytest.raises(PartnerError) as caught:
        follower.round()
    assert caught.value.place == "openings of entries 0 to 40"
    assert other.public.id in caught.value.message
    assert "restore it from a backup" in caught.value.remedy
    assert not Right.objects.exists()
    del log.answers[path]
    assert follower.round().applied == SIZE
    assert Opening.objects.count() == SIZE - 1


def test_a_former_key_still_opens_during_its_overlap(follower: Follower, log: Log) -> None:
    former = home.sealing_key()
    home.key_path("sealing").rename(home.key_path("sealing.former"))
    home.make_keys(node.ORIGIN)
    assert home.sealing_key() != former
    told = log.get(f"journal/openings/0-{SIZE}")
    assert isinstance(told, bytes)
    fresh = Follower(follower.journal, follower.source)
    path = f"journal/openings/0-{SIZE}"
    log.answers[path] = log.seal(0, SIZE, b"", former.public)
    assert fresh.round().applied == SIZE


RUBBISH = (b"rubbish", b"{}\n", b'{"entries":[0,41],"form":"comity/openings/1","key":"x","length":99}\n', b"[]\n" * 9)


@pytest.mark.parametrize("answer", RUBBISH)
def test_rubbish_is_refused(follower: Follower, log: Log, answer: bytes) -> None:
    log.answers[f"journal/openings/0-{SIZE}"] = answer
    with pytest.raises(PartnerError, match="openings do not parse"):
        follower.round()
    with pytest.raises(FormatError):
        segments(answer)


def test_every_byte_of_an_answer_counts(follower: Follower, log: Log) -> None:
    leaves, keys = leaves_of(log.store, SIZE), [home.sealing_key()]

    def opened(data: bytes) -> list[Given]:
        [part] = segments(data)
        return open_segment(keys, ORIGIN, part, leaves)

    sealed = log.seal(0, 3, b'{"index":1,"openings":{}}\n')
    assert opened(sealed) == [Given(1, {})]
    for at in range(len(sealed)):
        with pytest.raises((PartnerError, FormatError)):
            opened(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])


def test_delivered_openings_lie_sealed_in_the_inbox(follower: Follower, log: Log) -> None:
    journal: Journal = follower.journal
    folder = inbox_folder(journal)
    source = Folder(log.store.root)
    for path in ("checkpoint", f"tile/0/000.p/{SIZE}", f"tile/entries/000.p/{SIZE}"):
        (folder / "journal" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "journal" / path).write_bytes(source.get(path))
    # Ranges as the sender cut them, and one of a delivery that still goes on.
    (folder / "journal/openings").mkdir()
    for start, end in ((0, 20), (20, SIZE)):
        told = log.get(f"journal/openings/{start}-{end}")
        assert isinstance(told, bytes)
        assert NAME.encode() not in told
        (folder / f"journal/openings/{start}-{end}").write_bytes(told)
    assert Follower(journal, Inbox(journal)).round().applied == SIZE
    assert Opening.objects.count() == SIZE - 1
