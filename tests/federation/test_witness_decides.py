"""The witness moves forward only, whoever asks at the same time; what proves a fork is kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from comity.federation import witness
from comity.federation.follow import Follower
from comity.federation.witness import Answer
from comity.journal import home
from comity.journal.models import Cosignature, Fork, Journal, Witnessed
from comity.kernel.checkpoint import verify_checkpoint
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.identifiers import origin_hash
from comity.kernel.merkle import consistency_proof
from comity.kernel.notes import parse_line
from comity.kernel.witness import format_add_checkpoint
from tests import node
from tests.federation.standin import KEY, ORIGIN, Log, journal_of, rights


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.tell(*rights(range(40)))
    made.publish()
    return made


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    node.set_up(settings, tmp_path / "ours")
    return journal_of()


def ask(log: Log, journal: Journal, old: int, size: int, raw: bytes | None = None) -> Answer:
    proof = consistency_proof(old, size, log.store.reader(log.size).hash) if 0 < old < size else []
    return witness.add_checkpoint(format_add_checkpoint(old, proof, raw or log.sign(size)), {journal.origin: journal})


def test_a_checkpoint_that_extends_the_last_one_is_cosigned(log: Log, journal: Journal) -> None:
    assert ask(log, journal, 0, 10).status == 200
    answer = ask(log, journal, 10, 41)
    assert answer.status == 200
    key = home.signing_key("witness").verifier
    signed = verify_checkpoint(log.sign(), [KEY.verifier])
    verify_cosignature(signed.text(), parse_line(answer.body.rstrip("\n")), key)
    assert Witnessed.objects.get().size == 41
    assert list(Cosignature.objects.order_by("size").values_list("size", flat=True)) == [10, 41]
    assert witness.last(origin_hash(ORIGIN)) == log.sign().decode() + answer.body


def test_a_stale_request_is_told_where_the_witness_stands(log: Log, journal: Journal) -> None:
    ask(log, journal, 0, 20)
    answer = ask(log, journal, 0, 41)
    assert (answer.status, answer.body, answer.content_type) == (409, "20\n", "text/x.tlog.size")
    assert ask(log, journal, 20, 10).status == 400
    assert Witnessed.objects.get().size == 20


def test_an_unknown_log_and_an_unknown_key_are_refused(log: Log, journal: Journal) -> None:
    assert witness.add_checkpoint(format_add_checkpoint(0, [], log.sign(5)), {}).status == 404
    Journal.objects.filter(pk=journal.pk).update(vkey=str(type(KEY)(ORIGIN, 1, b"\x06" * 32).verifier))
    assert ask(log, Journal.objects.get(pk=journal.pk), 0, 5).status == 403
    assert witness.add_checkpoint(b"rubbish", {}).status == 400
    assert not Fork.objects.exists()


def test_a_fork_of_the_same_size_is_kept(log: Log, journal: Journal) -> None:
    ask(log, journal, 0, 20)
    forked = log.sign(20, b"\x07" * 32)
    assert ask(log, journal, 20, 20, forked).status in {409, 422}
    fork = Fork.objects.get()
    assert (fork.held, fork.shown) == (log.sign(20).decode(), forked.decode())
    assert Witnessed.objects.get().root == log.store.frontier(20).root().hex()


def test_a_larger_tree_that_does_not_extend_is_kept(log: Log, journal: Journal) -> None:
    ask(log, journal, 0, 20)
    forked = log.sign(41, b"\x07" * 32)
    assert ask(log, journal, 20, 41, forked).status == 422
    assert Fork.objects.get().shown == forked.decode()
    assert Witnessed.objects.get().size == 20


def test_a_tree_other_than_the_one_that_was_served_is_not_cosigned(log: Log, journal: Journal, tmp_path: Path) -> None:
    """One view for the follower, another for the witness: the two compare notes."""

    class Direct:
        def get(self, path: str) -> bytes:
            answer = log.get(path)
            assert isinstance(answer, bytes), path
            return answer

    Follower(journal, Direct()).round()
    other = Log(tmp_path / "other", opened=False)
    other.add(*log.data[:30])
    other.tell(*rights(range(500, 511)))
    assert ask(other, journal, 0, 41).status == 422
    assert Fork.objects.get().shown == other.sign(41).decode()
    assert not Cosignature.objects.exists()
    assert ask(log, journal, 0, 41).status == 200


@pytest.mark.django_db(transaction=True)
def test_racing_requests_cannot_roll_the_witness_back(settings: Any, tmp_path: Path, log: Log) -> None:
    node.set_up(settings, tmp_path / "ours")
    journal = journal_of()
    bodies = {
        size: format_add_checkpoint(10, consistency_proof(10, size, log.store.reader(log.size).hash), log.sign(size))
        for size in (20, 30, 40, 41)
    }
    ask(log, journal, 0, 10)
    start = threading.Barrier(len(bodies))
    answers: list[tuple[int, int]] = []

    def work(size: int) -> None:
        try:
            start.wait()
            answers.append((witness.add_checkpoint(bodies[size], {ORIGIN: journal}).status, size))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(size,)) for size in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    winner = next(size for status, size in answers if status == 200)
    assert Witnessed.objects.get().size == winner
    assert set(Cosignature.objects.values_list("size", flat=True)) == {10, winner}
