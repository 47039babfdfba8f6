"""A bundle after a change of the log's key: each key within its sizes, each later one led to by an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from comity.kernel.bundle import BundleKey, make_bundle, parse_bundle
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.commitments import Opening
from comity.kernel.entry import encode_entry
from comity.kernel.errors import FormatError, ProofError, SignatureError
from comity.kernel.keyring import RangedKey
from comity.kernel.merkle import consistency_proof, inclusion_proof, leaf_hash, tree_root
from comity.kernel.notes import KIND_ED25519, SigningKey
from comity.kernel.succession import Earlier, RosterLeaf, Succession
from comity.kernel.verify import Report, verify_file
from tests.unit.kernel import proof_world as world

FIRST, SECOND, THIRD, THIEF = (SigningKey(world.ORIGIN, KIND_ED25519, bytes([0x40 + n]) * 32) for n in range(4))
A, B, C = (key.verifier for key in (FIRST, SECOND, THIRD))

Items = Sequence[tuple[SigningKey, str]]


def roster(*items: tuple[SigningKey, str], origin: str = world.ORIGIN) -> bytes:
    keys = [{"role": "log", "state": state, "vkey": str(key.verifier)} for key, state in items]
    return encode_entry("key.roster", 1, {"about": f"keys:{origin}", "at": "2026-11-22T15:00:00Z", "keys": keys})


# By index: the first key (1), the right (3), the second beside the first (4), the end of the first (6), the third
# beside the second (7), the second taken back (8).
DATA = [
    b"opening",
    roster((FIRST, "active")),
    b"a",
    world.ENTRY,
    roster((SECOND, "active"), (FIRST, "retiring")),
    b"b",
    roster((FIRST, "retired")),
    roster((THIRD, "active"), (SECOND, "retiring")),
    roster((SECOND, "revoked")),
    b"c",
]
RANGES = {A: (0, 6), B: (5, 8), C: (8, None)}


class Tree:
    """A tree over some leaves, and what it proves."""

    def __init__(self, data: Sequence[bytes] = DATA) -> None:
        self.data = list(data)
        self.leaves = [leaf_hash(item) for item in data]

    def at(self, size: int) -> Checkpoint:
        return Checkpoint(world.ORIGIN, size, tree_root(self.leaves[:size]))

    def hashes(self, size: int) -> Callable[[int, int], bytes]:
        return lambda level, at: tree_root(self.leaves[at << level : min(size, (at + 1) << level)])

    def leaf(self, index: int, size: int) -> RosterLeaf:
        return RosterLeaf(index, self.data[index], tuple(inclusion_proof(index, size, self.hashes(size))))

    def earlier(self, old: int, new: int, *keys: SigningKey) -> Earlier:
        proof = consistency_proof(old, new, self.hashes(new))
        return Earlier(sign_checkpoint(self.at(old), *keys), tuple(proof))


def succession(tree: Tree | None = None, size: int = 10) -> Succession:
    tree = tree or Tree()
    rosters = tuple(tree.leaf(index, size) for index in (1, 4, 6, 7, 8))
    return Succession(rosters, (tree.earlier(6, size, FIRST), tree.earlier(8, size, SECOND)))


def log_keys(*keys: SigningKey) -> list[BundleKey]:
    made = []
    for key in keys:
        since, until = RANGES.get(key.verifier, (0, None))
        made.append(BundleKey("log", "RU", key.verifier, since, until))
    return made


def bundle(
    keys: Sequence[BundleKey] | None = None,
    led: Succession | None = None,
    signer: SigningKey = THIRD,
    size: int = 10,
    tree: Tree | None = None,
) -> bytes:
    tree = tree or Tree()
    return make_bundle(
        entry=world.ENTRY,
        index=3,
        proof=inclusion_proof(3, size, tree.hashes(size)),
        checkpoint=sign_checkpoint(tree.at(size), signer),
        keys=log_keys(FIRST, SECOND, THIRD) if keys is None else keys,
        openings=[Opening(world.PATH, world.SALT, world.PERSON)],
        withheld=[world.OTHER_PATH],
        claim=world.claim(),
        signer=world.ISSUER,
        succession=led or succession(),
    )


def codes(report: Report, ok: bool | None = False) -> set[str]:
    return {check.sentence.code for check in report.checks if check.ok is ok}


def test_keys_with_their_sizes_read_back_and_verify() -> None:
    data = bundle()
    parsed = parse_bundle(data)
    assert parsed.succession == succession()
    assert {key.key: (key.since, key.until) for key in parsed.of_role("log")} == RANGES
    report = verify_file(data)
    assert (report.ok, codes(report)) == (True, set())
    assert "succession.proved" in codes(report, True)


@pytest.mark.parametrize("known", [FIRST, SECOND, THIRD])
def test_who_trusts_any_of_the_keys_is_led_to_the_one_that_signed(known: SigningKey) -> None:
    report = verify_file(bundle(), trusted=[known.verifier, world.ISSUER.verifier])
    assert (report.ok, report.verdict.code) == (True, "verdict.good")
    said = {check.sentence.params["name"] for check in report.checks if check.sentence.code == "key.vouched"}
    assert bool(said) == (known is not THIRD)
    # Keys before the one that is trusted: nothing rests on them.
    assert ("key.former" in codes(report, None)) == (known is not FIRST)


def test_who_trusts_another_key_is_not_led_anywhere() -> None:
    report = verify_file(bundle(), trusted=[THIEF.verifier, world.ISSUER.verifier])
    assert codes(report) == {"key.untrusted"}


def test_an_ended_key_does_not_sign_a_larger_tree() -> None:
    for signer in (FIRST, SECOND):
        assert "log.ended" in codes(verify_file(bundle(signer=signer)))


def wrong(**changes: object) -> Succession:
    return replace(succession(), **changes)  # type: ignore[arg-type]


def test_stated_sizes_that_the_roster_does_not_give_are_refused() -> None:
    keys = log_keys(FIRST, SECOND, THIRD)
    for changed in (replace(keys[1], until=None), replace(keys[1], since=0), replace(keys[2], since=2)):
        stated = [changed if key.key == changed.key else key for key in keys]
        assert "succession.broken" in codes(verify_file(bundle(stated)))


def test_a_key_to_which_no_earlier_one_leads_is_refused() -> None:
    led = succession()
    for checkpoints in ((), led.checkpoints[:1], led.checkpoints[1:]):
        assert "succession.broken" in codes(verify_file(bundle(led=wrong(checkpoints=checkpoints))))


def test_a_checkpoint_from_before_the_next_key_was_named_leads_nowhere() -> None:
    tree = Tree()
    early = (tree.earlier(4, 10, FIRST), tree.earlier(8, 10, SECOND))
    assert "succession.broken" in codes(verify_file(bundle(led=wrong(checkpoints=early))))


def test_a_thief_with_an_ended_key_leads_nobody_to_a_key_of_his_own() -> None:
    # He signs, with the first key, a tree larger than the one at which it ended.
    forged = [*DATA[:8], roster((THIEF, "active")), b"c"]
    tree = Tree(forged)
    rosters = tuple(tree.leaf(index, 10) for index in (1, 4, 6, 7, 8))
    led = Succession(rosters, (tree.earlier(9, 10, FIRST),))
    keys = [*log_keys(FIRST), BundleKey("log", "RU", THIEF.verifier, 9)]
    report = verify_file(bundle(keys, led, THIEF, tree=tree))
    assert "succession.broken" in codes(report)
    assert not report.ok
    # Nor by leaving out the entry that ended it and signing a tree before that entry.
    hidden = Succession(tuple(tree.leaf(index, 10) for index in (1, 8)), (tree.earlier(6, 10, FIRST),))
    keys = [BundleKey("log", "RU", FIRST.verifier), BundleKey("log", "RU", THIEF.verifier, 9)]
    assert "succession.broken" in codes(verify_file(bundle(keys, hidden, THIEF, tree=tree)))


def test_what_is_not_of_this_tree_or_journal_is_refused() -> None:
    led, tree = succession(), Tree()
    other = Tree([b"another opening", *DATA[1:]])
    foreign = Tree([*DATA[:4], roster((SECOND, "active"), origin="other.example/log"), *DATA[5:]])
    cases: list[tuple[Succession, type[Exception]]] = [
        (wrong(rosters=(other.leaf(1, 10), *led.rosters[1:])), ProofError),
        (wrong(rosters=led.rosters[::-1]), FormatError),
        (wrong(rosters=(tree.leaf(3, 10),)), FormatError),
        (wrong(checkpoints=(other.earlier(6, 10, FIRST),)), ProofError),
        (wrong(checkpoints=(tree.earlier(6, 10, THIEF),)), SignatureError),
        (wrong(checkpoints=(tree.earlier(8, 10, FIRST),)), SignatureError),
    ]
    ring = [RangedKey(key, *RANGES[key]) for key in (A, B, C)]
    for case, error in cases:
        with pytest.raises(error):
            case.vouched(tree.at(10), ring, [A])
    with pytest.raises(FormatError, match="no roster of the journal"):
        Succession((foreign.leaf(4, 10),)).named(foreign.at(10))


def test_an_ended_key_does_not_come_back() -> None:
    tree = Tree([*DATA[:9], roster((FIRST, "active"))])
    rosters = tuple(tree.leaf(index, 10) for index in (1, 4, 6, 9))
    with pytest.raises(FormatError, match="cannot become active"):
        Succession(rosters).named(tree.at(10))


def test_a_key_that_signed_nothing_is_idle_still() -> None:
    led = wrong(checkpoints=(Tree().earlier(8, 10, SECOND),))
    report = verify_file(bundle([*log_keys(SECOND, THIRD)], led))
    assert report.ok
    assert "key.idle" in codes(verify_file(bundle(log_keys(FIRST, SECOND, THIRD), led)))


def test_every_byte_of_a_bundle_with_a_succession_counts() -> None:
    data = bundle()
    for at in range(0, len(data), 7):
        assert not verify_file(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).ok, at
