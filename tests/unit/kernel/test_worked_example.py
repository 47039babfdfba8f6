"""One log of three entries, from seeds to proof, byte for byte as two other implementations made it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.commitments import commit
from comity.kernel.cosignature import add_lines, cosign
from comity.kernel.merkle import consistency_proof, inclusion_proof, leaf_hashes, tree_root, verify_consistency
from comity.kernel.notes import (
    KIND_COSIGNATURE,
    KIND_ED25519,
    SigningKey,
    VerifierKey,
    cosigned_message,
    parse_note,
    sign_note,
    verify_note,
)
from comity.kernel.proof import TlogProof, parse_proof, verify_proof
from comity.kernel.tiles import bundle_path, encode_bundle, tile_path
from comity.kernel.witness import Seen, decide, format_add_checkpoint, parse_add_checkpoint
from tests.unit.kernel.logs import LOG, WITNESS, MemoryLog, vectors

TIME = 1760000600


@pytest.fixture(scope="module")
def worked() -> Any:
    return vectors()["worked"]


@pytest.fixture(scope="module")
def log(worked: Any) -> MemoryLog:
    log = MemoryLog()
    log.add(leaf_hashes(bytes.fromhex(text) for text in worked["entries_hex"]))
    return log


def test_keys_follow_from_their_seeds(worked: Any) -> None:
    seeds, texts = worked["seeds"], worked["vkeys"]
    log = SigningKey(LOG.name, KIND_ED25519, bytes.fromhex(seeds["log_ed25519"]))
    witness = SigningKey(WITNESS.name, KIND_COSIGNATURE, bytes.fromhex(seeds["witness_ed25519"]))
    assert str(log.verifier) == texts["log"]
    assert str(witness.verifier) == texts["witness4"]
    assert VerifierKey.parse(texts["witness4"]) == witness.verifier


def test_the_office_signs_its_entry(worked: Any) -> None:
    office = SigningKey(
        "office-a.example/registrar/2026a", KIND_ED25519, bytes.fromhex(worked["seeds"]["office_ed25519"])
    )
    entry = worked["entries_hex"][0]
    note = parse_note(bytes.fromhex(entry))
    assert str(office.verifier) == worked["vkeys"]["office"]
    assert sign_note(note.text, office).encode().hex() == entry == worked["entry0"].encode().hex()
    assert verify_note(note, [office.verifier])


def test_the_commitment_in_the_entry_opens(worked: Any) -> None:
    kept = worked["commit"]
    value = {"name": "Ружа ROSE", "country": "BY"}
    made = commit(kept["path"], value, bytes.fromhex(kept["salt_hex"]), label="ipjournal/commit/v1")
    assert made == kept["digest_b64"]
    assert made in worked["entry0"]


def test_the_files_of_the_log(worked: Any, log: MemoryLog) -> None:
    assert tile_path(0, 0, 3) == worked["tile_path"]
    assert log.files == {worked["tile_path"]: bytes.fromhex(worked["tile_hex"])}
    bundle = encode_bundle(bytes.fromhex(text) for text in worked["entries_hex"])
    assert bundle_path(0, 3) == worked["bundle_path"]
    assert hashlib.sha256(bundle).hexdigest() == worked["bundle_sha256"]


def test_roots_and_proofs(worked: Any, log: MemoryLog) -> None:
    leaves = [bytes.fromhex(text) for text in worked["leaf_hashes"]]
    assert tree_root(leaves).hex() == worked["root_hex"]
    reader = log.reader()
    for index, kept in enumerate(worked["inclusion_proofs"]):
        assert [item.hex() for item in inclusion_proof(index, 3, reader)] == kept
    for old in (1, 2):
        proof = consistency_proof(old, 3, reader)
        assert [item.hex() for item in proof] == worked[f"consistency_{old}_3"]
        verify_consistency(old, 3, proof, tree_root(leaves[:old]), tree_root(leaves))


def test_the_checkpoint_and_its_cosignature(worked: Any) -> None:
    checkpoint = Checkpoint(LOG.name, 3, bytes.fromhex(worked["root_hex"]))
    signed = sign_checkpoint(checkpoint, LOG)
    assert signed.decode() == worked["checkpoint"]
    assert verify_checkpoint(signed, [LOG.verifier]) == checkpoint
    line = cosign(checkpoint.text(), WITNESS, TIME)
    assert line.line() == worked["cosig4_line"]
    assert cosigned_message(checkpoint.text(), TIME).decode() == worked["cosig4_message"]


def test_the_request_to_the_witness_and_its_answer(worked: Any) -> None:
    body = worked["add_checkpoint_request_from_1"].encode()
    request = parse_add_checkpoint(body)
    assert format_add_checkpoint(request.old, request.proof, request.signed) == body
    seen = Seen(1, bytes.fromhex(worked["leaf_hashes"][0]))
    assert decide(seen, request, [LOG.verifier]).status == 200


def test_the_proof_file(worked: Any, log: MemoryLog) -> None:
    line = cosign(parse_checkpoint(worked["checkpoint"].encode()).note.text, WITNESS, TIME)
    cosigned = add_lines(worked["checkpoint"].encode(), [line])
    proof = TlogProof(0, tuple(inclusion_proof(0, 3, log.reader())), cosigned)
    assert proof.encode().decode() == worked["tlog_proof"]
    entry = bytes.fromhex(worked["entries_hex"][0])
    verified = verify_proof(parse_proof(proof.encode()), entry, [LOG.verifier], [WITNESS.verifier], quorum=1)
    assert verified.cosigned == {WITNESS.verifier: TIME}


def test_a_post_quantum_cosignature_is_carried_and_ignored_where_its_key_is_not_known(worked: Any) -> None:
    both = (worked["checkpoint"] + worked["cosig4_line"] + worked["cosig6_line"]).encode()
    assert verify_checkpoint(both, [LOG.verifier]).size == 3
    assert len(verify_note(parse_note(both), [LOG.verifier, WITNESS.verifier])) == 2
    assert parse_note(both).encode() == both


def test_both_cosignatures_of_the_witness_verify(worked: Any) -> None:
    quantum = VerifierKey.parse(worked["vkeys"]["witness6"])
    assert str(quantum) == worked["vkeys"]["witness6"]
    both = (worked["checkpoint"] + worked["cosig4_line"] + worked["cosig6_line"]).encode()
    assert len(verify_note(parse_note(both), [LOG.verifier, WITNESS.verifier, quantum])) == 3
    proof = TlogProof(0, tuple(bytes.fromhex(item) for item in worked["inclusion_proofs"][0]), both)
    entry = bytes.fromhex(worked["entries_hex"][0])
    verified = verify_proof(proof, entry, [LOG.verifier], [WITNESS.verifier, quantum], quorum=2)
    assert verified.cosigned == {WITNESS.verifier: TIME, quantum: TIME}
