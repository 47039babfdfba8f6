"""Invented words that can be said aloud, each in Latin, Russian and Belarusian spelling, and two-word names.

Belarusian follows its own orthography: і, ў after a vowel, hard р, ч, ш, ж, тэ and дэ, and а for an unstressed о.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from comity.node.demo.dice import Dice

_ONSETS = (
    ("v", "в"), ("l", "л"), ("m", "м"), ("n", "н"), ("r", "р"), ("s", "с"), ("t", "т"), ("k", "к"), ("d", "д"),
    ("b", "б"), ("z", "з"), ("p", "п"), ("g", "г"), ("f", "ф"), ("ch", "ч"), ("sh", "ш"), ("zh", "ж"), ("tr", "тр"),
    ("br", "бр"), ("gr", "гр"), ("kl", "кл"), ("pl", "пл"), ("st", "ст"), ("sv", "св"), ("dr", "др"), ("sl", "сл"),
)  # fmt: skip
_VOWELS = (("a", "а"), ("o", "о"), ("e", "е"), ("i", "и"), ("u", "у"))
_CODAS = (("n", "н"), ("r", "р"), ("l", "л"), ("m", "м"), ("s", "с"), ("v", "в"), ("k", "к"))
_ENDINGS = (
    ("", ""), ("", ""), ("n", "н"), ("r", "р"), ("s", "с"), ("l", "л"), ("ks", "кс"), ("nt", "нт"), ("lin", "лин"),
    ("vit", "вит"), ("med", "мед"), ("dor", "дор"), ("mil", "мил"), ("ta", "та"), ("nika", "ника"), ("vel", "вел"),
)  # fmt: skip
_HARD = "тдрчшж"

# Names that everybody knows: an invented word that holds one of them is thrown away.
FAMOUS = frozenset(
    (
        "nokia", "sony", "apple", "google", "yandex", "lada", "nivea", "milka", "alenk", "milav",
        "savush", "belaz", "kamaz", "gazprom", "lukoil", "sber", "tinkof", "ozon", "nestle", "pepsi",
        "adidas", "nike", "puma", "volvo", "fiat", "tesla", "toyota", "honda", "mazda", "samsung",
        "lego", "ikea", "visa", "omega", "rolex", "dove", "lenovo", "asus", "acer", "dell",
        "canon", "epson", "kodak", "velcom", "motorola", "toshiba", "danone", "fanta", "sprite", "bosch",
        "braun", "knorr", "kinder", "nutel", "oreo", "ariel", "tide", "persil", "vanish", "domestos",
        "spartak", "baltika", "alivar", "krynits", "mirinda", "lipton", "lavazza", "kaspersk", "aeroflot", "belavia",
        "atlant", "gefest", "gorizont", "vityaz", "komunark", "zara", "gucci", "prada", "chanel", "dior",
        "kenzo", "audi", "skoda", "seat", "opel", "ford", "intel", "nvidia", "uber", "bolt",
        "viber", "telegram", "megafon", "bilain", "rossia", "magnit", "lenta", "dixi", "avito", "kia",
        "mars", "twix", "bounty", "snickers", "viagra", "aspirin", "bayer", "pfizer", "gileted", "pampers",
        "huggies", "libero", "colgate", "orbit", "dirol", "rafaelo", "nescafe", "jacobs", "tefal", "filips",
        "simens", "chudo", "rama",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word in three spellings; for a translated one they mean the same instead of sounding the same."""

    latin: str
    ru: str
    be: str


def belarusian(syllables: list[str]) -> str:
    """A word of Russian-spelt syllables in Belarusian orthography, stressed on the last syllable but one."""
    stressed = max(0, len(syllables) - 2)
    out = ""
    for i, syllable in enumerate(syllables):
        part = syllable if i == stressed else syllable.replace("о", "а")
        for hard in _HARD:
            part = part.replace(hard + "е", hard + "э").replace(hard + "и", hard + "ы")
        out += part.replace("и", "і")
    vowels = "аоеіуыэ"
    letters = list(out)
    for i in range(1, len(letters)):
        if letters[i] == "в" and letters[i - 1] in vowels and (i + 1 == len(letters) or letters[i + 1] not in vowels):
            letters[i] = "ў"
    return "".join(letters)


# Sounds that no office would register, and clusters hard to say.
_RUDE = ("pizd", "ebl", "eban", "ebu", "seks", "suk", "suchk", "zhop", "drist", "trah", "trak", "bz", "siski", "popa",
         "fuk", "fak", "dur", "idiot", "gad", "govn",
         "svol", "pid", "kaka", "kal", "mudak", "kuk", "srat", "sral", "shit",
         "sch", "szh", "zhz", "shs")  # fmt: skip


def _famous(word: Word) -> bool:
    folded = word.latin
    if any(part in folded for part in _RUDE) or any(a == b for a, b in pairwise(folded)):
        return True
    return any(name in folded or (len(folded) >= 4 and folded in name) for name in FAMOUS)


