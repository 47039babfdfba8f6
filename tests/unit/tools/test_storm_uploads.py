"""A forged upload has a package that does not prove, whatever way it was made; what it plants is found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from comity.journal.store import Store
from comity.kernel.errors import ProofError
from comity.kernel.merkle import Frontier
from comity.kernel.mirror import AddEntries, MirrorInfo, verify_package
from tools.storm import uploads

SIZE = 700
ORIGIN = "liar.example/journal"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("liar") / "journals" / "own")
    made.root.mkdir(parents=True)
    made.grow(Frontier(), [b"entry %d" % number for number in range(SIZE)])
    return made


def proves(store: Store, request: AddEntries) -> bool:
    frontier = store.frontier(SIZE)
    hashes = store.reader(SIZE).hash
    for package in request.packages:
        before = [hashes(0, number) for number in range(package.rounded, package.start)]
        try:
            verify_package(package, before, SIZE, frontier.root())
        except ProofError:
            return False
    return True


@pytest.mark.parametrize("way", ["entry", "proof", "swap", "more"])
def test_no_forged_upload_proves(store: Store, way: str) -> None:
    for seed in range(12):
        chance = random.Random(seed)
        honest = uploads._honest(ORIGIN, store, MirrorInfo(SIZE, 0, b""), chance.randrange(SIZE))
        assert proves(store, honest)
        assert not proves(store, uploads.forge(way, honest, chance))


def test_what_a_lie_plants_is_found(store: Store, tmp_path: Path) -> None:
    assert uploads.kept(store.root.parent.parent) == []
    planted = Store(tmp_path / "journals" / "own")
    planted.root.mkdir(parents=True)
    planted.grow(Frontier(), [b"honest", uploads.ENTRY])
    assert uploads.kept(tmp_path) == ["journals/own/tile/entries/000.p/2"]
