"""Holders, authors and representatives: fictional organisations and people at fictional addresses.

Names are (ru, be, Latin) throughout. Identifiers have the length of real ones and a wrong check digit, so that none
can belong to anybody.
"""

from __future__ import annotations

from comity.node.demo.dice import Dice
from comity.node.demo.words import invented
from comity.registers.domain.record import Party, Role, Text

_FORMS = {
    "BY": (
        (("ООО", "ТАА", "LLC"), 40),
        (("ОАО", "ААТ", "OJSC"), 22),
        (("ЧТУП", "ПГУП", "Private Enterprise"), 14),
        (("УП", "УП", "Unitary Enterprise"), 10),
        (("ЗАО", "ЗАТ", "CJSC"), 8),
        (("ОДО", "ТДА", "ALC"), 6),
    ),
    "RU": (
        (("ООО", "ТАА", "LLC"), 58),
        (("АО", "АТ", "JSC"), 24),
        (("ПАО", "ПАТ", "PJSC"), 6),
        (("ЗАО", "ЗАТ", "CJSC"), 7),
        (("ФГУП", "ФДУП", "Federal State Unitary Enterprise"), 5),
    ),
}
_TAILS = (
    ("пром", "прам", "prom"),
    ("техника", "тэхніка", "tekhnika"),
    ("продукт", "прадукт", "produkt"),
    ("маркет", "маркет", "market"),
    ("", "", ""),
    ("", "", ""),
    ("", "", ""),
    ("мед", "мед", "med"),
    ("сервис", "сэрвіс", "servis"),
    ("агро", "агра", "agro"),
    ("лаб", "лаб", "lab"),
    ("комплект", "камплект", "komplekt"),
)
_INSTITUTES = (
    ("институт прикладной механики", "інстытут прыкладной механікі", "Institute of Applied Mechanics"),
    ("институт растениеводства", "інстытут раслінаводства", "Institute of Crop Science"),
    ("центр материаловедения", "цэнтр матэрыялазнаўства", "Centre of Materials Science"),
    ("технологический университет", "тэхналагічны ўніверсітэт", "University of Technology"),
    ("институт животноводства", "інстытут жывёлагадоўлі", "Institute of Animal Husbandry"),
)
_MEN = (
    ("Андрей", "Андрэй", "Andrei"),
    ("Сергей", "Сяргей", "Siarhei"),
    ("Николай", "Мікалай", "Mikalai"),
    ("Дмитрий", "Дзмітрый", "Dzmitry"),
    ("Павел", "Павел", "Pavel"),
    ("Олег", "Алег", "Aleh"),
    ("Виктор", "Віктар", "Viktar"),
    ("Игорь", "Ігар", "Ihar"),
    ("Михаил", "Міхаіл", "Mikhail"),
    ("Юрий", "Юрый", "Yury"),
    ("Алексей", "Аляксей", "Aliaksei"),
    ("Иван", "Іван", "Ivan"),
)
_WOMEN = (
    ("Елена", "Алена", "Alena"),
    ("Наталья", "Наталля", "Natallia"),
    ("Ольга", "Вольга", "Volha"),
    ("Анна", "Ганна", "Hanna"),
    ("Ирина", "Ірына", "Iryna"),
    ("Светлана", "Святлана", "Sviatlana"),
    ("Мария", "Марыя", "Maryia"),
    ("Татьяна", "Таццяна", "Tatsiana"),
    ("Екатерина", "Кацярына", "Katsiaryna"),
    ("Вера", "Вера", "Vera"),
)
_FATHERS = (
    ("Андре", "Андрэ", "е"),
    ("Серге", "Сярге", "е"),
    ("Никола", "Мікала", "е"),
    ("Павл", "Паўл", "о"),
    ("Олег", "Алег", "о"),
    ("Виктор", "Віктар", "о"),
    ("Игор", "Ігар", "е"),
    ("Михайл", "Міхайл", "о"),
    ("Алексе", "Аляксе", "е"),
    ("Иван", "Іван", "о"),
    ("Петр", "Пятр", "о"),
    ("Фёдор", "Фёдар", "о"),
)
# Surnames that do not change with gender, for Belarus; (ru, be, Latin).
_BY_SURNAMES = (
    ("Лозневич", "Лазневіч", "Laznevich"),
    ("Жаринчук", "Жарынчук", "Zharynchuk"),
    ("Тальковец", "Талькавец", "Talkavets"),
    ("Дзерович", "Дзяровіч", "Dziarovich"),
    ("Ольшаник", "Альшанік", "Alshanik"),
    ("Верасук", "Верасук", "Verasuk"),
    ("Крушинец", "Крушынец", "Krushynets"),
    ("Мальвинко", "Мальвінка", "Malvinka"),
    ("Бусловик", "Буславік", "Buslavik"),
    ("Сенокосец", "Сенакосец", "Senakosets"),
    ("Рудобелец", "Рудабелец", "Rudabelets"),
    ("Пущевич", "Пушчэвіч", "Pushchevich"),
    ("Азёрчик", "Азёрчык", "Aziorchyk"),
    ("Грабовник", "Грабаўнік", "Hrabaunik"),
    ("Ярчукевич", "Ярчукевіч", "Yarchukevich"),
    ("Вербилович", "Вербіловіч", "Verbilovich"),
    ("Чаротко", "Чаротка", "Charotka"),
    ("Стрельчевец", "Стральчавец", "Stralchavets"),
)
_RU_SURNAMES = (
    ("Ветлугов", "Ветлугаў", "Vetlugov"),
    ("Зарядьев", "Зарадзьеў", "Zaryadyev"),
    ("Колодин", "Калодзін", "Kolodin"),
    ("Тальников", "Тальнікаў", "Talnikov"),
    ("Овсяночкин", "Аўсяначкін", "Ovsyanochkin"),
    ("Лугарин", "Лугарын", "Lugarin"),
    ("Сосновитин", "Саснавіцін", "Sosnovitin"),
    ("Переправин", "Пераправін", "Perepravin"),
    ("Морошников", "Марошнікаў", "Moroshnikov"),
    ("Дальнеев", "Дальнееў", "Dalneyev"),
    ("Ручейников", "Ручэйнікаў", "Rucheynikov"),
    ("Кедрачёв", "Кедрачоў", "Kedrachyov"),
    ("Чернолесов", "Чарналесаў", "Chernolesov"),
    ("Бережанин", "Беражанін", "Berezhanin"),
    ("Плёсов", "Плёсаў", "Plyosov"),
    ("Грибанцев", "Грыбанцаў", "Gribantsev"),
    ("Ивлистов", "Іўлістаў", "Ivlistov"),
    ("Снегирёвский", "Снегірэўскі", "Snegiryovsky"),
)
_TOWNS = {
    "BY": (
        ("Жаринск", "Жарынск"),
        ("Озёрная Гута", "Азёрная Гута"),
        ("Верасово", "Верасава"),
        ("Лозки", "Лозкі"),
        ("Белая Пуща", "Белая Пушча"),
        ("Новый Чарот", "Новы Чарот"),
        ("Дубровье", "Дуброўе"),
        ("Старая Вязь", "Старая Вязь"),
    ),
    "RU": (
        ("Ветрогорск", "Ветрагорск"),
        ("Кедрополь", "Кедрапаль"),
        ("Приозёрный Луг", "Прыазёрны Луг"),
        ("Талица-Новая", "Таліца-Новая"),
        ("Светлоречье", "Светларэчча"),
        ("Северокаменск", "Северакаменск"),
        ("Ольхогорье", "Альхагор'е"),
        ("Морошкин Яр", "Марошкін Яр"),
    ),
}
_STREETS = (
    ("Ольховый пер.", "Альховы зав."),
    ("ул. Мельников", "вул. Млынароў"),
    ("ул. Дальних Зорь", "вул. Далёкіх Зораў"),
    ("ул. Третья Полевая", "вул. Трэцяя Палявая"),
    ("Ткацкий проезд", "Ткацкі праезд"),
    ("ул. Синих Камней", "вул. Сініх Камянёў"),
    ("наб. Тихой Заводи", "наб. Ціхай Завадзі"),
    ("ул. Василькового Поля", "вул. Валошкавага Поля"),
)
_ABROAD = (
    ("DE", "GmbH", "Lindweg {n}, 0{p} Altenfurt"),
    ("PL", "Sp. z o.o.", "ul. Wierzbowa {n}, 9{p} Nowobrzeg"),
    ("LT", "UAB", "Beržų g. {n}, LT-0{p} Naujupis"),
    ("KZ", "LLP", "Terek St. {n}, 0{p} Zhanakol"),
    ("CN", "Co., Ltd.", "No. {n} Lihua Road, Xinhe 5{p}"),
    ("US", "Inc.", "{n} Alder Creek Rd, Fairhollow 0{p}"),
    ("CH", "AG", "Birkenstrasse {n}, {p} Seewil"),
    ("IT", "S.r.l.", "Via dei Tigli {n}, 0{p} Montelago"),
)


