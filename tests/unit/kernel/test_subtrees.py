"""Subtrees of the tree and the proof that a tree holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ProofError
from comity.kernel.merkle import EMPTY, consistency_proof, subtree_hash, subtree_proof, tree_root, verify_subtree
from tests.unit.kernel.logs import MemoryLog, decimal_leaves, vectors

LEAVES = decimal_leaves(1000)
LOG = MemoryLog()
LOG.add(LEAVES)
READER = LOG.reader()


@st.composite
def subtrees(draw: st.DrawFn) -> tuple[int, int, int]:
    size = draw(st.integers(1, 1000))
    width = draw(st.integers(1, size))
    step = 1 << (width - 1).bit_length()
    start = draw(st.integers(0, (size - width) // step)) * step
    return start, start + width, size


def test_kept_subtree_proofs_of_the_decimal_tree() -> None:
    kept = vectors()["decimal_leaves"]
    for start, end in ((256, 512), (768, 1000), (256, 500)):
        assert [item.hex() for item in subtree_proof(start, end, 1000, READER)] == kept[
            f"subtree_{start}_{end}_of_1000"
        ]


@given(subtrees(), st.data())
def test_a_subtree_is_proved_and_refused_after_any_change(subtree: tuple[int, int, int], data: st.DataObject) -> None:
    start, end, size = subtree
    inner, root, proof = tree_root(LEAVES[start:end]), tree_root(LEAVES[:size]), subtree_proof(start, end, size, READER)
    assert subtree_hash(start, end, READER) == inner
    verify_subtree(start, end, size, proof, inner, root)
    for bad in ([*proof, EMPTY], [EMPTY, *proof], [*proof, b"short"], proof[1:] or [EMPTY]):
        with pytest.raises(ProofError):
            verify_subtree(start, end, size, bad, inner, root)
    with pytest.raises(ProofError):
        verify_subtree(start, end, size, proof, EMPTY, root)
    with pytest.raises(ProofError):
        verify_subtree(start, end, size, proof, inner, EMPTY)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        with pytest.raises(ProofError):
            verify_subtree(start, end, size, [*proof[:at], EMPTY, *proof[at + 1 :]], inner, root)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_from_the_first_leaf_a_subtree_proof_is_a_consistency_proof(a: int, b: int) -> None:
    old, new = sorted((a, b))
    assert subtree_proof(0, old, new, READER) == consistency_proof(old, new, READER)


@pytest.mark.parametrize(
    ("start", "end", "size"), [(1, 3, 8), (2, 5, 8), (4, 9, 16), (0, 9, 8), (3, 3, 8), (-4, 0, 8), (5, 4, 8)]
)
def test_a_range_that_is_no_subtree_is_refused(start: int, end: int, size: int) -> None:
    with pytest.raises(ProofError):
        subtree_proof(start, end, size, READER)
    with pytest.raises(ProofError):
        verify_subtree(start, end, size, [], EMPTY, EMPTY)


def test_a_hash_of_no_subtree_is_not_computed() -> None:
    assert subtree_hash(5, 5, READER) == EMPTY
    for start, end in ((1, 3), (5, 4), (-1, 0)):
        with pytest.raises(ProofError):
            subtree_hash(start, end, READER)
