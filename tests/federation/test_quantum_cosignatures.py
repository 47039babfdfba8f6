"""Where the settings want it, witness and mirror sign with ML-DSA-44 beside Ed25519, and the owner keeps both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.federation import cosignatures, domain, mirror, services, witness
from comity.federation.domain import Card
from comity.federation.follow import Follower
from comity.journal import home, quantum
from comity.journal.covering import cover
from comity.journal.fsck import fsck
from comity.journal.models import Cosignature, Journal
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.cosignature import cosign, verify_cosignature
from comity.kernel.errors import FormatError, SignatureError
from comity.kernel.identifiers import origin_hash
from comity.kernel.notes import KIND_COSIGNATURE, KIND_MLDSA, Signature, SigningKey, VerifierKey, parse_note
from comity.kernel.proof import parse_proof, verify_proof
from comity.kernel.witness import format_add_checkpoint
from tests import node
from tests.federation.standin import ORIGIN as THEIRS
from tests.federation.standin import Log, journal_of, rights
from tests.federation.test_mirror_commits import Direct
from tests.federation.test_signed_requests import card

TIME = 1_790_000_000
FIRST = SigningKey(f"{THEIRS}/witness", KIND_COSIGNATURE, b"\x22" * 32)
SECOND = SigningKey(f"{THEIRS}/witness", KIND_MLDSA, b"\x23" * 32)


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path / "ours")
    settings.COMITY = settings.COMITY.model_copy(update={"pq_cosignatures": True})
    quantum.make_keys(node.ORIGIN)
    return made


@pytest.fixture
def followed(own: Journal, tmp_path: Path) -> tuple[Log, Journal]:
    log = Log(tmp_path / "theirs")
    log.tell(*rights(range(10)))
    log.publish()
    journal = journal_of()
    Follower(journal, Direct(log)).round()
    return log, journal


def verified(note: str, name: str, first: VerifierKey, second: VerifierKey) -> tuple[int, int]:
    """The times of both cosignatures by `name` that stand on a note; there are no more."""
    parsed = parse_note(note.encode())
    one, other = (line for line in parsed.signatures if line.name == name)
    return verify_cosignature(parsed.text, one, first), verify_cosignature(parsed.text, other, second)


def test_the_witness_answers_with_both_lines_of_one_time(followed: tuple[Log, Journal]) -> None:
    log, journal = followed
    answer = witness.add_checkpoint(format_add_checkpoint(0, [], log.sign()), {journal.origin: journal})
    assert answer.status == 200
    first, [second] = home.signing_key("witness").verifier, quantum.keys("witness")
    one, other = verified(log.sign().decode() + answer.body, first.name, first, second.verifier)
    assert one == other
    assert witness.last(origin_hash(THEIRS)) == log.sign().decode() + answer.body
    assert fsck().clean


def test_the_mirror_serves_both_lines(followed: tuple[Log, Journal]) -> None:
    _, journal = followed
    held = mirror.commit_copy(journal)
    assert held is not None
    first, [second] = home.signing_key("mirror").verifier, quantum.keys("mirror")
    one, other = verified(held.note, first.name, first, second.verifier)
    assert one == other
    assert mirror.committed(journal) == held


def partner(*, second: SigningKey | None = SECOND) -> Card:
    read = domain.read_card(card())
    return replace(read, witness=str(FIRST.verifier), witness_mldsa=str(second.verifier) if second is not None else "")


def brought(own: Journal, *keys: SigningKey, spoil: bool = False) -> bytes:
    """Our newest checkpoint with the partner's lines by these keys, the last of them altered if so asked."""
    raw = home.store(own).checkpoint() or b""
    lines = [cosign(parse_checkpoint(raw).checkpoint.text(), key, TIME) for key in keys]
    if spoil:
        data = lines[-1].data
        lines[-1] = Signature(lines[-1].name, lines[-1].keyid, data[:-1] + bytes([data[-1] ^ 1]))
    return raw + "".join(line.line() for line in lines).encode()


def test_the_owner_keeps_both_and_its_proofs_carry_them(own: Journal) -> None:
    node.tell(own, node.MARK)
    node.sequence(own)
    size = cosignatures.take(own, partner(), brought(own, FIRST, SECOND))
    row = Cosignature.objects.get(journal=own, size=size)
    assert (row.vkey, row.quantum_vkey) == (str(FIRST.verifier), str(SECOND.verifier))
    covered = cover(own, 1)
    assert {witnessing.key for witnessing in covered.witnesses} == {FIRST.verifier, SECOND.verifier}
    entry = dict(home.store(own).entries(1, 2))[1]
    keys = (FIRST.verifier, SECOND.verifier)
    proof = verify_proof(parse_proof(covered.tlog_proof()), entry, [covered.log], keys, quorum=2)
    assert proof.cosigned == {FIRST.verifier: TIME, SECOND.verifier: TIME}
    assert fsck().clean


def test_a_second_line_that_does_not_verify_is_refused(own: Journal) -> None:
    node.sequence(own)
    with pytest.raises(SignatureError):
        cosignatures.take(own, partner(), brought(own, FIRST, SECOND, spoil=True))
    assert not Cosignature.objects.exists()


def test_a_second_line_by_a_key_that_the_card_does_not_name_is_left_out(own: Journal) -> None:
    node.sequence(own)
    stranger = SigningKey(SECOND.name, KIND_MLDSA, b"\x24" * 32)
    cosignatures.take(own, partner(), brought(own, FIRST, stranger))
    assert Cosignature.objects.get().quantum_line == ""
    cosignatures.take(own, partner(second=None), brought(own, FIRST, SECOND))
    assert Cosignature.objects.get().quantum_line == ""


def test_fsck_finds_a_second_line_that_was_changed(own: Journal) -> None:
    node.sequence(own)
    cosignatures.take(own, partner(), brought(own, FIRST, SECOND))
    row = Cosignature.objects.get()
    Cosignature.objects.update(quantum_line=cosign("x.example/log\n0\n" + "A" * 43 + "=\n", SECOND, TIME).line())
    assert not fsck().clean
    Cosignature.objects.update(quantum_line=row.quantum_line, quantum_vkey=str(FIRST.verifier))
    assert not fsck().clean


def test_the_card_names_the_keys_and_only_where_there_are_some(own: Journal, settings: Any) -> None:
    read = domain.read_card(services.own_card())
    assert [read.quantum(role) for role in quantum.COSIGNERS] == [
        key.verifier for role in quantum.COSIGNERS for key in quantum.keys(role)
    ]
    settings.COMITY = settings.COMITY.model_copy(update={"pq_cosignatures": False})
    note = services.own_card()
    assert "mldsa" not in note
    assert domain.read_card(note).quantum("witness") is None
    assert quantum.columns("witness", "", 0) == {"quantum_vkey": "", "quantum_line": ""}


def test_a_key_of_another_name_or_kind_in_the_card_is_refused(own: Journal) -> None:
    read = domain.read_card(services.own_card())
    log = home.signing_key("log")
    for wrong in (
        SigningKey(f"{node.ORIGIN}/mirror", KIND_MLDSA, b"\x01" * 32),
        SigningKey(f"{node.ORIGIN}/witness", KIND_COSIGNATURE, b"\x01" * 32),
    ):
        with pytest.raises(FormatError, match="not that of the witness"):
            domain.read_card(domain.write_card(replace(read, witness_mldsa=str(wrong.verifier)), log))
