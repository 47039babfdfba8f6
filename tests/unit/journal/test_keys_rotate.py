"""The keys of a journal follow on each other by its own entries, and what they signed stays good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.journal import digest as digests
from comity.journal import fsck, home, rebuild, roster, rotation, services
from comity.journal.covering import cover
from comity.journal.models import Held, Journal, JournalKey
from comity.journal.sequencer import Sequencer
from comity.journal.services import Draft
from comity.kernel.checkpoint import parse_checkpoint, signers, verify_checkpoint
from comity.kernel.errors import ComityError, ConflictError, NotFoundError, RecordError, SignatureError
from comity.kernel.notes import SigningKey
from comity.node import setup
from tests import node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path)
    rotation.announce(made)
    node.tell(made, node.MARK)
    node.sequence(made)
    return made


def signed(journal: Journal) -> frozenset[bytes]:
    return signers(home.store(journal).checkpoint() or b"")


def states(journal: Journal, role: str) -> list[tuple[str, int, int | None]]:
    return [(row.state, row.since, row.until) for row in roster.keys_of(journal, role)]


def tell(journal: Journal, *changes: tuple[str, str, str]) -> range:
    body = {"keys": [{"role": role, "vkey": vkey, "state": state} for role, vkey, state in changes]}
    with transaction.atomic():
        return services.append(journal, [Draft(roster.ROSTER, 1, roster.subject(journal.origin), body)])


def test_the_first_roster_names_every_key_of_the_node_once(journal: Journal) -> None:
    rows = roster.keys_of(journal)
    signing = {role: str(home.signing_key(role).verifier) for role in home.ROLES}
    assert {row.role: row.vkey for row in rows} == {**signing, "sealing": str(home.sealing_key().public)}
    assert {(row.state, row.since, row.until, row.entry) for row in rows} == {("active", 0, None, 1)}
    rotation.announce(journal)
    assert journal.next_index == 3


def test_both_log_keys_sign_while_they_overlap_and_the_new_one_alone_after(journal: Journal) -> None:
    first = home.signing_key("log").verifier
    alone = home.store(journal).checkpoint()
    row = rotation.rotate(journal, "log")
    second = home.signing_keys("log")[1].verifier
    assert (row.vkey, row.since) == (str(second), 4)
    node.sequence(journal)
    assert signed(journal) == {first.keyid, second.keyid}
    both = home.store(journal).checkpoint()
    ended = rotation.retire(journal, "log")
    assert (ended.state, ended.until) == ("retired", 4)
    assert home.signing_key("log").verifier == second
    assert not home.next_key_path("log").exists()
    node.sequence(journal)
    assert signed(journal) == {second.keyid}
    ring = roster.keyring(journal)
    # What the old key signed counts still; for a larger tree it does not.
    assert ring.verify(alone or b"").size == 3
    assert home.store(journal).handover(first.keyid.hex()) == both
    assert [key in ring.at(size) for size in (0, 3, 4, 5) for key in (first, second)] == [
        *(True, False, True, False, True, True, False, True)
    ]


def test_a_worker_that_runs_signs_with_a_key_that_came_meanwhile(journal: Journal) -> None:
    first = home.signing_key("log").verifier
    with Sequencer(journal, home.signing_key("log")) as sequencer:
        second = rotation.rotate(journal, "log").keyid
        sequencer.drain()
        assert signed(journal) == {first.keyid, bytes.fromhex(second)}
        journal.refresh_from_db()
        rotation.retire(journal, "log")
        sequencer.drain()
        assert signed(journal) == {bytes.fromhex(second)}


def test_an_old_key_is_not_ended_before_it_has_signed_for_the_new_one(journal: Journal) -> None:
    rotation.rotate(journal, "log")
    with pytest.raises(ConflictError, match="not under a signed checkpoint"):
        rotation.retire(journal, "log")
    with pytest.raises(ConflictError, match="rotated already"):
        rotation.rotate(journal, "log")
    with pytest.raises(ConflictError, match="No witness key is being rotated"):
        rotation.retire(journal, "witness")
    with pytest.raises(NotFoundError, match="no sealing-wax key"):
        rotation.rotate(journal, "sealing-wax")


@pytest.mark.parametrize("role", [role for role in home.ROLES if role != "log"])
def test_every_other_role_has_two_keys_in_use_while_they_overlap(journal: Journal, role: str) -> None:
    first = home.signing_key(role)
    rotation.rotate(journal, role)
    assert [key.verifier for key in rotation.signers(journal, role)] == list(roster.in_use(journal, role))
    assert len(roster.in_use(journal, role)) == 2
    assert home.signing_key(role) == first
    node.sequence(journal)
    rotation.retire(journal, role)
    assert [key.verifier for key in rotation.signers(journal, role)] == list(roster.in_use(journal, role))
    assert home.signing_key(role) != first


def test_a_revoked_key_gets_its_successor_in_the_same_entry(journal: Journal) -> None:
    stolen = home.signing_key("transport")
    row = rotation.revoke(journal, "transport", ground="stolen")
    assert (row.state, row.until, row.ground) == ("revoked", 3, "stolen")
    assert home.signing_key("transport") != stolen
    assert [state for state, _, _ in states(journal, "transport")] == ["revoked", "active"]
    with pytest.raises(ConflictError, match="revoked already"):
        rotation.revoke(journal, "transport", row.keyid)


def test_the_new_key_of_a_rotation_can_be_revoked_and_the_old_one_stays(journal: Journal) -> None:
    old = home.signing_key("witness")
    new = rotation.rotate(journal, "witness")
    rotation.revoke(journal, "witness", new.keyid)
    assert [state for state, _, _ in states(journal, "witness")] == ["active", "revoked"]
    assert home.signing_keys("witness") == [old]


def test_the_only_log_key_is_neither_revoked_nor_ended(journal: Journal) -> None:
    with pytest.raises(ConflictError, match="only log key"):
        rotation.revoke(journal, "log")
    with pytest.raises(RecordError, match="last log key"):
        tell(journal, ("log", journal.vkey, "retired"))
    assert journal.next_index == 3


def key(name: str, kind: int = 1, seed: int = 9) -> str:
    return str(SigningKey(name, kind, bytes([seed]) * 32).verifier)


@pytest.mark.parametrize(
    ("role", "vkey", "state", "message"),
    [
        ("log", key(f"{node.ORIGIN}/log"), "active", "not one of"),
        ("witness", key("other.example/journal/witness", 4), "active", "not one of"),
        ("log", key(node.ORIGIN, 4), "active", "kind 1"),
        ("witness", "no key", "active", "not a public key"),
        ("witness", key(f"{node.ORIGIN}/witness", 4)[:-8] + "AAAAAAA=", "active", "identifier|base64"),
        ("witness", key(f"{node.ORIGIN}/witness", 4), "retired", "cannot become"),
        ("witness", key(f"{node.ORIGIN}/witness", 4), "gone", "Input should be"),
        ("Witness", key(f"{node.ORIGIN}/witness", 4), "active", "pattern"),
    ],
)
def test_a_roster_that_does_not_hold_together_never_becomes_an_entry(
    journal: Journal, role: str, vkey: str, state: str, message: str
) -> None:
    with pytest.raises(ComityError, match=message):
        tell(journal, (role, vkey, state))
    assert Journal.objects.get(pk=journal.pk).next_index == 3


def test_one_key_does_not_serve_in_two_roles_and_a_role_has_few_in_use(journal: Journal) -> None:
    name = f"{node.ORIGIN}/witness"
    tell(journal, ("witness", key(name, 4), "active"))
    with pytest.raises(RecordError, match="serves as witness already"):
        tell(journal, ("mirror", key(f"{node.ORIGIN}/mirror", 4), "active"))
    with pytest.raises(RecordError, match="at most 4 keys in use"):
        tell(journal, *(("witness", key(name, 4, seed), "active") for seed in (10, 11, 12)))


def test_a_role_to_come_is_kept_whatever_its_kind_of_key(journal: Journal) -> None:
    from comity.kernel.notes import keyid
    from comity.kernel.wire import b64

    name, public = f"{node.ORIGIN}/archive", b"\x20" + b"\x07" * 32
    vkey = f"{name}+{keyid(name, public[0], public[1:]).hex()}+{b64(public)}"
    tell(journal, ("archive", vkey, "active"))
    assert [row.vkey for row in roster.keys_of(journal, "archive")] == [vkey]
    assert roster.in_use(journal, "archive") == ()


def test_a_rotated_journal_rebuilds_to_the_same_and_its_check_is_clean(journal: Journal) -> None:
    for role in ("log", "witness"):
        rotation.rotate(journal, role)
        node.sequence(journal)
        rotation.retire(journal, role)
    rotation.revoke(journal, "transport")
    node.sequence(journal)
    before = digests.digest()
    assert before.journals[journal.origin].tables["journal.key"].rows == len(home.roles()) + 3
    report = fsck.fsck()
    assert [str(finding) for finding in report.findings] == []
    assert report.checked["log keys that ended"] == 1
    rebuild.rebuild()
    assert digests.digest() == before
    assert not Held.objects.exists()


def test_fsck_names_a_key_that_no_earlier_one_vouched_for(journal: Journal) -> None:
    first = home.signing_key("log").verifier.keyid.hex()
    rotation.rotate(journal, "log")
    node.sequence(journal)
    rotation.retire(journal, "log")
    node.sequence(journal)
    (home.store(journal).root / "handover" / first).unlink()
    assert any("No checkpoint here by an earlier key" in str(finding) for finding in fsck.fsck().findings)


def test_fsck_names_a_row_of_the_roster_that_the_journal_does_not_say(journal: Journal) -> None:
    JournalKey.objects.filter(role="witness").update(state="revoked")
    assert any("journal.key witness/" in str(finding) for finding in fsck.fsck().findings)


def test_the_proof_of_an_entry_names_one_log_key_that_signed_and_might(journal: Journal) -> None:
    first = home.signing_key("log").verifier
    rotation.rotate(journal, "log")
    node.sequence(journal)
    found = cover(journal, 2)
    assert found.log == first
    assert verify_checkpoint(found.signed, [first]).size == 4
    assert len(parse_checkpoint(found.signed).note.signatures) == 1
    rotation.retire(journal, "log")
    node.sequence(journal)
    found = cover(journal, 2)
    assert found.log == home.signing_key("log").verifier
    with pytest.raises(SignatureError):
        verify_checkpoint(found.signed, [first])


def test_a_rotation_cut_off_after_its_key_was_written_goes_on_with_that_key(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "_append", cut)
        with pytest.raises(KeyboardInterrupt):
            rotation.rotate(journal, "log")
    left = home.signing_keys("log")[1]
    assert rotation.signers(journal, "log") == [home.signing_key("log")]
    assert rotation.rotate(journal, "log").vkey == str(left.verifier)


def test_a_retirement_cut_off_before_its_file_gave_way_is_settled_at_the_next_start(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotation.rotate(journal, "log")
    node.sequence(journal)
    with monkeypatch.context() as patch:
        patch.setattr(rotation, "settle", lambda journal: None)
        rotation.retire(journal, "log")
    second = home.signing_keys("log")[1]
    setup.prepare()
    assert home.signing_key("log") == second
    assert not home.next_key_path("log").exists()
