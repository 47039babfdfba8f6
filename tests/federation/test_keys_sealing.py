"""Sealing keys and second keys of cosigners are in the roster: they change as every other key does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from comity.federation import cosignatures, domain, keys, mirror, services, witness
from comity.federation.domain import Card
from comity.federation.follow import Follower
from comity.federation.openings import leaves_of, open_segment, seal_segment, segments
from comity.federation.source import Client
from comity.journal import fsck, home, keystore, quantum, roster, rotation
from comity.journal.models import Cosignature, Held, Journal, JournalKey
from comity.kernel import keyfile
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.cosignature import cosign
from comity.kernel.errors import ConfigurationError, ConflictError
from comity.kernel.merkle import consistency_proof
from comity.kernel.notes import KIND_COSIGNATURE, KIND_MLDSA, SigningKey, keyid
from comity.kernel.sealing import SealingKey
from comity.kernel.wire import b64, unb64
from comity.kernel.witness import format_add_checkpoint
from comity.node import setup
from tests import node
from tests.federation.standin import AT, KEY, ORIGIN, Log, encode_entry, journal_of, rights, serving
from tests.federation.test_keys_follow import publish
from tests.federation.test_signed_requests import KEYS, SEALING, headers, paired

pytestmark = pytest.mark.django_db(transaction=True)

NEXT = SealingKey(f"{ORIGIN}/sealing", b"\x34" * 32)
LAST = SealingKey(f"{ORIGIN}/sealing", b"\x35" * 32)


@pytest.fixture
def own(settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path / "ours")
    rotation.announce(made)
    node.tell(made, node.MARK)
    node.sequence(made)
    return made


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A partner's journal of an older release: its first roster names no sealing key."""
    made = Log(tmp_path / "theirs")
    says(made, *((role, str(key.verifier), "active") for role, key in KEYS.items()))
    publish(made, KEY)
    return made


@pytest.fixture
def follower(own: Journal, log: Log) -> Iterator[Follower]:
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        yield Follower(journal_of(), client)
        client.close()


def says(log: Log, *changes: tuple[str, str, str]) -> int:
    items = [{"role": role, "state": state, "vkey": vkey} for role, vkey, state in changes]
    log.add(encode_entry(roster.ROSTER, 1, {"about": roster.subject(ORIGIN), "at": AT, "keys": items}))
    return log.size - 1


def told(log: Log, follower: Follower, *changes: tuple[str, str, str]) -> None:
    says(log, *changes)
    publish(log, KEY)
    follower.round()


def sealing(key: SealingKey, state: str) -> tuple[str, str, str]:
    return "sealing", str(key.public), state


def sealed_for() -> str:
    """For which key this node seals its openings for the partner that asks."""
    path = "journal/openings/0-2"
    answer = Browser().get(f"/{path}", headers=headers("GET", path))
    assert answer.status_code == 200, answer.content
    [part] = segments(answer.content)
    return part.key


def test_one_seals_for_the_newest_key_that_the_roster_names_and_never_for_an_ended_one(
    follower: Follower, log: Log
) -> None:
    follower.round()
    partner = paired()
    assert sealed_for() == SEALING.public.id
    told(log, follower, sealing(SEALING, "active"))
    assert sealed_for() == SEALING.public.id
    told(log, follower, sealing(NEXT, "active"), sealing(SEALING, "retiring"))
    assert sealed_for() == NEXT.public.id
    told(log, follower, sealing(NEXT, "revoked"))
    assert sealed_for() == SEALING.public.id
    told(log, follower, sealing(SEALING, "revoked"), sealing(LAST, "active"))
    assert sealed_for() == LAST.public.id
    assert ("RU", LAST.public) in keys.sealing()
    told(log, follower, sealing(LAST, "retired"))
    with pytest.raises(ConflictError, match="has no sealing key"):
        services.sealing_of(partner)
    path = "journal/openings/0-2"
    assert Browser().get(f"/{path}", headers=headers("GET", path)).status_code == 409