def _wrong_check(digits: str, weights: tuple[int, ...]) -> str:
    check = sum(int(a) * b for a, b in zip(digits, weights, strict=True)) % 11 % 10
    return digits + str((check + 5) % 10)


def _identifier(dice: Dice, office: str) -> str:
    if office == "BY":
        return _wrong_check(f"9{dice.below(10**7):07d}", (29, 23, 19, 17, 13, 7, 5, 3))
    return _wrong_check(f"99{dice.below(10**7):07d}", (2, 4, 10, 3, 5, 9, 4, 6, 8))


def address(dice: Dice, office: str, lang: str, *, home: bool, town: str = "") -> str:
    """A postal address in a town (the one named, or any) and a street that do not exist."""
    be = lang == "be"
    town, street = town or dice.pick(_TOWNS[office])[be], dice.pick(_STREETS)[be]
    code = f"2{dice.between(10000, 99999)}" if office == "BY" else f"{dice.between(1, 6)}{dice.between(10000, 99999)}"
    house, room = dice.between(1, 140), dice.between(1, 180)
    flat = "кв." if home else "оф." if dice.chance(70) else "пам." if be else "пом."
    tail = f", {flat} {room}" if dice.chance(75) else ""
    return f"{code}, г. {town}, {street}, д. {house}{tail}"


