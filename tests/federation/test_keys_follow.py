"""A partner's keys are followed by its journal's own entries, also by who was away for the whole overlap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from comity.federation import cosignatures, domain, keys, signing, witness
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import fsck, home, roster, rotation
from comity.journal.models import Cosignature, Fork, Journal
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, signers
from comity.kernel.cosignature import cosign
from comity.kernel.entry import encode_entry
from comity.kernel.errors import PartnerError, SignatureError
from comity.kernel.keyring import Keyring
from comity.kernel.merkle import consistency_proof
from comity.kernel.notes import SigningKey
from comity.kernel.witness import format_add_checkpoint
from tests import node
from tests.federation.standin import AT, KEY, ORIGIN, Log, journal_of, rights, serving
from tests.federation.test_signed_requests import KEYS, URL, paired

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = SigningKey(ORIGIN, 1, b"\x21" * 32)
THIRD = SigningKey(ORIGIN, 1, b"\x22" * 32)


def says(log: Log, *changes: tuple[str, SigningKey, str]) -> int:
    """Add a roster entry to the partner's journal; its index."""
    items = [{"role": role, "state": state, "vkey": str(key.verifier)} for role, key, state in changes]
    log.add(encode_entry(roster.ROSTER, 1, {"about": roster.subject(ORIGIN), "at": AT, "keys": items}))
    return log.size - 1


def publish(log: Log, *by: SigningKey) -> bytes:
    raw = sign_checkpoint(Checkpoint(ORIGIN, log.size, log.frontier.root()), *by)
    log.store.publish(raw)
    return raw


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A partner's journal with its first roster and a right, signed by its first key."""
    made = Log(tmp_path / "theirs")
    says(made, *((role, key, "active") for role, key in KEYS.items()))
    made.tell(*rights(range(3)))
    publish(made, KEY)
    return made


@pytest.fixture
def follower(db: None, settings: Any, tmp_path: Path, log: Log) -> Iterator[Follower]:
    node.set_up(settings, tmp_path / "ours")
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        yield Follower(journal_of(), client)
        client.close()


def rotate(log: Log, old: SigningKey, new: SigningKey, more: int = 2) -> None:
    """Name the new key, sign with both, end the old one, sign with the new one."""
    says(log, ("log", new, "active"), ("log", old, "retiring"))
    log.tell(*rights(range(log.size, log.size + more)))
    publish(log, old, new)
    says(log, ("log", old, "retired"))
    log.tell(*rights(range(log.size, log.size + more)))
    publish(log, new)


def test_a_checkpoint_by_both_keys_and_then_by_the_new_one_is_followed(follower: Follower, log: Log) -> None:
    follower.round()
    says(log, ("log", SECOND, "active"), ("log", KEY, "retiring"))
    publish(log, KEY, SECOND)
    assert follower.round().applied == 1
    says(log, ("log", KEY, "retired"))
    publish(log, SECOND)
    assert follower.round().applied == 1
    log.tell(*rights(range(50, 60)))
    publish(log, SECOND)
    assert follower.round().applied == 10
    assert "journal/handover" not in "".join(log.asked)


@pytest.mark.parametrize("rotations", [1, 2])
@pytest.mark.parametrize("more", [2, 600])
def test_who_was_away_for_the_whole_overlap_is_led_from_key_to_key(
    follower: Follower, log: Log, rotations: int, more: int
) -> None:
    follower.round()
    for old, new in ((KEY, SECOND), (SECOND, THIRD))[:rotations]:
        rotate(log, old, new, more)
    done = follower.round()
    follower.journal.refresh_from_db()
    assert (done.size, follower.journal.size, follower.journal.applied) == (log.size, log.size, log.size)
    assert [row.state for row in roster.keys_of(follower.journal, "log")] == ["retired"] * rotations + ["active"]
    # The copy keeps what proves the succession.
    assert len(follower.store.handovers()) == rotations
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def test_an_unknown_key_without_what_leads_to_it_is_refused(follower: Follower, log: Log) -> None:
    follower.round()
    rotate(log, KEY, SECOND)
    log.answers[f"journal/handover/{KEY.verifier.keyid.hex()}"] = 404
    with pytest.raises(PartnerError, match="None of the known keys"):
        follower.round()
    assert Journal.objects.get(origin=ORIGIN).applied == 5


def test_what_leads_to_a_key_is_proved_like_any_checkpoint(follower: Follower, log: Log) -> None:
    follower.round()
    rotate(log, KEY, SECOND)
    path = f"journal/handover/{KEY.verifier.keyid.hex()}"
    thief = SigningKey(ORIGIN, 1, b"\x66" * 32)
    log.answers[path] = sign_checkpoint(Checkpoint(ORIGIN, log.size - 1, b"\x00" * 32), thief)
    with pytest.raises(PartnerError, match="does not verify"):
        follower.round()


def test_an_ended_key_signs_nothing_new(follower: Follower, log: Log) -> None:
    follower.round()
    rotate(log, KEY, SECOND)
    follower.round()
    log.tell(*rights(range(90, 95)))
    log.answers["journal/checkpoint"] = sign_checkpoint(Checkpoint(ORIGIN, log.size, log.frontier.root()), KEY)
    with pytest.raises(PartnerError, match="valid from 0 to 8"):
        follower.round()
    # The witness refuses it as well.
    journal = Journal.objects.get(origin=ORIGIN)
    body = format_add_checkpoint(0, [], log.answers["journal/checkpoint"])
    assert witness.add_checkpoint(body, {ORIGIN: journal}).status == 403
    assert not Fork.objects.exists()


