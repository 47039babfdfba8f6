"""A witness answers add-checkpoint as the table of tlog-witness demands, and is never rolled back."""

from __future__ import annotations

import pytest

from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.errors import FormatError, NoteError
from comity.kernel.merkle import EMPTY, consistency_proof, tree_root
from comity.kernel.notes import KIND_ED25519, SigningKey, VerifierKey
from comity.kernel.wire import b64, unb64
from comity.kernel.witness import (
    MAX_PROOF,
    AddCheckpoint,
    Decision,
    Seen,
    decide,
    format_add_checkpoint,
    parse_add_checkpoint,
)
from tests.unit.kernel.logs import LOG, MemoryLog, decimal_leaves

# The log of litewitness's published tests.
ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
KEY = VerifierKey(
    ORIGIN, KIND_ED25519, bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
)
ROOTS = {
    1: "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    3: "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
    5: "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
}
SIGNATURES = {
    1: "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
    3: "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
    5: "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
}
LEAF_2 = "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
LEAF_3 = "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
LEAF_5 = "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
FROM_1_TO_3 = [LEAF_2, LEAF_3]
FROM_3_TO_5 = [
    LEAF_3,
    "KgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=",
    LEAF_5,
]
FROM_1_TO_5 = [LEAF_2, "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=", LEAF_5]


def published(size: int) -> str:
    return f"{ORIGIN}\n{size}\n{ROOTS[size]}\n\n— {ORIGIN} {SIGNATURES[size]}\n"


def seen(size: int) -> Seen:
    return Seen(size, unb64(ROOTS[size])) if size else Seen()


def ask(state: Seen | None, old: int, proof: list[str], checkpoint: str) -> Decision:
    body = "".join(f"{line}\n" for line in (f"old {old}", *proof, "")) + checkpoint
    return decide(state, parse_add_checkpoint(body.encode()), [KEY])


class Store:
    """What a witness keeps: read, decide and write happen in one step, as the caller's transaction makes them."""

    def __init__(self) -> None:
        self.seen: Seen | None = None

    def post(self, old: int, proof: list[str], checkpoint: str) -> Decision:
        decision = ask(self.seen, old, proof, checkpoint)
        if decision.status == 200:
            assert decision.checkpoint is not None
            self.seen = Seen(decision.checkpoint.size, decision.checkpoint.root)
        return decision


def test_the_published_conversation_is_answered_line_by_line() -> None:
    witness = Store()
    assert witness.post(0, [], published(1)).status == 200
    assert witness.post(1, [], published(3)).status == 422
    assert witness.post(1, [LEAF_2, LEAF_3.replace("AAAAAA=", "AAABAA=")], published(3)).status == 422
    assert witness.post(1, FROM_1_TO_3, spoiled(3)).status == 403
    assert witness.seen == seen(1)
    assert witness.post(1, FROM_1_TO_3, published(3)).status == 200
    late = witness.post(1, FROM_1_TO_5, published(5))
    assert (late.status, late.content_type, late.body) == (409, "text/x.tlog.size", "3\n")
    assert witness.post(3, FROM_3_TO_5, published(5)).status == 200
    assert witness.seen == seen(5)


def spoiled(size: int) -> str:
    """The published checkpoint with one bit of its signature altered."""
    data = bytearray(unb64(SIGNATURES[size]))
    data[-1] ^= 0x10
    return published(size).replace(SIGNATURES[size], b64(bytes(data)))


@pytest.mark.parametrize("order", [(3, 5), (5, 3)])
def test_of_two_racing_requests_the_second_is_told_the_size(order: tuple[int, int]) -> None:
    proofs = {3: FROM_1_TO_3, 5: FROM_1_TO_5}
    witness = Store()
    witness.post(0, [], published(1))
    first, second = order
    assert ask(witness.seen, 1, proofs[second], published(second)).status == 200
    assert witness.post(1, proofs[first], published(first)).status == 200
    refused = witness.post(1, proofs[second], published(second))
    assert (refused.status, refused.body, refused.size) == (409, f"{first}\n", first)
    assert witness.seen == seen(first)


def test_a_log_that_lost_the_answer_learns_the_size_and_gets_a_fresh_cosignature() -> None:
    witness = Store()
    witness.post(0, [], published(1))
    assert witness.post(1, FROM_1_TO_3, published(3)).status == 200
    lost = witness.post(1, FROM_1_TO_3, published(3))
    assert (lost.status, lost.body) == (409, "3\n")
    assert not lost.evidence
    again = witness.post(3, [], published(3))
    assert (again.status, again.size) == (200, 3)


def test_a_log_without_memory_reads_the_size_from_the_refusal() -> None:
    assert ask(seen(3), 0, [], published(5)).body == "3\n"


def test_an_origin_without_keys_is_unknown() -> None:
    request = parse_add_checkpoint(format_add_checkpoint(0, [], published(1).encode()))
    other = SigningKey("other.example", KIND_ED25519, bytes(32)).verifier
    for keys in ([], [other]):
        decision = decide(None, request, keys)
        assert (decision.status, decision.evidence, decision.checkpoint) == (404, False, None)


def test_a_signature_by_no_trusted_key_is_refused_and_is_no_evidence() -> None:
    forged = sign_checkpoint(Checkpoint(ORIGIN, 1, unb64(ROOTS[1])), SigningKey(ORIGIN, KIND_ED25519, bytes(32)))
    for checkpoint in (spoiled(1), forged.decode()):
        decision = ask(None, 0, [], checkpoint)
        assert (decision.status, decision.evidence, decision.checkpoint) == (403, False, None)


