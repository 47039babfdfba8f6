"""An own plain letter drawn with a pen: Cyrillic (Russian and Belarusian), Latin and digits, capitals only.

A glyph is a width and pen strokes on a grid 4 wide and 6 high; a stroke that begins with `~` is bent smoothly.
"""

from __future__ import annotations

from comity.node.demo.raster import Outline
from comity.node.demo.shapes import curve, stroke

_GLYPHS = {
    "А": "06 20 46|14 34",
    "Б": "40 00 06 26|~26 46 43 23|23 03",
    "В": "26 06 00 20|~20 40 43 23|~23 53 46 26|03 23",
    "Г": "06 00 40",
    "Д": "07 06 46 47|16 10 30 36",
    "Е": "40 00 06 46|03 33",
    "Ж": "20 26|00 23 06|40 23 46",
    "З": "~00 20 50 43 13|~13 53 46 26 05",
    "И": "00 06 40 46",
    "К": "00 06|40 03 46",
    "Л": "06 20 46",
    "М": "06 00 24 40 46",
    "Н": "00 06|40 46|03 43",
    "О": "O",
    "П": "06 00 40 46",
    "Р": "06 00 20|~20 50 44 24|24 04",
    "С": "~41 40 10 00 03 06 16 46 45",
    "Т": "00 40|20 26",
    "У": "00 23|40 16 06",
    "Ф": "20 26|~21 11 01 04 14 24|~21 31 41 44 34 24",
    "Х": "00 46|40 06",
    "Ц": "00 06 46 47|30 36",
    "Ч": "00 03 43|40 46",
    "Ш": "00 06 46 40|20 26",
    "Щ": "00 06 46 47|20 26|40 46",
    "Ъ": "00 10 16 26|~26 46 43 23|23 13",
    "Ы": "00 06 16|~16 36 33 13|13 03|40 46",
    "Ь": "00 06 26|~26 46 43 23|23 03",
    "Э": "~00 10 30 40 43 46 36 06 05|13 43",
    "Ю": "00 06|03 13|~13 10 30 50 53 56 36 16 13",
    "Я": "46 40 20|~20 00 03 23|23 43|23 06",
    "І": "10 16",
    "D": "06 00 10|~10 40 43 46 16|16 06",
    "F": "06 00 40|03 33",
    "G": "~41 40 10 00 03 06 16 46 43|43 23",
    "J": "~40 45 46 16 05",
    "L": "00 06 46",
    "N": "06 00 46 40",
    "Q": "O|35 47",
    "R": "06 00 20|~20 50 43 23|23 03|23 46",
    "S": "~41 40 20 00 03 23 43 46 26 06 05",
    "U": "~00 05 06 26 46 45 40",
    "V": "00 26 40",
    "W": "00 16 22 36 40",
    "Z": "00 40 06 46",
    "1": "11 20 26",
    "2": "~01 00 40 43 24|24 06 46",
    "4": "36 30 04 44",
    "7": "00 40 16",
    "-": "13 33",
}
_TWINS = dict(zip("ABCEHIKMOPTXY", "АВСЕНІКМОРТХУ", strict=True))
_NARROW = {"І": 2, "1": 3, "Г": 4, "Ж": 4}


def letters(word: str, x: float, y: float, width: float, height: float, weight: float = 0.16) -> list[Outline]:
    """The word set within a box, as outlines for the non-zero rule; letters unknown to the face leave a gap."""
    glyphs = [_TWINS.get(c, c) for c in word.upper()]
    units = sum(_NARROW.get(_base(c), 4) for c in glyphs) + 1.7 * (len(glyphs) - 1)
    size = min(width / units, height / 6)
    pen = max(0.9, size * 6 * weight)
    left, top = x + (width - units * size) / 2, y + (height - 6 * size) / 2
    out: list[Outline] = []
    for glyph in glyphs:
        out += _glyph(_base(glyph), left, top, size, pen)
        out += _accent(glyph, left, top, size, pen)
        left += (_NARROW.get(_base(glyph), 4) + 1.7) * size
    return out


def _base(glyph: str) -> str:
    return {"Ё": "Е", "Й": "И", "Ў": "У"}.get(glyph, glyph)


def _accent(glyph: str, left: float, top: float, size: float, pen: float) -> list[Outline]:
    if glyph == "Ё":
        dots = ((1, -1.3), (3, -1.3))
        return [o for x, y in dots for o in stroke([(left + x * size, top + y * size)], pen)]
    if glyph in "ЙЎ":
        bow = [(left + x * size, top + y * size) for x, y in ((1, -1.7), (1.2, -1), (2.8, -1), (3, -1.7))]
        return stroke(curve(bow), pen * 0.8)
    return []


def _glyph(glyph: str, left: float, top: float, size: float, pen: float) -> list[Outline]:
    out: list[Outline] = []
    for part in _GLYPHS.get(glyph, "").split("|"):
        if part == "O":
            ring = [(0, 0), (4, 0), (4, 6), (0, 6)]
            line = curve([(left + px * size, top + py * size) for px, py in _rounded(ring)], closed=True)
            out += stroke(line, pen, closed=True)
            continue
        bent = part.startswith("~")
        places = [p for p in part.lstrip("~").split() if p.isdigit()]
        line = [(left + int(p[0]) * size, top + int(p[1]) * size) for p in places]
        if line:
            out += stroke(curve(line) if bent else line, pen)
    return out


def _rounded(ring: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Mid-points between the corners, so that the bend keeps its full height."""
    out: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        out += [(x0 * (1 - t) + x1 * t, y0 * (1 - t) + y1 * t) for t in (0.18, 0.82)]
    return out
