"""Trademarks and service marks, and the twins: marks of the two offices that an examiner would call similar.

Every twelfth mark of an office (the first ones made) is one half of a pair; the other office has the other half, in
classes that overlap. `relation` says how the two are alike, so that a search for similar marks can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from comity.node.demo.dice import Dice
from comity.node.demo.figures import Drawing, figure, lettered
from comity.node.demo.goods import FAMILIES
from comity.node.demo.motifs import MOTIFS
from comity.node.demo.views import SOLIDS, THINGS, draw
from comity.node.demo.words import Word, invented, meaningful, one_letter_off
from comity.registers.domain.record import Feature, Text

Relation = Literal["script", "one_letter", "meaning", "figure"]
_RELATIONS: tuple[tuple[Relation, int], ...] = (("script", 30), ("one_letter", 30), ("meaning", 20), ("figure", 20))
TWIN_EVERY = 12

_GENERIC = (
    ("торговый дом", "гандлёвы дом"),
    ("фабрика", "фабрыка"), ("плюс", "плюс"), ("мастерская", "майстэрня"), ("натур", "натур"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What a mark looks and reads like."""

    verbal: tuple[Text, ...]
    features: tuple[Feature, ...]
    drawing: Drawing | None = None
    family: tuple[int, ...] = ()
    disclaimers: tuple[Text, ...] = ()
    description: tuple[Text, ...] = ()


def twin_count(marks: int) -> int:
    """How many of an office's marks have a similar one at the other office."""
    return marks // TWIN_EVERY


def relation(seed: int, index: int) -> Relation:
    """How the two marks of the pair `index` are alike."""
    return Dice(seed, "twin", index).weighted(_RELATIONS)


def twin(seed: int, index: int, office: str) -> Look:
    """This office's half of the pair `index`."""
    dice = Dice(seed, "twin", index)
    kind = dice.weighted(_RELATIONS)
    family = tuple(dice.sample(dice.pick(FAMILIES), 2))
    shared = dice.between(1, 2)  # drawn on both sides, or the dice would fall apart
    ours = family if office == "BY" else family[:shared]
    if kind == "figure":
        motif = dice.pick(sorted(MOTIFS))
        changed = dice.pick(("colour", "frame", "both"))
        other = office == "RU"
        drawing = figure(
            Dice(seed, "twin figure", index),
            motif=motif,
            colour_turn=3 if other and changed != "frame" else 0,
            turned=other and changed != "colour",
        )
        return Look((), ("figurative",), drawing, ours, description=_described(drawing, "ru"))
    if kind == "meaning":
        word = meaningful(dice)
        text = Text(text=word.be.upper(), lang="be") if office == "BY" else Text(text=word.ru.upper(), lang="ru")
        return Look((text,), ("word",), None, ours)
    word = invented(dice)
    if kind == "script":
        latin = dice.chance(50)
        if office == "RU":
            return Look((Text(text=word.ru.upper(), lang="ru"),), ("word",), None, ours)
        text = Text(text=word.latin.upper()) if latin or word.be == word.ru else Text(text=word.be.upper(), lang="be")
        return Look((text,), ("word",), None, ours)
    text = Text(text=(word.ru if office == "BY" else one_letter_off(dice, word.ru)).upper(), lang="ru")
    if dice.chance(50):
        drawing = figure(Dice(seed, "twin figure", index, office), text.text)
        return Look((text,), ("combined",), drawing, ours, description=_described(drawing, "ru"))
    return Look((text,), ("word",), None, ours)


def look(dice: Dice, lang: str) -> Look:
    """A mark on its own: word, combined, figurative or three-dimensional."""
    sort = dice.weighted((("word", 44), ("combined", 40), ("figurative", 13), ("three_dimensional", 3)))
    if sort == "figurative":
        drawing = figure(dice)
        return Look((), ("figurative",), drawing, description=_described(drawing, lang))
    if sort == "three_dimensional":
        return _solid(dice, lang)
    text = _verbal(dice, lang)
    if sort == "word":
        return Look((text,), ("word",))
    generic = dice.pick(_GENERIC)[lang == "be"] if dice.chance(12) and text.lang == lang else ""
    drawing = lettered(dice, text.text) if dice.chance(28) else figure(dice, text.text)
    verbal = (Text(text=f"{text.text} {generic}".strip(), lang=text.lang),)
    disclaimers = (Text(text=generic, lang=lang),) if generic else ()
    return Look(verbal, ("combined",), drawing, disclaimers=disclaimers, description=_described(drawing, lang))


def _verbal(dice: Dice, lang: str) -> Text:
    word: Word = meaningful(dice) if dice.chance(30) else invented(dice)
    script = dice.weighted((("latin", 38), ("own", 54), ("other", 8)))
    if script == "latin":
        return Text(text=_case(dice, word.latin), lang="en" if " " in word.latin else "")
    be = (lang == "be") == (script == "own")
    return Text(text=_case(dice, word.be if be else word.ru), lang="be" if be else "ru")


def _case(dice: Dice, text: str) -> str:
    return text.upper() if dice.chance(66) else text[0].upper() + text[1:]


def _solid(dice: Dice, lang: str) -> Look:
    thing = dice.pick(SOLIDS)
    png = draw(thing, dice.below(10**9))
    name = THINGS[thing].names
    shape = f"Аб'ёмны знак: {name[1].lower()}" if lang == "be" else f"Объёмный знак: {name[0].lower()}"
    vienna = {"bottle": "19.7.1", "jar": "19.3.3", "package": "19.3.1", "sweet": "8.1.19"}[thing]
    drawing = Drawing(png, (vienna,), (), thing)
    return Look((), ("three_dimensional",), drawing, description=(Text(text=shape, lang=lang),))


def _described(drawing: Drawing, lang: str) -> tuple[Text, ...]:
    if not drawing.motif:
        return ()
    motif = MOTIFS[drawing.motif]
    if lang == "be":
        return (Text(text=f"Знак уключае выяву {motif.be}.", lang="be"),)
    return (Text(text=f"Знак включает изображение {motif.ru}.", lang="ru"),)