def person(dice: Dice, office: str, lang: str, role: Role) -> Party:
    """A fictional natural person with an address."""
    woman = dice.chance(42)
    be = lang == "be"
    given = dice.pick(_WOMEN if woman else _MEN)
    surname = dice.pick(_BY_SURNAMES if office == "BY" else _RU_SURNAMES)[be]
    if woman and office == "RU":
        surname = _feminine(surname)
    father = dice.pick(_FATHERS)
    stem = father[be] + ({"е": "е", "о": "а"} if be else {"е": "е", "о": "о"})[father[2]]
    patronymic = stem + (("ўна" if be else "вна") if woman else ("віч" if be else "вич"))
    name = f"{surname} {given[be]} {patronymic}"
    return Party(
        role=role,
        entity="natural",
        names=(Text(text=name, lang=lang),),
        country=office,
        address=address(dice, office, lang, home=True),
    )


def _feminine(surname: str) -> str:
    if surname.endswith("ский"):
        return surname[:-2] + "ая"
    if surname.endswith("скі"):
        return surname[:-1] + "ая"
    return surname[:-1] + "ва" if surname.endswith("ў") else surname + "а"


def company(dice: Dice, office: str, lang: str, role: Role) -> Party:
    """A fictional organisation; its name is also given in Latin letters now and then."""
    be = lang == "be"
    form = dice.weighted(_FORMS[office])
    word, tail = invented(dice, 2 if dice.chance(50) else 3), dice.pick(_TAILS)
    core = ((word.be + tail[1]) if be else (word.ru + tail[0])).capitalize()
    names = [Text(text=f"{form[be]} «{core}»", lang=lang)]
    if dice.chance(18):
        names.append(Text(text=f"“{(word.latin + tail[2]).capitalize()}” {form[2]}", lang="en"))
    return Party(
        role=role,
        entity="legal",
        names=tuple(names),
        country=office,
        address=address(dice, office, lang, home=False),
        identifier=_identifier(dice, office),
    )


def institute(dice: Dice, office: str, lang: str, role: Role, kind: str) -> Party:
    """A fictional institute or university, of a sort that would hold such a right."""
    sort = _INSTITUTES[{"plant_variety": 1, "animal_breed": 4}.get(kind, dice.pick((0, 2, 3)))]
    be = lang == "be"
    town = dice.pick(_TOWNS[office])[be]
    form = "Дзяржаўная ўстанова" if be else "Государственное учреждение"
    name = f"{form} «{sort[be].capitalize()} г. {town}»"
    return Party(
        role=role,
        entity="legal",
        names=(Text(text=name, lang=lang),),
        country=office,
        address=address(dice, office, lang, home=False, town=town),
        identifier=_identifier(dice, office),
    )


def abroad(dice: Dice, role: Role) -> Party:
    """A fictional foreign company."""
    country, form, place = dice.pick(_ABROAD)
    name = f"{invented(dice).latin.capitalize()} {form}"
    where = place.format(n=dice.between(1, 160), p=f"{dice.below(10000):04d}")
    return Party(role=role, entity="legal", names=(Text(text=name, lang="en"),), country=country, address=where)


def trader(dice: Dice, office: str, lang: str, role: Role) -> Party:
    """A fictional sole trader: a natural person in trade."""
    base = person(dice, office, lang, role)
    name = ("ІП " if lang == "be" else "ИП ") + base.names[0].text
    return Party(role=role, names=(Text(text=name, lang=lang),), country=office, address=base.address)


def owner(dice: Dice, office: str, lang: str, role: Role) -> Party:
    """A holder or applicant as they come: mostly companies, some people and some from abroad."""
    kind = dice.weighted((("company", 66), ("person", 8), ("trader", 13), ("abroad", 13)))
    if kind == "abroad":
        return abroad(dice, role)
    return {"company": company, "person": person, "trader": trader}[kind](dice, office, lang, role)
