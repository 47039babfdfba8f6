"""Figurative and combined marks as pictures: a motif, perhaps in a frame, perhaps over a word, in one to three inks."""

from __future__ import annotations

from dataclasses import dataclass

from comity.node.demo.dice import Dice
from comity.node.demo.lettering import letters
from comity.node.demo.motifs import MOTIFS
from comity.node.demo.png import Colour
from comity.node.demo.raster import Canvas, Outline
from comity.node.demo.shapes import Layer, box, circle, clockwise, curve, placed, polygon


@dataclass(frozen=True, slots=True)
class Ink:
    """A colour of ink, its names (ru, be, en) and the section of Vienna 29.1 for it."""

    rgb: Colour
    names: tuple[str, str, str]
    vienna: str


BLACK = Ink((27, 26, 23), ("чёрный", "чорны", "black"), "29.1.8")
INKS = (
    Ink((176, 32, 40), ("красный", "чырвоны", "red"), "29.1.1"),
    Ink((122, 24, 58), ("бордовый", "бардовы", "burgundy"), "29.1.1"),
    Ink((232, 176, 32), ("жёлтый", "жоўты", "yellow"), "29.1.2"),
    Ink((192, 142, 56), ("золотистый", "залацісты", "gold"), "29.1.2"),
    Ink((24, 110, 66), ("зелёный", "зялёны", "green"), "29.1.3"),
    Ink((112, 164, 52), ("салатовый", "салатавы", "light green"), "29.1.3"),
    Ink((28, 74, 150), ("синий", "сіні", "blue"), "29.1.4"),
    Ink((72, 158, 206), ("голубой", "блакітны", "light blue"), "29.1.4"),
    Ink((102, 62, 142), ("фиолетовый", "фіялетавы", "violet"), "29.1.5"),
    Ink((112, 76, 48), ("коричневый", "карычневы", "brown"), "29.1.7"),
    Ink((226, 112, 36), ("оранжевый", "аранжавы", "orange"), "29.1.98"),
    Ink((120, 124, 130), ("серый", "шэры", "grey"), "29.1.6"),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture and what a register says of it. `inks` is empty for one drawn in black only."""

    png: bytes
    vienna: tuple[str, ...]
    inks: tuple[Ink, ...]
    motif: str


def _shield(grow: float) -> Outline:
    points = [(50 - grow, 50 - grow), (50 + grow, 50 - grow), (50 + grow, 50 + grow * 0.25)]
    lower = curve([(50 + grow, 50 + grow * 0.25), (50 + grow * 0.8, 50 + grow * 0.8), (50, 50 + grow * 1.15)])
    return points + lower + [(100 - x, y) for x, y in lower[::-1]]


_FRAMES = ("none", "none", "none", "none", "ring", "disc", "shield", "hexagon", "square")
_FRAME_VIENNA = {"ring": "26.1.3", "disc": "26.1.3", "shield": "24.1.5", "hexagon": "26.5.2", "square": "26.4.5"}


def _framed(layers: list[Layer], frame: str, filled: bool, inks: int) -> list[Layer]:
    def shape(r: float) -> Outline:
        if frame == "shield":
            return _shield(r * 0.86)
        if frame == "hexagon":
            return polygon(50, 50, r, 6)
        if frame == "square":
            return box(50 - r * 0.9, 50 - r * 0.9, 50 + r * 0.9, 50 + r * 0.9, r * 0.16)
        return circle(50, 50, r)

    if filled:
        # Inside a filled frame what would have the frame's own ink stands in white, and the other inks are kept.
        inner = [Layer(_swapped(la.ink, inks), la.outlines, la.nonzero) for la in layers]
        return [Layer(1, (shape(47),)), *placed(inner, 50, 50, 0.6)]
    return [Layer(1, (shape(47), shape(42.5))), *placed(layers, 50, 50, 0.62)]


def _swapped(ink: int, inks: int) -> int:
    kept = ink if ink == 0 else 1 + (ink - 1) % inks
    return {0: 1, 1: 0}.get(kept, kept)


def figure(dice: Dice, word: str = "", *, motif: str = "", colour_turn: int = 0, turned: bool = False) -> Drawing:
    """A figurative mark; with a `word`, a combined one.

    The same dice give the same figure: `colour_turn` moves its inks along the table and `turned` mirrors its frame
    away, which makes a mark that resembles the other without being it.
    """
    name = motif or dice.pick(sorted(MOTIFS))
    count = dice.weighted(((1, 45), (2, 38), (3, 17)))
    first = dice.below(len(INKS))
    plain = count == 1 and dice.chance(55) and not colour_turn
    inks = [INKS[(first + colour_turn + 5 * i) % len(INKS)] for i in range(count)]
    if plain:
        inks = [BLACK]
    layers = MOTIFS[name].draw(dice)
    frame = dice.pick(_FRAMES)
    if turned:
        frame = "none" if frame != "none" else "ring"
    vienna = [MOTIFS[name].vienna]
    if frame != "none":
        layers = _framed(layers, frame, dice.chance(50), count)
        vienna.append(_FRAME_VIENNA[frame])
    if word:
        layers = _with_word(dice, layers, word)
        vienna.append("27.5.1")
        if any("а" <= c.lower() <= "я" or c.lower() in "іўё" for c in word):
            vienna.append("28.5.0")
    else:
        layers = placed(layers, 50, 50, 0.92)
    if inks != [BLACK]:
        vienna += sorted({ink.vienna for ink in inks}) if count == 1 else ["29.1.12" if count == 2 else "29.1.13"]
    png = paint(layers, [ink.rgb for ink in inks])
    return Drawing(png, tuple(vienna), () if inks == [BLACK] else tuple(inks), name)


def _with_word(dice: Dice, layers: list[Layer], word: str) -> list[Layer]:
    lines = [line for line in word.split() if line][:2]
    ink = dice.between(1, 2)
    weight = dice.pick((0.12, 0.16, 0.2))
    if len(word) <= 5 and dice.chance(30):
        out = placed(layers, 27, 50, 0.46)
        return [*out, Layer(ink, tuple(letters(word, 54, 36, 42, 28, weight)), True)]
    room = 26 / len(lines)
    out = placed(layers, 50, 36, 0.62)
    for i, line in enumerate(lines):
        box_top = 72 + i * (room + 1)
        out.append(Layer(ink, tuple(letters(line, 5, box_top + 2, 90, room - 4, weight)), True))
    return out


def lettered(dice: Dice, word: str) -> Drawing:
    """A word in own lettering, underlined, boxed or plain, as a combined mark without a figure."""
    ink = dice.pick((BLACK, *INKS))
    layers: list[Layer] = []
    style = dice.pick(("plain", "underlined", "boxed", "oval"))
    text_ink = 1
    if style == "boxed":
        layers, text_ink = [Layer(1, (box(3, 30, 97, 70, 6),))], 0
    elif style == "oval":
        layers = [Layer(1, (clockwise(box(2, 28, 98, 72, 21)), clockwise(box(5, 31, 95, 69, 18))))]
    elif style == "underlined":
        layers = [Layer(1, (box(8, 68, 92, 71),))]
    lines = word.split()[:2]
    height, weight = 26 / len(lines), dice.pick((0.14, 0.2))
    for i, line in enumerate(lines):
        top = 37 + i * (height + 2)
        layers.append(Layer(text_ink, tuple(letters(line, 11, top, 78, height - 1, weight)), True))
    vienna = ["27.5.1"] + (["26.4.2"] if style == "boxed" else []) + (["26.1.2"] if style == "oval" else [])
    if ink is not BLACK:
        vienna.append(ink.vienna)
    return Drawing(paint(layers, [ink.rgb]), tuple(vienna), () if ink is BLACK else (ink,), "")


def paint(layers: list[Layer], inks: list[Colour]) -> bytes:
    """The layers as a PNG file; an ink beyond those there are falls back to an earlier one."""
    canvas = Canvas(inks)
    for layer in layers:
        ink = layer.ink if layer.ink == 0 else 1 + (layer.ink - 1) % len(inks)
        canvas.fill(ink, *layer.outlines, nonzero=layer.nonzero)
    return canvas.png()