def test_a_key_of_small_order_in_a_roster_is_never_sealed_for(follower: Follower, log: Log) -> None:
    name = f"{ORIGIN}/sealing"
    public = unb64(str(NEXT.public).split("+", 2)[2])[:-32] + bytes(32)
    weak = f"{name}+{keyid(name, public[0], public[1:]).hex()}+{b64(public)}"
    follower.round()
    paired()
    told(log, follower, sealing(SEALING, "active"))
    told(log, follower, ("sealing", weak, "active"))
    assert not Held.objects.exists()
    assert sealed_for() == SEALING.public.id


def opens(own: Journal, *for_keys: SealingKey) -> list[int]:
    """Which of some sealed things this node opens: one for each key."""
    leaves = leaves_of(home.store(own), own.size)
    found = []
    for at, key in enumerate(for_keys):
        data = seal_segment(key.public, own.origin, (0, 1), leaves, b'{"index":0,"openings":{}}\n')
        if open_segment(home.sealing_keys(), own.origin, segments(data)[0], leaves):
            found.append(at)
    return found


def test_this_nodes_sealing_key_is_rotated_and_every_former_one_opens_still(own: Journal) -> None:
    first = home.sealing_key()
    assert [row.state for row in roster.keys_of(own, "sealing")] == ["active"]
    row = rotation.rotate(own, "sealing", "yearly")
    assert roster.sealing(own) is not None
    assert str(roster.sealing(own)) == row.vkey
    second = keystore.sealing(home.next_key_path("sealing"))
    assert domain.read_card(services.own_card()).sealing_key() == first.public
    assert opens(own, first, second) == [0, 1]
    node.sequence(own)
    ended = rotation.retire(own, "sealing")
    assert (ended.vkey, ended.state) == (str(first.public), "retired")
    assert home.sealing_key() == second
    assert domain.read_card(services.own_card()).sealing_key() == second.public
    rotation.revoke(own, "sealing")
    node.sequence(own)
    third = home.sealing_key()
    assert str(roster.sealing(own)) == str(third.public)
    assert opens(own, first, second, third) == [0, 1, 2]
    assert [str(finding) for finding in fsck.fsck().findings] == []


def test_the_new_sealing_key_of_a_rotation_can_be_revoked_and_opens_still(own: Journal) -> None:
    first = home.sealing_key()
    row = rotation.rotate(own, "sealing")
    second = keystore.sealing(home.next_key_path("sealing"))
    rotation.revoke(own, "sealing", row.keyid)
    assert str(roster.sealing(own)) == str(first.public)
    assert not home.next_key_path("sealing").exists()
    assert opens(own, first, second) == [0, 1]


