"""An antialiasing rasteriser of filled outlines, with whole numbers only once the points are set.

An outline is a list of points in a square of 100 × 100 units, y downwards. Holes are inner outlines: the rule is
even-odd, or non-zero for strokes. A canvas paints with at most three inks and keeps palette indices, never colours:
a blended edge is a place on the ramp between the ink below and the ink above.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.node.demo.png import Colour, encode

SIZE = 160
_SUB = 4  # scanlines in a pixel
_ONE = 256  # sub-units in a pixel
_STEPS = {1: 12, 2: 4, 3: 2}  # shades on the ramp between two inks, so that a palette never exceeds 16 colours

Point = tuple[float, float]
Outline = list[Point]


class Canvas:
    """A picture of 160 × 160 pixels on white."""

    def __init__(self, inks: Sequence[Colour]) -> None:
        self._steps = _STEPS[len(inks)]
        self._pixels = bytearray(SIZE * SIZE)
        self.palette: list[Colour] = [(255, 255, 255), *inks]
        self._ramp: dict[tuple[int, int], list[int]] = {}
        self._side: dict[int, tuple[int, int, int]] = {}  # a blended index: below, above, step
        for below in range(len(inks) + 1):
            for above in range(below + 1, len(inks) + 1):
                self._add_ramp(below, above)

    def _add_ramp(self, below: int, above: int) -> None:
        a, b, n = self.palette[below], self.palette[above], self._steps + 1
        up = [below]
        for step in range(1, n):
            self._side[len(self.palette)] = (below, above, step)
            up.append(len(self.palette))
            self.palette.append(_mix(a, b, step, n))
        up.append(above)
        self._ramp[below, above] = up
        self._ramp[above, below] = up[::-1]

    def fill(self, ink: int, *outlines: Outline, nonzero: bool = False) -> None:
        """Paints the outlines with an ink (0 is the white ground)."""
        edges = _edges(outlines)
        if not edges:
            return
        first = max(0, min(edge[0] for edge in edges) // _ONE)
        last = min(SIZE - 1, max(edge[2] for edge in edges) // _ONE)
        for row in range(first, last + 1):
            top, bottom = row * _ONE, row * _ONE + _ONE
            near = [edge for edge in edges if edge[0] < bottom and edge[2] > top]
            if near:
                self._row(row, ink, near, nonzero)

    def _row(self, row: int, ink: int, edges: list[tuple[int, int, int, int, int]], nonzero: bool) -> None:
        delta = [0] * (SIZE + 1)  # whole coverage begins and ends
        part = [0] * (SIZE + 1)
        for sub in range(_SUB):
            y = row * _ONE + sub * _ONE // _SUB + _ONE // (2 * _SUB)
            cross = sorted([(x0 + (y - y0) * (x1 - x0) // (y1 - y0), w) for y0, x0, y1, x1, w in edges if y0 <= y < y1])
            for left, right in _spans(cross, nonzero):
                _cover(part, delta, max(0, left), min(SIZE * _ONE - 1, right))
        full, whole = 0, _ONE * _SUB
        base = row * SIZE
        for x in range(SIZE):
            full += delta[x]
            value = full + part[x]
            if value >= whole:
                self._pixels[base + x] = ink
            elif value > 0:
                self._blend(base + x, ink, value, whole)

    def _blend(self, at: int, ink: int, value: int, whole: int) -> None:
        n = self._steps + 1
        step = (value * n + whole // 2) // whole
        old = self._pixels[at]
        if old in self._side:
            below, above, had = self._side[old]
            if ink in (below, above):  # two edges of one ink meet in this pixel: coverage adds up
                share = had if ink == above else n - had
                step = min(n, share + step)
                other = below if ink == above else above
            else:
                other = above if 2 * had >= n else below
        else:
            other = old
        if other != ink:
            self._pixels[at] = self._ramp[other, ink][step]

    def png(self) -> bytes:
        """The picture as the bytes of a PNG file."""
        return encode(bytes(self._pixels), SIZE, SIZE, self.palette)


def _mix(a: Colour, b: Colour, step: int, of: int) -> Colour:
    red, green, blue = ((x * (of - step) + y * step + of // 2) // of for x, y in zip(a, b, strict=True))
    return red, green, blue


def _edges(outlines: Sequence[Outline]) -> list[tuple[int, int, int, int, int]]:
    """(upper y, its x, lower y, its x, winding) of every side that is not level."""
    out = []
    scale = SIZE * _ONE / 100
    for outline in outlines:
        points = [(round(x * scale), round(y * scale)) for x, y in outline]
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
            if y0 < y1:
                out.append((y0, x0, y1, x1, 1))
            elif y1 < y0:
                out.append((y1, x1, y0, x0, -1))
    return out


def _spans(cross: list[tuple[int, int]], nonzero: bool) -> list[tuple[int, int]]:
    if not nonzero:
        return [(cross[i][0], cross[i + 1][0]) for i in range(0, len(cross) - 1, 2)]
    spans, wind, start = [], 0, 0
    for x, turn in cross:
        if wind == 0:
            start = x
        wind += turn
        if wind == 0:
            spans.append((start, x))
    return spans


def _cover(part: list[int], delta: list[int], left: int, right: int) -> None:
    if right <= left:
        return
    first, last = left // _ONE, right // _ONE
    if first == last:
        part[first] += right - left
        return
    part[first] += (first + 1) * _ONE - left
    part[last] += right - last * _ONE
    delta[first + 1] += _ONE
    delta[last] -= _ONE
