"""Our notes, tiles and proofs, and those of Go's checksum database, agree."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.cosignature import add_lines, cosign
from comity.kernel.errors import ComityError, ProofError
from comity.kernel.merkle import (
    EMPTY,
    consistency_proof,
    inclusion_proof,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from comity.kernel.notes import (
    KIND_COSIGNATURE,
    KIND_ED25519,
    MAX_SIGNATURES,
    SigningKey,
    parse_note,
    sign_note,
    verify_note,
)
from tests.plugins import needs
from tests.unit.kernel.logs import MemoryLog, decimal_leaves

PROGRAM = Path(__file__).with_name("second_opinion.go")

SIGNER = SigningKey("journal.example/v1", KIND_ED25519, b"\x05" * 32)
OTHER = SigningKey("second.example", KIND_ED25519, b"\x06" * 32)
STRANGER = SigningKey("stranger.example", KIND_ED25519, b"\x08" * 32)
WITNESS = SigningKey("witness.example", KIND_COSIGNATURE, b"\x07" * 32)
TEXT = "Ружа\n\nsecond paragraph — with a dash\n"
SIZES = [*range(1, 40), 255, 256, 257, 511, 512, 513, 1000, 4096, 65_535, 65_536, 65_537, 70_000]
LEAVES = decimal_leaves(SIZES[-1])


def notes() -> list[bytes]:
    """Good notes and bad ones; both sides know the keys SIGNER and OTHER."""
    checkpoint = Checkpoint(SIGNER.name, 5, bytes(range(32)))
    good = sign_note(TEXT, SIGNER).encode()
    both = sign_note(TEXT, SIGNER, OTHER).encode()
    cosigned = add_lines(sign_checkpoint(checkpoint, SIGNER), [cosign(checkpoint.text(), WITNESS, 1760000600)])
    chance = random.Random(5)
    found = [good, both, cosigned, sign_note(TEXT, STRANGER).encode(), sign_note(TEXT, STRANGER, SIGNER).encode()]
    found += [good[:-1], good + b"\n", good.replace(b"\n\n", b"\n"), good.replace(b"\n", b"\r\n"), b"", b"\n\n"]
    found += [good.replace("—".encode(), b"-"), good.replace(b"example/v1 ", b"example/v1  ")]
    found += [both.replace(b"paragraph", b"paragraf"), good.replace(b"=\n", b"\n")]
    for note in (good, both, cosigned):
        for _ in range(60):
            at = chance.randrange(len(note))
            found.append(note[:at] + bytes([chance.randrange(32, 127)]) + note[at + 1 :])
    assert all(note.count("\n— ".encode()) <= MAX_SIGNATURES for note in found)
    return [note for note in found if _is_text(note)]


def _is_text(data: bytes) -> bool:
    # The question travels as JSON, which holds no other bytes; the unit tests cover them.
    return data.decode(errors="replace").encode() == data


def opens(note: bytes) -> bool:
    try:
        verify_note(parse_note(note), [SIGNER.verifier, OTHER.verifier])
    except ComityError:
        return False
    return True


def checks(log: MemoryLog) -> list[dict[str, Any]]:
    """Proofs, true and altered."""
    chance = random.Random(6)
    found: list[dict[str, Any]] = []

    def altered(proof: list[bytes]) -> list[list[bytes]]:
        at = chance.randrange(len(proof)) if proof else 0
        return [
            proof,
            [*proof, EMPTY],
            proof[:at] + proof[at + 1 :],
            [*proof[:at], EMPTY, *proof[at + 1 :]],
            proof[::-1],
        ]

    for size in (1, 2, 3, 7, 8, 39, 256, 257, 1000, 70_000):
        root, reader = tree_root(LEAVES[:size]), log.reader(size)
        for _ in range(6):
            index, old = chance.randrange(size), chance.randrange(1, size + 1)
            for proof in altered(inclusion_proof(index, size, reader)):
                hashes = [item.hex() for item in proof]
                found.append(
                    {"size": size, "root": root.hex(), "index": index, "leaf": LEAVES[index].hex(), "proof": hashes}
                )
            older = tree_root(LEAVES[:old])
            for proof in altered(consistency_proof(old, size, reader)):
                hashes = [item.hex() for item in proof]
                found.append({"size": size, "root": root.hex(), "old": old, "older": older.hex(), "proof": hashes})
    return found


def passes(check: dict[str, Any]) -> bool:
    proof, root = [bytes.fromhex(text) for text in check["proof"]], bytes.fromhex(check["root"])
    try:
        if "leaf" in check:
            verify_inclusion(check["index"], check["size"], bytes.fromhex(check["leaf"]), proof, root)
        else:
            verify_consistency(check["old"], check["size"], proof, bytes.fromhex(check["older"]), root)
    except ProofError:
        return False
    return True


def program() -> Path:
    return needs.built_by_go(PROGRAM)


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    log, at = MemoryLog(), 0
    for size in SIZES:
        log.add(LEAVES[at:size])
        at = size
    return log


@pytest.fixture(scope="module")
def pairs() -> list[tuple[int, int]]:
    chance = random.Random(7)
    return [(chance.randrange(size), size) for size in SIZES for _ in range(3)]


@pytest.fixture(scope="module")
def answer(log: MemoryLog, pairs: list[tuple[int, int]]) -> Any:
    question = {
        "signer": SIGNER.private(),
        "text": TEXT,
        "vkeys": [str(SIGNER.verifier), str(OTHER.verifier)],
        "notes": [note.decode() for note in notes()],
        "sizes": SIZES,
        "pairs": pairs,
        "checks": checks(log),
    }
    done = subprocess.run(
        [program()], input=json.dumps(question).encode(), capture_output=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def test_go_signs_the_same_note(answer: Any) -> None:
    assert answer["signed"].encode() == sign_note(TEXT, SIGNER).encode()


def test_go_opens_and_refuses_the_same_notes(answer: Any) -> None:
    ours = [opens(note) for note in notes()]
    assert ours == answer["opened"]
    assert ours[:5] == [True, True, True, False, True]


def test_go_computes_the_same_roots(answer: Any) -> None:
    assert answer["roots"] == [tree_root(LEAVES[:size]).hex() for size in SIZES]


def test_go_has_the_same_tiles(answer: Any, log: MemoryLog) -> None:
    assert {path: hashlib.sha256(data).hexdigest() for path, data in log.files.items()} == answer["tiles"]


def test_go_makes_the_same_proofs(answer: Any, log: MemoryLog, pairs: list[tuple[int, int]]) -> None:
    for i, (index, size) in enumerate(pairs):
        reader = log.reader(size)
        assert answer["inclusion"][i] == [item.hex() for item in inclusion_proof(index, size, reader)]
        assert answer["consistency"][i] == [item.hex() for item in consistency_proof(index + 1, size, reader)]


def test_go_accepts_and_refuses_the_same_proofs(answer: Any, log: MemoryLog) -> None:
    ours = [passes(check) for check in checks(log)]
    assert ours == answer["checked"]
    assert 0 < sum(ours) < len(ours)
