"""Uploads to the mirror: answered as C2SP tlog-mirror says, verified before stored, safe to race and to kill."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from comity.federation import mirror, mirror_uploads
from comity.federation.follow import Follower
from comity.federation.witness import Answer
from comity.journal import home
from comity.journal.models import Cosignature, Fork, Journal, Mirrored
from comity.journal.store import Store
from comity.kernel import tiles
from comity.kernel.checkpoint import parse_checkpoint, verify_checkpoint
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.errors import ForkError
from comity.kernel.merkle import consistency_proof
from comity.kernel.mirror import (
    AddEntries,
    MirrorInfo,
    format_add_entries,
    make_package,
    parse_info,
    stretches,
)
from comity.kernel.notes import parse_line
from comity.kernel.witness import format_add_checkpoint
from comity.web.middleware import SMALL_BODY
from tests import node
from tests.federation.standin import KEY, ORIGIN, Log, journal_of
from tests.federation.test_mirror_commits import Direct
from tests.federation.test_signed_requests import headers, paired

SIZE = 1000
INFO = "text/x.tlog.mirror-info"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.add(*[f"entry {i}".encode() for i in range(SIZE - 1)])
    made.publish()
    return made


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    node.set_up(settings, tmp_path / "ours")
    return journal_of()


def announce(log: Log, journal: Journal, size: int, raw: bytes | None = None) -> Answer:
    row = Mirrored.objects.filter(journal=journal).first()
    old = row.pending_size if row else 0
    proof = consistency_proof(old, size, log.store.reader(log.size).hash) if 0 < old < size else []
    return mirror_uploads.add_checkpoint(format_add_checkpoint(old, proof, raw or log.sign(size)), {ORIGIN: journal})


def body(log: Log, start: int, end: int, ticket: bytes = b"", count: int = 99) -> bytes:
    reader = log.store.reader(log.size).hash
    packages = [make_package(s, log.data[s:e], end, reader) for s, e in list(stretches(start, end))[:count]]
    return format_add_entries(AddEntries(ORIGIN, start, end, ticket, tuple(packages)))


def send(journal: Journal, data: bytes) -> Answer:
    return mirror_uploads.add_entries(data, {ORIGIN: journal})


def info(answer: Answer) -> MirrorInfo:
    assert answer.content_type == INFO
    return parse_info(answer.body.encode())


def held(journal: Journal) -> Sequence[bytes]:
    row = Mirrored.objects.get(journal=journal)
    return [data for _, data in home.store(journal).entries(0, row.held)]


def test_an_upload_ends_with_the_mirrors_cosignature(log: Log, journal: Journal) -> None:
    assert (announce(log, journal, SIZE).status, announce(log, journal, SIZE).body) == (200, "")
    assert not Cosignature.objects.exists()
    answer = send(journal, body(log, 0, SIZE))
    assert answer.status == 200
    key = home.signing_key("mirror").verifier
    signed = verify_checkpoint(log.sign(), [KEY.verifier])
    verify_cosignature(signed.text(), parse_line(answer.body.rstrip("\n")), key)
    assert held(journal) == log.data
    done = mirror.committed(journal)
    assert done is not None
    assert done.note == log.sign().decode() + answer.body
    # Not applied: the follower takes it on, with the openings.
    journal.refresh_from_db()
    assert (journal.next_index, journal.size) == (0, 0)
    Follower(journal, Direct(log)).round()
    journal.refresh_from_db()
    assert (journal.next_index, journal.size) == (SIZE, SIZE)


def test_an_upload_goes_on_where_it_stopped(log: Log, journal: Journal) -> None:
    announce(log, journal, SIZE)
    answer = send(journal, body(log, 0, SIZE, count=2))
    assert answer.status == 202
    told = info(answer)
    assert (told.size, told.next) == (SIZE, 512)
    # Again and from before: repeated entries are verified and not stored again.
    assert info(send(journal, body(log, 300, SIZE, count=2))).next == 768
    torn = body(log, 768, SIZE)[:-1]
    assert send(journal, torn).status == 400
    assert send(journal, body(log, 768, SIZE)).status == 200


def test_the_state_is_asked_for_with_zeros(log: Log, journal: Journal) -> None:
    assert send(journal, body(log, 0, 0)).status == 422  # Nothing is pending.
    announce(log, journal, SIZE)
    answer = send(journal, body(log, 0, 0))
    assert answer.status == 409
    assert (info(answer).size, info(answer).next) == (SIZE, 0)


@pytest.mark.parametrize(("start", "end"), [(1, SIZE), (600, SIZE), (0, 999), (0, 1001), (0, 300)])
def test_a_stale_start_or_end_is_answered_with_the_state(log: Log, journal: Journal, start: int, end: int) -> None:
    announce(log, journal, SIZE)
    log.add(b"more")
    answer = send(journal, body(log, start, end))
    assert answer.status == 409
    assert (info(answer).size, info(answer).next) == (SIZE, 0)
    assert not held(journal)


def test_a_start_far_below_what_is_held_is_stale(log: Log, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_uploads, "REPEATED", 256)
    announce(log, journal, SIZE)
    send(journal, body(log, 0, SIZE, count=3))
    assert send(journal, body(log, 0, SIZE)).status == 409
    assert send(journal, body(log, 512, SIZE)).status == 200


def test_an_end_below_what_is_committed_is_stale(log: Log, journal: Journal) -> None:
    announce(log, journal, 400)
    ticket = info(send(journal, body(log, 0, 400, count=1))).ticket
    announce(log, journal, SIZE)
    assert send(journal, body(log, 256, SIZE)).status == 200
    assert send(journal, body(log, 400, 400, ticket)).status == 409
    assert Mirrored.objects.get().size == SIZE


def test_a_ticket_lets_an_upload_go_on_though_another_checkpoint_is_pending(log: Log, journal: Journal) -> None:
    announce(log, journal, 600)
    told = info(send(journal, body(log, 0, 600, count=1)))
    announce(log, journal, SIZE)
    assert info(send(journal, body(log, 256, 600))).size == SIZE  # Without the ticket it is not known.
    assert send(journal, body(log, 256, 600, told.ticket)).status == 200
    assert (Mirrored.objects.get().size, Mirrored.objects.get().pending_size) == (600, SIZE)
    assert send(journal, body(log, 600, SIZE)).status == 200


def test_a_ticket_of_another_hand_is_worth_nothing(log: Log, journal: Journal) -> None:
    announce(log, journal, 600)
    good = info(send(journal, body(log, 0, 600, count=1))).ticket
    announce(log, journal, SIZE)
    # A checkpoint that the log signed, and that was never pending here.
    forged = log.sign(500)
    for ticket in (b"", b"x" * 32, b"\0" * 32 + forged, good[:32] + forged, good[:-1], good + b"\n", b"x" * 65535):
        for end in (500, 600):
            assert send(journal, body(log, 256, end, ticket)).status == 409
    assert Mirrored.objects.get().held == 256


def test_what_does_not_prove_is_not_stored_and_what_stood_before_it_is(log: Log, journal: Journal) -> None:
    announce(log, journal, SIZE)
    good = body(log, 0, SIZE)
    lie = good.replace(b"entry 700", b"entry 7oo")
    assert send(journal, lie).status == 422
    assert held(journal) == log.data[:512]
    assert send(journal, body(log, 512, SIZE).replace(b"entry 600", b"entry 6oo")).status == 422
    assert held(journal) == log.data[:512]
    assert not (home.store(journal).root / tiles.bundle_path(2)).exists()
    assert send(journal, body(log, 512, SIZE)).status == 200


def test_what_does_not_parse_and_who_is_not_known_is_refused(log: Log, journal: Journal) -> None:
    announce(log, journal, SIZE)
    assert send(journal, b"rubbish").status == 400
    assert send(journal, b"").status == 400
    assert send(journal, body(log, 0, SIZE)[:300]).status == 400
    assert mirror_uploads.add_entries(body(log, 0, SIZE), {}).status == 404
    assert mirror_uploads.add_checkpoint(format_add_checkpoint(0, [], log.sign()), {}).status == 404
    assert mirror_uploads.add_checkpoint(b"rubbish", {ORIGIN: journal}).status == 400


def test_the_pending_checkpoint_moves_forward_only_and_a_fork_is_kept(
    log: Log, journal: Journal, tmp_path: Path
) -> None:
    announce(log, journal, 600)
    stale = mirror_uploads.add_checkpoint(format_add_checkpoint(0, [], log.sign()), {ORIGIN: journal})
    assert (stale.status, stale.body, stale.content_type) == (409, "600\n", "text/x.tlog.size")
    assert announce(log, journal, SIZE, log.sign(SIZE, b"\x07" * 32)).status == 422
    assert Fork.objects.get().held == log.sign(600).decode()
    assert Mirrored.objects.get().pending_size == 600


def test_a_tree_other_than_the_one_that_is_followed_is_not_pending(log: Log, journal: Journal, tmp_path: Path) -> None:
    Follower(journal, Direct(log)).round()
    other = Log(tmp_path / "other", opened=False)
    other.add(*log.data[:600], *[b"another"] * 500)
    old = Mirrored.objects.filter(journal=journal).first()
    assert old is None
    proof = consistency_proof(SIZE, 1100, other.store.reader(1100).hash)
    request = format_add_checkpoint(SIZE, proof, other.sign())
    assert mirror_uploads.add_checkpoint(request, {ORIGIN: journal}).status == 422
    assert Fork.objects.get().shown == other.sign().decode()


def test_the_follower_sees_a_fork_of_what_was_uploaded(log: Log, journal: Journal, tmp_path: Path) -> None:
    announce(log, journal, SIZE)
    send(journal, body(log, 0, SIZE, count=3))
    other = Log(tmp_path / "other", opened=False)
    other.add(*log.data[:600], *[b"another"] * 100)
    other.publish()
    with pytest.raises(ForkError):
        Follower(journal, Direct(other)).round()
    assert Fork.objects.get().shown == other.sign().decode()
    assert held(journal) == log.data[:768]


def test_what_is_followed_meanwhile_need_not_be_uploaded(log: Log, journal: Journal) -> None:
    announce(log, journal, SIZE)
    send(journal, body(log, 0, SIZE, count=1))
    log.answers["journal/checkpoint"] = log.sign(700)
    Follower(Journal.objects.get(pk=journal.pk), Direct(log)).round()
    assert info(send(journal, body(log, 0, 0))).next == 700
    assert send(journal, body(log, 700, SIZE)).status == 200


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", ["verified", "written", "noted", "committed"])
def test_a_kill_between_any_two_steps_is_made_good(
    log: Log, journal: Journal, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(log, journal, SIZE)

    def die(*args: Any, **kwargs: Any) -> Any:
        raise KilledError

    with monkeypatch.context() as patch:
        if step == "verified":
            patch.setattr(Store, "grow", die)
        elif step == "written":
            grow = Store.grow
            patch.setattr(Store, "grow", lambda *args: (grow(*args), die()))
        elif step == "noted":
            patch.setattr(mirror, "commit", die)
        else:
            commit = mirror.commit
            patch.setattr(mirror, "commit", lambda *args: (commit(*args), die()))
        with pytest.raises(KilledError):
            send(journal, body(log, 0, SIZE))
    row = Mirrored.objects.get()
    assert row.size == (SIZE if step == "committed" else 0)
    assert Cosignature.objects.count() == (1 if step == "committed" else 0)
    again = info(send(journal, body(log, 0, 0)))
    assert again.next == (SIZE if step in {"noted", "committed"} else 0)
    done = send(journal, body(log, again.next, SIZE))
    assert done.status == 200
    assert held(journal) == log.data


@pytest.mark.django_db(transaction=True)
def test_racing_uploads_hold_everything_once(settings: Any, tmp_path: Path, log: Log) -> None:
    node.set_up(settings, tmp_path / "ours")
    journal = journal_of()
    announce(log, journal, SIZE)
    start = threading.Barrier(4)
    answers: list[int] = []

    def work() -> None:
        try:
            start.wait()
            answers.append(send(Journal.objects.get(origin=ORIGIN), body(log, 0, SIZE)).status)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert held(journal) == log.data
    assert Mirrored.objects.get().size == SIZE
    assert Cosignature.objects.count() == 1


# Over HTTP.


def post(path: str, data: bytes, **more: str) -> Any:
    signed = {**headers("POST", path, data), **more}
    return Browser().post(f"/{path}", data, content_type="application/octet-stream", headers=signed)


def test_an_upload_larger_than_any_page_takes_is_taken(tmp_path: Path, journal: Journal) -> None:
    log = Log(tmp_path / "large")
    log.add(*[b"%d" % number + b"x" * 60_000 for number in range(60)])
    log.publish()
    Journal.objects.filter(pk=journal.pk).update(vkey=str(KEY.verifier))
    paired()
    assert post("mirror/add-checkpoint", format_add_checkpoint(0, [], log.sign())).status_code == 200
    data = body(log, 0, log.size)
    assert len(data) > SMALL_BODY
    assert post("mirror/add-entries", data).status_code == 200


def test_a_gzip_upload_of_the_owner_is_taken(log: Log, journal: Journal) -> None:
    assert Browser().post("/mirror/add-entries", b"x", content_type="application/octet-stream").status_code == 401
    Journal.objects.filter(pk=journal.pk).update(vkey=str(KEY.verifier))
    paired()
    assert post("mirror/add-checkpoint", format_add_checkpoint(0, [], log.sign())).status_code == 200
    packed = gzip.compress(body(log, 0, SIZE))
    answer = post("mirror/add-entries", packed, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer["Accept-Encoding"]) == (200, "gzip")
    assert answer.content.decode().startswith(f"— {node.ORIGIN}/mirror ")
    assert parse_checkpoint(Mirrored.objects.get().checkpoint.encode()).checkpoint.size == SIZE


def test_a_gzip_bomb_is_bounded_and_answered(log: Log, journal: Journal) -> None:
    paired()
    post("mirror/add-checkpoint", format_add_checkpoint(0, [], log.sign()))
    bomb = gzip.compress(body(log, 0, SIZE, count=0) + bytes(100_000_000), 9)
    assert post("mirror/add-entries", bomb, **{"Content-Encoding": "gzip"}).status_code == 422
    assert post("mirror/add-entries", b"rubbish", **{"Content-Encoding": "gzip"}).status_code == 400
    assert Mirrored.objects.get().held == 0
