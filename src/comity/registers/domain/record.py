"""The record of a right: what an office says of it, at one moment.

Names of fields are those of WIPO ST.96; INID codes (ST.60 marks, ST.80 designs, ST.9 patents) stand beside them.
Dates are ISO 8601 text: `YYYY-MM-DD`; `created` alone may be `YYYY` or `YYYY-MM`. Countries and offices are ST.3 codes.
An empty value (`""`, `()`, `None`, `0`) means "not stated" and is left out of the JSON form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal[
    "copyright_work",
    "related_right",
    "computer_program",
    "database",
    "invention",
    "utility_model",
    "industrial_design",
    "trademark",
    "plant_variety",
    "animal_breed",
    "ic_topography",
    "geographical_indication",
    "appellation_of_origin",
]
KINDS: tuple[str, ...] = get_args(Kind)

# Marks: service mark, collective, ... ; a right may have several.
Feature = Literal[
    "service_mark",
    "collective",
    "certification",
    "three_dimensional",
    "figurative",
    "word",
    "combined",
    "colour",
    "sound",
    "well_known",
    "guaranteed_traditional_speciality",
    "derived",
]

Stage = Literal["application", "right"]

# One word for what the law says of a right today. "unknown": the source does not tell, and nobody guesses.
Status = Literal[
    "pending",
    "in_force",
    "expired",
    "lapsed",
    "surrendered",
    "invalidated",
    "refused",
    "withdrawn",
    "unknown",
]
STATUSES: tuple[str, ...] = get_args(Status)

Role = Literal["applicant", "holder", "author", "representative", "licensee", "claimant", "breeder", "correspondent"]
ROLES: tuple[str, ...] = get_args(Role)

Entity = Literal["legal", "natural"]
Scheme = Literal["nice", "vienna", "locarno", "ipc", "cpc", "uspc", "work", "product"]
Basis = Literal["none", "national", "regional", "international", "treaty", "national_decision", "priority"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text and its language (ISO 639-1; empty where the source does not say)."""

    text: str
    lang: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody named in a record. 71–74, 731, 732, 740, 791.

    A natural person's `names`, `address` and `identifier` are personal data: in a journal entry they are empty and
    `cm` holds the salted commitment (base64) to them instead. Whoever is not surely a legal entity is `natural`.
    """

    role: Role
    entity: Entity = "natural"
    names: tuple[Text, ...] = ()
    country: str = ""
    address: str = ""
    identifier: str = ""
    cm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """A class symbol (511 Nice, 531 Vienna, 51 Locarno and IPC) and the goods, services or products under it.

    Symbols: nice `3` (no leading zero), vienna `26.1.1`, locarno `09-03`, ipc `A01B 33/02`, work `literary`.
    """

    scheme: Scheme
    code: str
    edition: str = ""
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image by its content (540, 55). `sha256` is hex; `url` only tells where the source keeps it."""

    sha256: str = ""
    media_type: str = ""
    width: int = 0
    height: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """Paris priority: 300; 31 number, 32 date, 33 office."""

    office: str = ""
    number: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A publication: 441, 442, 450; 43, 45. `issue` is the number of the bulletin."""

    date: str = ""
    issue: str = ""
    kind: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the right. `date` is the legal date, `recorded` the day the office recorded it.

    `scheme`: `ST.27` patents, `ST.61` marks, `ST.87` designs, `local` with the office's own code.
    """

    code: str
    scheme: Literal["ST.27", "ST.61", "ST.87", "local"] = "local"
    date: str = ""
    recorded: str = ""
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Why the right has effect in a territory other than by the default of its kind and office."""

    territory: str
    basis: Basis
    since: str = ""
    until: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What the source says and no field holds: kept by name, as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRecord:
    """All that an office says of one right. Identity is `office` + `kind` + `stage` + `number`.

    `number` is the registration number (111, 11) of a right, the application number (210, 21) of an application.
    """

    office: str
    kind: Kind
    number: str
    stage: Stage = "right"
    features: tuple[Feature, ...] = ()
    status: Status = "unknown"
    status_date: str = ""
    application_number: str = ""  # 210, 21
    filing_date: str = ""  # 220, 22
    registration_date: str = ""  # 151, 15; grant
    effect_date: str = ""  # 24
    expiry_date: str = ""  # 180, 18
    created: str = ""  # a work's, program's or database's year or day of creation
    first_use_date: str = ""
    titles: tuple[Text, ...] = ()  # 540 verbal elements, 54 titles, names of works, varieties, indications
    abstract: tuple[Text, ...] = ()  # 57
    disclaimers: tuple[Text, ...] = ()  # 526
    colours: tuple[Text, ...] = ()  # 591
    description: tuple[Text, ...] = ()  # 571, 554 and the like
    design_count: int = 0  # 28
    images: tuple[Image, ...] = ()
    classes: tuple[Classification, ...] = ()
    parties: tuple[Party, ...] = ()
    priorities: tuple[Priority, ...] = ()
    publications: tuple[Publication, ...] = ()
    events: tuple[Event, ...] = ()
    effects: tuple[Effect, ...] = ()
    extras: tuple[Extra, ...] = ()
    language: str = ""  # 270, language of filing
    source_url: str = ""
    missing_since: str = ""  # the day on which a full delivery of the source no longer had it


_SHAPES = (Text, Party, Classification, Image, Priority, Publication, Event, Effect, Extra, RightRecord)
_NAMES: dict[type, tuple[str, ...]] = {shape: tuple(shape.__slots__) for shape in _SHAPES}


def to_json(value: Any) -> Any:
    """The JSON form of a record or a part of one: empty values left out, tuples as lists."""
    names = _NAMES.get(type(value))
    if names is not None:
        body = {}
        for name in names:
            item = getattr(value, name)
            if item:
                body[name] = item if type(item) is str else to_json(item)
        return body
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value
