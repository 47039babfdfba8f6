"""Uploads to a mirror: read strictly, bounded, each package proved on its own."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel import mirror
from comity.kernel.errors import FormatError, ProofError
from comity.kernel.merkle import leaf_hashes, tree_root
from comity.kernel.mirror import (
    AddEntries,
    MirrorInfo,
    Package,
    format_add_entries,
    format_info,
    make_package,
    parse_add_entries,
    parse_info,
    stretches,
    unpack,
    verify_package,
)
from tests.unit.kernel.logs import MemoryLog

ORIGIN = "office-ru.example/journal"
ENTRIES = [f"entry {i}".encode() for i in range(1000)]
LEAVES = leaf_hashes(ENTRIES)
ROOT = tree_root(LEAVES)


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    made = MemoryLog()
    made.add(LEAVES)
    return made


def upload(log: MemoryLog, start: int, end: int, ticket: bytes = b"t") -> AddEntries:
    reader = log.reader(len(ENTRIES))
    packages = [make_package(s, ENTRIES[s:e], end, reader) for s, e in stretches(start, end)]
    return AddEntries(ORIGIN, start, end, ticket, tuple(packages))


def test_packages_end_at_multiples_of_256() -> None:
    assert list(stretches(0, 600)) == [(0, 256), (256, 512), (512, 600)]
    assert list(stretches(300, 600)) == [(300, 512), (512, 600)]
    assert list(stretches(256, 256)) == []


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1000), (0, 1), (255, 257), (300, 1000), (512, 1000), (999, 1000), (7, 7)]
)
def test_an_upload_reads_back_and_proves(log: MemoryLog, start: int, end: int) -> None:
    request = upload(log, start, end)
    assert parse_add_entries(format_add_entries(request)) == request
    root = tree_root(LEAVES[:end])
    for package in request.packages:
        before = LEAVES[package.rounded : package.start]
        assert verify_package(package, before, end, root) == LEAVES[package.start : package.end]


def test_a_torn_tail_is_left_out(log: MemoryLog) -> None:
    body = format_add_entries(upload(log, 0, 1000))
    assert len(parse_add_entries(body[:-1]).packages) == 3
    first = len(format_add_entries(replace(upload(log, 0, 1000), packages=upload(log, 0, 1000).packages[:1])))
    assert len(parse_add_entries(body[:first]).packages) == 1
    assert len(parse_add_entries(body[: first - 1]).packages) == 0
    assert len(parse_add_entries(body + b"rubbish").packages) == 4


def test_a_head_that_is_cut_or_malformed_is_refused(log: MemoryLog) -> None:
    head = format_add_entries(replace(upload(log, 0, 1000), packages=()))
    for at in range(len(head)):
        with pytest.raises(FormatError):
            parse_add_entries(head[:at])
    with pytest.raises(FormatError, match="UTF-8"):
        parse_add_entries(b"\x00\x01\xff" + head)
    for start, end in ((5, 4), (0, 2**63)):
        with pytest.raises(FormatError, match="range"):
            parse_add_entries(b"\0\0" + start.to_bytes(8, "big") + end.to_bytes(8, "big") + b"\0\0")


def test_more_than_thirty_two_packages_are_not_taken() -> None:
    body = format_add_entries(AddEntries(ORIGIN, 0, 256 * 40, b"", ())) + bytes(513) * 40
    found = parse_add_entries(body).packages
    assert len(found) == mirror.MAX_PACKAGES
    assert found[0] == Package(0, (b"",) * 256, ())


def test_a_proof_of_more_than_63_hashes_ends_the_reading() -> None:
    body = format_add_entries(AddEntries(ORIGIN, 0, 1, b"", ())) + b"\0\0" + bytes([64]) + bytes(64 * 32)
    assert parse_add_entries(body).packages == ()
    with pytest.raises(FormatError):
        format_add_entries(AddEntries(ORIGIN, 0, 1, b"", (Package(0, (b"",), (bytes(32),) * 64),)))


def test_what_is_altered_does_not_prove(log: MemoryLog) -> None:
    package = upload(log, 300, 1000).packages[0]
    before = LEAVES[256:300]
    verify_package(package, before, 1000, ROOT)
    lies = [
        (replace(package, entries=(b"another", *package.entries[1:])), before, 1000, ROOT),
        (replace(package, entries=package.entries[:-1]), before, 1000, ROOT),
        (replace(package, proof=package.proof[:-1]), before, 1000, ROOT),
        (replace(package, proof=(*package.proof, bytes(32))), before, 1000, ROOT),
        (replace(package, proof=package.proof[::-1]), before, 1000, ROOT),
        (replace(package, start=301), [*before, LEAVES[300]], 1000, ROOT),
        (package, before[:-1], 1000, ROOT),
        (package, LEAVES[:44], 1000, ROOT),
        (package, before, 1000, bytes(32)),
    ]
    for lie in lies:
        with pytest.raises(ProofError):
            verify_package(*lie)


@given(st.binary(max_size=300))
def test_rubbish_is_read_or_refused(data: bytes) -> None:
    try:
        request = parse_add_entries(data)
    except FormatError:
        return
    assert data.startswith(format_add_entries(request))


@given(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.integers(0, 2**40),
    st.integers(0, 600),
    st.binary(max_size=40),
    st.randoms(use_true_random=False),
    st.integers(0, 80),
)
def test_every_upload_reads_back(origin: str, start: int, count: int, ticket: bytes, chance: object, cut: int) -> None:
    from random import Random

    assert isinstance(chance, Random)
    packages = tuple(
        Package(s, tuple(chance.randbytes(chance.randrange(4)) for _ in range(s, e)), (chance.randbytes(32),) * 2)
        for s, e in stretches(start, start + count)
    )
    request = AddEntries(origin, start, start + count, ticket, packages)
    body = format_add_entries(request)
    assert parse_add_entries(body) == request
    if packages and cut:
        torn = parse_add_entries(body[:-cut])
        assert torn.packages == packages[: len(torn.packages)]
        assert len(torn.packages) < len(packages)


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.binary(max_size=50))
def test_what_a_mirror_says_of_itself_reads_back(size: int, following: int, ticket: bytes) -> None:
    info = MirrorInfo(size, following, ticket)
    assert parse_info(format_info(info).encode()) == info


@pytest.mark.parametrize(
    "text", ["", "1\n2\n", "1\n2\n\n\n", "01\n2\n\n", "1\n-2\n\n", "1\n2\nA\n", "1\n2\nAA\n", "1\r\n2\n\n"]
)
def test_another_form_of_it_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_info(text.encode())


def test_a_gzip_bomb_is_cut() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    assert len(unpack(bomb, 100_000)) == 100_000
    assert unpack(gzip.compress(b"whole"), 100) == b"whole"
    assert unpack(gzip.compress(b"torn" * 1000)[:-9], 10_000)[:4] == b"torn"
    with pytest.raises(FormatError):
        unpack(b"rubbish", 100)
