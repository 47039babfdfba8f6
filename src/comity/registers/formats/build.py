"""The sections of a mapping that build a record, each compiled once into a function from a row to a part of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, get_args

from comity.kernel.errors import RecordError
from comity.registers.domain.record import (
    KINDS,
    ROLES,
    STATUSES,
    Classification,
    Event,
    Extra,
    Feature,
    Image,
    Party,
    Priority,
    Publication,
    RightRecord,
    Scheme,
    Stage,
    Text,
)
from comity.registers.formats.cells import (
    CELL_KEYS,
    LIST_KEYS,
    At,
    Cell,
    Env,
    Row,
    Spec,
    cell,
    cells,
    check_keys,
    flag_key,
    pattern_key,
    text_key,
    word,
)
from comity.registers.formats.scripts import SCRIPTS, is_legal, language_by_script

Build = Callable[[Row], RightRecord]
Part = Callable[[Row], list[Any]]
Language = Callable[[str], str]

_TEXT_SECTIONS: Final = ("titles", "abstract", "disclaimers", "colours", "description")
_DATES: Final = ("status_date", "filing_date", "registration_date", "effect_date", "expiry_date", "first_use_date")
_WORDS: Final[dict[str, tuple[str, ...]]] = {"kind": KINDS, "stage": get_args(Stage), "status": STATUSES}
_PLAIN: Final = ("office", "number", "application_number", "language", "source_url", "design_count")
RIGHT_KEYS: Final = ("features", "created", *_DATES, *_WORDS, *_PLAIN)
SECTIONS: Final = (*_TEXT_SECTIONS, "parties", "classes", "images", "priorities", "publications", "events", "extras")


def compile_record(body: Spec, env: Env, at: At, office: str) -> Build:
    """A function from a row to its record; `office` stands in where the mapping names none.

    The function raises RecordError, its place the field, for a row that makes no right. Raises ConfigurationError at
    once for what the mapping says wrongly.
    """
    right = check_keys(body.get("right"), RIGHT_KEYS, at / "right")
    constants: dict[str, Any] = {"office": office} if office else {}
    rules: list[tuple[str, Cell]] = []
    for key, spec in right.items():
        here = at / "right" / key
        if key == "features":
            continue
        if isinstance(spec, str):
            constants[key] = word(spec, _WORDS[key], here) if key in _WORDS else spec
        else:
            date = "full" if key in _DATES else "partial" if key == "created" else ""
            rules.append((key, cell(spec, env, here, words=_WORDS.get(key, ()), date=date)))
    for key in ("office", "kind", "number"):
        if key not in right and key not in constants:
            raise (at / "right").error(
                f"the key {key!r} is missing", "Every right needs an office, a kind and a number."
            )
    lists = _sections(body, env, at)
    if "features" in right:
        lists.append(("features", [_features(right["features"], env, at / "right" / "features")]))
    return _builder(constants, rules, lists)


def _builder(constants: dict[str, Any], rules: list[tuple[str, Cell]], lists: list[tuple[str, list[Part]]]) -> Build:
    def build(row: Row) -> RightRecord:
        values = dict(constants)
        place = ""
        try:
            for place, rule in rules:
                if text := rule(row):
                    values[place] = text
            for place, parts in lists:
                items = parts[0](row) if len(parts) == 1 else [item for part in parts for item in part(row)]
                if items:
                    values[place] = tuple(items) if len(items) == 1 else tuple(dict.fromkeys(items))
        except RecordError as error:
            raise error.at(place) from None
        for place in ("office", "kind", "number"):
            if place not in values:
                raise RecordError("is missing", place=place, remedy="Complete it in the source.")
        if "design_count" in values:
            values["design_count"] = _whole(values["design_count"])
        return RightRecord(**values)

    return build


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RecordError(f"{text!r} is no whole number", place="design_count")
    return int(text)


def _features(spec: object, env: Env, at: At) -> Part:
    known = get_args(Feature)
    if isinstance(spec, list) and all(isinstance(item, str) for item in spec):
        constant = [word(item, known, at) for item in spec]
        return lambda row: constant
    return cells(check_keys(spec, LIST_KEYS, at), env, at, words=known)


def _sections(body: Spec, env: Env, at: At) -> list[tuple[str, list[Part]]]:
    compilers: dict[str, Callable[[Spec, Env, At], Part]] = {
        **dict.fromkeys(_TEXT_SECTIONS, _texts),
        "parties": _parties,
        "classes": _classes,
        "images": _images,
        "priorities": _priorities,
        "publications": _publications,
        "events": _events,
        "extras": _extras,
    }
    found = []
    for name in SECTIONS:
        specs = body.get(name, [])
        if not isinstance(specs, list):
            raise (at / name).error("a list of tables was expected", f"Write each under [[{name}]].")
        parts = [compilers[name](spec, env, at / name / number) for number, spec in enumerate(specs)]
        if parts:
            found.append((name, parts))
    return found


def _language(spec: Spec, at: At) -> Language:
    """`lang` is a language for all, or a table of scripts, each with its language."""
    lang = spec.get("lang", "")
    if isinstance(lang, dict):
        for script in check_keys(lang, SCRIPTS, at / "lang"):
            text_key(lang, script, at / "lang")
        return language_by_script(lang)
    constant = text_key(spec, "lang", at)
    return lambda text: constant


def _rule_of(spec: Spec, *others: str) -> Spec:
    """The part of a section's table that is its rule for values."""
    return {key: value for key, value in spec.items() if key not in others}


