"""The tree of RFC 6962: roots, the growing right edge, inclusion and consistency."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from comity.kernel.errors import ProofError
from comity.kernel.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    node_hash,
    perfect_root,
    split,
    subtree_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from comity.kernel.wire import unb64
from tests.unit.kernel.logs import REFERENCE_LEAVES, MemoryLog, decimal_leaves, reference_log, vectors

_ROOTS = """
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
"""
REFERENCE_ROOTS = _ROOTS.split()
DECIMAL_ROOTS = {
    255: "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb",
    256: "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1",
    257: "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4",
    1000: "638afa98022925bacfddadb15ef22fd0199c1ac99c2973b6158243d13fce05c2",
}
LEAVES = decimal_leaves(1200)
LOG = MemoryLog()
LOG.add(LEAVES)
READER = LOG.reader()
SIZES = st.integers(1, 1200)


def root_of(size: int) -> bytes:
    return subtree_root(LEAVES[:size])


def subtree_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 writes it, word for word."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node_hash(subtree_root(leaves[:k]), subtree_root(leaves[k:]))


def flipped(hashes: list[bytes], index: int, bit: int) -> list[bytes]:
    item = bytearray(hashes[index])
    item[bit // 8] ^= 1 << bit % 8
    return [*hashes[:index], bytes(item), *hashes[index + 1 :]]


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_reference_tree(size: int) -> None:
    assert tree_root(leaf_hash(data) for data in REFERENCE_LEAVES[:size]).hex() == REFERENCE_ROOTS[size]


@pytest.mark.parametrize("size", DECIMAL_ROOTS)
def test_roots_of_the_decimal_tree(size: int) -> None:
    assert tree_root(LEAVES[:size]).hex() == DECIMAL_ROOTS[size]


def test_every_kept_root_of_the_decimal_tree() -> None:
    for size, root in vectors()["decimal_leaves"]["roots"].items():
        assert tree_root(LEAVES[: int(size)]).hex() == root


def test_proofs_of_the_reference_tree() -> None:
    reader = reference_log().reader()
    inclusion = inclusion_proof(0, 8, reader)
    assert [item.hex() for item in inclusion] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    consistency = consistency_proof(6, 8, reader)
    assert [item.hex() for item in consistency] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    roots = [bytes.fromhex(text) for text in REFERENCE_ROOTS]
    verify_inclusion(0, 8, leaf_hash(b""), inclusion, roots[8])
    verify_consistency(6, 8, consistency, roots[6], roots[8])


def test_kept_proofs_of_the_decimal_tree() -> None:
    kept = vectors()["decimal_leaves"]
    assert [item.hex() for item in inclusion_proof(299, 1000, READER)] == kept["incl_299_of_1000"]
    assert [item.hex() for item in consistency_proof(257, 1000, READER)] == kept["cons_257_1000"]


def test_the_published_consistency_of_a_witnessed_log() -> None:
    old = unb64("41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=", 32)
    new = unb64("V8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=", 32)
    proof = [
        bytes.fromhex(text)
        for text in (
            "b9e1d62618f7fee8034e4c5010f727ab24d8e4705cb296c374bf2025a87a10d2",
            "aac66cd7a79ce4012d80762fe8eec3a77f22d1ca4145c3f4cee022e7efcd599d",
            "89d0f753f66a290c483b39cd5e9eafb12021293395fad3d4a2ad053cfbcfdc9e",
            "29e40bb79c966f4c6fe96aff6f30acfce5f3e8d84c02215175d6e018a5dee833",
        )
    ]
    verify_consistency(5, 8, proof, old, new)
    with pytest.raises(ProofError):
        verify_consistency(5, 8, proof, new, old)


def test_the_split_is_the_greatest_power_of_two_below_the_size() -> None:
    assert [split(n) for n in (2, 3, 4, 5, 8, 9, 256, 257)] == [1, 2, 2, 4, 4, 8, 128, 256]


@given(SIZES)
def test_the_frontier_and_the_tiles_lead_to_the_root_of_the_definition(size: int) -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    assert frontier.root() == subtree_hash(0, size, READER) == root_of(size)
    assert frontier.size == size
    assert len(frontier.stack) == size.bit_count()


@given(st.lists(st.integers(0, 300), max_size=6))
def test_a_frontier_grows_the_same_in_any_portions(portions: list[int]) -> None:
    frontier, at = Frontier(), 0
    for portion in portions:
        before = frontier.copy()
        frontier.extend(LEAVES[at : at + portion])
        assert before.size == at
        at = min(at + portion, len(LEAVES))
        assert Frontier(frontier.size, frontier.stack).root() == frontier.root()
    one_by_one = Frontier()
    for leaf in LEAVES[:at]:
        one_by_one.append(leaf)
    assert one_by_one.stack == frontier.stack


@given(st.integers(0, 5), st.integers(0, 9), st.integers(0, 4))
def test_a_frontier_takes_whole_subtrees(before: int, subtrees: int, height: int) -> None:
    width = 2**height
    leaves = [leaf_hash(b"%d" % number) for number in range((before + subtrees) * width)]
    one_by_one, at_once = Frontier(), Frontier()
    one_by_one.extend(leaves)
    at_once.extend(leaves[: before * width])
    rest = leaves[before * width :]
    at_once.extend([perfect_root(rest[at : at + width]) for at in range(0, len(rest), width)], height)
    assert (at_once.size, at_once.stack) == (one_by_one.size, one_by_one.stack)


def test_no_subtree_begins_in_the_middle_of_another() -> None:
    frontier = Frontier()
    frontier.append(leaf_hash(b"x"))
    with pytest.raises(ProofError, match="no subtree of height 3"):
        frontier.extend([leaf_hash(b"y")], 3)


@pytest.mark.parametrize(("size", "stack"), [(1, ()), (0, (EMPTY,)), (3, (EMPTY,)), (2, (b"short",)), (-1, (EMPTY,))])
def test_a_frontier_of_the_wrong_shape_is_refused(size: int, stack: tuple[bytes, ...]) -> None:
    with pytest.raises(ProofError):
        Frontier(size, stack)


@given(SIZES, st.data())
def test_inclusion_is_proved_for_every_leaf_and_refused_after_any_change(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, root, proof = LEAVES[index], root_of(size), inclusion_proof(index, size, READER)
    verify_inclusion(index, size, leaf, proof, root)

    def refused(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> None:
        with pytest.raises(ProofError):
            verify_inclusion(index, size, leaf, proof, root)

    refused(size, size, leaf, proof, root)
    refused(-1, size, leaf, proof, root)
    refused(index, size, LEAVES[(index + 1) % len(LEAVES)], proof, root)
    refused(index, size, leaf, [*proof, EMPTY], root)
    refused(index, size, leaf, [EMPTY, *proof], root)
    refused(index, size, leaf, proof, EMPTY)
    refused(index, size, leaf, proof, root[:31])
    refused(index, size, leaf[:31], proof, root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        refused(index, size, leaf, flipped(proof, at, data.draw(st.integers(0, 255))), root)
        refused(index, size, leaf, proof[:at] + proof[at + 1 :], root)
        refused(index, size, leaf, [*proof[:at], proof[at][:31], *proof[at + 1 :]], root)
        other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
        refused(other, size, leaf, proof, root)
    if len(set(proof)) > 1:
        refused(index, size, leaf, proof[::-1], root)


@given(SIZES, SIZES, st.data())
def test_consistency_is_proved_for_every_growth_and_refused_after_any_change(
    a: int, b: int, data: st.DataObject
) -> None:
    old, new = sorted((a, b))
    old_root, new_root, proof = root_of(old), root_of(new), consistency_proof(old, new, READER)
    verify_consistency(old, new, proof, old_root, new_root)

    def refused(old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes) -> None:
        with pytest.raises(ProofError):
            verify_consistency(old, new, proof, old_root, new_root)

    refused(0, new, proof, old_root, new_root)
    refused(new + 1, new, proof, old_root, new_root)
    refused(old, new, [*proof, EMPTY], old_root, new_root)
    refused(old, new, proof, EMPTY, new_root)
    refused(old, new, proof, old_root, EMPTY)
    assume(old != new)
    refused(old, new, proof, new_root, old_root)
    refused(old, new, [], old_root, new_root)
    at = data.draw(st.integers(0, len(proof) - 1))
    refused(old, new, flipped(proof, at, data.draw(st.integers(0, 255))), old_root, new_root)
    refused(old, new, proof[:at] + proof[at + 1 :], old_root, new_root)
    refused(old, new, [*proof[:at], proof[at][:31], *proof[at + 1 :]], old_root, new_root)


def test_from_the_empty_tree_nothing_is_proved() -> None:
    assert consistency_proof(0, 7, READER) == []
    with pytest.raises(ProofError):
        verify_consistency(0, 7, [], EMPTY, root_of(7))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (5, 3)])
def test_no_inclusion_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(index, size, READER)


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_no_consistency_proof_is_made_backwards(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        consistency_proof(old, new, READER)


def test_many_leaf_hashes_are_the_single_ones() -> None:
    entries = [b"", b"beta", bytes(65535)]
    assert leaf_hashes(entries) == [leaf_hash(entry) for entry in entries]
