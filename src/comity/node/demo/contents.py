"""What the records of every kind but marks say: titles, classes, authors, images."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

from comity.node.demo import names, works
from comity.node.demo.dice import Dice
from comity.node.demo.goods import EDITION
from comity.node.demo.raster import SIZE
from comity.node.demo.views import THINGS, draw
from comity.node.demo.words import Word, invented, short_u
from comity.registers.domain.record import (
    Classification,
    Effect,
    Extra,
    Image,
    Party,
    RightRecord,
    Role,
    Scheme,
    Text,
)


def woody(index: int) -> bool:
    """Whether the variety of that index is a grape or a woody kind, which Russia protects longer."""
    return works.CROPS[index % len(works.CROPS)][3]


def filled(record: RightRecord, index: int, dice: Dice, images: dict[str, bytes]) -> RightRecord:
    """The record with what its kind says; pictures are added to `images`."""
    match record.kind:
        case "invention" | "utility_model":
            return _technical(record, dice)
        case "industrial_design":
            return _design(record, dice, images)
        case "computer_program" | "database":
            return _program(record, dice)
        case "copyright_work" | "related_right":
            return _work(record, dice)
        case "plant_variety" | "animal_breed":
            return _bred(record, index, dice)
        case "ic_topography":
            return _topography(record, dice)
        case _:
            return _indication(record, dice)


def _in(record: RightRecord, pair: works.Pair) -> tuple[Text, ...]:
    text = short_u(pair[1]) if record.language == "be" else pair[0]
    return (Text(text=text, lang=record.language),)


def _people(record: RightRecord, dice: Dice, role: Role, most: int) -> tuple[Party, ...]:
    return tuple(names.person(dice, record.office, record.language, role) for _ in range(dice.between(1, most)))


def _class(scheme: Scheme, code: str, edition: str = "", texts: tuple[Text, ...] = ()) -> tuple[Classification, ...]:
    return (Classification(scheme=scheme, code=code, edition=edition, texts=texts),)


def _technical(record: RightRecord, dice: Dice) -> RightRecord:
    title = works.technical(dice, record.kind == "utility_model")
    return replace(
        record,
        titles=_in(record, title.text),
        abstract=_in(record, title.note),
        classes=_class("ipc", title.code, "2026.01"),
        parties=_people(record, dice, "author", 4),
        effect_date=record.filing_date if record.registration_date else "",
    )


def _design(record: RightRecord, dice: Dice, images: dict[str, bytes]) -> RightRecord:
    name = dice.pick(sorted(THINGS))
    thing, one = THINGS[name], dice.below(10**9)
    designs = 2 if dice.chance(15) else 1
    pictures = [draw(name, one + i, view=view) for i in range(designs) for view in (1, 2)]
    shown = []
    for png in pictures:
        digest = hashlib.sha256(png).hexdigest()
        images[digest] = png
        shown.append(Image(sha256=digest, media_type="image/png", width=SIZE, height=SIZE))
    title = thing.names[:2]
    if designs == 2:
        title = (f"{title[0]} (2 варианта)", f"{title[1]} (2 варыянты)")
    product = _in(record, (thing.names[0].lower(), thing.names[1].lower()))
    return replace(
        record,
        titles=_in(record, title),
        design_count=designs,
        images=tuple(shown),
        classes=_class("locarno", thing.locarno, "15", product),
        parties=_people(record, dice, "author", 3),
    )


def _program(record: RightRecord, dice: Dice) -> RightRecord:
    title = works.program(dice) if record.kind == "computer_program" else works.database(dice)
    filed = dt.date.fromisoformat(record.filing_date)
    language = dice.pick(("Python", "C++", "Java", "C#", "Rust", "JavaScript"))
    size = f"{dice.between(40, 9000)} KB"
    extras = (*record.extras, Extra(name="size", value=size))
    if record.kind == "computer_program":
        extras = (*extras, Extra(name="programming_language", value=language))
    return replace(
        record,
        titles=_in(record, title.text),
        created=str((filed - dt.timedelta(days=dice.between(20, 700))).year),
        parties=_people(record, dice, "author", 4),
        extras=extras,
    )


def _work(record: RightRecord, dice: Dice) -> RightRecord:
    title = works.work(dice, record.kind == "related_right")
    filed = dt.date.fromisoformat(record.filing_date)
    made = filed - dt.timedelta(days=dice.between(10, 2500))
    other = "RU" if record.office == "BY" else "BY"
    effects: tuple[Effect, ...] = ()
    if record.kind == "copyright_work":
        effects = (Effect(territory=other, basis="treaty", since=made.isoformat(), note="Berne Convention"),)
    return replace(
        record,
        titles=_in(record, title.text),
        description=_in(record, title.note),
        created=str(made.year) if dice.chance(60) else made.isoformat(),
        classes=_class("work", title.code),
        parties=_people(record, dice, "author", 2),
        effects=effects,
    )


def _bred(record: RightRecord, index: int, dice: Dice) -> RightRecord:
    word: Word = invented(dice)
    suffix = f" {dice.between(2, 95)}" if dice.chance(22) else ""
    name = (word.ru.capitalize() + suffix, word.be.capitalize() + suffix)
    if record.kind == "plant_variety":
        ru, be, latin, _ = works.CROPS[index % len(works.CROPS)]
    else:
        ru, be, latin = works.ANIMALS[index % len(works.ANIMALS)]
    return replace(
        record,
        titles=_in(record, name),
        classes=_class("product", latin, "", _in(record, (ru, be))),
        parties=_people(record, dice, "breeder", 4),
        effect_date=record.registration_date,
    )


def _topography(record: RightRecord, dice: Dice) -> RightRecord:
    what = dice.pick(
        (
            ("усилителя датчика", "узмацняльніка датчыка"),
            ("преобразователя напряжения", "пераўтваральніка напружання"),
            ("приёмопередатчика", "прыёмаперадатчыка"),
            ("драйвера светодиодов", "драйвера святлодыёдаў"),
            ("аналого-цифрового преобразователя", "аналага-лічбавага пераўтваральніка"),
        )
    )
    code = f"{invented(dice, 2).latin[:3].upper()}-{dice.between(100, 9900)}"
    return replace(
        record,
        titles=_in(record, (f"Топология микросхемы {what[0]} {code}", f"Тапалогія мікрасхемы {what[1]} {code}")),
        parties=_people(record, dice, "author", 3),
    )


def _indication(record: RightRecord, dice: Dice) -> RightRecord:
    title = works.indication(dice)
    product = title.text[0].split(" ", 1)[1], title.text[1].split(" ", 1)[1]
    return replace(
        record,
        titles=_in(record, title.text),
        classes=_class("nice", title.code, EDITION, _in(record, product)),
    )
