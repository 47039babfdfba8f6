"""What a dishonest partner does with its own keys: it signs another tree than the one that it showed before."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from comity.federation.source import Client
from comity.journal.store import Store
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from comity.kernel.entry import encode_entry
from comity.kernel.errors import ComityError
from comity.kernel.identifiers import origin_hash
from comity.kernel.merkle import Frontier
from comity.kernel.notes import SigningKey
from comity.kernel.witness import format_add_checkpoint
from tools.quality.nodes import Node

# The kind of entries that are in no journal: no node may have one in its files.
LIE = "journal.lie"
# Where another tree is shown to a node without waiting until it asks.
SHOWN_TO = {"fork_witness": "witness/add-checkpoint", "fork_mirror": "mirror/add-checkpoint"}


@dataclass(slots=True)
class Lie:
    """A checkpoint that `liar` signed against its own journal, meant for `victim`; `answers` that go with it by path.

    `told`: it arrived whole at least once, so that the victim must keep it.
    """

    liar: str
    victim: str
    checkpoint: bytes
    answers: dict[str, bytes] = field(default_factory=dict)
    told: bool = False


def key_of(node: Node, role: str) -> SigningKey:
    return SigningKey.parse((node.home / "keys" / f"{role}.key").read_text().strip())


def held_size(victim: Node, liar: Node) -> int:
    """How many entries of the liar's journal the victim has under a complete checkpoint."""
    raw = Store(victim.home / "journals" / origin_hash(liar.origin)).checkpoint()
    return parse_checkpoint(raw).checkpoint.size if raw else 0


def fork(liar: Node, victim: Node, chance: random.Random, folder: Path, forged: set[bytes]) -> Lie | None:
    """Another tree: of a size that the victim holds, or larger, with its own tiles. None while it holds nothing.

    Whatever is signed for it goes into `forged`.
    """
    size = held_size(victim, liar)
    if size < 1:
        return None
    if chance.random() < 0.5:
        raw = _signed(liar, chance.randint(1, size), chance.randbytes(32), forged)
        return Lie(liar.party, victim.party, raw, {"journal/checkpoint": raw})
    store, frontier = Store(folder), Frontier()
    folder.mkdir(parents=True)
    entries = [data for _, data in Store(liar.home / "journals" / "own").entries(0, size)]
    body = {"about": f"lie:{chance.randrange(10**9)}", "at": "2026-11-22T15:00:00Z"}
    entries[0] = encode_entry(LIE, 1, body)
    store.grow(frontier, [*entries, *[entries[0]] * chance.randint(1, 600)])
    raw = _signed(liar, frontier.size, frontier.root(), forged)
    files = {f"journal/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return Lie(liar.party, victim.party, raw, {**files, "journal/checkpoint": raw})


def show(kind: str, liar: Node, victim: Node, address: str, chance: random.Random, forged: set[bytes]) -> Lie | None:
    """Show the victim's witness or mirror a tree that does not extend what it knows. None where it knows nothing.

    Nor where it does not answer. Whatever is signed for it goes into `forged`.
    """
    client, path = Client(address, key_of(liar, "transport")), SHOWN_TO[kind]
    try:
        probe = _signed(liar, 1, chance.randbytes(32), forged)
        status, said, _ = client.send("POST", path, format_add_checkpoint(0, [], probe))
        if status != 409 or not said.strip().isdigit() or int(said) < 2:
            return None
        old = int(said)
        raw = _signed(liar, old + chance.choice((0, 1, 300)), chance.randbytes(32), forged)
        size = parse_checkpoint(raw).checkpoint.size
        proof = [chance.randbytes(32) for _ in range((size - 1).bit_length())] if size > old else []
        status, _, _ = client.send("POST", path, format_add_checkpoint(old, proof, raw))
        if status == 409:
            return None  # It has moved on in between.
        return Lie(liar.party, victim.party, raw, told=status in {200, 422})
    except ComityError:
        return None
    finally:
        client.close()


def _signed(liar: Node, size: int, root: bytes, forged: set[bytes]) -> bytes:
    raw = sign_checkpoint(Checkpoint(liar.origin, size, root), key_of(liar, "log"))
    forged.add(raw)
    return raw
