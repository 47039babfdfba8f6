"""Our log and the one of tlog-scales, an independent implementation, are the same files and the same proofs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tlog_scales import backend, reader, signing, tlog, utils, writer

from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.cosignature import add_lines, cosign
from comity.kernel.errors import ProofError
from comity.kernel.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hashes,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from comity.kernel.notes import KIND_COSIGNATURE, KIND_ED25519, SigningKey, VerifierKey
from comity.kernel.tiles import (
    TILE,
    bundle_path,
    decode_bundle,
    encode_bundle,
    frontier,
    grow,
    new_tiles,
    tile_path,
    tiles_of,
)
from tests.unit.kernel.logs import MemoryLog

LOG = SigningKey("log.example/v1", KIND_ED25519, b"\x0a" * 32)
WITNESS = SigningKey("witness.example/w1", KIND_COSIGNATURE, b"\x0b" * 32)
# Every small size, both sides of each edge of a tile, and a spread up to three levels of tiles.
SIZES = [*range(1, 70), 127, 128, 255, 256, 257, 300, 511, 512, 513, 767, 1000, 1024, 4095, 4096, 9999, 30_001]
SIZES += [65_279, 65_280, 65_535, 65_536, 65_537, 69_999, 70_000]


def entry(i: int) -> bytes:
    return random.Random(i).randbytes(i % 40)


ENTRIES = [entry(i) for i in range(SIZES[-1])]
LEAVES = leaf_hashes(ENTRIES)


def write(path: Path, data: bytes) -> None:
    """What the other implementation does without fsync, which would take most of this test's time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Their log grown through every size; nothing is removed, so that each size's partial tiles remain."""
    patch = pytest.MonkeyPatch()
    patch.setattr(utils, "atomic_write", write)
    root = tmp_path_factory.mktemp("log") / "theirs"
    log = writer.TilesWriter.create(root, LOG.name)
    signer = signing.PlainEd25519Signer(LOG.name, LOG.seed)
    checkpoints: dict[int, bytes] = {}
    for size in SIZES:
        for data in ENTRIES[log.size : size]:
            log.add_leaf(data)
        log.commit([signer], gc=False)
        checkpoints[size] = (root / "checkpoint").read_bytes()
    patch.undo()
    return root, checkpoints


@pytest.fixture(scope="module")
def ours() -> MemoryLog:
    """Our log, grown by the same steps, with its bundles."""
    log = MemoryLog()
    for size in SIZES:
        for n in range(log.size // TILE, (size + TILE - 1) // TILE):
            chunk = ENTRIES[n * TILE : min((n + 1) * TILE, size)]
            log.files[bundle_path(n, len(chunk))] = encode_bundle(chunk)
        written = dict(grow(log.size, LEAVES[log.size : size], log.fetch))
        assert list(written) == [tile_path(*tile) for tile in new_tiles(log.size, size)]
        log.files.update(written)
        log.size = size
    return log


def test_every_file_is_the_same_byte_for_byte(theirs: Any, ours: MemoryLog) -> None:
    root, _ = theirs
    files = {str(path.relative_to(root)): path.read_bytes() for path in (root / "tile").rglob("*") if path.is_file()}
    assert sorted(files) == sorted(ours.files)
    assert files == ours.files
    for size in SIZES:
        assert {tile_path(*tile) for tile in tiles_of(size)} <= files.keys()


def test_their_bundles_are_read(theirs: Any) -> None:
    root, _ = theirs
    assert decode_bundle((root / bundle_path(273, 112)).read_bytes(), 112) == ENTRIES[273 * TILE :]
    assert decode_bundle((root / bundle_path(1)).read_bytes(), TILE) == ENTRIES[TILE : 2 * TILE]


def test_checkpoints_of_every_size_are_the_same(theirs: Any, ours: MemoryLog) -> None:
    _, checkpoints = theirs
    edge = Frontier()
    for size in SIZES:
        edge.extend(LEAVES[edge.size : size])
        assert sign_checkpoint(Checkpoint(LOG.name, size, edge.root()), LOG) == checkpoints[size]
        assert verify_checkpoint(checkpoints[size], [LOG.verifier]).root == frontier(size, ours.fetch).root()


def test_proofs_are_the_same_and_each_verifies_the_others(theirs: Any, ours: MemoryLog) -> None:
    root, _ = theirs
    other = reader.TilesReader(backend.LocalBackend(root))
    chance = random.Random(22)
    roots = {size: tree_root(LEAVES[:size]) for size in SIZES}
    for size in SIZES:
        other.set_size(size)
        mine = ours.reader(size)
        for index in {0, size - 1, size // 2, *(chance.randrange(size) for _ in range(8))}:
            proof = inclusion_proof(index, size, mine)
            assert proof == other.get_inclusion_proof(index, size).node_hashes
            verify_inclusion(index, size, LEAVES[index], proof, roots[size])
            tlog.InclusionProof(index, size, proof).check(LEAVES[index], roots[size])
        for old in chance.sample([s for s in SIZES if s <= size], min(8, SIZES.index(size) + 1)):
            proof = consistency_proof(old, size, mine)
            assert proof == other.get_consistency_proof(old, size).node_hashes
            verify_consistency(old, size, proof, roots[old], roots[size])
            tlog.ConsistencyProof(old, size, proof).check(roots[old], roots[size])


def test_both_refuse_the_same_altered_proofs(ours: MemoryLog) -> None:
    chance = random.Random(23)
    for size in (2, 3, 7, 64, 257, 1000, 70_000):
        mine, root = ours.reader(size), tree_root(LEAVES[:size])
        for _ in range(10):
            index = chance.randrange(size)
            proof = inclusion_proof(index, size, mine)
            at = chance.randrange(len(proof))
            for bad in ([*proof, EMPTY], proof[:at] + proof[at + 1 :], [*proof[:at], EMPTY, *proof[at + 1 :]]):
                with pytest.raises(ProofError):
                    verify_inclusion(index, size, LEAVES[index], bad, root)
                with pytest.raises(tlog.InclusionProofInvalid):
                    tlog.InclusionProof(index, size, bad).check(LEAVES[index], root)


def test_keys_and_cosignatures_are_understood_by_the_other() -> None:
    checkpoint = Checkpoint(LOG.name, 5, bytes(range(32)))
    signed = add_lines(sign_checkpoint(checkpoint, LOG), [cosign(checkpoint.text(), WITNESS, 1760000600)])
    keys = [signing.Vkey.from_string(str(key.verifier)) for key in (LOG, WITNESS)]
    texts = [key.serialize() for key in keys]  # type: ignore[no-untyped-call]
    assert [VerifierKey.parse(text) for text in texts] == [LOG.verifier, WITNESS.verifier]
    read = tlog.Checkpoint.from_text(signed.decode())
    assert len(signing.VkeySet(*keys).verify(read.signatures, read)) == 2
