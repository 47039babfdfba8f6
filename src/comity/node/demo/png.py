"""A PNG writer whose bytes depend on nothing but the picture: no zlib, whose output changes with its version.

PNG (ISO/IEC 15948), palette images of 4 bits a pixel; DEFLATE (RFC 1951) with the fixed Huffman codes and
matches found through a table of the last place of every three bytes; zlib wrapper (RFC 1950).
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Sequence

Colour = tuple[int, int, int]

_MAX_MATCH = 258
_WINDOW = 32768


def _reversed_bits(value: int, length: int) -> int:
    out = 0
    for _ in range(length):
        out = out << 1 | value & 1
        value >>= 1
    return out


def _literal_codes() -> list[tuple[int, int]]:
    """The fixed code of each literal and length symbol, bits reversed for output. RFC 1951 §3.2.6."""
    codes = []
    for symbol in range(288):
        if symbol < 144:
            code, length = 0x30 + symbol, 8
        elif symbol < 256:
            code, length = 0x190 + symbol - 144, 9
        elif symbol < 280:
            code, length = symbol - 256, 7
        else:
            code, length = 0xC0 + symbol - 280, 8
        codes.append((_reversed_bits(code, length), length))
    return codes


def _length_symbols() -> list[tuple[int, int, int]]:
    """(symbol, extra value, extra bits) of each match length from 0 to 258. RFC 1951 §3.2.5."""
    table = [(0, 0, 0)] * 3
    symbol, base = 257, 3
    while symbol < 285:
        extra = 0 if symbol < 265 else (symbol - 261) // 4
        table += [(symbol, value, extra) for value in range(1 << extra)]
        base += 1 << extra
        symbol += 1
    return [*table[:_MAX_MATCH], (285, 0, 0)]


def _distance_symbols() -> list[tuple[int, int]]:
    """(base, extra bits) of each distance symbol."""
    out, base = [], 1
    for symbol in range(30):
        extra = 0 if symbol < 4 else symbol // 2 - 1
        out.append((base, extra))
        base += 1 << extra
    return out


_LITERALS = _literal_codes()
_LENGTHS = _length_symbols()
_DISTANCES = _distance_symbols()
_DISTANCE_CODES = [_reversed_bits(symbol, 5) for symbol in range(30)]


class _Bits:
    def __init__(self) -> None:
        self.out = bytearray()
        self._hold = 0
        self._count = 0

    def put(self, value: int, length: int) -> None:
        self._hold |= value << self._count
        self._count += length
        while self._count >= 8:
            self.out.append(self._hold & 255)
            self._hold >>= 8
            self._count -= 8

    def finish(self) -> bytes:
        if self._count:
            self.out.append(self._hold & 255)
        return bytes(self.out)


def _match_length(data: bytes, old: int, now: int) -> int:
    limit = min(_MAX_MATCH, len(data) - now)
    length = 0
    while length < limit:
        step = min(16, limit - length)
        if data[old + length : old + length + step] == data[now + length : now + length + step]:
            length += step
            continue
        while length < limit and data[old + length] == data[now + length]:
            length += 1
        break
    return length


def deflate(data: bytes, stride: int) -> bytes:
    """The data as one final DEFLATE block; matches one byte and one `stride` back are tried first."""
    bits = _Bits()
    bits.put(0b011, 3)  # final block, fixed codes
    last: dict[bytes, int] = {}
    now, end = 0, len(data)
    while now < end:
        best, best_old = 0, 0
        key = data[now : now + 3]
        for old in (now - 1, now - stride, last.get(key, -1)):
            if old >= 0 and now - old <= _WINDOW:
                length = _match_length(data, old, now)
                if length > best:
                    best, best_old = length, old
        last[key] = now
        if best < 3:
            bits.put(*_LITERALS[data[now]])
            now += 1
            continue
        symbol, value, extra = _LENGTHS[best]
        bits.put(*_LITERALS[symbol])
        bits.put(value, extra)
        _put_distance(bits, now - best_old)
        now += best
    bits.put(*_LITERALS[256])
    return bits.finish()


def _put_distance(bits: _Bits, distance: int) -> None:
    symbol = 29
    while _DISTANCES[symbol][0] > distance:
        symbol -= 1
    base, extra = _DISTANCES[symbol]
    bits.put(_DISTANCE_CODES[symbol], 5)
    bits.put(distance - base, extra)


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + binascii.crc32(name + body).to_bytes(4, "big")


def encode(pixels: bytes, width: int, height: int, palette: Sequence[Colour]) -> bytes:
    """The picture as a PNG file: one palette index (0–15) a byte in `pixels`, row by row; `width` is even.

    Raises ValueError where the sizes do not agree or the palette has more than 16 colours.
    """
    if len(pixels) != width * height or width % 2 or not 1 <= len(palette) <= 16:
        raise ValueError(f"{len(pixels)} pixels and {len(palette)} colours do not make {width}×{height} at 4 bits")
    rows = bytearray()
    for top in range(0, len(pixels), width):
        rows.append(0)  # filter: none
        row = pixels[top : top + width]
        rows += bytes(high << 4 | low for high, low in zip(row[::2], row[1::2], strict=True))
    data = bytes(rows)
    stream = b"\x78\x01" + deflate(data, width // 2 + 1) + zlib.adler32(data).to_bytes(4, "big")
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([4, 3, 0, 0, 0])
    colours = b"".join(bytes(colour) for colour in palette)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", colours)
        + _chunk(b"IDAT", stream)
        + _chunk(b"IEND", b"")
    )
