"""A small log in memory, and known keys, for the tests of the kernel."""

from __future__ import annotations

import json
from typing import Any

from comity.kernel.errors import NotFoundError
from comity.kernel.merkle import leaf_hash, leaf_hashes
from comity.kernel.notes import KIND_COSIGNATURE, KIND_ED25519, SigningKey
from comity.kernel.tiles import TileReader, grow
from tests.shared import shared_file

LOG = SigningKey("journal.office-a.example/v1", KIND_ED25519, b"\x01" * 32)
WITNESS = SigningKey("witness.office-b.example/w1", KIND_COSIGNATURE, b"\x02" * 32)

REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of Certificate Transparency's reference tree."""


class MemoryLog:
    """Tiles in a dictionary, written only by `grow`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.size = 0

    def fetch(self, path: str) -> bytes:
        if path not in self.files:
            raise NotFoundError("There is no such file.", place=path)
        return self.files[path]

    def add(self, leaves: list[bytes]) -> None:
        for path, data in grow(self.size, leaves, self.fetch):
            self.files[path] = data
        self.size += len(leaves)

    def reader(self, size: int | None = None) -> TileReader:
        return TileReader(self.fetch, self.size if size is None else size)


def decimal_leaves(count: int) -> list[bytes]:
    """The leaf hashes of the entries "0", "1", "2" …"""
    return leaf_hashes(str(i).encode() for i in range(count))


def reference_log() -> MemoryLog:
    log = MemoryLog()
    log.add([leaf_hash(data) for data in REFERENCE_LEAVES])
    return log


def vectors() -> Any:
    """The long vectors, which are kept outside of the project."""
    return json.loads(shared_file("spec/tlog-vectors.json").read_text())
