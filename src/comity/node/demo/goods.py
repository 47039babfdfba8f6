"""Goods and services by Nice class, in our own short words: (Russian, Belarusian, English). INID 511."""

from __future__ import annotations

from comity.node.demo.dice import Dice
from comity.registers.domain.record import Classification, Text

EDITION = "12-2025"
LANGUAGES = ("ru", "be", "en")

_GOODS: dict[int, str] = {
    1: "клеи для промышленных целей=клеі для прамысловых мэт=adhesives for industry;удобрения=угнаенні=fertilisers",
    2: "краски=фарбы=paints;лаки=лакі=varnishes;антикоррозионные составы=антыкаразійныя саставы=anti-rust preparations",
    3: "косметика=касметыка=cosmetics;мыла=мылы=soaps;шампуни=шампуні=shampoos;зубные пасты=зубныя пасты=toothpastes",
    4: "смазки=змазкі=lubricants;свечи=свечкі=candles;топливо=паліва=fuels",
    5: "препараты фармацевтические=прэпараты фармацэўтычныя=pharmaceutical preparations;"
    "пищевые добавки=харчовыя дабаўкі=dietary supplements;пластыри=пластыры=plasters",
    6: "крепёж металлический=мацаванні металічныя=metal fasteners;трубы металлические=трубы металічныя=metal pipes",
    7: "насосы=помпы=pumps;станки=станкі=machine tools;сеялки=сеялкі=seed drills;двигатели=рухавікі=engines",
    8: "ножи=нажы=knives;инструменты ручные=інструменты ручныя=hand tools",
    9: "программы для компьютеров=праграмы для камп'ютараў=computer software;датчики=датчыкі=sensors;"
    "аккумуляторы=акумулятары=batteries;приборы измерительные=прыборы вымяральныя=measuring instruments",
    10: "аппараты медицинские=апараты медыцынскія=medical apparatus;бандажи=бандажы=supportive bandages",
    11: "светильники=свяцільні=lamps;котлы отопительные=катлы ацяпляльныя=heating boilers;"
    "фильтры для воды=фільтры для вады="
    "water filters",
    12: "прицепы=прычэпы=trailers;велосипеды=веласіпеды=bicycles;автобусы=аўтобусы=buses",
    14: "украшения ювелирные=упрыгожанні ювелірныя=jewellery;часы=гадзіннікі=watches",
    16: "тетради=сшыткі=exercise books;бумага=папера=paper;издания печатные=выданні друкаваныя=printed matter",
    17: "уплотнители=ушчыльняльнікі=seals;материалы изоляционные=матэрыялы ізаляцыйныя=insulating materials",
    18: "сумки=сумкі=bags;кошельки=кашалькі=purses",
    19: "кирпич=цэгла=bricks;плитка=плітка=tiles;смеси строительные сухие=сумесі будаўнічыя сухія=dry building mixes",
    20: "мебель=мэбля=furniture;матрацы=матрацы=mattresses;рамы для картин=рамы для карцін=picture frames",
    21: "посуда=посуд=tableware;щётки=шчоткі=brushes;изделия из стекла=вырабы са шкла=glassware",
    24: "ткани=тканіны=fabrics;бельё постельное=бялізна пасцельная=bed linen;"
    "полотенца льняные=ручнікі льняныя=linen towels",
    25: "одежда=адзенне=clothing;обувь=абутак=footwear;уборы головные=уборы галаўныя=headgear;"
    "трикотаж=трыкатаж=knitwear",
    28: "игрушки=цацкі=toys;игры настольные=гульні настольныя=board games",
    29: "молоко=малако=milk;сыры=сыры=cheese;колбасы=каўбасы=sausages;варенье=варэнне=jam;ягоды сушёные=ягады сушаныя="
    "dried berries",
    30: "хлеб=хлеб=bread;чай=чай=tea;мёд=мёд=honey;конфеты=цукеркі=sweets;печенье=пячэнне=biscuits;крупы=крупы=groats",
    31: "семена=насенне=seeds;овощи свежие=агародніна свежая=fresh vegetables;"
    "корма для животных=кармы для жывёл=animal feed",
    32: "воды минеральные=воды мінеральныя=mineral waters;квас=квас=kvass;пиво=піва=beer;соки=сокі=juices",
    33: "водка=гарэлка=vodka;настойки=настойкі=liqueurs;вина=віны=wines",
    35: "реклама=рэклама=advertising;услуги магазинов розничных=паслугі крам рознічных=retail services;"
    "помощь в управлении бизнесом=дапамога ў кіраванні бізнесам=business management assistance",
    36: "страхование=страхаванне=insurance;операции с недвижимостью=аперацыі з нерухомасцю=real estate affairs",
    37: "строительство=будаўніцтва=construction;ремонт автомобилей=рамонт аўтамабіляў=motor vehicle repair",
    38: "передача данных=перадача даных=data transmission;телевещание=тэлевяшчанне=television broadcasting",
    39: "перевозки грузовые=перавозкі грузавыя=freight transport;экскурсии=экскурсіі=sightseeing tours",
    40: "обработка древесины=апрацоўка драўніны=timber processing;печать 3D=друк 3D=custom 3D printing",
    41: "обучение=навучанне=education;издание книг=выданне кніг=publication of books;концерты=канцэрты=concerts",
    42: "разработка программ=распрацоўка праграм=software development;исследования научные=даследаванні навуковыя="
    "scientific research",
    43: "кафе=кафэ=café services;гостиницы=гасцініцы=hotel services;рестораны=рэстараны=restaurant services",
    44: "услуги медицинские=паслугі медыцынскія=medical services;услуги парикмахерских=паслугі цырульняў=hairdressing",
    45: "услуги юридические=паслугі юрыдычныя=legal services;"
    "лицензирование прав=ліцэнзаванне правоў=licensing of rights",
}
NICE: dict[int, tuple[tuple[str, ...], ...]] = {
    number: tuple(tuple(item.split("=")) for item in line.split(";")) for number, line in _GOODS.items()
}
# Classes that go together in one application, so that a mark does not cover bricks and wine.
FAMILIES = (
    (29, 30, 31, 35),
    (30, 32, 43),
    (32, 33, 35),
    (3, 5, 44),
    (5, 10, 44),
    (9, 42, 38),
    (9, 35, 41, 42),
    (25, 18, 35),
    (24, 25, 20),
    (19, 2, 37),
    (19, 17, 37),
    (20, 21, 11),
    (7, 12, 37),
    (12, 39),
    (16, 41, 35),
    (28, 25, 41),
    (14, 18, 35),
    (36, 45, 35),
    (43, 41, 39),
    (6, 7, 40),
    (1, 31, 7),
    (4, 7, 12),
    (11, 21, 8),
    (42, 45, 35),
)
SERVICES = range(35, 46)


def classes(dice: Dice, lang: str, wanted: tuple[int, ...] = ()) -> tuple[Classification, ...]:
    """Some Nice classes of one family, in ascending order, with goods in the language and now and then in English."""
    family = wanted or tuple(dice.sample(dice.pick(FAMILIES), dice.weighted(((1, 45), (2, 35), (3, 20)))))
    english = dice.chance(20)
    out = []
    for number in sorted(family):
        items = dice.sample(NICE[number], dice.between(1, len(NICE[number])))
        texts = [Text(text="; ".join(item[LANGUAGES.index(lang)] for item in items), lang=lang)]
        if english:
            texts.append(Text(text="; ".join(item[2] for item in items), lang="en"))
        out.append(Classification(scheme="nice", code=str(number), edition=EDITION, texts=tuple(texts)))
    return tuple(out)
