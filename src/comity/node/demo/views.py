"""Drawn views of things: designs in two views, and three-dimensional marks shaded from the left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comity.node.demo.dice import Dice
from comity.node.demo.figures import paint
from comity.node.demo.png import Colour
from comity.node.demo.raster import Outline, Point
from comity.node.demo.shapes import Layer, arc, box, circle, curve, ellipse, mirrored, polygon, stroke

_TONES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((60, 62, 66), (150, 154, 160), (206, 209, 213)),
    ((52, 74, 96), (126, 152, 178), (196, 212, 226)),
    ((84, 66, 48), (172, 146, 114), (222, 206, 184)),
    ((52, 84, 66), (124, 162, 138), (196, 218, 204)),
    ((92, 52, 56), (178, 128, 128), (224, 198, 198)),
)
_LINE, _BODY, _LIGHT = 1, 2, 3
Layers = list[Layer]


def _outlined(outline: Outline, ink: int = _BODY, pen: float = 1.6) -> Layers:
    return [Layer(ink, (outline,)), Layer(_LINE, tuple(stroke(outline, pen, closed=True)), True)]


def _turned(profile: list[Point]) -> Layers:
    """A body of revolution from half its outline (x is the distance from the axis), lit from the left."""

    def strip(inner: float, outer: float) -> Outline:
        return [(50 + x * inner, y) for x, y in profile] + [(50 + x * outer, y) for x, y in profile[::-1]]

    whole = [(50 - x, y) for x, y in profile] + [(50 + x, y) for x, y in profile[::-1]]
    return [
        Layer(_BODY, (whole,)),
        Layer(_LIGHT, (strip(-0.78, -0.38),)),
        Layer(_LINE, (strip(0.82, 1.0),)),
        Layer(_LINE, tuple(stroke(whole, 1.6, closed=True)), True),
    ]


def _top(profile: list[Point]) -> Layers:
    """The same body seen from above."""
    widest = max(x for x, _ in profile)
    scale = 40 / widest
    radii = sorted({round(x * scale, 1) for x, _ in profile[:: max(1, len(profile) // 4)]}, reverse=True)
    out = [Layer(_BODY, (circle(50, 50, 40),)), Layer(_LIGHT, (circle(46, 46, 24),))]
    return out + [Layer(_LINE, (circle(50, 50, r), circle(50, 50, r - 1.5))) for r in [40.0, *radii] if r > 3]


def _bottle(d: Dice) -> list[Point]:
    neck, body, shoulder = d.between(6, 9), d.between(17, 24), d.between(30, 44)
    line = curve([(neck, 16), (neck, shoulder - 6), (body, shoulder + 6), (body - d.between(0, 5), 66), (body, 92)])
    return [(neck + 1.5, 6), (neck + 1.5, 13), (neck, 14), *line, (0, 94)]


def _vase(d: Dice) -> list[Point]:
    lip, waist, belly, foot = d.between(12, 20), d.between(6, 11), d.between(22, 32), d.between(10, 16)
    return [*curve([(lip, 8), (waist, 24), (belly, 50), (belly - 4, 72), (foot, 90)]), (foot + 3, 92), (foot + 3, 95)]


def _jar(d: Dice) -> list[Point]:
    lid, body = d.between(18, 22), d.between(22, 30)
    side = curve([(lid - 2, 30), (body, 34), (body, 60), (body - 2, 88)])
    return [(lid, 18), (lid, 28), (lid - 2, 29), *side, (body - 6, 92)]


def _cup(d: Dice) -> list[Point]:
    top, foot = d.between(26, 34), d.between(13, 18)
    return [*curve([(top, 26), (top - 1, 48), (top - 8, 70), (foot, 84)]), (foot, 86), (foot + 2, 90)]


def _lamp(d: Dice, view: int) -> Layers:
    shade, top = d.between(24, 36), d.between(10, 20)
    if view == 2:
        return _top([(shade, 40), (top, 10)])
    stem = [Layer(_LINE, (box(48.2, 36, 51.8, 88),)), *_outlined(box(32, 87, 68, 93, 3))]
    return [*stem, *_turned([(top, 10), (shade, 46), (shade, 48)])]


def _chair(d: Dice, view: int) -> Layers:
    seat, slats = d.between(54, 60), d.between(2, 4)
    if view == 2:
        side = stroke([(34, 12), (38, seat), (34, 94)], 4) + stroke([(38, seat), (70, seat), (72, 94)], 4)
        return [Layer(_LINE, tuple(side), True), *_outlined(box(36, seat - 5, 74, seat + 1, 2))]
    legs = [Layer(_LINE, (box(x, seat, x + 4, 95),)) for x in (28, 68)]
    posts = [Layer(_LINE, (box(x, 10, x + 4, seat),)) for x in (28, 68)]
    bars = [_outlined(box(30, 12 + i * 36 / slats, 70, 12 + i * 36 / slats + 7, 2)) for i in range(slats)]
    return [*legs, *posts, *[la for bar in bars for la in bar], *_outlined(box(24, seat - 2, 76, seat + 7, 3))]


def _table(d: Dice, view: int) -> Layers:
    top = d.between(34, 42)
    if view == 2:
        shape = d.pick((ellipse(50, 50, 44, 30), box(8, 24, 92, 76, 6)))
        return [*_outlined(shape), Layer(_LIGHT, tuple(stroke([(24, 42), (70, 42)], 3)), True)]
    leg: Outline = [(18, top), (24, top), (20, 92), (16, 92)]
    legs = [Layer(_LINE, (leg,)), Layer(_LINE, (mirrored(leg),))]
    return [*legs, *_outlined(box(14, top + 4, 86, top + 11)), *_outlined(box(6, top - 3, 94, top + 4, 2), _LIGHT)]


def _device(d: Dice, view: int) -> Layers:
    w, r = d.between(20, 34), d.between(2, 9)
    if view == 2:
        return [*_outlined(box(42, 10, 58, 90, 4)), Layer(_LINE, (box(57, 30, 60, 44),))]
    keys = [_outlined(circle(50 + x, y, 3.4), _LIGHT) for y in (66, 76) for x in (-w / 2, 0, w / 2)]
    screen = _outlined(box(50 - w + 6, 18, 50 + w - 6, 56, 2), _LIGHT)
    return [*_outlined(box(50 - w, 10, 50 + w, 88, r)), *screen, *[la for key in keys for la in key]]


def _tile(d: Dice, view: int) -> Layers:
    kind, out = d.below(3), _outlined(box(10, 10, 90, 90), _LIGHT)
    step = 80 / d.pick((4, 5))
    cells = [
        (10 + step * (i + 0.5), 10 + step * (j + 0.5)) for i in range(int(80 / step)) for j in range(int(80 / step))
    ]
    for i, (x, y) in enumerate(cells):
        r = step * (0.44 if view == 1 or i % 2 else 0.3)
        shape = (circle(x, y, r), polygon(x, y, r, 4), polygon(x, y, r, 6))[kind]
        out.append(Layer(_BODY if i % 2 else _LINE, (shape,)))
    return out


def _package(d: Dice, view: int) -> Layers:
    w, h = d.between(18, 26), d.between(28, 40)
    if view == 2:
        return [*_outlined(box(50 - w, 50 - h, 50 + w, 50 + h)), Layer(_LIGHT, (box(50 - w + 4, 44, 50 + w - 4, 60),))]
    front: Outline = [(50 - w, 54 - h), (50 + w * 0.5, 60 - h), (50 + w * 0.5, 60 + h), (50 - w, 54 + h)]
    side: Outline = [(50 + w * 0.5, 60 - h), (50 + w * 1.3, 54 - h), (50 + w * 1.3, 54 + h), (50 + w * 0.5, 60 + h)]
    lid: Outline = [(50 - w, 54 - h), (50 - w * 0.2, 48 - h), (50 + w * 1.3, 54 - h), (50 + w * 0.5, 60 - h)]
    label: Outline = [(54 - w, 50), (46 + w * 0.5, 54), (46 + w * 0.5, 66), (54 - w, 62)]
    return [*_outlined(front), *_outlined(side, _LINE), *_outlined(lid, _LIGHT), Layer(_LIGHT, (label,))]


def _sweet(d: Dice, view: int) -> Layers:
    rows = d.between(2, 4)
    if view == 2:
        return [*_outlined(box(10, 40, 90, 62, 3)), Layer(_LIGHT, tuple(stroke([(14, 44), (86, 44)], 2.5)), True)]
    out = _outlined(box(14, 8, 86, 92, 4))
    step = 76 / rows
    for i in range(rows):
        for j in range(rows):
            x, y = 18 + (64 / rows) * j, 12 + step * i
            out += _outlined(box(x + 1, y + 1, x + 64 / rows - 1, y + step - 1, 3), _LIGHT, 1.0)
    return out


def _tool(d: Dice, view: int) -> Layers:
    length = d.between(40, 52)
    grip = box(45, 96 - length, 55, 94, 4)
    if view == 2:
        return [*_outlined(box(46, 40, 54, 94, 3)), *_outlined(arc(50, 26, 16, 0, 360, 40)[:-1], _LIGHT)]
    blade = curve([(42, 96 - length), (30, 34), (50, 6), (70, 34), (58, 96 - length)], closed=True)
    return [*_outlined(blade, _LIGHT), *_outlined(grip)]


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of product: its drawing, Locarno class and names (ru, be, en)."""

    draw: Callable[[Dice, int], Layers]
    locarno: str
    names: tuple[str, str, str]


