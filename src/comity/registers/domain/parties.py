"""Telling legal entities from natural persons by name.

Conservative on purpose: a natural person's name is personal data, so whoever is not surely a legal entity is not one.
"""

from __future__ import annotations

import re
import unicodedata

# Forms that no personal name has, in any case of letters.
_FORMS = frozenset([
    "ооо", "оао", "зао", "фгуп", "фгбу", "фгбоу", "фгаоу", "фгбун", "фгку", "гбоу", "рнуп", "рууп",
    "чтуп", "чпуп", "чсуп", "сооо", "иооо", "одоо", "прат", "цнии",
    "таа", "аат", "зат", "рнвуп", "пгуп", "прупп",
    "жшс", "սպը", "փբը", "բբը", "պոակ",
    "inc", "llc", "llp", "ltd", "plc", "gmbh", "mbh", "kgaa", "ohg", "sarl", "eurl", "uab", "oyj", "bvba", "sprl",
    "kft", "zrt", "corp", "ooo",
    "инк", "лтд", "гмбх", "зрт", "корпорейшн", "корпорэйшн", "ինք", "լթդ", "լտդ", "զրտ", "լիմիթիդ", "լիմիթեդ",
    "քորփորեյշն", "օբշչեստվո",
])  # fmt: skip
# Forms that, written otherwise, are also names or syllables of names: they count in capitals only.
_CAPITAL_FORMS = frozenset([
    "АО", "ПАО", "НАО", "АНО", "НПО", "НПП", "НПФ", "ГУП", "МУП", "УП", "ЧУП", "РУП", "КУП", "ОДО", "ТОО", "НИИ",
    "ТДА", "АҚ", "ФБУ", "ГБУ", "ГКУ", "МБУ",
])  # fmt: skip
# Words that name an organisation in themselves.
_WORDS = frozenset([
    "компания", "компании", "фирма", "завод", "завода", "фабрика", "союз", "фонд", "центр", "концерн", "холдинг",
    "кампанія", "фабрыка", "цэнтр", "саюз", "қоғам", "қоғамы", "орталығы", "институты",
    "company", "limited", "compagnie", "société", "societe", "society", "association", "foundation", "fondation",
    "industries", "enterprises", "technologies", "ministry", "ministère", "holdings", "partnership", "cooperative",
    "coopérative", "syndicat", "consortium", "publishers", "publishing", "council", "committee", "pharmaceuticals",
])  # fmt: skip
# The same by the beginning of the word; no surname begins so.
_STEMS = (
    "обществ", "акционерн", "товариществ", "предприяти", "корпораци", "объединени", "институт", "университет",
    "академи", "учреждени", "министерств", "комитет", "федеральн", "государственн", "республиканск", "унитарн",
    "комбинат", "кооператив", "ассоциаци", "лаборатори", "конструкторск", "администраци", "управлени", "филармони",
    "издательств", "колледж", "организаци", "агентств", "департамент", "больниц",
    "таварыств", "акцыянерн", "прадпрыемств", "карпарацы", "універсітэт", "ўніверсітэт", "інстытут", "акадэмі",
    "установа", "ўстанова", "дзяржаўн", "рэспубліканск", "унітарн", "камітэт", "выдавецтв", "камбінат",
    "серіктестіг", "кәсіпорн", "мекемес", "университет",
    "ընկերություն", "կազմակերպություն", "ինստիտուտ", "համալսարան", "կորպորացիա", "գործարան", "կենտրոն",
    "corporation", "incorporated", "universit", "institut", "laborator", "gesellschaft", "aktiengesellschaft",
)  # fmt: skip
_DOTTED = re.compile(
    r"(?:S\.\s?p\.\s?A|Sp\.\s?z\s?o\.\s?o|S\.\s?(?:à\s)?r\.\s?l|s\.\s?r\.\s?o|d\.\s?o\.\s?o|S\.\s?A\.\s?R\.\s?L|L\.\s?L\.\s?C|G\.m\.b\.H|(?:&|and|et)\s+Co|Co\.,?)\.?\s*\Z"
)
# Dots alone are not enough here: "Novik A. S." is a person, so at least three words must stand before such a form.
_INITIALS_LIKE = re.compile(r"\s((?:[A-Z]\.\s?){2,3})\s*\Z")
_DOTTED_FORMS = frozenset(["SA", "AG", "AS", "NV", "BV", "SRL", "SAS", "KK", "LP"])
_CAPITAL_TAIL = re.compile(r"[\s,](?:SA|SAS|AG|SE|AB|ASA|KG|NV|BV|SpA|SPA|Oy|OY|OÜ|SIA|A/S|ApS)\s*\Z")
_SOLE_TRADER = re.compile(
    r"(?:ип|іп|жк|(?:индивидуальный|частный)\s+предприниматель|індывідуальны\s+прадпрымальнік|"
    r"անհատ\s+ձեռնարկատեր)\b"
)
_INITIALS = re.compile(r"\b[^\W\d_]\.\s?(?:[^\W\d_]\.|[^\W\d_]{2,})")
_NAMED_AFTER = re.compile(r"\b(?:им\.|имени|імя|iмя|імені|атындағы|անվան)")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def looks_legal(name: str) -> bool:
    """Whether a name is surely that of one legal entity; False when in doubt (then it is treated as personal data)."""
    text = unicodedata.normalize("NFC", name).strip()
    # Several names in one: legal only if every one of them is.
    parts = [part for part in re.split(r"[;\n]", text) if part.strip()]
    if len(parts) != 1:
        return bool(parts) and all(looks_legal(part) for part in parts)
    # A sole trader is a natural person, whatever business name stands behind; so is who acts through an attorney.
    if _SOLE_TRADER.match(text.casefold()) or "attorney" in text.casefold():
        return False
    words = _WORD.findall(text)
    signs = [_is_sign(word) for word in words]
    if not any(signs):
        return _has_tail(text, len(words))
    # "Ivanov I. I. (Institute of Physics)" is a person with a workplace.
    if _INITIALS.search(text) and not _NAMED_AFTER.search(text.casefold()):
        return signs[0] or signs[-1] or _has_tail(text, len(words))
    return True


def _is_sign(word: str) -> bool:
    low = word.casefold()
    return low in _FORMS or word in _CAPITAL_FORMS or low in _WORDS or low.startswith(_STEMS)


def _has_tail(text: str, words: int) -> bool:
    """Whether the name ends in a legal form that is told from a person's initials or surname only by its writing."""
    if words > 1 and _DOTTED.search(text):
        return True
    if (initials := _INITIALS_LIKE.search(text)) is not None:
        form = "".join(letter for letter in initials.group(1) if letter.isalpha())
        return form in _DOTTED_FORMS and words - len(form) >= 3 and "," not in text
    # In a name all in capitals a surname looks like a form.
    return words > 1 and not text.isupper() and _CAPITAL_TAIL.search(text) is not None
