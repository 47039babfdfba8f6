"""Hypothesis strategies for the records of rights, as real registers hold them: Cyrillic, Latin and Belarusian text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import get_args

from hypothesis import strategies as st

from comity.registers.domain.record import (
    KINDS,
    ROLES,
    STATUSES,
    Basis,
    Classification,
    Effect,
    Event,
    Extra,
    Feature,
    Image,
    Party,
    Priority,
    Publication,
    RightRecord,
    Text,
)

LETTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
    "іўІЎґÄÖéß0123456789"
)
MARKS = " \t\n.,;:!?-–—«»\"'&<>()[]{}/\\|%№+*=#@$€™®\u00a0\u0301𐍈"
OFFICES = ("BY", "RU", "EA", "EM", "WO", "KZ", "US", "SU")
COUNTRIES = ("", "BY", "RU", "KZ", "US", "EA", "XX")
LANGUAGES = ("", "ru", "be", "en", "kk")

texts_ = st.text(LETTERS + MARKS, min_size=1, max_size=40)
words = st.text(LETTERS, min_size=1, max_size=12)
days = st.dates(date(1883, 1, 1), date(2199, 12, 31)).map(date.isoformat)
maybe_day = st.one_of(st.just(""), days)
numbers = st.one_of(
    st.from_regex(r"[0-9]{1,10}", fullmatch=True),
    st.from_regex(r"[A-Zа-я]{0,2}[ /.-]?[0-9]{4,9}[^\W_]?", fullmatch=True),
)
texts = st.builds(Text, text=texts_, lang=st.sampled_from(LANGUAGES))


def tuples(of: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=most).map(tuple)


@st.composite
def parties(draw: st.DrawFn) -> Party:
    """A party in clear, or a natural person behind a commitment."""
    role = draw(st.sampled_from(ROLES))
    country = draw(st.sampled_from(COUNTRIES))
    if draw(st.integers(0, 5)) == 0:
        return Party(role=role, country=country, cm=draw(st.from_regex(r"[A-Za-z0-9+/]{43}=", fullmatch=True)))  # type: ignore[arg-type]
    return Party(
        role=role,  # type: ignore[arg-type]
        entity=draw(st.sampled_from(("legal", "natural"))),
        names=draw(st.lists(texts, min_size=1, max_size=2).map(tuple)),
        country=country,
        address=draw(st.one_of(st.just(""), texts_)),
        identifier=draw(st.one_of(st.just(""), numbers)),
    )


SYMBOLS = {
    "nice": st.integers(1, 45).map(str),
    "vienna": st.tuples(st.integers(1, 29), st.integers(1, 20), st.integers(1, 30)).map(
        lambda c: ".".join(map(str, c))
    ),
    "locarno": st.tuples(st.integers(1, 32), st.integers(0, 99)).map(lambda c: f"{c[0]:02}-{c[1]:02}"),
    "ipc": st.from_regex(r"[A-H][0-9][1-9][A-Z] [1-9][0-9]{0,2}/[0-9]{2,4}", fullmatch=True),
    "cpc": st.from_regex(r"[A-HY][0-9][1-9][A-Z] [1-9][0-9]{0,3}/[0-9]{2,5}", fullmatch=True),
    "uspc": st.from_regex(r"[0-9]{3}/[0-9]{1,3}", fullmatch=True),
    "work": st.sampled_from(("literary", "musical", "audiovisual")),
    "product": words,
}
SCHEMES = {
    "trademark": ("nice", "vienna"),
    "industrial_design": ("locarno",),
    "invention": ("ipc", "cpc", "uspc"),
    "utility_model": ("ipc",),
    "geographical_indication": ("nice", "product"),
    "appellation_of_origin": ("nice", "product"),
    "copyright_work": ("work",),
    "related_right": ("work",),
}


@st.composite
def classes(draw: st.DrawFn, kind: str) -> Classification:
    scheme = draw(st.sampled_from(SCHEMES.get(kind, ("product",))))
    return Classification(
        scheme=scheme,  # type: ignore[arg-type]
        code=draw(SYMBOLS[scheme]),
        edition=draw(st.sampled_from(("", "12-2024", "2006-01-01"))),
        texts=draw(tuples(texts, 2)),  # type: ignore[arg-type]
    )


images = st.builds(
    Image,
    sha256=st.one_of(st.just(""), st.binary(min_size=32, max_size=32).map(bytes.hex)),
    media_type=st.sampled_from(("", "image/png", "image/jpeg", "image/svg+xml", "image/webp")),
    width=st.integers(0, 4000),
    height=st.integers(0, 4000),
    url=st.sampled_from(("", "https://office.example/images/1.png", "знак 5.tif")),
).filter(lambda image: image != Image())
priorities = st.builds(
    Priority, office=st.sampled_from(("", *OFFICES)), number=st.one_of(st.just(""), numbers), date=maybe_day
).filter(lambda item: item != Priority())
publications = st.builds(
    Publication,
    date=maybe_day,
    issue=st.sampled_from(("", "12", "№ 3/2024")),
    kind=st.sampled_from(("", "Registrations publishing", "C1", "заявка")),
    number=st.one_of(st.just(""), numbers),
).filter(lambda item: item != Publication())
events = st.builds(
    Event,
    code=st.one_of(words, st.sampled_from(("A-0-1-A10-A00-X000", "U-3-4-H12", "Пролонгация | срок"))),
    scheme=st.sampled_from(("local", "ST.27", "ST.61", "ST.87")),
    date=maybe_day,
    recorded=maybe_day,
    texts=tuples(texts, 2),
)
effects = st.builds(
    Effect,
    territory=st.sampled_from(("BY", "RU")),
    basis=st.sampled_from(get_args(Basis)),
    since=maybe_day,
    until=maybe_day,
    note=st.one_of(st.just(""), texts_),
)
extras = st.builds(Extra, name=words, value=texts_)


@st.composite
def rights(draw: st.DrawFn, kinds: Sequence[str] = KINDS) -> RightRecord:
    """A right or application of one of `kinds`, with anything that the record can hold."""
    kind = draw(st.sampled_from(tuple(kinds)))
    texts_of = tuples(texts, 2)
    return RightRecord(
        office=draw(st.sampled_from(OFFICES)),
        kind=kind,  # type: ignore[arg-type]
        number=draw(numbers),
        stage=draw(st.sampled_from(("application", "right"))),
        features=draw(st.lists(st.sampled_from(get_args(Feature)), unique=True, max_size=3).map(tuple)),
        status=draw(st.sampled_from(STATUSES)),
        status_date=draw(maybe_day),
        application_number=draw(st.one_of(st.just(""), numbers)),
        filing_date=draw(maybe_day),
        registration_date=draw(maybe_day),
        effect_date=draw(maybe_day),
        expiry_date=draw(maybe_day),
        created=draw(st.one_of(maybe_day, st.sampled_from(("1998", "1998-07")))),
        first_use_date=draw(maybe_day),
        titles=draw(texts_of),  # type: ignore[arg-type]
        abstract=draw(texts_of),  # type: ignore[arg-type]
        disclaimers=draw(texts_of),  # type: ignore[arg-type]
        colours=draw(texts_of),  # type: ignore[arg-type]
        description=draw(texts_of),  # type: ignore[arg-type]
        design_count=draw(st.integers(0, 100)),
        images=draw(tuples(images, 2)),  # type: ignore[arg-type]
        classes=draw(tuples(classes(kind))),  # type: ignore[arg-type]
        parties=draw(tuples(parties())),  # type: ignore[arg-type]
        priorities=draw(tuples(priorities, 2)),  # type: ignore[arg-type]
        publications=draw(tuples(publications, 2)),  # type: ignore[arg-type]
        events=draw(tuples(events, 2)),  # type: ignore[arg-type]
        effects=draw(tuples(effects, 2)),  # type: ignore[arg-type]
        extras=draw(tuples(extras, 2)),  # type: ignore[arg-type]
        language=draw(st.sampled_from(LANGUAGES)),
        source_url=draw(st.sampled_from(("", "https://office.example/right?id=1&lang=be"))),
        missing_since=draw(maybe_day),
    )
