"""What a text's letters tell of its language and of who is named in it.

Privacy by default: whoever is not surely a legal entity is a natural person. Only a legal form or an institution's word
makes a legal entity; quotation marks, capitals and initials do not, for people have nicknames and initials too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

# In the order in which they are tried: a language that has letters of its own comes before its script.
SCRIPTS: Final[dict[str, re.Pattern[str]]] = {
    "kazakh": re.compile("[әғқңөұүһӘҒҚҢӨҰҮҺ]"),
    "belarusian": re.compile("[ўЎ]"),
    "ukrainian": re.compile("[їєґЇЄҐ]"),
    "armenian": re.compile("[\u0531-\u0587]"),
    "georgian": re.compile("[\u10a0-\u10ff\u1c90-\u1cbf]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "kana": re.compile("[\u3040-\u30ff]"),
    "hangul": re.compile("[\uac00-\ud7af]"),
    "han": re.compile("[\u4e00-\u9fff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f]"),
}


def language_by_script(languages: Mapping[str, str]) -> Callable[[str], str]:
    """A function from a text to its language: the first script of SCRIPTS that `languages` names and the text has.

    Names of scripts that SCRIPTS does not know raise KeyError; a text in none of the scripts gives "".
    """
    for script in languages:
        SCRIPTS[script]
    rows = [(pattern.search, languages[script]) for script, pattern in SCRIPTS.items() if script in languages]

    def language(text: str) -> str:
        for found, lang in rows:
            if found(text):
                return lang
        return ""

    return language


# Words that are legal entities in any case of their letters.
_FORMS = (
    # Latin script: forms of companies
    r"inc|incorporated|corp|corporation|company|companies|ltd|limited|llc|l\.\s?l\.\s?c|llp|l\.\s?l\.\s?p|plc|gmbh|"
    r"ag & co|kgaa|ohg|s\.?r\.?l|s\.?p\.a|s\.?a\.?r\.?l|a/s|pty|pte|sp\. z o\.\s?o|kabushiki kaisha|partnership|"
    r"holdings|syndicate|enterprises|industries|cie|"
    # Latin script: institutions
    r"university|université|universität|college|institute|institut|institution|association|assn|society|société|"
    r"foundation|fondation|stiftung|ministry|minist[èe]re|department of|bureau of|board of|council|committee|"
    r"commission|gesellschaft|federation|academy|museum|publications|publishing|publishers|productions|laborator(?:y|ies)|"
    r"syndicat|librairie|savings bank|national bank|bank of|trust company|united states|"
    # Russian
    r"общество|акционерн\w+|товарищество|учреждение|предприятие|объединение|институт|университет|академия|министерство|"
    r"федеральная служба|фонд|организация|ассоциация|российская федерация|республика|корпорация|компания|"
    r"партн[её]рство|кооператив|комитет|департамент|агентство|лаборатория|завод|комбинат|музей|библиотека|союз|филиал|"
    r"г[мn]б[хг]|лтд|лимит[еи]д|инк|инкорпорейт[еи]д|корпор[еэ]йш[еэ]?н|к[ао]мпани|холдингс|ко\., лтд|"
    # Belarusian
    r"таварыства|установа|прадпрыемства|аб'яднанне|універсітэт|міністэрства|"
    # Kazakh
    r"серіктестігі|қоғамы|мекемесі|кәсіпорны|университеті|министрлігі|"
    # Armenian
    r"ընկերություն|ինստիտուտ|համալսարան|նախարարություն|կորպորեյշն|քորփորեյշն|լիմիթ[եի]դ|ինկ|ինք|ինքորփորեյթիդ|ինկորպորեյթիդ"
)
# Abbreviations that are legal forms only in these letters.
_ABBREVIATIONS = (
    r"ООО|ОАО|ЗАО|ПАО|АОО|АО|НАО|ОДО|ЧУП|УП|РУП|ГУП|МУП|ФГУП|ФГБУ|ФГБОУ|ФГБНУ|ФКУ|ФГУ|ГНУ|НПО|НПП|НИИ|ТОО|АООТ|НПФ|ЛТДА|КгаА|ГКП|РГП|ЛЛК|ЛЛС|"
    r"ТАА|ААТ|ЗАТ|АҚ|ЖШС|ՍՊԸ|ՓԲԸ|ԲԲԸ|ԼԼՔ|ՍՊ|AG|KG|OOO|JSC|OJSC|PJSC|ZAO|PLLC"
)
_LEGAL: Final = re.compile(rf"(?<!\w)(?:(?i:{_FORMS})|{_ABBREVIATIONS})(?!\w)|(?<!\w)Co\.(?!\w)|(?<=\s)АГ$")
# Natural persons who carry such words: sole traders, estates, holders of an office.
_NATURAL: Final = re.compile(
    r"(?<!\w)(?i:индивидуальный предприниматель|частный предприниматель|индывідуальны прадпрымальнік)(?!\w)|"
    r"(?<!\w)(?i:estate of|sole trader)(?!\w)|^(?:ИП|ЧП|ІП|ЖК) "
)

_AND: Final = re.compile(r" (?:&|and) (?!(?:Co|Company|Cie)(?!\w))", re.IGNORECASE)


@lru_cache(maxsize=8192)
def is_legal(name: str) -> bool:
    """Whether a name is surely a legal entity's.

    Of a name with a conjunction ("Smith, Inc. & John Smith") the last part decides: it may be a person's.
    """
    last = _AND.split(name)[-1]
    return _LEGAL.search(last) is not None and _NATURAL.search(name) is None