def invented(dice: Dice, most: int = 3) -> Word:
    """A word of two to `most` syllables, in small letters."""
    while True:
        latin, ru = "", []
        count = dice.between(2, most)
        for i in range(count):
            onset = dice.pick(_ONSETS[: 14 if dice.chance(72) else None]) if i or dice.chance(82) else ("", "")
            vowel = dice.pick(_VOWELS) if onset[0] else dice.pick(_VOWELS[:2])
            coda = dice.pick(_CODAS) if i < count - 1 and dice.chance(22) and not latin.endswith("r") else ("", "")
            latin += onset[0] + vowel[0] + coda[0]
            ru.append(onset[1] + vowel[1] + coda[1])
        end = dice.pick(_ENDINGS)
        latin += end[0]
        if len(end[1]) > 2 or end[1] == "та":
            ru.append(end[1])
        elif end[1]:
            ru[-1] += end[1]
        word = Word(latin, "".join(ru), belarusian(ru))
        if 4 <= len(word.latin) <= 11 and not _famous(word):
            return word


# Belarusian and Russian adjectives by gender (m, f), and English.
_ADJECTIVES = (
    ("тихий", "тихая", "ціхі", "ціхая", "quiet"), ("северный", "северная", "паўночны", "паўночная", "northern"),
    ("золотой", "золотая", "залаты", "залатая", "golden"), ("синий", "синяя", "сіні", "сіняя", "blue"),
    ("старый", "старая", "стары", "старая", "old"), ("лесной", "лесная", "лясны", "лясная", "forest"),
    ("речной", "речная", "рачны", "рачная", "river"), ("янтарный", "янтарная", "бурштынавы", "бурштынавая", "amber"),
    ("вольный", "вольная", "вольны", "вольная", "free"), ("утренний", "утренняя", "ранішні", "ранішняя", "morning"),
    ("ясный", "ясная", "ясны", "ясная", "clear"), ("медовый", "медовая", "мядовы", "мядовая", "honey"),
    ("хрустальный", "хрустальная", "крышталёвы", "крышталёвая", "crystal"),
    ("дальний", "дальняя", "далёкі", "далёкая", "distant"), ("озёрный", "озёрная", "азёрны", "азёрная", "lake"),
    ("снежный", "снежная", "снежны", "снежная", "snowy"), ("каменный", "каменная", "каменны", "каменная", "stone"),
    ("быстрый", "быстрая", "хуткі", "хуткая", "swift"), ("добрый", "добрая", "добры", "добрая", "kind"),
    ("седьмой", "седьмая", "сёмы", "сёмая", "seventh"), ("мудрый", "мудрая", "мудры", "мудрая", "wise"),
)  # fmt: skip
_NOUNS = (
    ("журавль", "журавель", "crane", "m"), ("родник", "крыніца", "spring", "mf"), ("мельник", "млынар", "miller", "m"),
    ("берег", "бераг", "shore", "m"), ("дуб", "дуб", "oak", "m"), ("василёк", "валошка", "cornflower", "mf"),
    ("зубр", "зубр", "bison", "m"), ("аист", "бусел", "stork", "m"), ("клён", "клён", "maple", "m"),
    ("рассвет", "світанак", "dawn", "m"), ("пекарь", "пекар", "baker", "m"), ("колос", "колас", "ear of rye", "m"),
    ("кузнец", "каваль", "smith", "m"), ("маяк", "маяк", "lighthouse", "m"), ("ветер", "вецер", "wind", "m"),
    ("роса", "раса", "dew", "f"), ("мельница", "млын", "mill", "fm"), ("поляна", "паляна", "glade", "f"),
    ("калина", "каліна", "viburnum", "f"), ("гавань", "гавань", "harbour", "f"), ("тропа", "сцежка", "path", "f"),
    ("рябина", "рабіна", "rowan", "f"), ("звезда", "зорка", "star", "f"), ("птица", "птушка", "bird", "f"),
    ("липа", "ліпа", "linden", "f"), ("корчма", "карчма", "inn", "f"), ("пчела", "пчала", "bee", "f"),
    ("долина", "даліна", "valley", "f"), ("заря", "зара", "daybreak", "f"), ("ласточка", "ластаўка", "swallow", "f"),
)  # fmt: skip


def meaningful(dice: Dice) -> Word:
    """An adjective and a noun that mean the same in English, Russian and Belarusian, in small letters."""
    adjective, noun = dice.pick(_ADJECTIVES), dice.pick(_NOUNS)
    ru_gender, be_gender = noun[3][0], noun[3][-1]
    be_adjective = adjective[3 if be_gender == "f" else 2]
    return Word(
        f"{adjective[4]} {noun[2]}",
        f"{adjective[1 if ru_gender == 'f' else 0]} {noun[0]}",
        f"{be_adjective} {noun[1]}",
    )


# One letter for another that looks or sounds near it.
_NEAR = (("о", "а"), ("е", "и"), ("с", "з"), ("т", "д"), ("п", "б"), ("к", "г"), ("ф", "в"), ("ш", "с"), ("л", "р"))


def short_u(text: str) -> str:
    """The Belarusian text with ў for an у that begins a word after a vowel."""
    return re.sub(r"(?<=[аеёіоуыэюя] )у", "ў", text)


def one_letter_off(dice: Dice, word: str) -> str:
    """The Cyrillic word with one of its later letters exchanged for a near one, or the last doubled."""
    places = [(i, b if c == a else a) for i, c in enumerate(word) if i > 0 for a, b in _NEAR if c in (a, b)]
    if not places:
        return word + word[-1]
    at, letter = dice.pick(places)
    return word[:at] + letter + word[at + 1 :]
