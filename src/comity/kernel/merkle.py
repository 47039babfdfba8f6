"""The Merkle tree of the journal, and its proofs.

Follows RFC 6962 §2.1 (= RFC 9162 §2.1) with SHA-256; subtrees and their proofs follow C2SP tlog-cosignature and
tlog-mirror. Verification raises ProofError; hashes are 32 bytes; an index counts leaves from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from comity.kernel.errors import ProofError

HASH_SIZE = 32
EMPTY = hashlib.sha256(b"").digest()

HashReader = Callable[[int, int], bytes]
"""`reader(level, index)`: the hash of the perfect subtree over leaves [index * 2**level, (index + 1) * 2**level)."""

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry (RFC 6962 §2.1)."""
    return _sha256(b"\x00" + data).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The hashes of many entries, in order."""
    sha256 = _sha256
    return [sha256(b"\x00" + data).digest() for data in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962 §2.1)."""
    return _sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The greatest power of two below `size`, which is at least 2: where the root of that many leaves divides them."""
    return 1 << ((size - 1).bit_length() - 1)


def tree_root(hashes: Iterable[bytes]) -> bytes:
    """The root over leaf hashes; EMPTY for none."""
    frontier = Frontier()
    frontier.extend(hashes)
    return frontier.root()


def fold_pairs(hashes: Sequence[bytes]) -> list[bytes]:
    """The parents of an even number of sibling hashes."""
    sha256 = _sha256
    return [sha256(b"\x01" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2], strict=True)]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over 2**k hashes of equal height."""
    while len(hashes) > 1:
        hashes = fold_pairs(hashes)
    return hashes[0]


class Frontier:
    """The right edge of a growing tree: the roots of its perfect subtrees, the largest first.

    `size` is the number of leaves; `stack` has one hash for each bit that is set in it. Raises ProofError when the
    two disagree.
    """

    __slots__ = ("_size", "_stack")

    def __init__(self, size: int = 0, stack: Sequence[bytes] = ()) -> None:
        if size < 0 or len(stack) != size.bit_count() or any(len(item) != HASH_SIZE for item in stack):
            raise ProofError(f"A tree of {size} leaves does not have a right edge of {len(stack)} hashes.")
        self._size = size
        self._stack = list(stack)

    @property
    def size(self) -> int:
        return self._size

    @property
    def stack(self) -> tuple[bytes, ...]:
        return tuple(self._stack)

    def copy(self) -> Frontier:
        """An independent frontier of the same tree."""
        return Frontier(self._size, self._stack)

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        self.extend((leaf,))

    def extend(self, hashes: Iterable[bytes], height: int = 0) -> None:
        """Adds leaf hashes in order: on average one hash is computed for each.

        With a `height`, the roots of perfect subtrees of 2**height leaves; raises ProofError where none begins.
        """
        if self._size & ((1 << height) - 1):
            raise ProofError(f"After {self._size} leaves no subtree of height {height} begins.")
        sha256, stack, size = _sha256, self._stack, self._size >> height
        pop, push = stack.pop, stack.append
        for item in hashes:
            rest = size
            while rest & 1:
                item = sha256(b"\x01" + pop() + item).digest()
                rest >>= 1
            push(item)
            size += 1
        self._size = size << height

    def root(self) -> bytes:
        """The root of the tree as it is now; EMPTY when it has no leaf."""
        if not self._stack:
            return EMPTY
        result = self._stack[-1]
        for item in reversed(self._stack[:-1]):
            result = node_hash(item, result)
        return result


