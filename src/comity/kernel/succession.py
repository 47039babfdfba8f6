"""What leads from one key of a log to the next: entries of its roster, and checkpoints that the earlier keys signed.

All of it is tied to one tree: roster entries by inclusion (RFC 6962 §2.1.1), checkpoints by consistency (RFC 9162
§2.1.4). A later key counts because an earlier one signed a tree that holds the entry naming it. What is proved is what
the journal says up to that tree; that no entry of the roster was left out is its issuer's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.entry import parse_entry
from comity.kernel.errors import FormatError, SignatureError
from comity.kernel.keyring import RangedKey
from comity.kernel.merkle import leaf_hash, verify_consistency, verify_inclusion
from comity.kernel.notes import VerifierKey, verify_note
from comity.kernel.shapes import binary, items, record, text, whole
from comity.kernel.wire import b64

ROSTER = ("key.roster", 1)
ENDED = frozenset({"retired", "revoked"})
MAX_ROSTERS = 256
MAX_CHECKPOINTS = 64


@dataclass(frozen=True, slots=True)
class RosterLeaf:
    """An entry of the roster at `index`, and its inclusion proof."""

    index: int
    entry: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A checkpoint that a log key signed, and the proof that the tree goes on from it."""

    checkpoint: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key as roster entries say: the entry that names it, the state it came to, and the sizes for which it counts."""

    vkey: str
    entry: int
    state: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Succession:
    """Roster entries in the order of the journal, and checkpoints in that of their sizes."""

    rosters: tuple[RosterLeaf, ...] = ()
    checkpoints: tuple[Earlier, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "rosters": [
                {"index": leaf.index, "entry": b64(leaf.entry), "proof": [b64(item) for item in leaf.proof]}
                for leaf in self.rosters
            ],
            "checkpoints": [
                {"checkpoint": earlier.checkpoint.decode(), "proof": [b64(item) for item in earlier.proof]}
                for earlier in self.checkpoints
            ],
        }

    def named(self, tree: Checkpoint, role: str = "log") -> dict[str, NamedKey]:
        """The keys of a role by their text, as the entries say that are proved to lie in `tree`.

        Raises FormatError for what is no roster of this journal, ProofError where an entry is not in the tree.
        """
        found: dict[str, NamedKey] = {}
        before = -1
        for leaf in self.rosters:
            if leaf.index <= before:
                raise FormatError("The entries of the roster are not in the journal's order.", place=str(leaf.index))
            before = leaf.index
            verify_inclusion(leaf.index, tree.size, leaf_hash(leaf.entry), list(leaf.proof), tree.root)
            for item in _items(leaf, tree.origin):
                if item["role"] == role:
                    found[item["vkey"]] = _step(found, leaf.index, item)
        return found

    def vouched(
        self, tree: Checkpoint, keys: Iterable[RangedKey], start: Iterable[VerifierKey]
    ) -> frozenset[VerifierKey]:
        """Those of `start` and the later keys that they lead to: each named in a tree that one of them has signed.

        `keys` have the ranges that the roster gives them. Raises SignatureError for a checkpoint that no such key
        signed in its range, ProofError for one that `tree` does not go on from.
        """
        ring = tuple(keys)
        named = self.named(tree)
        signed = [(checkpoint.size, by) for checkpoint, by in self._signed(tree, ring)]
        known = set(start)
        for _ in range(len(signed) + 1):
            for size, by in signed:
                if led := by & known:
                    oldest = min(named[str(key)].entry for key in led)
                    known.update(held.key for held in ring if oldest < named[str(held.key)].entry < size)
        return frozenset(known)

    def _signed(
        self, tree: Checkpoint, ring: tuple[RangedKey, ...]
    ) -> Iterable[tuple[Checkpoint, frozenset[VerifierKey]]]:
        for earlier in self.checkpoints:
            parsed = parse_checkpoint(earlier.checkpoint)
            checkpoint = parsed.checkpoint
            if checkpoint.origin != tree.origin:
                raise FormatError(f"A checkpoint of the succession is of {checkpoint.origin}.", place=tree.origin)
            verify_consistency(checkpoint.size, tree.size, earlier.proof, checkpoint.root, tree.root)
            able = [held.key for held in ring if held.covers(checkpoint.size)]
            lines = {(line.name, line.keyid) for line in verify_note(parsed.note, able)}
            yield checkpoint, frozenset(key for key in able if (key.name, key.keyid) in lines)


def read_succession(value: Any, place: str = "succession") -> Succession:
    """What `to_json` wrote; FormatError unless it has exactly its form."""
    body = record(value, {"rosters", "checkpoints"}, place)
    rosters = []
    for item in items(body["rosters"], place, MAX_ROSTERS):
        one = record(item, {"index", "entry", "proof"}, place)
        leaf = RosterLeaf(whole(one["index"], place), binary(one["entry"], place), _hashes(one["proof"], place))
        rosters.append(leaf)
    checkpoints = []
    for item in items(body["checkpoints"], place, MAX_CHECKPOINTS):
        one = record(item, {"checkpoint", "proof"}, place)
        checkpoints.append(Earlier(text(one["checkpoint"], place).encode(), _hashes(one["proof"], place)))
    return Succession(tuple(rosters), tuple(checkpoints))


def _hashes(value: Any, place: str) -> tuple[bytes, ...]:
    return tuple(binary(item, place, 32) for item in items(value, place, 128))


def ranged(named: Mapping[str, NamedKey], key: VerifierKey) -> RangedKey:
    """A key with the range that the roster gives it. SignatureError where it names no such key."""
    said = named.get(str(key))
    if said is None:
        raise SignatureError("The roster names no such key.", place=f"{key.name}+{key.keyid.hex()}")
    return RangedKey(key, said.since, said.until)


def _items(leaf: RosterLeaf, origin: str) -> list[dict[str, str]]:
    entry = parse_entry(leaf.entry)
    found: Any = entry.body.get("keys")
    if (entry.kind, entry.version) != ROSTER or entry.body.get("about") != f"keys:{origin}":
        raise FormatError("This entry is no roster of the journal.", place=f"entry {leaf.index}")
    if not isinstance(found, list) or not all(
        isinstance(item, dict) and all(isinstance(item.get(name), str) for name in ("role", "state", "vkey"))
        for item in found
    ):
        raise FormatError("The roster does not have its form.", place=f"entry {leaf.index}")
    return found


def _step(found: Mapping[str, NamedKey], index: int, item: Mapping[str, str]) -> NamedKey:
    said, state = found.get(item["vkey"]), item["state"]
    if said is None:
        if state != "active":
            raise FormatError(f"A key that is new cannot become {state[:40]}.", place=f"entry {index}")
        # Those of the first entry that names any count from the start, as in the journal's own handler.
        later = any(other.entry < index for other in found.values())
        return NamedKey(item["vkey"], index, state, index + 1 if later else 0)
    if said.state in ENDED and state != "revoked":
        raise FormatError(f"A key that is {said.state} cannot become {state[:40]}.", place=f"entry {index}")
    until = index if state in ENDED and said.until is None else said.until
    return NamedKey(said.vkey, said.entry, state, said.since, until)
