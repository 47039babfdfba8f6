"""Tiles: their paths, which ones a tree has, and reading the tree back from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError, NotFoundError, ProofError
from comity.kernel.merkle import Frontier, tree_root
from comity.kernel.tiles import (
    TILE,
    TileReader,
    bundle_path,
    decode_tile,
    frontier,
    grow,
    new_tiles,
    parse_tile_path,
    tile_path,
    tiles_of,
)
from tests.unit.kernel.logs import MemoryLog, decimal_leaves

LEAVES = decimal_leaves(70_000)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("tile/0/000", (0, 0, 256)),
        ("tile/entries/000", (None, 0, 256)),
        ("tile/0/x001/000", (0, 1000, 256)),
        ("tile/2/x001/x234/067", (2, 1234067, 256)),
        ("tile/0/x001/x234/067.p/12", (0, 1234067, 12)),
        ("tile/entries/999.p/255", (None, 999, 255)),
        ("tile/63/000.p/1", (63, 0, 1)),
    ],
)
def test_paths_are_those_of_the_specification(path: str, parts: tuple[int | None, int, int]) -> None:
    assert parse_tile_path(path) == parts
    level, n, width = parts
    assert (bundle_path(n, width) if level is None else tile_path(level, n, width)) == path


@given(st.none() | st.integers(0, 63), st.integers(0, 2**54), st.integers(1, TILE))
def test_paths_read_back(level: int | None, n: int, width: int) -> None:
    path = bundle_path(n, width) if level is None else tile_path(level, n, width)
    assert parse_tile_path(path) == (level, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/001/000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/0",
        "tile/0/0000",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/data/000",
        "tile/0/../0/000",
        "checkpoint",
        "",
    ],
)
def test_other_spellings_of_paths_are_refused(path: str) -> None:
    with pytest.raises(FormatError):
        parse_tile_path(path)


@pytest.mark.parametrize(("level", "n", "width"), [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_no_path_is_made_for_a_tile_that_cannot_be(level: int, n: int, width: int) -> None:
    with pytest.raises(FormatError):
        tile_path(level, n, width)


def test_the_tiles_of_the_sizes_that_the_specification_names() -> None:
    assert tiles_of(0) == []
    assert tiles_of(1) == [(0, 0, 1)]
    assert tiles_of(256) == [(0, 0, 256), (1, 0, 1)]
    tiles = tiles_of(70_000)
    assert tiles[:273] == [(0, n, 256) for n in range(273)]
    assert tiles[273:] == [(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_growing_writes_what_the_new_tree_has_and_the_old_one_had_not(a: int, b: int) -> None:
    old, new = sorted((a, b))
    assert new_tiles(old, new) == [tile for tile in tiles_of(new) if tile not in set(tiles_of(old))]


def test_a_log_does_not_shrink() -> None:
    with pytest.raises(ProofError):
        new_tiles(5, 4)


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_a_log_grown_in_portions_has_the_tiles_that_each_growth_demands(portions: list[int]) -> None:
    log, at = MemoryLog(), 0
    for portion in portions:
        written = dict(grow(at, LEAVES[at : at + portion], log.fetch))
        assert list(written) == [tile_path(*tile) for tile in new_tiles(at, at + portion)]
        log.add(LEAVES[at : at + portion])
        at += portion
        edge = frontier(at, log.fetch)
        assert edge.root() == tree_root(LEAVES[:at])
        assert edge.size == at
    for level, n, width in tiles_of(at):
        if level == 0:
            assert log.files[tile_path(0, n, width)] == b"".join(LEAVES[n * TILE : n * TILE + width])
        else:
            span = TILE**level
            assert decode_tile(log.files[tile_path(level, n, width)], width) == [
                tree_root(LEAVES[(n * TILE + i) * span : (n * TILE + i + 1) * span]) for i in range(width)
            ]


def test_three_levels_of_tiles_lead_to_the_root() -> None:
    log = MemoryLog()
    log.add(LEAVES)
    assert set(log.files) == {tile_path(*tile) for tile in tiles_of(70_000)}
    assert frontier(70_000, log.fetch).root() == tree_root(LEAVES)
    assert log.reader().hash(16, 0) == tree_root(LEAVES[:65536])
    assert log.reader()(9, 3) == tree_root(LEAVES[1536:2048])


def test_the_frontier_of_tiles_continues_the_log_after_a_restart() -> None:
    log = MemoryLog()
    log.add(LEAVES[:1000])
    edge = frontier(1000, log.fetch)
    edge.extend(LEAVES[1000:1300])
    whole = Frontier()
    whole.extend(LEAVES[:1300])
    assert edge.stack == whole.stack


def test_a_partial_tile_that_is_gone_is_read_from_the_full_one() -> None:
    log = MemoryLog()
    log.add(LEAVES[:300])
    log.add(LEAVES[300:600])
    del log.files["tile/0/001.p/44"]
    assert frontier(300, log.fetch).root() == tree_root(LEAVES[:300])
    with pytest.raises(NotFoundError):
        TileReader(MemoryLog().fetch, 300).hash(0, 0)
    del log.files["tile/0/001"]
    with pytest.raises(NotFoundError):
        frontier(300, log.fetch)


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-1], lambda data: data + b"\x00", lambda data: data[:-32], lambda data: b""]
)
def test_a_tile_of_another_length_is_refused_and_named(spoil: object) -> None:
    assert callable(spoil)
    log = MemoryLog()
    log.add(LEAVES[:300])
    for path in ("tile/0/000", "tile/0/001.p/44"):
        files = dict(log.files)
        files[path] = spoil(files[path])
        reader = TileReader(files.__getitem__, 300)
        with pytest.raises(FormatError, match=path):
            reader.hash(0, 0 if path == "tile/0/000" else 299)


def test_hashes_outside_of_the_tree_are_not_read() -> None:
    log = MemoryLog()
    log.add(LEAVES[:300])
    reader = log.reader()
    for level, index in ((0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)):
        with pytest.raises(ProofError):
            reader.hash(level, index)


def test_a_tile_is_fetched_once_while_it_is_remembered() -> None:
    log = MemoryLog()
    log.add(LEAVES[: 256 * 70])
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return log.fetch(path)

    reader = TileReader(fetch, log.size)
    for index in range(256 * 70):
        reader.hash(0, index)
    assert len(asked) == len(set(asked)) == 70
    reader.hash(0, 0)
    assert len(asked) == 71
