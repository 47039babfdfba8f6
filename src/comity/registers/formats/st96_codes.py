"""The codes that ST.96 V6.0 admits, and what its words for a status mean here.

Offices: WIPO ST.3 with its former codes; countries: ISO 3166-1; languages: ISO 639-1. A code outside these sets is not
written into an element that admits none but them.
"""

from __future__ import annotations

from typing import Final

from comity.registers.domain.record import Feature, Status

_OFFICES = """
    AD AE AF AG AI AL AM AN AO AP AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BQ BR BS BT BV BW BX BY BZ CA
    CD CF CG CH CI CK CL CM CN CO CR CS CU CV CW CY CZ DD DE DJ DK DL DM DO DT DZ EA EC EE EG EH EM EP ER ES ET EU
    FI FJ FK FO FR GA GB GC GD GE GG GH GI GL GM GN GQ GR GS GT GW GY HK HN HR HT HU IB ID IE IL IM IN IQ IR IS IT
    JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MO MP
    MR MS MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OA OM PA PE PG PH PK PL PT PW PY QA QZ RH RO RS RU RW SA
    SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SU SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US
    UY UZ VA VC VE VG VN VU WO WS XN XU XV XX YD YE YU ZA ZM ZW
"""
OFFICES: Final = frozenset(_OFFICES.split())

_COUNTRIES = """
    AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BU BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CS CU CV CW CX CY CZ DD DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NT NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RH RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SU SV SX SY SZ TC TD
    TF TG TH TJ TK TL TM TN TO TP TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YD YE YT YU ZA ZM ZR
    ZW
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())

_LANGUAGES = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt
    my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za
    zh zu
"""
LANGUAGES: Final = frozenset(_LANGUAGES.split())

# Only words that leave one meaning. "Registration cancelled" or "Ended" do not say why: such a status is unknown.
STATUS_WORDS: Final[dict[str, Status]] = {
    "application filed": "pending",
    "filing date accorded": "pending",
    "classification checked": "pending",
    "application accepted": "pending",
    "application published": "pending",
    "opposition pending": "pending",
    "application refused": "refused",
    "application withdrawn": "withdrawn",
    "registration published": "in_force",
    "registered": "in_force",
    "registration surrendered": "surrendered",
    "registration expired": "expired",
    "registration lapsed": "lapsed",
    "registration invalidated": "invalidated",
    "filed": "pending",
    "filing": "pending",
    "published": "pending",
    "withdrawn": "withdrawn",
    "rejected": "refused",
    "expired": "expired",
}

# Status codes of the US office (TSDR). Those that are not here are left unknown.
US_STATUS: Final[dict[str, Status]] = {
    "601": "withdrawn",
    **dict.fromkeys(("630", "638", "641", "645", "661", "680", "681", "686", "688"), "pending"),
    **dict.fromkeys(("700", "701", "702", "703", "800"), "in_force"),
    "710": "lapsed",
    "711": "surrendered",
    "712": "invalidated",
    "900": "expired",
}

MARK_STATUS: Final[dict[Status, str]] = {
    "pending": "Application Filed",
    "in_force": "Registered",
    "expired": "Registration expired",
    "lapsed": "Registration lapsed",
    "surrendered": "Registration surrendered",
    "invalidated": "Registration invalidated",
    "refused": "Application refused",
    "withdrawn": "Application withdrawn",
}
DESIGN_STATUS: Final[dict[Status, str]] = {
    "pending": "Filed",
    "in_force": "Registered",
    "expired": "Expired",
    "refused": "Rejected",
    "withdrawn": "Withdrawn",
}
GI_STATUS: Final[dict[Status, str]] = {"pending": "Filing", "in_force": "Registered"}

MARK_CATEGORIES: Final[dict[str, tuple[Feature, ...]]] = {
    "service mark": ("service_mark",),
    "collective mark": ("collective",),
    "collective trademark": ("collective",),
    "collective service mark": ("collective", "service_mark"),
    "collective membership mark": ("collective",),
    "certification mark": ("certification",),
    "well known mark under trips article 16_2": ("well_known",),
    "well known mark under trips article 16_3": ("well_known",),
    "well known collective mark": ("well_known", "collective"),
}
MARK_FEATURES: Final[dict[str, Feature]] = {
    "word": "word",
    "stylized characters": "word",
    "figurative": "figurative",
    "combined": "combined",
    "three dimensional": "three_dimensional",
    "colour": "colour",
    "sound": "sound",
}
CATEGORY_OF: Final[dict[Feature, str]] = {
    "service_mark": "Service mark",
    "collective": "Collective mark",
    "certification": "Certification mark",
    "well_known": "Well known mark under TRIPS Article 16_2",
}
FEATURE_OF: Final[dict[Feature, str]] = {
    "word": "Word",
    "figurative": "Figurative",
    "combined": "Combined",
    "three_dimensional": "Three dimensional",
    "colour": "Colour",
    "sound": "Sound",
}
# The US office's own codes for the drawing of a mark.
US_DRAWINGS: Final[dict[str, Feature]] = {
    "1": "word",
    "2": "figurative",
    "3": "combined",
    "4": "word",
    "5": "word",
}

PUBLICATION_SECTIONS: Final = frozenset(
    {
        "Applications",
        "Withdrawals",
        "Registrations with no amendments",
        "Registrations with amendments",
        "Registrations no longer in effect",
        "Registrations renewed",
        "Applications publishing for opposition",
        "Registrations publishing",
        "Registration republished",
    }
)


def status_of(word: str) -> Status:
    """What a status word of ST.96 says; "unknown" where it leaves more than one reading."""
    return STATUS_WORDS.get(word.casefold(), "unknown")
