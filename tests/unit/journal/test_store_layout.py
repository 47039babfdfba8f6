"""The files of a journal are those of C2SP tlog-tiles, immutable, and readable at any size they ever had."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from comity.journal.store import Store
from comity.kernel import tiles
from comity.kernel.errors import IntegrityError, NotFoundError
from comity.kernel.merkle import Frontier, inclusion_proof, leaf_hash, tree_root, verify_inclusion

DATA = [random.Random(i).randbytes(i % 50) for i in range(1100)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def grow(store: Store, *sizes: int) -> Frontier:
    frontier = Frontier()
    for size in sizes:
        store.grow(frontier, DATA[frontier.size : size])
        assert frontier.root() == tree_root([leaf_hash(item) for item in DATA[:size]])
    return frontier


def files(store: Store) -> dict[str, bytes]:
    return {p.relative_to(store.root).as_posix(): p.read_bytes() for p in store.root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("sizes", [(1,), (255, 256, 257), (3, 300, 1100), (1100,), (512, 513, 1024)])
def test_the_files_are_those_that_the_document_names(store: Store, sizes: tuple[int, ...]) -> None:
    grow(store, *sizes)
    expected: dict[str, bytes] = {}
    old = 0
    for size in sizes:
        level, hashes = 0, [leaf_hash(item) for item in DATA[:size]]
        for level, n, width in tiles.new_tiles(old, size):
            reader = [*hashes]
            for _ in range(level):
                reader = [tree_root(reader[i : i + 256]) for i in range(0, len(reader) - 255, 256)]
            expected[tiles.tile_path(level, n, width)] = b"".join(reader[n * 256 : n * 256 + width])
            if level == 0:
                expected[tiles.bundle_path(n, width)] = tiles.encode_bundle(DATA[n * 256 : n * 256 + width])
        old = size
    assert files(store) == expected


def test_any_range_and_any_entry_can_be_read_back(store: Store) -> None:
    grow(store, 200, 290, 700)
    for start, end in ((0, 700), (0, 1), (255, 257), (100, 290), (280, 289), (690, 700), (512, 600), (5, 5)):
        assert list(store.entries(start, end)) == list(enumerate(DATA))[start:end]
    assert [store.entry(i, 700) for i in (0, 255, 256, 699)] == [DATA[i] for i in (0, 255, 256, 699)]
    for index in (-1, 700):
        with pytest.raises(NotFoundError):
            store.entry(index, 700)


def test_proofs_are_made_for_every_size_that_was_signed(store: Store) -> None:
    grow(store, 290, 700)
    store.drop_partials(700)
    for size in (290, 256, 689, 700, 1):
        root = store.frontier(size).root()
        assert root == tree_root([leaf_hash(item) for item in DATA[:size]])
        for index in (0, size // 2, size - 1):
            proof = inclusion_proof(index, size, store.reader(size).hash)
            verify_inclusion(index, size, leaf_hash(DATA[index]), proof, root)


def test_a_partial_file_is_dropped_only_when_the_full_one_is_published(store: Store) -> None:
    grow(store, 100, 255)
    store.drop_partials(255)
    assert "tile/0/000.p/100" in files(store)
    frontier = grow(store, 100, 255, 300)
    store.drop_partials(255)
    assert "tile/0/000.p/255" in files(store)
    store.drop_partials(frontier.size)
    left = files(store)
    assert not [path for path in left if path.startswith(("tile/0/000.p", "tile/entries/000.p"))]
    assert {"tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"} <= set(left)
    assert store.fetch("tile/0/000.p/100") == left["tile/0/000"][:3200]


def test_a_file_that_exists_with_other_bytes_is_refused(store: Store) -> None:
    grow(store, 300)
    before = files(store)
    other = Frontier()
    with pytest.raises(IntegrityError, match="other bytes"):
        store.grow(other, [*DATA[:299], b"other"])
    assert files(store) == before
    assert other.size == 0


def test_what_is_not_there_is_not_found(store: Store) -> None:
    grow(store, 300)
    for path in ("tile/0/001", "tile/0/001.p/45", "tile/entries/002.p/1", "tile/5/000"):
        with pytest.raises(NotFoundError):
            store.fetch(path)


def test_no_temporary_file_is_left(store: Store) -> None:
    grow(store, 3, 700)
    store.publish(b"checkpoint")
    assert not [path for path in files(store) if "tmp" in path]