def _texts(spec: Spec, env: Env, at: At) -> Part:
    check_keys(spec, (*LIST_KEYS, "lang", "by_language"), at)
    language = _language(spec, at)
    constant = spec.get("lang", "")
    if flag_key(spec, "by_language", at):
        source = cell(_rule_of(spec, "lang", "by_language"), env, at)
        return lambda row: _by_language(source(row))
    if not {"split", "split_pattern"} & spec.keys() and env.columns.fixed:
        one = cell(_rule_of(spec, "lang", "by_language"), env, at)
        if isinstance(constant, str):
            return lambda row: [Text(text=text, lang=constant)] if (text := one(row)) else []
        return lambda row: [Text(text=text, lang=language(text))] if (text := one(row)) else []
    many = cells(spec, env, at)
    return lambda row: [Text(text=text, lang=language(text)) for text in many(row)]


def _by_language(text: str) -> list[Text]:
    """A cell that holds a JSON object of texts by language; keys that are no code of two letters are left out."""
    if not text:
        return []
    try:
        body = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise RecordError(f"not a JSON object of texts by language: {error}") from None
    if not isinstance(body, dict) or not all(isinstance(item, str) for item in body.values()):
        raise RecordError("not a JSON object of texts by language")
    return [Text(text=item.strip(), lang=key) for key, item in body.items() if len(key) == 2 and item.strip()]


_COUNTRY: Final = re.compile(r"[\s,]*\(([A-ZАВЕКМНОРСТУХ]{2})\)[\s,;.]*$")
_LATIN: Final = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")


def split_country(text: str) -> tuple[str, str]:
    """A name and the country in brackets after it, as offices write them: `Smith John (GB)`."""
    match = _COUNTRY.search(text)
    if match is None or not match.start():
        return text, ""
    return text[: match.start()], match[1].translate(_LATIN)


def _parties(spec: Spec, env: Env, at: At) -> Part:
    others = ("role", "entity", "legal_if", "country", "country_suffix", "lang", "address", "identifier")
    check_keys(spec, (*LIST_KEYS, *others), at)
    role: Any = word(text_key(spec, "role", at), ROLES, at / "role")
    entity = word(text_key(spec, "entity", at, "auto"), ("auto", "natural", "legal"), at / "entity")
    surely = pattern_key(spec, "legal_if", at) if "legal_if" in spec else None
    suffix = flag_key(spec, "country_suffix", at)
    language = _language(spec, at)
    country = cell(spec.get("country", ""), env, at / "country")
    address = cell(spec.get("address", ""), env, at / "address")
    identifier = cell(spec.get("identifier", ""), env, at / "identifier")
    names = cells(_rule_of(spec, *others), env, at)
    alone = bool({"address", "identifier"} & spec.keys())

    def legal(name: str) -> bool:
        return entity == "legal" or (entity == "auto" and is_legal(name))

    def parties(row: Row) -> list[Party]:
        found = []
        for part in names(row):
            name, where = part, ""
            sure = surely is not None and surely.search(part) is not None
            if surely is not None and sure:
                name = surely.sub("", name).strip()
            if suffix:
                name, where = split_country(name)
            if not name:
                continue
            party = Party(
                role=role,
                entity="legal" if sure or (surely is None and legal(name)) else "natural",
                names=(Text(text=name, lang=language(name)),),
                country=where or country(row),
                address=address(row) if alone else "",
                identifier=identifier(row) if alone else "",
            )
            found.append(party)
        return found

    return parties


def _classes(spec: Spec, env: Env, at: At) -> Part:
    others = ("scheme", "edition", "text", "texts", "lang")
    check_keys(spec, (*LIST_KEYS, *others), at)
    scheme: Any = word(text_key(spec, "scheme", at), get_args(Scheme), at / "scheme")
    edition = text_key(spec, "edition", at)
    codes = cells(_rule_of(spec, *others), env, at)
    text = cell(spec.get("text", ""), env, at / "text")
    language = _language(spec, at)
    if "texts" in spec:
        by_code = cells(check_keys(spec["texts"], LIST_KEYS, at / "texts"), env, at / "texts")
        return lambda row: _with_texts(scheme, edition, codes(row), by_code(row), language)

    def classes(row: Row) -> list[Classification]:
        found = codes(row)
        if not found:
            return []
        goods = text(row)
        texts = (Text(text=goods, lang=language(goods)),) if goods else ()
        return [Classification(scheme=scheme, code=code, edition=edition, texts=texts) for code in found]

    return classes


