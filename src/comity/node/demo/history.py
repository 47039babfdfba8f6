"""The life of a right: examination, registration, renewals, the end; each event with its legal and its recorded day.

Terms in years follow the laws of the two states; where a state's law sets none, none is given.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from comity.node.demo.dice import Dice, workday, years_on
from comity.registers.domain.record import Event, Publication, Stage, Status, Text

TODAY = dt.date(2026, 11, 20)  # the day on which the demonstration stands still

# First year of filing, and days of examination at least and at most.
_COURSE: dict[str, tuple[int, int, int]] = {
    "trademark": (1994, 210, 540), "invention": (1994, 480, 1150), "utility_model": (1998, 110, 320),
    "industrial_design": (1996, 190, 430), "computer_program": (2005, 25, 75), "database": (2005, 25, 80),
    "copyright_work": (2004, 5, 30), "related_right": (2004, 5, 30), "plant_variety": (1998, 720, 1400),
    "animal_breed": (2000, 500, 1100), "ic_topography": (2003, 30, 75), "geographical_indication": (2004, 200, 420),
    "appellation_of_origin": (1997, 200, 450),
}  # fmt: skip
_EXAMINED = ("trademark", "invention", "utility_model", "industrial_design", "plant_variety", "animal_breed")
_FEES = ("invention", "utility_model", "plant_variety", "animal_breed")

_WORDS: dict[str, tuple[str, str, str]] = {
    "filed": ("Заявка подана", "Заяўка пададзена", "Application filed"),
    "application_published": (
        "Сведения о заявке опубликованы",
        "Звесткі аб заяўцы апублікаваны",
        "Application published",
    ),
    "registered": ("Зарегистрировано", "Зарэгістравана", "Registered"),
    "registration_published": (
        "Сведения о регистрации опубликованы",
        "Звесткі аб рэгістрацыі апублікаваны",
        "Registration published",
    ),
    "renewed": ("Срок действия продлён", "Тэрмін дзеяння прадоўжаны", "Renewed"),
    "expired": ("Срок действия истёк", "Тэрмін дзеяння скончыўся", "Term expired"),
    "lapsed": ("Прекращено из-за неуплаты пошлины", "Спынена з-за няўплаты пошліны", "Lapsed: fee not paid"),
    "surrendered": (
        "Прекращено по заявлению правообладателя",
        "Спынена па заяве праваўладальніка",
        "Surrendered by the holder",
    ),
    "invalidated": ("Признано недействительным", "Прызнана несапраўдным", "Declared invalid"),
    "refused": ("Отказано в регистрации", "Адмоўлена ў рэгістрацыі", "Registration refused"),
    "withdrawn": ("Заявка отозвана", "Заяўка адклікана", "Application withdrawn"),
    "holder_changed": ("Изменён правообладатель", "Зменены праваўладальнік", "Change of holder"),
    "address_changed": ("Изменён адрес правообладателя", "Зменены адрас праваўладальніка", "Change of address"),
    "licence_recorded": (
        "Зарегистрирован лицензионный договор",
        "Зарэгістраваны ліцэнзійны дагавор",
        "Licence recorded",
    ),
    "pledge_recorded": ("Зарегистрирован залог", "Зарэгістраваны заклад", "Pledge recorded"),
}


def term(office: str, kind: str, woody: bool = False) -> tuple[int, int, int]:
    """(first term, step of renewal, longest) in years; zeros where there is no term, 999 without limit."""
    if kind in ("trademark", "geographical_indication", "appellation_of_origin"):
        return 10, 10, 999
    by_office: dict[tuple[str, str], tuple[int, int, int]] = {
        ("BY", "utility_model"): (5, 5, 10), ("RU", "utility_model"): (10, 0, 10),
        ("BY", "industrial_design"): (10, 5, 15), ("RU", "industrial_design"): (5, 5, 25),
        ("BY", "plant_variety"): (25, 0, 25), ("RU", "plant_variety"): (35, 0, 35) if woody else (30, 0, 30),
        ("RU", "animal_breed"): (30, 0, 30),
    }  # fmt: skip
    if kind == "invention":
        return 20, 0, 20
    if kind == "ic_topography":
        return 10, 0, 10
    return by_office.get((office, kind), (0, 0, 0))


@dataclass(slots=True)
class Life:
    """What happened to one application or right, until the demonstration's day."""

    filed: dt.date
    lang: str
    stage: Stage = "application"
    status: Status = "pending"
    status_date: dt.date | None = None
    registered: dt.date | None = None
    expires: dt.date | None = None
    first_use: dt.date | None = None
    events: list[tuple[dt.date, int, Event]] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)

    def add(self, code: str, legal: dt.date, recorded: dt.date | None = None) -> None:
        """Writes an event down; one that would be recorded after the demonstration's day has not happened yet."""
        day = recorded or legal
        if day > TODAY:
            day = TODAY
        ru, be, en = _WORDS[code]
        texts = (Text(text=be if self.lang == "be" else ru, lang=self.lang), Text(text=en, lang="en"))
        event = Event(code=code, date=legal.isoformat(), recorded=day.isoformat(), texts=texts)
        self.events.append((legal, len(self.events), event))

    def end(self, status: Status, legal: dt.date, recorded: dt.date) -> None:
        """Closes the life with a status."""
        self.status, self.status_date = status, legal
        self.add(str(status), legal, recorded)

    def in_order(self) -> tuple[Event, ...]:
        """The events by their legal day."""
        return tuple(event for _, _, event in sorted(self.events, key=lambda item: item[:2]))


