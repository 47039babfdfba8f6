"""Entry bundles hold entries with their lengths, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError
from comity.kernel.tiles import decode_bundle, encode_bundle


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_entries_read_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


def test_the_longest_and_the_empty_entry_are_held() -> None:
    entries = [bytes(65535), b"", b"a"]
    data = encode_bundle(entries)
    assert data[:2] == b"\xff\xff"
    assert data[-5:] == b"\x00\x00\x00\x01a"
    assert decode_bundle(data, 3) == entries


@pytest.mark.parametrize("entries", [[], [b""] * 257, [bytes(65536)]])
def test_what_no_bundle_can_hold_is_refused(entries: list[bytes]) -> None:
    with pytest.raises(FormatError):
        encode_bundle(entries)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20), st.data())
def test_a_bundle_cut_anywhere_or_longer_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    good = encode_bundle(entries)
    cut = data.draw(st.integers(0, len(good) - 1))
    for bad, width in (
        (good[:cut], len(entries)),
        (good + data.draw(st.binary(min_size=1, max_size=4)), len(entries)),
        (good, len(entries) + 1),
        (good, len(entries) - 1),
    ):
        with pytest.raises(FormatError):
            decode_bundle(bad, width)


def test_a_length_past_the_end_is_refused_with_its_place() -> None:
    with pytest.raises(FormatError, match="entry 1 of 2"):
        decode_bundle(b"\x00\x01a\x00\x05bcd", 2)
