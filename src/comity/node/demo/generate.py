"""The registers of the demonstration: two offices full of fictional rights, the same to the byte from the same seed.

Nothing here is taken from a register. Every record carries the extra `fictional` = `true`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from comity.node.demo import contents, goods, marks, names
from comity.node.demo.dice import Dice, workday
from comity.node.demo.history import TODAY, Life, filing_day, live
from comity.node.demo.numbering import Numbers
from comity.node.demo.raster import SIZE
from comity.registers.domain.record import (
    KINDS,
    Classification,
    Effect,
    Extra,
    Feature,
    Image,
    Kind,
    Party,
    Priority,
    RightRecord,
    Text,
)

Office = Literal["BY", "RU"]
LABEL = Extra(name="fictional", value="true")

_PER_MILLE: dict[str, int] = {
    "trademark": 600, "invention": 90, "utility_model": 60, "industrial_design": 72, "computer_program": 60,
    "database": 20,
    "copyright_work": 30, "related_right": 10, "plant_variety": 22, "animal_breed": 9, "ic_topography": 9,
    "geographical_indication": 9, "appellation_of_origin": 9,
}  # fmt: skip
_CLAIMING: dict[str, int] = {"trademark": 184, "industrial_design": 184, "invention": 366, "utility_model": 366}


@dataclass(frozen=True, slots=True)
class Made:
    """A record and the bytes of its images by their SHA-256 in hex."""

    record: RightRecord
    images: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Plan:
    kind: Kind
    index: int
    dice: Dice
    life: Life
    application: str
    number: str
    lang: str
    woody: bool
    well_known: bool


def shares(count: int) -> dict[Kind, int]:
    """How many rights of each kind a register of `count` rights has; at least one each."""
    out = {kind: max(1, count * _PER_MILLE[kind] // 1000) for kind in KINDS}
    out["trademark"] = max(1, out["trademark"] + count - sum(out.values()))
    return out  # type: ignore[return-value]


def generate(office: Office, seed: int, count: int = 2200) -> Iterator[Made]:
    """The rights of one office, kind by kind."""
    for plan in _plans(office, seed, count):
        yield _record(office, seed, count, plan)


def twin_pairs(seed: int, count: int = 2200) -> list[tuple[str, str, marks.Relation]]:
    """The numbers of the similar marks (Belarusian, Russian) and how they are alike."""
    by, ru = (
        [plan.number for plan in _plans(office, seed, count) if plan.kind == "trademark"] for office in ("BY", "RU")
    )
    pairs = marks.twin_count(shares(count)["trademark"])
    return [(by[i], ru[i], marks.relation(seed, i)) for i in range(pairs)]


def _plans(office: str, seed: int, count: int) -> Iterator[_Plan]:
    numbers = Numbers(office, Dice(seed, office, "numbers"))
    for kind, many in shares(count).items():
        for index in range(many):
            dice = Dice(seed, office, kind, index)
            lang = "be" if office == "BY" and dice.chance(32) else "ru"
            twin = kind == "trademark" and index < marks.twin_count(many)
            well_known = kind == "trademark" and not twin and index % 170 == 169
            filed = filing_day(dice, kind)
            if twin or well_known:
                filed = workday(dice.day(dt.date(2005, 1, 10), dt.date(2024, 6, 1)))
            woody = kind == "plant_variety" and contents.woody(index)
            life = live(dice, office, kind, filed, lang, woody=woody, lasting=twin or well_known)
            application = numbers.application(kind, filed)
            number = numbers.registration(kind, life.registered) if life.registered else application
            yield _Plan(kind, index, dice, life, application, number, lang, woody, well_known)


def _record(office: str, seed: int, count: int, plan: _Plan) -> Made:
    dice, life = plan.dice, plan.life
    images: dict[str, bytes] = {}
    record = RightRecord(
        office=office,
        kind=plan.kind,
        number=plan.number,
        stage=life.stage,
        status=life.status,
        status_date=(life.status_date or life.filed).isoformat(),
        application_number=plan.application,
        filing_date=life.filed.isoformat(),
        registration_date=life.registered.isoformat() if life.registered else "",
        expiry_date=life.expires.isoformat() if life.expires and not plan.well_known else "",
        first_use_date=life.first_use.isoformat() if life.first_use else "",
        publications=tuple(life.publications),
        language=plan.lang,
        extras=(LABEL,),
    )
    if plan.kind == "trademark":
        record = _mark(record, office, seed, count, plan, images)
    else:
        record = contents.filled(record, plan.index, dice, images)
    if plan.well_known:
        # A well-known mark is protected without limit and needs no renewal.
        life.events = [item for item in life.events if item[2].code != "renewed"]
    record = replace(record, events=life.in_order())
    return Made(_claimed(_parties(record, dice, life), dice), images)


def _mark(
    record: RightRecord, office: str, seed: int, count: int, plan: _Plan, images: dict[str, bytes]
) -> RightRecord:
    dice = plan.dice
    twin = plan.index < marks.twin_count(shares(count)["trademark"])
    look = marks.twin(seed, plan.index, office) if twin else marks.look(dice, plan.lang)
    classes: tuple[Classification, ...] = goods.classes(dice, plan.lang, look.family)
    features: list[Feature] = list(look.features)
    if all(int(item.code) in goods.SERVICES for item in classes):
        features.append("service_mark")
    if plan.well_known:
        features.append("well_known")
    elif dice.chance(2):
        features.append("collective")
    drawing = look.drawing
    colours: tuple[Text, ...] = ()
    pictures: tuple[Image, ...] = ()
    if drawing:
        pictures = (kept(drawing.png, images),)
        classes += tuple(Classification(scheme="vienna", code=code, edition="9") for code in drawing.vienna)
        names_of = [ink.names[1 if plan.lang == "be" else 0] for ink in drawing.inks]
        if drawing.inks:
            names_of.append("белы" if plan.lang == "be" else "белый")
            colours = (Text(text=", ".join(names_of), lang=plan.lang),)
    return replace(
        record,
        features=tuple(features),
        titles=look.verbal,
        classes=classes,
        images=pictures,
        colours=colours,
        description=look.description,
        disclaimers=look.disclaimers,
        effects=_designation(office, plan),
    )


def _designation(office: str, plan: _Plan) -> tuple[Effect, ...]:
    registered, dice = plan.life.registered, plan.dice
    if plan.well_known:
        decided = registered.isoformat() if registered else ""
        return (Effect(territory=office, basis="national_decision", since=decided, note="Paris Convention 6bis"),)
    if not registered or plan.life.status != "in_force" or not dice.chance(12):
        return ()
    since = workday(registered + dt.timedelta(days=dice.between(60, 700)))
    if since > TODAY:
        return ()
    number = 600_000 + (since - dt.date(1993, 1, 1)).days * 105 + dice.below(90)
    other = "RU" if office == "BY" else "BY"
    note = f"Madrid designation, international registration No. {number}"
    return (Effect(territory=other, basis="international", since=since.isoformat(), note=note),)


def kept(png: bytes, images: dict[str, bytes]) -> Image:
    """Puts a picture with the others of its record and returns what the record says of it."""
    digest = hashlib.sha256(png).hexdigest()
    images[digest] = png
    return Image(sha256=digest, media_type="image/png", width=SIZE, height=SIZE)


def _parties(record: RightRecord, dice: Dice, life: Life) -> RightRecord:
    office, lang, out = record.office, record.language, list(record.parties)
    role: Literal["holder", "applicant"] = "holder" if record.stage == "right" else "applicant"
    if record.kind in ("plant_variety", "animal_breed", "ic_topography"):
        out.insert(0, names.institute(dice, office, lang, role, record.kind))
    elif record.kind in ("copyright_work", "related_right"):
        person = dice.chance(70)
        out.insert(0, (names.person if person else names.company)(dice, office, lang, role))
        if person and out[1:]:
            out[0] = replace(out[1], role=role)  # the author holds the right
    elif record.kind in ("invention", "utility_model") and dice.chance(38):
        out.insert(0, names.institute(dice, office, lang, role, record.kind))
    else:
        out.insert(0, names.owner(dice, office, lang, role))
    if out[0].country != office or dice.chance(24):
        out.append(names.person(dice, office, lang, "representative"))
    if any(item[2].code == "licence_recorded" for item in life.events):
        out.append(names.company(dice, office, lang, "licensee"))
    return replace(record, parties=tuple(_once(out)))


def _once(parties: list[Party]) -> Iterator[Party]:
    seen: set[tuple[str, str]] = set()
    for party in parties:
        key = (party.role, party.names[0].text)
        if key not in seen:
            seen.add(key)
            yield party


def _claimed(record: RightRecord, dice: Dice) -> RightRecord:
    """Some first filed elsewhere, most of them in the other state, and claim priority within 6 or 12 months."""
    window = _CLAIMING.get(record.kind)
    if window is None or not dice.chance(9):
        return record
    filed = dt.date.fromisoformat(record.filing_date)
    first = filed - dt.timedelta(days=dice.between(20, window - 4))
    other = "RU" if record.office == "BY" else "BY"
    if dice.chance(25):
        other = dice.pick(("DE", "PL", "CN", "KZ"))
    number = Numbers(other, dice).application(record.kind, first)
    return replace(record, priorities=(Priority(office=other, number=number, date=first.isoformat()),))