def _body(profile: Callable[[Dice], list[Point]]) -> Callable[[Dice, int], Layers]:
    return lambda d, view: _turned(profile(d)) if view == 1 else _top(profile(d))


THINGS: dict[str, Thing] = {
    "bottle": Thing(_body(_bottle), "09-01", ("Бутылка", "Бутэлька", "Bottle")),
    "jar": Thing(_body(_jar), "09-01", ("Банка", "Слоік", "Jar")),
    "vase": Thing(_body(_vase), "11-02", ("Ваза", "Ваза", "Vase")),
    "cup": Thing(_body(_cup), "07-01", ("Чашка", "Кубак", "Cup")),
    "lamp": Thing(_lamp, "26-05", ("Светильник", "Свяцільня", "Lamp")),
    "chair": Thing(_chair, "06-01", ("Стул", "Крэсла", "Chair")),
    "table": Thing(_table, "06-03", ("Стол", "Стол", "Table")),
    "device": Thing(_device, "10-04", ("Прибор измерительный", "Прыбор вымяральны", "Measuring instrument")),
    "tile": Thing(_tile, "25-01", ("Плитка облицовочная", "Плітка абліцовачная", "Wall tile")),
    "package": Thing(_package, "09-03", ("Упаковка", "Упакоўка", "Package")),
    "sweet": Thing(_sweet, "01-01", ("Изделие кондитерское", "Выраб кандытарскі", "Confectionery")),
    "tool": Thing(_tool, "08-05", ("Шпатель", "Шпатэль", "Spatula")),
}
SOLIDS = ("bottle", "jar", "package", "sweet")  # what three-dimensional marks are registered for


def draw(thing: str, *name: object, view: int = 1) -> bytes:
    """A view (1 front, 2 top or side) of the thing that the name of the dice gives, as a PNG file."""
    dice = Dice("view", thing, *name)
    tones = dice.pick(_TONES)
    return paint(THINGS[thing].draw(dice, view), list(tones))