def _with_texts(
    scheme: Any, edition: str, codes: list[str], lines: list[str], language: Language
) -> list[Classification]:
    """Classes with their texts from lines `code: text`; a line of no class that is there is refused."""
    texts: dict[str, list[Text]] = {code: [] for code in codes}
    for line in lines:
        code, _, text = line.partition(": ")
        if code not in texts or not text:
            raise RecordError(f"{line[:60]!r} is no text of a class that is there", remedy="Write `class: text`.")
        texts[code].append(Text(text=text, lang=language(text)))
    return [
        Classification(scheme=scheme, code=code, edition=edition, texts=tuple(dict.fromkeys(found)))
        for code, found in texts.items()
    ]


def _images(spec: Spec, env: Env, at: At) -> Part:
    urls = cells(check_keys(spec, LIST_KEYS, at), env, at)
    return lambda row: [Image(url=url) for url in urls(row)]


def _priorities(spec: Spec, env: Env, at: At) -> Part:
    check_keys(spec, ("find", "column", "office", "number", "date"), at)
    if "find" not in spec:
        return _made_of(Priority, ("office", "number"), ("date",), spec, env, at)
    check_keys(spec, ("find", "column"), at)
    pattern = pattern_key(spec, "find", at)
    if not {"office", "number", "date"} >= pattern.groupindex.keys():
        raise (at / "find").error("its groups are named office, number and date", r"Write for instance (?P<date>\S+).")
    source = cells({"column": text_key(spec, "column", at)}, env, at)

    def priorities(row: Row) -> list[Priority]:
        found: list[Priority] = []
        for text in source(row):
            matches = [match.groupdict("") for match in pattern.finditer(text)]
            if not matches:
                raise RecordError(f"{text!r} is no priority of the form that the mapping gives")
            found += [Priority(**{key: value.strip() for key, value in match.items()}) for match in matches]
        return found

    return priorities


def _publications(spec: Spec, env: Env, at: At) -> Part:
    return _made_of(Publication, ("issue", "kind", "number"), ("date",), spec, env, at)


def _made_of(
    cls: type[Priority] | type[Publication],
    plain: tuple[str, ...],
    dates: tuple[str, ...],
    spec: Spec,
    env: Env,
    at: At,
) -> Part:
    """One object from one rule a field; none where every rule that looks at the row gives nothing."""
    check_keys(spec, (*plain, *dates), at)
    rules = [(key, cell(spec[key], env, at / key)) for key in plain if key in spec]
    rules += [(key, cell(spec[key], env, at / key, date="full")) for key in dates if key in spec]
    looking = frozenset(key for key in spec if not isinstance(spec[key], str))

    def made(row: Row) -> list[Any]:
        values = {key: text for key, rule in rules if (text := rule(row))}
        return [cls(**values)] if not looking.isdisjoint(values) else []

    return made


def _events(spec: Spec, env: Env, at: At) -> Part:
    check_keys(spec, ("code", "scheme", "date", "recorded", "text", "lang"), at)
    scheme: Any = word(text_key(spec, "scheme", at, "local"), ("ST.27", "ST.61", "ST.87", "local"), at / "scheme")
    code = cell(spec.get("code", ""), env, at / "code")
    date = cell(spec.get("date", ""), env, at / "date", date="full")
    recorded = cell(spec.get("recorded", ""), env, at / "recorded", date="full")
    text = cell(spec.get("text", ""), env, at / "text")
    language = _language(spec, at)

    def events(row: Row) -> list[Event]:
        name, when, noted, words = code(row), date(row), recorded(row), text(row)
        if not name or not (when or noted or words):
            return []
        texts = (Text(text=words, lang=language(words)),) if words else ()
        return [Event(code=name, scheme=scheme, date=when, recorded=noted, texts=texts)]

    return events


def _extras(spec: Spec, env: Env, at: At) -> Part:
    check_keys(spec, (*CELL_KEYS, "name"), at)
    name = text_key(spec, "name", at)
    if not name:
        raise at.error("the key 'name' is missing", "Give what the source says a name.")
    many = cells(_rule_of(spec, "name"), env, at) if not env.columns.fixed and "column" in spec else None
    if many is not None:
        return lambda row: [Extra(name=name, value=text) for text in many(row)]
    one = cell(_rule_of(spec, "name"), env, at)
    return lambda row: [Extra(name=name, value=text)] if (text := one(row)) else []
