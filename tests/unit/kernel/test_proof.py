"""A proof file holds all that is needed to believe that a log holds an entry; nothing in it is believed unproved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.cosignature import add_lines, cosign
from comity.kernel.errors import FormatError, ProofError, SignatureError, VerificationError
from comity.kernel.merkle import EMPTY, inclusion_proof, leaf_hashes, tree_root
from comity.kernel.notes import KIND_COSIGNATURE, KIND_ED25519, Signature, SigningKey
from comity.kernel.proof import MAX_HASHES, TlogProof, parse_proof, verify_proof
from tests.unit.kernel.logs import LOG, WITNESS, MemoryLog

ENTRIES = [b"entry %d" % i for i in range(300)]
LEAVES = leaf_hashes(ENTRIES)
CHECKPOINT = Checkpoint(LOG.name, 300, tree_root(LEAVES))
COSIGNED = add_lines(sign_checkpoint(CHECKPOINT, LOG), [cosign(CHECKPOINT.text(), WITNESS, 1760000600)])


def make_proof(index: int, checkpoint: bytes = COSIGNED, extra: bytes | None = None) -> TlogProof:
    log = MemoryLog()
    log.add(LEAVES)
    return TlogProof(index, tuple(inclusion_proof(index, 300, log.reader())), checkpoint, extra)


PROOF = make_proof(257)


@given(st.integers(0, 299), st.none() | st.binary(max_size=40))
def test_a_proof_reads_back_and_verifies_its_entry_alone(index: int, extra: bytes | None) -> None:
    proof = make_proof(index, extra=extra)
    assert parse_proof(proof.encode()) == proof
    verified = verify_proof(proof, ENTRIES[index], [LOG.verifier], [WITNESS.verifier], quorum=1)
    assert verified.checkpoint == CHECKPOINT
    assert verified.cosigned == {WITNESS.verifier: 1760000600}
    with pytest.raises(ProofError):
        verify_proof(proof, ENTRIES[index - 1], [LOG.verifier])


def test_an_altered_proof_is_refused() -> None:
    entry, keys = ENTRIES[257], [LOG.verifier]
    for bad in (
        TlogProof(256, PROOF.hashes, COSIGNED),
        TlogProof(300, PROOF.hashes, COSIGNED),
        TlogProof(257, PROOF.hashes[1:], COSIGNED),
        TlogProof(257, (*PROOF.hashes, EMPTY), COSIGNED),
        TlogProof(257, (EMPTY, *PROOF.hashes[1:]), COSIGNED),
        TlogProof(257, PROOF.hashes, COSIGNED.replace(b"\n300\n", b"\n301\n")),
        TlogProof(257, PROOF.hashes, sign_checkpoint(Checkpoint(LOG.name, 300, EMPTY), LOG)),
    ):
        with pytest.raises(VerificationError):
            verify_proof(bad, entry, keys)


def test_the_log_must_have_signed_under_its_own_name() -> None:
    other = SigningKey("other.example/log", KIND_ED25519, bytes(32))
    with pytest.raises(SignatureError):
        verify_proof(PROOF, ENTRIES[257], [other.verifier])
    with pytest.raises(SignatureError):
        verify_proof(PROOF, ENTRIES[257], [])


def test_the_quorum_counts_different_public_keys() -> None:
    entry, keys = ENTRIES[257], [LOG.verifier]
    twin = SigningKey("twin.example", KIND_COSIGNATURE, WITNESS.seed)
    second = SigningKey("second.example", KIND_COSIGNATURE, b"\x09" * 32)
    text = CHECKPOINT.text()
    proof = make_proof(257, add_lines(COSIGNED, [cosign(text, twin, 1760000601), cosign(text, second, 1760000602)]))
    assert len(verify_proof(proof, entry, keys, [WITNESS.verifier, twin.verifier], 1).cosigned) == 2
    with pytest.raises(SignatureError, match="1 of the known witnesses"):
        verify_proof(proof, entry, keys, [WITNESS.verifier, twin.verifier], 2)
    verify_proof(proof, entry, keys, [WITNESS.verifier, twin.verifier, second.verifier], 2)
    with pytest.raises(SignatureError, match="0 of the known witnesses"):
        verify_proof(proof, entry, keys, [], 1)


def test_a_known_witness_whose_line_fails_condemns_the_proof() -> None:
    line = cosign(CHECKPOINT.text(), WITNESS, 1760000600)
    broken = Signature(line.name, line.keyid, (1760000601).to_bytes(8, "big") + line.data[8:])
    proof = make_proof(257, add_lines(COSIGNED, [broken]))
    verify_proof(proof, ENTRIES[257], [LOG.verifier])
    with pytest.raises(SignatureError):
        verify_proof(proof, ENTRIES[257], [LOG.verifier], [WITNESS.verifier])


GOOD = make_proof(257, extra=b"note").encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD.replace(b"proof@v1", b"proof@v2"),
        GOOD.replace(b"index 257\n", b""),
        GOOD.replace(b"index 257", b"index 0257"),
        GOOD.replace(b"index 257", b"index -1"),
        GOOD.replace(b"index 257", b"index  257"),
        GOOD.replace(b"extra bm90ZQ==", b"extra bm90ZQ"),
        GOOD.replace(b"extra bm90ZQ==\nindex 257", b"index 257\nextra bm90ZQ=="),
        GOOD.replace(b"index 257\n", b"index 257\nAAAA\n"),
        GOOD.replace(b"index 257\n", b"index 257\n\n"),
        GOOD.replace(b"index 257\n", b"index 257\r\n"),
        GOOD.replace(b"index 257\n", "index 257\né\n".encode()),
        GOOD[: GOOD.index(b"\n\n") + 2],
        GOOD[: GOOD.index(b"\n\n") + 1],
        GOOD[:-1],
        b"\n" + GOOD,
        TlogProof(1, (EMPTY,) * (MAX_HASHES + 1), COSIGNED).encode(),
        TlogProof(1, (bytes(31),), COSIGNED).encode(),
    ],
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_proof(data)
