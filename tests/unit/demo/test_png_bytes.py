"""The PNG writer: any reader gets the same picture back, and the bytes depend on no library's version."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.node.demo import png
from comity.node.demo.dice import Dice
from comity.node.demo.figures import figure
from comity.node.demo.motifs import MOTIFS
from comity.node.demo.raster import SIZE


def inflated(stream: bytes) -> bytes:
    return zlib.decompressobj(-15).decompress(stream)


def pixels_of(data: bytes) -> bytes:
    at, body = 8, b""
    while at < len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        assert zlib.crc32(data[at + 4 : at + 8 + length]).to_bytes(4, "big") == data[at + 8 + length : at + 12 + length]
        body += data[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    return zlib.decompress(body)


@given(st.binary(max_size=700), st.integers(min_value=1, max_value=90))
def test_what_is_deflated_inflates_to_itself(data: bytes, stride: int) -> None:
    assert inflated(png.deflate(data, stride)) == data


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=250, max_value=9000))
def test_long_runs_inflate_to_themselves(period: int, length: int) -> None:
    data = (bytes(range(period)) * length)[:length]
    assert inflated(png.deflate(data, 81)) == data


def test_a_far_match_inflates_to_itself() -> None:
    far = bytes(i * i % 251 for i in range(30_000))
    assert inflated(png.deflate(b"comity" + far + b"comity" + far, 81)) == b"comity" + far + b"comity" + far


def test_pixels_come_back_two_to_a_byte() -> None:
    data = png.encode(bytes([0, 1, 2, 3, 3, 2, 1, 0]), 4, 2, [(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)])
    assert pixels_of(data) == bytes([0, 0x01, 0x23, 0, 0x32, 0x10])


def test_sizes_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="do not make"):
        png.encode(b"\0" * 7, 4, 2, [(0, 0, 0)])


@pytest.mark.parametrize("name", sorted(MOTIFS))
def test_every_motif_draws_something_in_under_six_kilobytes(name: str) -> None:
    drawing = figure(Dice("motif", name), motif=name)
    rows = pixels_of(drawing.png)
    assert len(rows) == SIZE * (SIZE // 2 + 1)
    painted = sum(1 for byte in rows if byte)
    assert 300 < painted < 0.95 * len(rows)
    assert len(drawing.png) < 6_000
    assert MOTIFS[name].vienna in drawing.vienna


def test_the_same_dice_draw_the_same_bytes() -> None:
    first, second = figure(Dice(1, "x"), "ЖУРАЎЛІК"), figure(Dice(1, "x"), "ЖУРАЎЛІК")
    assert hashlib.sha256(first.png).digest() == hashlib.sha256(second.png).digest()
