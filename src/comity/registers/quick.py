"""The schema of a record at the speed of a dump: a quick look that lets the usual pass and leaves doubt to the schema.

What passes here passes `schema.read` too and gives the same `RightBody`; what does not pass is read by the schema,
which alone refuses and says why. So only one direction has to hold, and a property test holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from comity.kernel.errors import FormatError
from comity.registers.domain import record as shapes
from comity.registers.domain.record import KINDS, ROLES, STATUSES
from comity.registers.rows import row_of
from comity.registers.schema import CODE, CREATED, DAY, SHA256, RightBody

Passes = Callable[[Any], bool]

# How JSON writes control characters: where one may be, the schema looks. Line feed, return and tab are no fault.
_ESCAPES = re.compile(rb"\\(.)")
_CONTROLS = {b"u", b"b", b"f"}
_FIELDS = {"about", "at", "right", "version"}
_START = b'"right":'
_END = b',"version":'


def _one_of(words: tuple[str, ...]) -> Passes:
    known = frozenset(words)
    return lambda value: type(value) is str and value in known


def _matching(pattern: re.Pattern[str]) -> Passes:
    fits = pattern.fullmatch
    return lambda value: type(value) is str and (value == "" or fits(value) is not None)


def _text(value: Any) -> bool:
    return type(value) is str


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _list_of(passes: Passes) -> Passes:
    def look(value: Any) -> bool:
        return type(value) is list and all(map(passes, value))

    return look


def _object(fields: Mapping[str, Passes], required: frozenset[str]) -> Passes:
    find = {key: None if passes is _text else passes for key, passes in fields.items()}.get

    def look(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for key, item in value.items():
            passes = find(key, _never)
            if passes is None:
                if type(item) is not str:
                    return False
            elif not passes(item):
                return False
        return required <= value.keys()

    return look


def _never(value: Any) -> bool:
    return False


def _strings_of(*names: str) -> Passes:
    """An object with texts only."""
    known = frozenset(names)

    def look(value: Any) -> bool:
        return type(value) is dict and value.keys() <= known and all(map(_text, value.values()))

    return look


def _words(value: Any) -> bool:
    """A text with its language, or without: most of the objects in a record."""
    if type(value) is not dict or type(value.get("text")) is not str:
        return False
    return len(value) == 1 or (len(value) == 2 and type(value.get("lang")) is str)


def _extra(value: Any) -> bool:
    return type(value) is dict and len(value) == 2 and type(value.get("name")) is type(value.get("value")) is str


def _symbol(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= 60


def _number(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= 200 and value == value.strip()


_strings = dict.fromkeys
_code, _day, _created, _sha256 = _matching(CODE), _matching(DAY), _matching(CREATED), _matching(SHA256)
_texts = _list_of(_words)
_party = _object(
    {
        "role": _one_of(ROLES),
        "entity": _one_of(get_args(shapes.Entity)),
        "names": _texts,
        **_strings(("country", "address", "identifier", "cm"), _text),
    },
    frozenset({"role"}),
)
_HIDDEN = ("names", "address", "identifier")


def _somebody(value: Any) -> bool:
    """A party; one with a commitment and something in clear beside it is left to the schema, whoever it is."""
    return _party(value) and not ("cm" in value and any(name in value for name in _HIDDEN))


_RECORD: dict[str, Passes] = {
    "office": lambda value: type(value) is str and CODE.fullmatch(value) is not None,
    "kind": _one_of(KINDS),
    "number": _number,
    "stage": _one_of(get_args(shapes.Stage)),
    "features": _list_of(_one_of(get_args(shapes.Feature))),
    "status": _one_of(STATUSES),
    "application_number": _text,
    **_strings(("status_date", "filing_date", "registration_date", "effect_date", "expiry_date"), _day),
    **_strings(("first_use_date", "missing_since"), _day),
    "created": _created,
    **_strings(("titles", "abstract", "disclaimers", "colours", "description"), _texts),
    "design_count": _count,
    "images": _list_of(
        _object(
            {"sha256": _sha256, "media_type": _text, "width": _count, "height": _count, "url": _text},
            frozenset(),
        )
    ),
    "classes": _list_of(
        _object(
            {"scheme": _one_of(get_args(shapes.Scheme)), "code": _symbol, "edition": _text, "texts": _texts},
            frozenset({"scheme", "code"}),
        )
    ),
    "parties": _list_of(_somebody),
    "priorities": _list_of(_strings_of("office", "number", "date")),
    "publications": _list_of(_strings_of("date", "issue", "kind", "number")),
    "events": _list_of(
        _object(
            {
                "scheme": _one_of(("ST.27", "ST.61", "ST.87", "local")),
                "texts": _texts,
                **_strings(("code", "date", "recorded"), _text),
            },
            frozenset({"code"}),
        )
    ),
    "effects": _list_of(
        _object(
            {
                "territory": lambda value: type(value) is str and CODE.fullmatch(value) is not None,
                "basis": _one_of(get_args(shapes.Basis)),
                **_strings(("since", "until", "note"), _text),
            },
            frozenset({"territory", "basis"}),
        )
    ),
    "extras": _list_of(_extra),
    **_strings(("language", "source_url"), _text),
}
_passes = _object(_RECORD, frozenset({"office", "kind", "number"}))


def read(data: bytes, body: Mapping[str, Any], opened: Mapping[str, Any]) -> RightBody | None:
    """What `schema.read` gives for the body of the entry `data`, or None: the schema is to be asked.

    `body` is what the JSON of `data` holds, `about` and `at` included; `data` is how orjson writes it with sorted keys.
    All keys and types are looked at, so that what passes is canonical JSON besides: no float, no key beyond ASCII.
    """
    if len(body) != 4 or body.keys() != _FIELDS:
        return None
    version, right = body["version"], body["right"]
    if type(version) is not int or not 1 <= version < 2**31 or not _passes(right):
        return None
    if b"\\" in data and not _CONTROLS.isdisjoint(_ESCAPES.findall(data)):
        return None
    # The keys stand in order: the record is what lies between the two. In a text the quotation mark would be escaped.
    text = data[data.index(_START) + len(_START) : data.rindex(_END)].decode()
    try:
        return RightBody(version, text, row_of(right, opened))
    except FormatError:
        # A number that makes no key: the handler, which asks in its turn, says so.
        return RightBody(version, text)