def subtree_hash(start: int, end: int, reader: HashReader) -> bytes:
    """The hash of the subtree over leaves [start, end), MTH(D[start:end]); EMPTY when start == end."""
    if not 0 <= start <= end:
        raise ProofError(f"[{start}, {end}) is not a range of leaves.")
    if start == end:
        return EMPTY
    width = end - start
    if width & (width - 1) == 0:
        if start % width:
            raise ProofError(f"[{start}, {end}) is not a subtree: it does not begin at a multiple of its width.")
        return reader(width.bit_length() - 1, start // width)
    middle = start + split(width)
    return node_hash(subtree_hash(start, middle, reader), subtree_hash(middle, end, reader))


def inclusion_proof(index: int, size: int, reader: HashReader) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, the leaf's sibling first (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ProofError(
            f"A tree of {size} leaves has no leaf {index}.", remedy="Ask for a leaf below the checkpoint's size."
        )
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            proof.append(subtree_hash(middle, end, reader))
            end = middle
        else:
            proof.append(subtree_hash(start, middle, reader))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, reader: HashReader) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of the tree of `new` (RFC 6962 §2.1.2).

    Empty when the sizes are equal, and from the empty tree, of which nothing needs proof.
    """
    if not 0 <= old <= new:
        raise ProofError(f"A tree of {new} leaves does not continue one of {old}.")
    return subtree_proof(0, old, new, reader) if old else []


def subtree_proof(start: int, end: int, size: int, reader: HashReader) -> list[bytes]:
    """The proof that the tree of `size` leaves holds the subtree [start, end) (C2SP tlog-cosignature, "Subtrees")."""
    _check_subtree(start, end, size)
    proof: list[bytes] = []

    # `offset` is where the part of the tree in which we stand begins; s, e, n count from there.
    offset, s, e, n, known = 0, start, end, size, True
    while not (s == 0 and e == n):
        middle = split(n)
        if e <= middle:
            proof.append(subtree_hash(offset + middle, offset + n, reader))
            n = middle
        else:
            proof.append(subtree_hash(offset, offset + middle, reader))
            known = known and s >= middle
            s, e, n, offset = max(s - middle, 0), e - middle, n - middle, offset + middle
    if not known:
        proof.append(subtree_hash(offset, offset + n, reader))
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Proves that `leaf` is the hash at `index` in the tree of `size` leaves with `root`, or raises ProofError (RFC
    9162 §2.1.3.2).
    """
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} leaves has no leaf {index}.")
    _check_hashes(leaf, root, *proof)
    place, last, result = index, size - 1, leaf
    for item in proof:
        if last == 0:
            raise ProofError("The inclusion proof has too many hashes.")
        if place & 1 or place == last:
            result = node_hash(item, result)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            result = node_hash(result, item)
        place >>= 1
        last >>= 1
    if last:
        raise ProofError("The inclusion proof has too few hashes.")
    if result != root:
        raise ProofError(f"The inclusion proof of leaf {index} does not lead to the root of {size} leaves.")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Proves that the tree of `new` leaves continues that of `old`, or raises ProofError (RFC 9162 §2.1.4.2); `old`
    is at least 1.
    """
    if not 0 < old <= new:
        raise ProofError(f"Consistency from {old} to {new} leaves cannot be proved.")
    _check_hashes(old_root, new_root, *proof)
    if old == new:
        if proof or old_root != new_root:
            raise ProofError(f"Two trees of {old} leaves are not the same tree.")
        return
    if not proof:
        raise ProofError("The consistency proof is empty.")
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    place, last = old - 1, new - 1
    while place & 1:
        place >>= 1
        last >>= 1
    before = after = path[0]
    for item in path[1:]:
        if last == 0:
            raise ProofError("The consistency proof has too many hashes.")
        if place & 1 or place == last:
            before = node_hash(item, before)
            after = node_hash(item, after)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            after = node_hash(after, item)
        place >>= 1
        last >>= 1
    if last:
        raise ProofError("The consistency proof has too few hashes.")
    if before != old_root or after != new_root:
        raise ProofError(f"The tree of {new} leaves does not continue the tree of {old}.")


def verify_subtree(start: int, end: int, size: int, proof: Sequence[bytes], subtree: bytes, root: bytes) -> None:
    """Proves that the tree of `size` leaves with `root` holds the subtree [start, end) with hash `subtree`, or raises
    ProofError.
    """
    _check_subtree(start, end, size)
    _check_hashes(subtree, root, *proof)
    rest = list(proof)

    def pop() -> bytes:
        if not rest:
            raise ProofError("The subtree proof has too few hashes.")
        return rest.pop()

    def walk(s: int, e: int, n: int, known: bool) -> tuple[bytes, bytes]:
        if s == 0 and e == n:
            given = subtree if known else pop()
            return given, given
        middle = split(n)
        sibling = pop()
        if e <= middle:
            inner, outer = walk(s, e, middle, known)
            return inner, node_hash(outer, sibling)
        if middle <= s:
            inner, outer = walk(s - middle, e - middle, n - middle, known)
            return inner, node_hash(sibling, outer)
        inner, outer = walk(0, e - middle, n - middle, False)
        return node_hash(sibling, inner), node_hash(sibling, outer)

    inner, outer = walk(start, end, size, True)
    if rest:
        raise ProofError("The subtree proof has too many hashes.")
    if inner != subtree or outer != root:
        raise ProofError(f"The tree of {size} leaves does not hold this subtree [{start}, {end}).")


def _check_subtree(start: int, end: int, size: int) -> None:
    if not 0 <= start < end <= size or start % (1 << (end - start - 1).bit_length()):
        raise ProofError(f"[{start}, {end}) is not a subtree of a tree of {size} leaves.")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(item) != HASH_SIZE for item in hashes):
        raise ProofError("A hash in the proof does not have 32 bytes.")
