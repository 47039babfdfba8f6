"""Two nodes that both ended their transport keys while apart tell each other the new ones, proved by their journals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from comity.federation import newkeys
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import home, roster, rotation
from comity.journal.models import Journal
from comity.kernel.canonical import decode, encode
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from comity.kernel.merkle import consistency_proof, inclusion_proof
from comity.kernel.notes import SigningKey
from comity.kernel.succession import Earlier, RosterLeaf, Succession, read_succession
from tests import node
from tests.federation.standin import KEY, ORIGIN, Log, journal_of, rights, serving
from tests.federation.test_keys_follow import NEW_TRANSPORT, SECOND, THIRD, ask, publish, rotate, says
from tests.federation.test_signed_requests import KEYS, paired

pytestmark = pytest.mark.django_db(transaction=True)

OLD = KEYS["transport"]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A partner's journal of which two entries were followed; then it changed its transport key."""
    made = Log(tmp_path / "theirs")
    says(made, *((role, key, "active") for role, key in KEYS.items()))
    publish(made, KEY)
    return made


@pytest.fixture
def partner(settings: Any, tmp_path: Path, log: Log) -> Partner:
    own = node.set_up(settings, tmp_path / "ours")
    rotation.announce(own)
    node.sequence(own)
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        Follower(journal_of(), client).round()
        client.close()
    made = paired()
    says(log, ("transport", NEW_TRANSPORT, "active"), ("transport", OLD, "retired"))
    log.tell(*rights(range(3)))
    publish(log, KEY)
    return made


def led(log: Log, size: int, rosters: Iterable[int], earlier: Sequence[tuple[int, SigningKey]] = ()) -> Succession:
    hashes = log.store.reader(log.size).hash
    leaves = (RosterLeaf(at, log.data[at], tuple(inclusion_proof(at, size, hashes))) for at in rosters)
    checkpoints = (
        Earlier(sign(log, old, key), tuple(consistency_proof(old, size, hashes) if old <= size else ()))
        for old, key in earlier
    )
    return Succession(tuple(leaves), tuple(checkpoints))


def sign(log: Log, size: int, key: SigningKey) -> bytes:
    return sign_checkpoint(Checkpoint(ORIGIN, size, log.store.frontier(size).root()), key)


def body(raw: bytes, succession: Succession, **changes: Any) -> bytes:
    said = {"checkpoint": raw.decode(), "comity": newkeys.KEYS, "succession": succession.to_json()}
    return encode({**said, **changes})


def tell(data: bytes) -> int:
    return Browser().post("/federation/v1/keys", data, content_type="application/json").status_code


def counts(key: SigningKey) -> bool:
    return ask(key)[0] == 200


def test_a_key_that_the_journal_names_is_taken_before_the_journal_was_followed(partner: Partner, log: Log) -> None:
    assert not counts(NEW_TRANSPORT)
    assert tell(body(sign(log, log.size, KEY), led(log, log.size, [1, 2]))) == 204
    assert counts(NEW_TRANSPORT)
    follow(log)
    assert counts(NEW_TRANSPORT)
    assert not counts(OLD)
    # From then on the roster decides.
    says(log, ("transport", NEW_TRANSPORT, "revoked"))
    publish(log, KEY)
    follow(log)
    assert not counts(NEW_TRANSPORT)


def follow(log: Log) -> None:
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        Follower(Journal.objects.get(origin=ORIGIN), client).round()
        client.close()


def test_it_is_taken_also_where_the_log_key_was_changed_meanwhile(partner: Partner, log: Log) -> None:
    rotate(log, KEY, SECOND)
    rotate(log, SECOND, THIRD)
    named = [at for at, data in enumerate(log.data) if data.startswith(b"comity/key.roster/1")]
    # The last tree that a key signed is that before the entry which ended it.
    handed = (named[3], named[5])
    chain = [(handed[0], KEY), (handed[1], SECOND)]
    assert tell(body(sign(log, log.size, THIRD), led(log, log.size, named))) in {400, 401, 409}
    assert tell(body(sign(log, log.size, THIRD), led(log, log.size, named, chain[1:]))) in {400, 401, 409}
    assert not counts(NEW_TRANSPORT)
    assert tell(body(sign(log, log.size, THIRD), led(log, log.size, named, chain))) == 204
    assert counts(NEW_TRANSPORT)


def refused(data: bytes) -> bool:
    before = Partner.objects.get().told_keys
    status = tell(data)
    return 400 <= status < 500 and Partner.objects.get().told_keys == before