def test_no_sealing_key_is_lost_where_its_retirement_is_cut_off(own: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    first = home.sealing_key()
    rotation.rotate(own, "sealing")
    second = keystore.sealing(home.next_key_path("sealing"))
    node.sequence(own)

    def cut(*args: Any) -> None:
        raise KeyboardInterrupt

    for step in ("settle", "_keep"):
        with monkeypatch.context() as patch:
            patch.setattr(rotation, step, cut)
            with pytest.raises(KeyboardInterrupt):
                rotation.retire(own, "sealing") if step == "settle" else rotation.settle(own)
        assert opens(own, first, second) == [0, 1]
    # After the old file got its other name, and before the new one took its place.
    ended = next(row for row in roster.keys_of(own, "sealing") if row.state == "retired")
    rotation._keep("sealing", ended, home.key_path("sealing"))
    setup.prepare()
    assert home.sealing_key() == second
    assert opens(own, first, second) == [0, 1]


def test_a_sealing_key_that_the_journal_names_is_never_made_anew(own: Journal) -> None:
    home.key_path("sealing").unlink()
    setup.prepare()
    with pytest.raises(ConfigurationError, match="no sealing key"):
        home.sealing_key()


@pytest.mark.parametrize("role", ["sealing", "witness", "transport"])
def test_a_key_whose_file_is_gone_is_revoked_and_replaced(own: Journal, role: str) -> None:
    home.key_path(role).unlink()
    rotation.revoke(own, role, ground="the disk was lost")
    states = [row.state for row in roster.keys_of(own, role)]
    assert states == ["revoked", "active"]
    [(path, key)] = home.public_keys(role).items()
    assert (path, str(key)) == (home.key_path(role), roster.keys_of(own, role)[1].vkey)


@pytest.fixture
def quantum_on(own: Journal, settings: Any) -> Journal:
    settings.COMITY = settings.COMITY.model_copy(update={"pq_cosignatures": True})
    setup.prepare()
    own.refresh_from_db()
    node.sequence(own)
    return own


@pytest.mark.parametrize("cosigner", quantum.COSIGNERS)
def test_a_second_key_of_a_cosigner_is_rotated_and_both_sign_while_they_overlap(
    quantum_on: Journal, follower: Follower, log: Log, cosigner: str
) -> None:
    role = quantum.role_of(cosigner)
    [first] = quantum.keys(cosigner)
    assert [row.vkey for row in roster.keys_of(quantum_on, role)] == [str(first.verifier)]
    new = rotation.rotate(quantum_on, role)
    assert [str(key.verifier) for key in quantum.keys(cosigner)] == [str(first.verifier), new.vkey]
    follower.round()
    raw = log.store.checkpoint() or b""
    assert seconds(cosigner, follower.journal, raw) == [first.verifier.keyid.hex(), new.keyid]
    node.sequence(quantum_on)
    rotation.retire(quantum_on, role)
    assert [str(key.verifier) for key in quantum.keys(cosigner)] == [new.vkey]
    log.tell(*rights(range(5)))
    raw = publish(log, KEY)
    follower.round()
    assert seconds(cosigner, follower.journal, raw, 2) == [new.keyid]
    assert keyfile.public(keystore.load(quantum.key_path(cosigner))) == quantum.keys(cosigner)[0].verifier
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def seconds(cosigner: str, journal: Journal, raw: bytes, old: int = 0) -> list[str]:
    """The keys of kind 06 by which this node's cosigner answers."""
    if cosigner == "witness":
        size = parse_checkpoint(raw).checkpoint.size
        proof = consistency_proof(old, size, home.store(journal).reader(size).hash) if old else []
        answer = witness.add_checkpoint(format_add_checkpoint(old, proof, raw), {ORIGIN: journal})
        note = raw.decode() + answer.body
    else:
        held = mirror.commit_copy(journal)
        assert held is not None
        note = held.note
    parsed = parse_checkpoint(note.encode()).note
    known = {key.verifier.keyid: key for key in quantum.keys(cosigner)}
    return [line.keyid.hex() for line in parsed.signatures if line.keyid in known]


def test_a_partners_second_line_counts_by_the_keys_of_its_roster(follower: Follower, log: Log, own: Journal) -> None:
    first, second = (SigningKey(f"{ORIGIN}/witness", KIND_MLDSA, bytes([seed]) * 32) for seed in (0x41, 0x42))
    cosigner = KEYS["witness"]
    assert cosigner.kind == KIND_COSIGNATURE
    follower.round()
    partner = paired()
    card: Card = domain.read_card(partner.card)
    raw = home.store(own).checkpoint() or b""

    def bring(*by: SigningKey) -> str:
        lines = "".join(cosign(parse_checkpoint(raw).checkpoint.text(), key, node.SEEN_S).line() for key in by)
        cosignatures.take(own, card, raw + lines.encode())
        return Cosignature.objects.get(journal=own, name=cosigner.name).quantum_vkey

    assert bring(cosigner, first) == ""
    told(log, follower, ("witness-mldsa", str(first.verifier), "active"))
    assert bring(cosigner, first) == str(first.verifier)
    told(log, follower, ("witness-mldsa", str(second.verifier), "active"))
    assert bring(cosigner, second, first) == str(first.verifier)
    told(log, follower, ("witness-mldsa", str(first.verifier), "revoked"))
    assert bring(cosigner, first, second) == str(second.verifier)
    assert bring(cosigner, first) == ""
    assert JournalKey.objects.filter(journal__origin=ORIGIN, role="witness-mldsa").count() == 2
