"""Outlines to build figures from, in a square of 100 × 100 units with y downwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from comity.node.demo.raster import Outline, Point


@dataclass(frozen=True, slots=True)
class Layer:
    """Outlines painted with one ink: 0 is white, 1–3 are the inks of the figure."""

    ink: int
    outlines: tuple[Outline, ...]
    nonzero: bool = False


def polar(cx: float, cy: float, r: float, degrees: float) -> Point:
    """The point at a distance and an angle: 0° is up, clockwise."""
    turn = math.radians(degrees)
    return cx + r * math.sin(turn), cy - r * math.cos(turn)


def arc(cx: float, cy: float, r: float, start: float, end: float, steps: int = 24) -> Outline:
    """Points along an arc from one angle to another."""
    return [polar(cx, cy, r, start + (end - start) * i / steps) for i in range(steps + 1)]


def circle(cx: float, cy: float, r: float) -> Outline:
    """A circle."""
    return arc(cx, cy, r, 0, 360, 56)[:-1]


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Outline:
    """An ellipse."""
    return [(cx + (x - cx), cy + (y - cy) * ry / rx) for x, y in circle(cx, cy, rx)]


def polygon(cx: float, cy: float, r: float, sides: int, turn: float = 0) -> Outline:
    """A regular polygon with a corner at the angle `turn`."""
    return [polar(cx, cy, r, turn + 360 * i / sides) for i in range(sides)]


def star(cx: float, cy: float, r: float, points: int, inner: float, turn: float = 0) -> Outline:
    """A star; `inner` is the share of the radius at which its notches lie."""
    return [polar(cx, cy, r * (inner if i % 2 else 1), turn + 180 * i / points) for i in range(2 * points)]


def box(x0: float, y0: float, x1: float, y1: float, round_by: float = 0) -> Outline:
    """An upright rectangle, with rounded corners if asked."""
    if not round_by:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    r = round_by
    corners = ((x1 - r, y0 + r, 0), (x1 - r, y1 - r, 90), (x0 + r, y1 - r, 180), (x0 + r, y0 + r, 270))
    return [point for cx, cy, a in corners for point in arc(cx, cy, r, a, a + 90, 6)]


def curve(points: Sequence[Point], closed: bool = False, rounds: int = 3) -> Outline:
    """A smooth line along a bent one: its corners are cut again and again (Chaikin)."""
    line = list(points)
    for _ in range(rounds):
        pairs = list(zip(line, line[1:] + line[:1] if closed else line[1:], strict=closed))
        cut = []
        for (x0, y0), (x1, y1) in pairs:
            cut += [(0.75 * x0 + 0.25 * x1, 0.75 * y0 + 0.25 * y1), (0.25 * x0 + 0.75 * x1, 0.25 * y0 + 0.75 * y1)]
        line = cut if closed else [line[0], *cut, line[-1]]
    return line


def leaf(x0: float, y0: float, x1: float, y1: float, belly: float) -> Outline:
    """A pointed leaf from stem to tip; `belly` is its half width as a share of its length."""
    dx, dy = x1 - x0, y1 - y0
    sides: list[Outline] = []
    for sign in (1, -1):
        side = []
        for i in range(17):
            t = i / 16
            off = sign * belly * math.sin(math.pi * t) ** 0.9
            side.append((x0 + dx * t - dy * off, y0 + dy * t + dx * off))
        sides.append(side)
    return sides[0] + sides[1][::-1][1:-1]


def stroke(line: Sequence[Point], width: float, closed: bool = False) -> list[Outline]:
    """The outlines of a line drawn with a round pen; paint them with the non-zero rule."""
    half = width / 2
    points = list(line)
    if closed:
        points.append(points[0])
    out: list[Outline] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 0.001:
            ox, oy = -(y1 - y0) / length * half, (x1 - x0) / length * half
            out.append([(x0 + ox, y0 + oy), (x0 - ox, y0 - oy), (x1 - ox, y1 - oy), (x1 + ox, y1 + oy)])
    pen = 16 if width > 3 else 10
    out += [polygon(x, y, half, pen)[::-1] for x, y in points]
    return [clockwise(o) for o in out]


def clockwise(outline: Outline) -> Outline:
    """The outline, turned if need be, so that all run one way round."""
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True))
    return outline if area > 0 else outline[::-1]


def placed(layers: Iterable[Layer], cx: float, cy: float, scale: float, turn: float = 0) -> list[Layer]:
    """The layers, made smaller or larger, turned by degrees about the centre and put at a place."""
    cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale

    def move(point: Point) -> Point:
        x, y = point[0] - 50, point[1] - 50
        return cx + x * cos - y * sin, cy + x * sin + y * cos

    return [Layer(la.ink, tuple([move(p) for p in o] for o in la.outlines), la.nonzero) for la in layers]


def mirrored(outline: Outline) -> Outline:
    """The outline seen in an upright mirror at the middle."""
    return [(100 - x, y) for x, y in outline]