def test_what_a_stranger_signs_is_refused(partner: Partner, log: Log) -> None:
    thief = SigningKey(ORIGIN, 1, b"\x66" * 32)
    assert refused(body(sign(log, log.size, thief), led(log, log.size, [1, 2])))
    other = SigningKey("elsewhere.example/log", 1, b"\x66" * 32)
    foreign = sign_checkpoint(Checkpoint(other.name, 1, b"\x00" * 32), other)
    assert refused(body(foreign, Succession()))
    assert not counts(NEW_TRANSPORT)


def test_a_roster_that_is_not_in_the_signed_tree_is_refused(partner: Partner, log: Log, tmp_path: Path) -> None:
    forged = Log(tmp_path / "forged")
    forged.add(log.data[1])
    stolen = SigningKey(NEW_TRANSPORT.name, 1, b"\x67" * 32)
    says(forged, ("transport", stolen, "active"))
    forged.tell(*rights(range(3)))
    assert refused(body(sign(log, log.size, KEY), led(forged, forged.size, [1, 2])))
    # Another first roster than the one that is held here, under the log's own signature: a fork.
    forged = Log(tmp_path / "fork")
    says(forged, ("log", KEY, "active"), ("transport", stolen, "active"))
    forged.tell(*rights(range(3)))
    assert refused(body(sign(forged, forged.size, KEY), led(forged, forged.size, [1])))
    assert not counts(stolen)


def test_what_was_told_before_is_not_told_again_after_the_journal_went_on(partner: Partner, log: Log) -> None:
    old = body(sign(log, log.size, KEY), led(log, log.size, [1, 2]))
    says(log, ("transport", SigningKey(OLD.name, 1, b"\x68" * 32), "active"), ("transport", NEW_TRANSPORT, "revoked"))
    publish(log, KEY)
    follow(log)
    assert refused(old)
    assert not counts(NEW_TRANSPORT)


def test_a_log_key_that_is_known_to_have_ended_tells_nothing(partner: Partner, log: Log) -> None:
    rotate(log, KEY, SECOND)
    follow(log)
    size = log.size
    stolen = SigningKey(OLD.name, 1, b"\x69" * 32)
    says(log, ("transport", stolen, "active"))
    named = [at for at, data in enumerate(log.data) if data.startswith(b"comity/key.roster/1")]
    raw = sign_checkpoint(Checkpoint(ORIGIN, log.size, log.frontier.root()), KEY)
    assert refused(body(raw, led(log, log.size, named)))
    # Leaving out the entry that ended it does not bring it back.
    kept = [at for at in named if b"retired" not in log.data[at] or at == 2]
    assert refused(body(raw, led(log, log.size, kept)))
    assert log.size == size + 1
    assert not counts(stolen)


@pytest.mark.parametrize("rubbish", [b"", b"[]", b"{}", b"\xff" * 300, b'{"checkpoint":"","comity":"comity/keys/1"}'])
def test_rubbish_is_refused(partner: Partner, rubbish: bytes) -> None:
    assert refused(rubbish)


def test_what_is_too_long_is_refused_and_not_read(partner: Partner) -> None:
    assert refused(b" " * (newkeys.MOST_BYTES + 1))


def test_every_proof_that_is_missing_or_another_is_noticed(partner: Partner, log: Log) -> None:
    good = led(log, log.size, [1, 2])
    raw = sign(log, log.size, KEY)
    swapped = replace(good.rosters[1], proof=good.rosters[0].proof)
    for leaves in (good.rosters[::-1], (), (good.rosters[0], swapped), (replace(good.rosters[1], index=3),)):
        assert refused(body(raw, Succession(leaves))), leaves
    assert refused(body(raw, good, comity="comity/keys/2"))
    assert refused(body(raw, good, more=1))


def test_this_node_tells_its_keys_to_whom_refuses_it_and_an_older_release_takes_no_harm(
    partner: Partner, log: Log
) -> None:
    mine = Journal.objects.get(own=True)
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        assert newkeys.bring(partner, client) == 0
        rotation.rotate(mine, "transport")
        node.sequence(mine)
        assert newkeys.bring(partner, client) == 0
        partner.failures = 1
        assert newkeys.bring(partner, client) == 0
        client.close()
    told: Any = decode(newkeys.own_keys())
    tree = parse_checkpoint(told["checkpoint"].encode()).checkpoint
    named = read_succession(told["succession"]).named(tree, "transport")
    assert {key.vkey: key.state for key in named.values()} == {
        row.vkey: row.state for row in roster.keys_of(mine, "transport")
    }