def test_unknown_signatures_beside_the_trusted_one_are_ignored() -> None:
    stranger = "— stranger.example AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    assert ask(None, 0, [], published(1) + stranger).status == 200


def test_a_signature_is_judged_before_sizes_are() -> None:
    assert ask(seen(3), 9, [], spoiled(5)).status == 403


def test_an_old_size_beyond_the_checkpoint_is_a_bad_request_whatever_was_seen() -> None:
    for state in (None, seen(1), seen(3), seen(5)):
        assert ask(state, 4, [], published(3)).status == 400


def test_a_wrong_old_size_is_a_conflict_before_the_proof_is_read() -> None:
    decision = ask(None, 1, FROM_1_TO_3, published(3))
    assert (decision.status, decision.body, decision.size) == (409, "0\n", 0)


def own(size: int, root: bytes) -> str:
    return sign_checkpoint(Checkpoint(LOG.name, size, root), LOG).decode()


def ask_own(state: Seen | None, old: int, proof: list[bytes], checkpoint: str) -> Decision:
    request = AddCheckpoint(old, tuple(proof), checkpoint.encode())
    return decide(state, request, [LOG.verifier])


def test_the_empty_log_is_cosigned_only_with_the_empty_root() -> None:
    assert ask_own(None, 0, [], own(0, EMPTY)).status == 200
    decision = ask_own(None, 0, [], own(0, bytes(32)))
    assert (decision.status, decision.evidence, decision.fork) == (422, True, True)


def test_from_nothing_no_proof_is_taken() -> None:
    assert ask_own(None, 0, [EMPTY], own(5, bytes(32))).status == 422


def test_a_fork_at_the_same_size_is_refused_and_kept() -> None:
    state = Seen(3, b"\x01" * 32)
    for old in (3, 2):
        decision = ask_own(state, old, [], own(3, b"\x02" * 32))
        assert decision.status == (422 if old == 3 else 409)
        assert decision.evidence
        assert decision.fork
        assert decision.checkpoint == Checkpoint(LOG.name, 3, b"\x02" * 32)
        assert decision.size == 3


def test_a_fork_at_a_larger_size_is_refused_and_kept() -> None:
    honest, forked = MemoryLog(), MemoryLog()
    leaves = decimal_leaves(9)
    honest.add(leaves)
    forked.add([*leaves[:3], EMPTY, *leaves[4:]])
    state = Seen(5, tree_root(leaves[:5]))
    root = tree_root([*leaves[:3], EMPTY, *leaves[4:]])
    for source in (honest, forked):
        decision = ask_own(state, 5, consistency_proof(5, 9, source.reader()), own(9, root))
        assert (decision.status, decision.evidence, decision.fork) == (422, True, False)
    good = ask_own(state, 5, consistency_proof(5, 9, honest.reader()), own(9, tree_root(leaves)))
    assert (good.status, good.size, good.evidence) == (200, 9, False)


def test_a_proof_for_an_unchanged_size_is_refused() -> None:
    root = b"\x01" * 32
    assert ask_own(Seen(3, root), 3, [], own(3, root)).status == 200
    assert ask_own(Seen(3, root), 3, [EMPTY], own(3, root)).status == 422


def test_a_smaller_tree_never_replaces_a_larger_one() -> None:
    for old in (0, 1, 3):
        decision = ask(seen(5), old, [], published(3))
        assert (decision.status, decision.size) == (409, 5)
    assert ask(seen(5), 5, [], published(3)).status == 400


def test_requests_read_back() -> None:
    proof = tuple(bytes([i]) * 32 for i in range(MAX_PROOF))
    body = format_add_checkpoint(7, proof, published(1).encode())
    request = parse_add_checkpoint(body)
    assert request == AddCheckpoint(7, proof, published(1).encode())
    assert request.origin == ORIGIN
    assert format_add_checkpoint(request.old, request.proof, request.signed) == body


GOOD = format_add_checkpoint(1, [bytes(32)], published(3).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        GOOD.replace(b"old 1", b"old 01"),
        GOOD.replace(b"old 1", b"old -1"),
        GOOD.replace(b"old 1", b"old"),
        GOOD.replace(b"old 1", b"old  1"),
        GOOD.replace(b"old 1", b"new 1"),
        GOOD.replace(b"old 1\n", b"old 1\r\n"),
        GOOD.replace(b"old 1\n", b"old 1\nAAAA\n"),
        GOOD.replace(b"old 1\n", b"old 1\n\n"),
        GOOD.replace(b"old 1\n", "old 1\né\n".encode()),
        GOOD[GOOD.index(b"\n") + 1 :],
        GOOD[: GOOD.index(b"\n\n") + 2],
        GOOD[: GOOD.index(b"\n\n") + 1],
        GOOD[:-1],
        format_add_checkpoint(1, [bytes(32)] * (MAX_PROOF + 1), published(3).encode()),
        format_add_checkpoint(1, [bytes(31)], published(3).encode()),
        format_add_checkpoint(1, [], b"no checkpoint"),
    ],
)
def test_a_body_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError):
        parse_add_checkpoint(body)


def test_a_request_without_a_checkpoint_has_no_answer() -> None:
    with pytest.raises(NoteError):
        decide(None, AddCheckpoint(0, (), b"nothing"), [KEY])
