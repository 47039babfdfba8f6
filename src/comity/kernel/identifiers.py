"""Identifiers that every node writes alike: offices, parties, rights and logs.

Office codes follow WIPO ST.3 (ISO 3166-1 alpha-2 and the codes that ST.3 adds). The key of a right is
`<office>/<kind>/<number>`, of an application `<office>/<kind>/app:<number>`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from comity.kernel.errors import FormatError
from comity.kernel.text import number_key

APPLICATION = "application"
REGISTRATION = "right"

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_ORGANISATIONS = "AP BX EA EM EP EU GC IB OA QZ WO XN XU XV XX"
_FORMER = "AN BU CS DD DL DT RH SU YD YU ZR"

COUNTRIES = frozenset(_COUNTRIES.split())
ORGANISATIONS = frozenset(_ORGANISATIONS.split())
FORMER = frozenset(_FORMER.split())
OFFICES = COUNTRIES | ORGANISATIONS | FORMER

_KIND = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*", re.ASCII)
_NUMBER = re.compile(r"[^\s:\x00-\x1f\x7f]{1,80}")
_APP = "app:"


@dataclass(frozen=True, slots=True)
class RightKey:
    """The parts of a right's key; `stage` is `application` or `right`."""

    office: str
    kind: str
    stage: str
    number: str

    def __str__(self) -> str:
        return f"{self.office}/{self.kind}/{_APP if self.stage == APPLICATION else ''}{self.number}"


def office_code(text: str) -> str:
    """The code itself when WIPO ST.3 knows it; raises FormatError otherwise."""
    if text not in OFFICES:
        raise FormatError(
            f"{text[:16]!r} is not an office code of WIPO ST.3.", remedy="Use two capital letters, such as BY or EA."
        )
    return text


def party_code(text: str) -> str:
    """The code of a party to an agreement: a state or organisation of WIPO ST.3 that exists now; raises FormatError
    otherwise.
    """
    if office_code(text) in FORMER or text == "XX":
        raise FormatError(f"{text} cannot be a party.", remedy="Use the code of a present state or organisation.")
    return text


def right_key(office: str, kind: str, stage: str, number: str) -> str:
    """`RU/trademark/1008824` for a registration, `RU/trademark/app:2024769869` for an application; raises
    FormatError.
    """
    office_code(office)
    if _KIND.fullmatch(kind) is None:
        raise FormatError(f"{kind[:40]!r} is not a kind of right.", remedy="Use lower-case letters.")
    if stage not in (APPLICATION, REGISTRATION):
        raise FormatError(f"{stage[:40]!r} is not a stage.", remedy=f"Use {APPLICATION} or {REGISTRATION}.")
    compared = number_key(number)
    if _NUMBER.fullmatch(compared) is None:
        raise FormatError(f"{number[:80]!r} cannot be the number of a right.", place=f"{office}/{kind}")
    return f"{office}/{kind}/{_APP if stage == APPLICATION else ''}{compared}"


def parse_right_key(key: str) -> RightKey:
    """The parts of a key that `right_key` wrote; raises FormatError for any other spelling."""
    parts = key.split("/", 2)
    if len(parts) != 3:
        raise FormatError(
            f"{key[:80]!r} is not the key of a right.", remedy="It has the form <office>/<kind>/<number>."
        )
    office, kind, number = parts
    stage = APPLICATION if number.startswith(_APP) else REGISTRATION
    number = number.removeprefix(_APP)
    if right_key(office, kind, stage, number) != key:
        raise FormatError(f"{key[:80]!r} is not the one spelling of this right's key.")
    return RightKey(office, kind, stage, number)


def origin_hash(origin: str) -> str:
    """SHA-256 of a log's origin in hex: its folder at a witness or mirror (C2SP tlog-witness, tlog-mirror)."""
    return hashlib.sha256(origin.encode()).hexdigest()