def filing_day(dice: Dice, kind: str) -> dt.date:
    """A working day of filing, later years being fuller than early ones."""
    first = dt.date(_COURSE[kind][0], 1, 10)
    late = max(dice.below(1000), dice.below(1000)) if dice.chance(70) else dice.below(1000)
    day = workday(first + dt.timedelta(days=(TODAY - first).days * late // 1000))
    return min(day, TODAY)


def _issue(office: str, day: dt.date) -> str:
    number = (day.timetuple().tm_yday - 1) // 15 + 1 if office == "RU" else (day.month + 1) // 2
    return f"{number}/{day.year}"


def live(
    dice: Dice, office: str, kind: str, filed: dt.date, lang: str, *, woody: bool = False, lasting: bool = False
) -> Life:
    """The life of one filing; `lasting` rights (well-known marks, twins) are registered and have not ended."""
    life = Life(filed=filed, lang=lang)
    life.add("filed", filed)
    _, least, most = _COURSE[kind]
    done = workday(filed + dt.timedelta(days=dice.between(least, most)))
    leaves = TODAY + dt.timedelta(days=1)
    if kind in _EXAMINED and not lasting and dice.chance(10):
        leaves = workday(filed + dt.timedelta(days=dice.between(least // 2, most)))
    if (kind == "trademark" and filed.year >= 2015) or (kind == "invention" and (TODAY - filed).days > 560):
        day = workday(filed + dt.timedelta(days=dice.between(30, 70) if kind == "trademark" else 549))
        if day <= min(done, leaves, TODAY):
            life.add("application_published", day)
            life.publications.append(Publication(date=day.isoformat(), issue=_issue(office, day), kind="application"))
    if leaves <= TODAY:
        life.end("withdrawn" if dice.chance(38) else "refused", leaves, leaves)
        return life
    if done > TODAY:
        return life
    life.stage, life.status, life.registered, life.status_date = "right", "in_force", done, done
    life.add("registered", done)
    printed = workday(done + dt.timedelta(days=dice.between(10, 40)))
    if printed <= TODAY and kind not in ("copyright_work", "related_right"):
        life.add("registration_published", printed)
        life.publications.append(
            Publication(date=printed.isoformat(), issue=_issue(office, printed), kind="registration")
        )
    _run(dice, office, kind, life, woody, lasting)
    _changes(dice, kind, life)
    return life


def _run(dice: Dice, office: str, kind: str, life: Life, woody: bool, lasting: bool) -> None:
    registered = life.registered or life.filed
    first, step, longest = term(office, kind, woody)
    start = registered if kind in ("plant_variety", "animal_breed") else life.filed
    if kind == "ic_topography":
        if dice.chance(50):
            life.first_use = life.filed - dt.timedelta(days=dice.between(30, 600))
        start = min(registered, life.first_use or registered)
    years = first
    if first:
        life.expires = years_on(start, years)
        while life.expires <= TODAY:
            if not step or years + step > longest or not (lasting or dice.chance(68)):
                life.end("expired", life.expires, workday(life.expires + dt.timedelta(days=dice.between(1, 20))))
                break
            asked = life.expires + dt.timedelta(
                days=dice.between(-330, -15) if dice.chance(88) else dice.between(5, 170)
            )
            if asked > TODAY:
                break  # within the six months of grace, not asked for yet
            life.add("renewed", life.expires, workday(max(asked, registered)))
            years += step
            life.expires = years_on(start, years)
    if not lasting:
        _early_end(dice, kind, step, life)


def _early_end(dice: Dice, kind: str, step: int, life: Life) -> None:
    registered = life.registered or life.filed
    low, last = registered + dt.timedelta(days=90), min(TODAY, life.expires or TODAY)
    if life.expires and step:
        low = max(low, years_on(life.expires, -step))  # after the last renewal, so that none of them is undone
    if life.status != "in_force" or (last - low).days < 200:
        return
    if kind in _FEES and dice.chance(34):
        due = years_on(life.filed, dice.between(3, min(14, max(3, last.year - life.filed.year - 1))))
        recorded = workday(due + dt.timedelta(days=dice.between(185, 230)))
        if low < due < last and recorded <= TODAY:
            life.end("lapsed", due, recorded)
        return
    if dice.chance(5):
        day = workday(low + dt.timedelta(days=dice.between(30, (last - low).days)))
        recorded = workday(day + dt.timedelta(days=dice.between(3, 40)))
        if day < last and recorded <= TODAY:
            life.end("invalidated" if dice.chance(55) else "surrendered", day, recorded)


def _changes(dice: Dice, kind: str, life: Life) -> None:
    registered = life.registered or life.filed
    last = life.status_date if life.status != "in_force" and life.status_date else TODAY
    room = (last - registered).days - 60
    if room < 100:
        return
    shares = (("holder_changed", 9), ("address_changed", 6), ("licence_recorded", 6), ("pledge_recorded", 1))
    for code, share in shares:
        if kind in ("copyright_work", "geographical_indication", "appellation_of_origin") and code != "address_changed":
            continue
        if dice.chance(share):
            day = workday(registered + dt.timedelta(days=dice.between(40, room)))
            life.add(code, day, workday(day + dt.timedelta(days=dice.between(0, 25))))
