"""Motifs of figurative marks: each is drawn from its dice and says what the Vienna Classification calls it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from comity.node.demo.dice import Dice
from comity.node.demo.raster import Outline
from comity.node.demo.shapes import (
    Layer,
    arc,
    box,
    circle,
    curve,
    ellipse,
    leaf,
    mirrored,
    polar,
    polygon,
    star,
    stroke,
)

Layers = list[Layer]


@dataclass(frozen=True, slots=True)
class Motif:
    """A motif: how to draw it, its Vienna symbol, and its name in Russian, Belarusian and English."""

    draw: Callable[[Dice], Layers]
    vienna: str
    ru: str
    be: str
    en: str


def _leaves(d: Dice) -> Layers:
    count, belly = d.pick((3, 4, 5, 6)), d.pick((0.2, 0.26, 0.32))
    turn = 0 if count % 2 else 180 / count
    out = []
    for i in range(count):
        angle = turn + 360 * i / count
        out.append(Layer(1 + i % d.pick((1, 2)), (leaf(*polar(50, 50, 6, angle), *polar(50, 50, 42, angle), belly),)))
    return out


def _sprout(d: Dice) -> Layers:
    lean = d.between(24, 34)
    left, right = leaf(50, 66, 50 - lean, 22, 0.28), leaf(50, 74, 50 + lean, 36, 0.28)
    stem = stroke(curve([(50, 90), (50, 70), (49, 58)]), 5)
    return [Layer(1, (left,)), Layer(2, (right,)), Layer(1, tuple(stem), True)]


def _ear(d: Dice) -> Layers:
    rows = d.between(4, 6)
    grains: list[Outline] = [leaf(50, 30, 50, 8, 0.26)]
    for i in range(rows):
        y = 40 + i * 42 / rows
        side = leaf(52, y + 6, 68, y - 12, 0.26)
        grains += [side, mirrored(side)]
    return [Layer(1, tuple(stroke([(50, 30), (50, 94)], 3.2)), True), *[Layer(2, (g,)) for g in grains]]


def _star(d: Dice) -> Layers:
    points, inner = d.pick((5, 5, 6, 8)), d.pick((0.38, 0.45, 0.55))
    out = [Layer(1, (star(50, 50, 44, points, inner),))]
    if d.chance(50):
        out += [Layer(0, (star(50, 50, 30, points, inner),)), Layer(2, (star(50, 50, 21, points, inner),))]
    return out


def _sun(d: Dice) -> Layers:
    rays = d.pick((8, 12, 16))
    out = [Layer(1, (circle(50, 50, 18),))]
    for i in range(rays):
        a = 360 * i / rays
        tip = (polar(50, 50, 44, a), polar(50, 50, 25, a - 70 / rays), polar(50, 50, 25, a + 70 / rays))
        out.append(Layer(2, (list(tip),)))
    return out


def _wave_line(y: float, height: float, phase: int) -> Outline:
    return [(8 + i * 2.1, y + height * math.sin(math.pi * (i + phase) / 10)) for i in range(41)]


def _waves(d: Dice) -> Layers:
    count, height = d.between(3, 4), d.between(4, 7)
    step = 54 / (count - 1)
    return [
        Layer(1 + i % 3, tuple(stroke(_wave_line(23 + i * step, height, 4 * (i % 2)), 8)), True) for i in range(count)
    ]


def _drop(d: Dice) -> Layers:
    def drop(cx: float, top: float, r: float, bottom: float) -> Outline:
        cy = bottom - r
        return [(cx, top), *arc(cx, cy, r, 62, 298)]

    out = [Layer(1, (drop(50, 6, 31, 94),))]
    if d.chance(50):
        out += [Layer(0, (drop(50, 32, 19, 86),)), Layer(2, (drop(50, 42, 14, 82),))]
    else:
        out.append(Layer(0, tuple(stroke(arc(50, 63, 20, 110, 190), 5)), True))
    return out


def _gear(d: Dice) -> Layers:
    teeth = d.pick((8, 10, 12))
    rim: Outline = []
    for i in range(teeth):
        a, w = 360 * i / teeth, 360 / teeth
        rim += [polar(50, 50, 34, a - w * 0.3), polar(50, 50, 44, a - w * 0.19)]
        rim += [polar(50, 50, 44, a + w * 0.19), polar(50, 50, 34, a + w * 0.3)]
    hub = d.pick((circle(50, 50, 20), polygon(50, 50, 22, 6)))
    out = [Layer(1, (rim, hub))]
    if d.chance(60):
        out.append(Layer(2, (d.pick((circle(50, 50, 11), star(50, 50, 16, 5, 0.4), polygon(50, 50, 13, 6))),)))
    return out


def _bird(d: Dice) -> Layers:
    lift = d.between(0, 10)
    wing = [(50, 62), (34, 30 - lift / 2), (4, 18 + lift), *arc(34, 30, 14, 225, 180, 6), (42, 50)]
    upper = curve([(52, 66), (30, 56), (6, 20 + lift), (44, 34), (60, 58)], closed=True)
    lower = curve([(46, 62), (66, 44), (92, 10 + lift), (80, 48), (62, 70)], closed=True)
    body = curve([(20, 88), (40, 62), (66, 56), (92, 58), (72, 70), (46, 80)], closed=True)
    return [Layer(2, (upper if d.chance(80) else wing,)), Layer(3, (lower,)), Layer(1, (body,))]


def _hexagons(d: Dice) -> Layers:
    out = [Layer(1, (polygon(50, 50, 15, 6),))]
    skip = d.below(6)
    cells = [polar(50, 50, 29, 30 + 60 * i) for i in range(6) if i != skip]
    return out + [Layer(2 if i % 2 else 1 + d.below(3), (polygon(x, y, 15, 6),)) for i, (x, y) in enumerate(cells)]


def _rings(d: Dice) -> Layers:
    count = d.pick((2, 3))
    out = []
    for i in range(count):
        cx, cy = polar(50, 52, 17, 360 * i / count + (270 if count == 2 else 0))
        out.append(Layer(1 + i, (circle(cx, cy, 25), circle(cx, cy, 18))))
    return out


def _tower(d: Dice) -> Layers:
    body: Outline = [(34, 92), (37, 40), (63, 40), (66, 92)]
    crown: Outline = [(30, 40), (30, 24)]
    for i in range(4):
        x = 30 + i * 11.5
        crown += [(x, 24), (x + 5.5, 24), (x + 5.5, 30), (x + 11.5, 30)] if i < 3 else [(x, 24), (70, 24)]
    crown += [(70, 40)]
    gate = [(44, 92), *arc(50, 76, 6, 270, 450, 12), (56, 92)]
    out = [Layer(1, (body,)), Layer(2, (crown,)), Layer(0, (gate,)), Layer(0, (box(47.5, 48, 52.5, 60),))]
    if d.chance(50):
        out.append(Layer(2, ([(50, 4), (66, 12), (50, 20)], box(48.5, 4, 50, 26))))
    return out


def _mountains(d: Dice) -> Layers:
    peak = d.between(14, 24)
    main: Outline = [(8, 84), (42, peak), (76, 84)]
    snow: Outline = [
        (42, peak),
        (42 + 0.3 * 34, peak + 0.3 * (84 - peak)),
        (44, peak + 14),
        (37, peak + 19),
        (42 - 0.3 * 34, peak + 0.3 * (84 - peak)),
    ]
    out = [Layer(2, ([(44, 84), (70, 40), (96, 84)],)), Layer(1, (main,)), Layer(0, (snow,))]
    if d.chance(60):
        out.insert(0, Layer(3, (circle(74, 26, 11),)))
    return out


def _flower(d: Dice) -> Layers:
    petals = d.pick((5, 6, 8))
    middles = [polar(50, 50, 26, 360 * i / petals) for i in range(petals)]
    out = [Layer(1, (circle(x, y, 72 / petals + 3),)) for x, y in middles]
    return [*out, Layer(0, (circle(50, 50, 15),)), Layer(2, (circle(50, 50, 11),))]


def _tree(d: Dice) -> Layers:
    out = [Layer(1, (box(46.5, 74, 53.5, 94),))]
    if d.chance(50):
        tiers = [(50, 6, 18, 34), (50, 22, 25, 56), (50, 42, 32, 80)]
        return out + [Layer(2, ([(x, top), (x + w, low), (x - w, low)],)) for x, top, w, low in tiers]
    crown = [(50, 26, 20), (33, 44, 18), (67, 44, 18), (50, 56, 19)]
    return out + [Layer(2, (circle(x, y, r),)) for x, y, r in crown]


def _flame(d: Dice) -> Layers:
    sway = d.between(-6, 6)
    outer = curve(
        [(50, 96), (14, 90), (16, 52), (38, 40), (44 + sway, 0), (62, 26), (66, 44), (76, 36), (90, 66), (80, 94)],
        closed=True,
    )
    inner = curve([(50, 92), (32, 86), (34, 66), (50, 56), (52, 40), (66, 66), (66, 88)], closed=True)
    return [Layer(1, (outer,)), Layer(2, (inner,))]


def _crescent(d: Dice) -> Layers:
    out = [Layer(1, (circle(46, 50, 40),)), Layer(0, (circle(60, 44, 33),))]
    return [*out, Layer(2, (star(68, 42, 15, d.pick((5, 6, 8)), 0.42),))]


def _crown(d: Dice) -> Layers:
    spikes = d.pick((3, 5))
    line: Outline = [(14, 74)]
    out: Layers = []
    for i in range(spikes):
        x = 14 + 72 * i / (spikes - 1)
        line += [(x, 30 if i % 2 == (spikes // 2) % 2 else 38)]
        out.append(Layer(2, (circle(x, 24 if i % 2 == (spikes // 2) % 2 else 32, 5),)))
        if i < spikes - 1:
            line.append((x + 36 / (spikes - 1), 56))
    line.append((86, 74))
    return [Layer(1, (line,)), *out, Layer(1, (box(14, 79, 86, 87),))]


def _fish(d: Dice) -> Layers:
    body = leaf(8, 50, 76, 50, d.pick((0.24, 0.3)))
    tail: Outline = [(68, 50), (94, 30), (86, 50), (94, 70)]
    gill = stroke(arc(16, 50, 18, 50, 130), 3)
    return [Layer(1, (body,)), Layer(2, (tail,)), Layer(0, tuple(gill), True), Layer(0, (circle(24, 46, 2.6),))]


def _boat(d: Dice) -> Layers:
    sails = [Layer(2, ([(52, 8), (52, 62), (86, 62)],)), Layer(3, ([(47, 18), (47, 62), (20, 62)],))]
    hull: Outline = [(10, 68), (90, 68), (76, 84), (24, 84)]
    if d.chance(50):
        sails.append(Layer(1, tuple(stroke(_wave_line(93, 2, 0), 3)), True))
    return [*sails, Layer(1, (hull,))]


def _anchor(d: Dice) -> Layers:
    del d
    shank = stroke([(50, 24), (50, 88)], 7) + stroke([(32, 36), (68, 36)], 7) + stroke(arc(50, 54, 34, 110, 250), 7)
    flukes: list[Outline] = [[(88, 56), (90, 76), (72, 68)], [(12, 56), (28, 68), (10, 76)]]
    return [Layer(1, (circle(50, 15, 11), circle(50, 15, 5))), Layer(1, tuple(shank), True), Layer(1, tuple(flukes))]


def _heart(d: Dice) -> Layers:
    shape = [(50, 90), *arc(30, 36, 22, 220, 425, 20), *arc(70, 36, 22, 295, 500, 20)]
    out = [Layer(1, (shape,))]
    return [*out, Layer(0, (leaf(50, 80, 50, 34, d.pick((0.18, 0.24))),))]


def _house(d: Dice) -> Layers:
    out = [Layer(1, ([(8, 48), (50, 12), (92, 48), (84, 54), (50, 25), (16, 54)],))]
    out.append(Layer(2, ([(24, 52), (50, 30), (76, 52), (76, 88), (24, 88)],)))
    if d.chance(50):
        return [*out, Layer(0, (box(44, 62, 56, 88),))]
    return [*out, Layer(0, (box(40, 52, 60, 72),)), Layer(2, (box(49, 52, 51, 72), box(40, 61, 60, 63)))]


def _cube(d: Dice) -> Layers:
    turn = d.pick((0, 60))
    tips = [polar(50, 50, 42, turn + 60 * i) for i in range(6)]
    return [Layer(1 + i, ([(50, 50), tips[2 * i], tips[2 * i + 1], tips[(2 * i + 2) % 6]],)) for i in range(3)]


def _spiral(d: Dice) -> Layers:
    turns = d.pick((2, 3))
    line = [polar(50, 50, 4 + 38 * i / 72, 360 * turns * i / 72) for i in range(73)]
    return [Layer(1, tuple(stroke(line, 15 / turns)), True)]


def _squares(d: Dice) -> Layers:
    out = []
    gap = d.between(0, 3)
    for i in range(9):
        x, y = 14 + 24 * (i % 3) + gap, 14 + 24 * (i // 3) + gap
        if d.chance(78):
            shape = circle(x + 11, y + 11, 10.5) if d.chance(25) else box(x, y, x + 21, y + 21, 3)
            out.append(Layer(1 + d.below(3), (shape,)))
    return [*out, Layer(1, (box(38 + gap, 38 + gap, 59 + gap, 59 + gap, 3),))]


def _arcs(d: Dice) -> Layers:
    sweep, start = d.between(150, 270), d.between(0, 359)
    out: Layers = []
    for i, r in enumerate((14, 26, 38)):
        out.append(Layer(1 + i, tuple(stroke(arc(50, 50, r, start + i * 40, start + i * 40 + sweep), 8)), True))
    return out


def _triangles(d: Dice) -> Layers:
    if d.chance(50):
        return [
            Layer(1, ([(50, 8), (94, 86), (6, 86)], [(50, 36), (70, 73), (30, 73)])),
            Layer(2, (circle(50, 61, 9),)),
        ]
    left: Outline = [(8, 84), (40, 16), (60, 16), (28, 84)]
    return [Layer(1, (left,)), Layer(2, ([(50, 84), (66, 50), (82, 84)],)), Layer(3, ([(64, 44), (76, 16), (92, 16)],))]


def _globe(d: Dice) -> Layers:
    lines = stroke(ellipse(50, 50, 17, 40), 3, True) + stroke([(50, 10), (50, 90)], 3) + stroke([(10, 50), (90, 50)], 3)
    lines += stroke(arc(50, -4, 46, 130, 230), 3) + stroke(arc(50, 104, 46, -50, 50), 3)
    band = d.chance(50)
    out = [Layer(1, (circle(50, 50, 42),)), Layer(0, tuple(lines), True)]
    return [*out, Layer(2, (ellipse(50, 50, 48, 13), ellipse(50, 47, 40, 8)))] if band else out


MOTIFS: dict[str, Motif] = {
    "leaves": Motif(_leaves, "5.3.13", "стилизованных листьев", "стылізаванага лісця", "stylised leaves"),
    "sprout": Motif(_sprout, "5.3.13", "ростка с двумя листьями", "парастка з двума лістамі", "a sprout of two leaves"),
    "ear": Motif(_ear, "5.7.2", "колоса", "коласа", "an ear of grain"),
    "star": Motif(_star, "1.1.1", "звезды", "зоркі", "a star"),
    "sun": Motif(_sun, "1.3.2", "солнца с лучами", "сонца з праменямі", "a sun with rays"),
    "waves": Motif(_waves, "26.11.12", "волнистых линий", "хвалістых ліній", "wavy lines"),
    "drop": Motif(_drop, "1.15.15", "капли", "кроплі", "a drop"),
    "gear": Motif(_gear, "15.7.1", "зубчатого колеса", "зубчастага кола", "a toothed wheel"),
    "bird": Motif(_bird, "3.7.16", "летящей птицы", "птушкі ў палёце", "a flying bird"),
    "hexagons": Motif(_hexagons, "26.5.1", "шестиугольников", "шасцівугольнікаў", "hexagons"),
    "rings": Motif(_rings, "26.1.1", "переплетённых колец", "пераплеценых кольцаў", "interlaced rings"),
    "tower": Motif(_tower, "7.1.1", "башни с зубцами", "вежы з зубцамі", "a battlemented tower"),
    "mountains": Motif(_mountains, "6.1.2", "гор", "гор", "mountains"),
    "flower": Motif(_flower, "5.5.20", "стилизованного цветка", "стылізаванай кветкі", "a stylised flower"),
    "tree": Motif(_tree, "5.1.16", "дерева", "дрэва", "a tree"),
    "flame": Motif(_flame, "1.15.5", "пламени", "полымя", "a flame"),
    "crescent": Motif(_crescent, "1.7.6", "полумесяца и звезды", "паўмесяца і зоркі", "a crescent and a star"),
    "crown": Motif(_crown, "24.9.2", "короны", "кароны", "a crown"),
    "fish": Motif(_fish, "3.9.1", "рыбы", "рыбы", "a fish"),
    "boat": Motif(_boat, "18.3.2", "парусника", "парусніка", "a sailing boat"),
    "anchor": Motif(_anchor, "18.4.2", "якоря", "якара", "an anchor"),
    "heart": Motif(_heart, "2.9.1", "сердца с листом", "сэрца з лістом", "a heart with a leaf"),
    "house": Motif(_house, "7.1.24", "дома", "дома", "a house"),
    "cube": Motif(_cube, "26.15.9", "куба", "куба", "a cube"),
    "spiral": Motif(_spiral, "26.1.5", "спирали", "спіралі", "a spiral"),
    "squares": Motif(_squares, "26.4.1", "квадратов", "квадратаў", "squares"),
    "arcs": Motif(_arcs, "26.2.1", "дуг окружности", "дуг акружнасці", "arcs of circles"),
    "triangles": Motif(_triangles, "26.3.1", "треугольников", "трохвугольнікаў", "triangles"),
    "globe": Motif(_globe, "1.5.1", "земного шара", "зямнога шара", "a globe"),
}