def test_who_joins_after_a_rotation_knows_the_later_key_and_follows_from_the_start(
    follower: Follower, log: Log
) -> None:
    rotate(log, KEY, SECOND)
    Journal.objects.filter(origin=ORIGIN).update(vkey=str(SECOND.verifier))
    assert follower.round().applied == log.size
    assert [row.vkey for row in roster.keys_of(follower.journal, "log")] == [
        *(str(key.verifier) for key in (KEY, SECOND))
    ]
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def test_this_nodes_witness_signs_with_both_keys_while_they_overlap(follower: Follower, log: Log) -> None:
    mine = Journal.objects.get(own=True)
    rotation.announce(mine)
    node.sequence(mine)
    first = home.signing_key("witness").verifier
    rotation.rotate(mine, "witness")
    follower.round()
    answer = witness.add_checkpoint(
        format_add_checkpoint(0, [], log.store.checkpoint() or b""), {ORIGIN: follower.journal}
    )
    lines = answer.body.splitlines()
    assert (answer.status, len(lines)) == (200, 2)
    node.sequence(mine)
    rotation.retire(mine, "witness")
    log.tell(*rights(range(60, 70)))
    publish(log, KEY)
    follower.round()
    proof = consistency_proof(5, log.size, log.store.reader(log.size).hash)
    body = format_add_checkpoint(5, proof, log.store.checkpoint() or b"")
    assert len(witness.add_checkpoint(body, {ORIGIN: follower.journal}).body.splitlines()) == 1
    used = dict(Cosignature.objects.filter(journal=follower.journal).values_list("size", "vkey"))
    assert used[5] == str(first)
    assert used[log.size] == str(home.signing_key("witness").verifier)
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


NEW_WITNESS = SigningKey(f"{ORIGIN}/witness", 4, b"\x31" * 32)
NEW_TRANSPORT = SigningKey(f"{ORIGIN}/transport", 1, b"\x32" * 32)


def test_a_partners_cosignature_counts_by_the_keys_of_its_roster(follower: Follower, log: Log) -> None:
    follower.round()
    partner = paired()
    card = domain.read_card(partner.card)
    mine = Journal.objects.get(own=True)
    node.tell(mine, node.MARK)
    node.sequence(mine)
    raw = home.store(mine).checkpoint() or b""
    signed = roster.keyring(mine).verify(raw)

    def bring(*by: SigningKey) -> int:
        lines = "".join(cosign(signed.text(), key, node.SEEN_S).line() for key in by)
        return cosignatures.take(mine, card, raw + lines.encode())

    with pytest.raises(PartnerError, match="no cosignature by its witness"):
        bring(NEW_WITNESS)
    says(log, ("witness", NEW_WITNESS, "active"), ("witness", KEYS["witness"], "retiring"))
    publish(log, KEY)
    follower.round()
    bring(KEYS["witness"], NEW_WITNESS)
    assert Cosignature.objects.get(journal=mine).vkey == str(KEYS["witness"].verifier)
    says(log, ("witness", KEYS["witness"], "revoked"))
    publish(log, KEY)
    follower.round()
    # What it signed before stays; what it signs now counts no more.
    with pytest.raises(PartnerError, match="no cosignature by its witness"):
        bring(KEYS["witness"])
    bring(KEYS["witness"], NEW_WITNESS)
    assert Cosignature.objects.get(journal=mine).vkey == str(NEW_WITNESS.verifier)


def ask(key: SigningKey) -> tuple[int, str]:
    path = "federation/v1/inbox"
    answer = Browser().get(f"/{path}", headers=signing.sign("GET", f"{URL}{path}", b"", key))
    return answer.status_code, answer.content.decode()


def test_requests_are_taken_by_the_transport_keys_of_the_roster_until_their_end(follower: Follower, log: Log) -> None:
    follower.round()
    paired()
    old = KEYS["transport"]
    assert (ask(old)[0], ask(NEW_TRANSPORT)[0]) == (200, 401)
    says(log, ("transport", NEW_TRANSPORT, "active"), ("transport", old, "retiring"))
    publish(log, KEY)
    follower.round()
    assert (ask(old)[0], ask(NEW_TRANSPORT)[0]) == (200, 200)
    ended = says(log, ("transport", old, "revoked"))
    publish(log, KEY)
    follower.round()
    status, said = ask(old)
    assert status == 401
    assert f"was revoked by entry {ended}" in said
    assert ask(NEW_TRANSPORT)[0] == 200


def test_a_card_younger_than_what_was_followed_counts_until_the_roster_says_otherwise(
    follower: Follower, log: Log
) -> None:
    partner = paired()
    card = domain.read_card(partner.card)
    assert keys.of_card(card, "transport") == (KEYS["transport"].verifier,)
    follower.round()
    says(log, ("transport", KEYS["transport"], "retired"), ("transport", NEW_TRANSPORT, "active"))
    publish(log, KEY)
    follower.round()
    assert keys.of_card(card, "transport") == (NEW_TRANSPORT.verifier,)
    assert Partner.objects.get().state == Partner.State.PAIRED


def test_signers_of_a_checkpoint_are_told_without_believing_them(log: Log) -> None:
    raw = publish(log, KEY, SECOND)
    assert signers(raw) == {KEY.verifier.keyid, SECOND.verifier.keyid}
    with pytest.raises(SignatureError):
        Keyring.of(THIRD.verifier).verify(raw)
