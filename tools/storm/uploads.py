"""What a dishonest partner uploads to a node's mirror: packages of entries that do not prove (C2SP tlog-mirror)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from comity.federation.source import Client
from comity.journal.store import Store
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from comity.kernel.entry import encode_entry
from comity.kernel.errors import ComityError
from comity.kernel.merkle import consistency_proof
from comity.kernel.mirror import (
    AddEntries,
    MirrorInfo,
    Package,
    format_add_entries,
    make_package,
    parse_info,
    stretches,
)
from comity.kernel.tiles import TILE
from comity.kernel.witness import format_add_checkpoint
from tools.quality.nodes import Node
from tools.storm.dishonest import LIE, key_of

ADD_CHECKPOINT, ADD_ENTRIES = "mirror/add-checkpoint", "mirror/add-entries"
ENTRY = encode_entry(LIE, 1, {"about": "lie:upload", "at": "2026-11-22T15:00:00Z"})
MARK = f"comity/{LIE}/".encode()
WAYS = ("entry", "proof", "swap", "more", "ticket", "torn")
MOST_PACKAGES = 4


def upload(liar: Node, victim: str, address: str, chance: random.Random, forged: set[bytes]) -> list[str] | None:
    """Upload forged packages to the victim's mirror; what it took of them. None where it did not come to that.

    First the mirror is told of the liar's newest tree, before the victim's follower has fetched it where that can be.
    Whatever is signed for the lie goes into `forged`.
    """
    client = Client(address, key_of(liar, "transport"))
    store = Store(liar.home / "journals" / "own")
    try:
        info = _pending(liar, client, store)
        if info is None:
            return None
        way = chance.choice(WAYS)
        start = chance.choice((info.next, max(0, info.next - chance.randint(1, 2 * TILE))))
        if start >= info.size:
            start = max(0, info.size - chance.randint(1, 2 * TILE))
        request = forge(way, _honest(liar.origin, store, info, start), chance)
        if way == "ticket":
            size = info.size + chance.randint(1, 300)
            lie = sign_checkpoint(Checkpoint(liar.origin, size, chance.randbytes(32)), key_of(liar, "log"))
            forged.add(lie)
            request = replace(request, end=size, ticket=chance.randbytes(32) + lie)
        body = format_add_entries(request)
        if way == "torn":
            # A torn tail is no lie: it is dropped, and what is whole before it is honest.
            body = body[: chance.randrange(len(body))]
        status, said, _ = client.send("POST", ADD_ENTRIES, body)
        if way != "torn" and status < 300:
            return [f"{victim} took a forged upload ({way}, {start} to {request.end}): {status} {said[:200]!r}."]
        return []
    except ComityError:
        return None
    finally:
        client.close()


def forge(way: str, request: AddEntries, chance: random.Random) -> AddEntries:
    """The same request with one package that does not prove, if `way` speaks of packages."""
    at = chance.randrange(len(request.packages))
    package = request.packages[at]
    entries, proof = list(package.entries), list(package.proof)
    first, second = chance.randrange(len(entries)), chance.randrange(len(entries))
    if way == "proof" and proof:
        proof[chance.randrange(len(proof))] = chance.randbytes(32)
    elif way == "swap" and entries[first] != entries[second]:
        entries[first], entries[second] = entries[second], entries[first]
    elif way == "more":
        proof.append(chance.randbytes(32))
    elif way in ("entry", "proof", "swap"):
        entries[first] = ENTRY
    bad = Package(package.start, tuple(entries), tuple(proof))
    return replace(request, packages=(*request.packages[:at], bad, *request.packages[at + 1 :]))


def kept(folder: Path) -> list[str]:
    """Files of a node's journals that hold an entry of a lie."""
    bundles = (path for path in (folder / "journals").rglob("*") if path.is_file() and "entries" in path.parts)
    return [str(path.relative_to(folder)) for path in bundles if MARK in path.read_bytes()]


def _pending(liar: Node, client: Client, store: Store) -> MirrorInfo | None:
    """Tell the mirror of the newest tree, and ask it where it is; None where there is nothing to upload for."""
    raw = store.checkpoint()
    if raw is None:
        return None
    size = parse_checkpoint(raw).checkpoint.size
    status, said, _ = client.send("POST", ADD_CHECKPOINT, format_add_checkpoint(0, [], raw))
    if status == 409 and said.strip().isdigit() and int(said) < size:
        old = int(said)
        proof = consistency_proof(old, size, store.reader(size).hash) if old else []
        client.send("POST", ADD_CHECKPOINT, format_add_checkpoint(old, proof, raw))
    status, said, _ = client.send("POST", ADD_ENTRIES, format_add_entries(AddEntries(liar.origin, 0, 2**40, b"", ())))
    info = parse_info(said) if status == 409 else None
    return info if info is not None and 0 < info.size <= _signed(store) else None


def _signed(store: Store) -> int:
    """How many entries the liar has signed by now: its people go on meanwhile."""
    raw = store.checkpoint()
    return parse_checkpoint(raw).checkpoint.size if raw else 0


def _honest(origin: str, store: Store, info: MirrorInfo, start: int) -> AddEntries:
    """The beginning of an upload from `start` on that proves."""
    reader = store.reader(info.size).hash
    packages = [
        make_package(first, _entries(store, first, end), info.size, reader)
        for first, end in list(stretches(start, info.size))[:MOST_PACKAGES]
    ]
    return AddEntries(origin, start, info.size, info.ticket, tuple(packages))


def _entries(store: Store, start: int, end: int) -> Sequence[bytes]:
    return [data for _, data in store.entries(start, end)]
