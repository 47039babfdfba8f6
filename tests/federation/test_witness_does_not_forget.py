"""A witness that was set back cosigns nothing before it knows again, and holds, what it had cosigned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from comity.federation import caught_up, mirror_steps, witness
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.rounds import Round
from comity.federation.source import Client
from comity.journal import home, standing
from comity.journal.models import Cosignature, Fork, Mirrored, Witnessed
from comity.journal.selectors import own
from comity.kernel.errors import ConflictError, ForkError, PartnerError
from comity.kernel.identifiers import origin_hash
from comity.kernel.merkle import consistency_proof
from comity.kernel.notes import SigningKey
from comity.kernel.witness import format_add_checkpoint
from tests import node
from tests.federation import test_signed_requests as ru
from tests.federation.standin import ORIGIN, Log, rights, serving

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = 41
HASH = origin_hash(ORIGIN)


@pytest.fixture
def log(settings: Any, tmp_path: Path) -> Log:
    node.set_up(settings, tmp_path / "ours")
    made = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    made.tell(*rights(range(SIZE - 1)))
    made.publish()
    return made


@pytest.fixture
def partner(log: Log) -> Iterator[Partner]:
    with serving(log) as url:
        yield ru.paired(url)


def ask(log: Log, partner: Partner, old: int, size: int) -> int:
    assert partner.journal is not None
    proof = consistency_proof(old, size, log.store.reader(log.size).hash) if 0 < old < size else []
    body = format_add_checkpoint(old, proof, log.sign(size))
    return witness.add_checkpoint(body, {partner.journal.origin: partner.journal}).status


def learn(partner: Partner) -> None:
    client = Client(partner.url, home.signing_key("transport"))
    try:
        caught_up.learn(partner, client)
    finally:
        client.close()


def follow(partner: Partner) -> None:
    assert partner.journal is not None
    client = Client(partner.url, home.signing_key("transport"))
    try:
        Follower(partner.journal, client).round()
    finally:
        client.close()


def hold(partner: Partner) -> None:
    mirror_steps.hold(partner, None, Round(partner.party))


def test_it_cosigns_again_when_its_copy_holds_what_it_had_cosigned(log: Log, partner: Partner) -> None:
    log.answers[caught_up.PATH] = log.sign(30)
    caught_up.doubt()
    with pytest.raises(ConflictError, match="set back"):
        ask(log, partner, 0, SIZE)
    hold(partner)
    learn(partner)
    with pytest.raises(ConflictError, match="set back"):
        ask(log, partner, 0, SIZE)
    with pytest.raises(PartnerError, match="Of 30 entries"):
        hold(partner)
    follow(partner)
    hold(partner)
    assert Mirrored.objects.get().size == SIZE
    assert ask(log, partner, 0, SIZE) == 200
    assert log.asked.count(caught_up.PATH) == 1


def test_another_tree_than_was_cosigned_is_a_fork_and_gets_no_cosignature(log: Log, partner: Partner) -> None:
    log.answers[caught_up.PATH] = log.sign(30, b"\x07" * 32)
    caught_up.doubt()
    learn(partner)
    follow(partner)
    with pytest.raises(ForkError):
        hold(partner)
    assert Fork.objects.get().shown == log.sign(30, b"\x07" * 32).decode()
    with pytest.raises(ConflictError):
        ask(log, partner, 0, SIZE)
    assert not Cosignature.objects.exists()


def test_what_a_third_partner_has_seen_counts_too(log: Log, partner: Partner, tmp_path: Path) -> None:
    third = Log(tmp_path / "third", key=SigningKey("office-kz.example/journal", 1, b"\x06" * 32), opened=False)
    third.answers[f"federation/v1/copy/{HASH}/newest"] = log.sign(30, b"\x07" * 32)
    with serving(third) as url:
        Partner.objects.create(party="KZ", url=url, state=Partner.State.PAIRED)
        caught_up.doubt()
        learn(partner)
    follow(partner)
    with pytest.raises(ForkError):
        hold(partner)


def test_what_the_log_did_not_sign_is_not_believed(log: Log, partner: Partner) -> None:
    log.answers[caught_up.PATH] = Log.sign(
        Log(home.home() / "false", key=SigningKey(ORIGIN, 1, b"\x09" * 32), opened=False), 30, b"\x07" * 32
    )
    caught_up.doubt()
    learn(partner)
    follow(partner)
    hold(partner)
    assert ask(log, partner, 0, SIZE) == 200


def test_a_database_that_was_put_back_is_noticed_by_what_the_machine_remembers(log: Log, partner: Partner) -> None:
    assert ask(log, partner, 0, 20) == 200
    before = Witnessed.objects.values().get()
    assert ask(log, partner, 20, SIZE) == 200
    Witnessed.objects.filter(pk=before["id"]).update(**before)
    Cosignature.objects.filter(size=SIZE).delete()
    with pytest.raises(ConflictError, match="set back"):
        ask(log, partner, 20, 25)
    learn(partner)
    assert Witnessed.objects.get().learned.split("\n")[1] == str(SIZE)
    follow(partner)
    hold(partner)
    assert ask(log, partner, 20, SIZE) == 200


def test_a_partner_is_told_what_it_had_cosigned(log: Log, partner: Partner) -> None:
    assert ru.get(caught_up.PATH, ru.headers("GET", caught_up.PATH)) == 404
    mine = own()
    node.sequence(mine)
    raw = home.store(mine).checkpoint()
    assert raw is not None
    line = "— line\n"
    given = {"journal": mine, "size": 1, "time": 1, "party": "RU", "name": f"{ORIGIN}/witness"}
    Cosignature.objects.create(**given, line=line, checkpoint=raw.decode())
    answer = Browser().get(f"/{caught_up.PATH}", headers=ru.headers("GET", caught_up.PATH))
    assert answer.content == raw + line.encode()


@pytest.mark.parametrize("path", ["mirror/add-checkpoint", "mirror/add-entries", "witness/add-checkpoint"])
def test_nothing_is_taken_while_this_node_reads_only(log: Log, partner: Partner, path: str) -> None:
    def status() -> int:
        headers = ru.headers("POST", path, b"rubbish")
        return Browser().post(f"/{path}", b"rubbish", content_type="text/plain", headers=headers).status_code

    assert status() == 400
    standing.mark(standing.RESTORED)
    assert status() == 409
    standing.clear({})
    assert status() == 400
    caught_up.doubt()
    assert status() == (400 if path.startswith("witness") else 409)
