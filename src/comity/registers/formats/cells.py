"""The rules of a mapping that turn cells into values, compiled once into functions.

A rule is a constant text or a table of keys, applied in this order: where the text comes from (`value`, `column`,
`columns`, `parts` + `join`), white space trimmed, `empty`, `remove`, `match`, `table`, `dates`, `default`, `required`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from comity.kernel.errors import ConfigurationError, RecordError
from comity.registers.formats.dates import ISO, date_parser
from comity.registers.formats.patterns import compiled

Row = Sequence[str]
Cell = Callable[[Row], str]
Cells = Callable[[Row], list[str]]
Step = Callable[[str], str]
Spec = dict[str, Any]

LIST_MARK: Final = "\x1e"  # stands between the members of a list in a JSON source's cell
SOURCE_KEYS: Final = ("value", "column", "columns", "parts", "join")
STEP_KEYS: Final = ("empty", "remove", "match", "table", "dates", "incomplete", "default", "required")
CELL_KEYS: Final = SOURCE_KEYS + STEP_KEYS
LIST_KEYS: Final = (*CELL_KEYS, "split", "split_pattern")


@dataclass(frozen=True, slots=True)
class At:
    """A place in a mapping: its file and the path of keys."""

    file: str
    keys: str = ""

    def __truediv__(self, key: str | int) -> At:
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.keys else key
        return At(self.file, self.keys + step)

    def error(self, message: str, remedy: str = "") -> ConfigurationError:
        return ConfigurationError(message, place=f"{self.file}: {self.keys}" if self.keys else self.file, remedy=remedy)


class Columns:
    """Which column stands at which place of a row.

    `names` None: the source has no header (JSON), each name that is asked for becomes a column. Columns of the joined
    file are named `<alias>.<column>` and stand at the row's end, counted backwards.
    """

    def __init__(self, names: Sequence[str] | None, alias: str = "") -> None:
        self.fixed = names is not None
        self.names = list(names or ())
        self.alias = alias
        self.joined: list[str] = []

    def index(self, name: str, at: At) -> int:
        if self.alias and name.startswith(f"{self.alias}."):
            joined = name.removeprefix(f"{self.alias}.")
            if joined not in self.joined:
                self.joined.append(joined)
            return -1 - self.joined.index(joined)
        if name not in self.names:
            if self.fixed:
                raise at.error(
                    f"the file has no column {name!r}",
                    f"Its columns are: {', '.join(self.names)}. Correct the mapping.",
                )
            self.names.append(name)
        return self.names.index(name)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a value table says of a value that makes no right."""

    reason: str


@dataclass(slots=True)
class Env:
    """What rules may refer to: the columns of the file, the value tables, the texts that mean "nothing"."""

    columns: Columns
    tables: Mapping[str, Mapping[str, str | Refusal]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()


def check_keys(spec: object, allowed: Collection[str], at: At) -> Spec:
    """The table itself; raises ConfigurationError if it is none or has a key that is not known."""
    if not isinstance(spec, dict):
        raise at.error("a table of keys was expected", 'Write for instance { column = "Title" }.')
    for key in spec:
        if key not in allowed:
            raise (at / key).error(f"the key {key!r} is not known here", f"Known: {', '.join(sorted(allowed))}.")
    return spec


def text_key(spec: Spec, key: str, at: At, default: str = "") -> str:
    value = spec.get(key, default)
    if not isinstance(value, str):
        raise (at / key).error("a text in quotation marks was expected")
    return value


def texts_key(spec: Spec, key: str, at: At) -> list[str]:
    value = spec.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise (at / key).error("a list of texts was expected", 'Write for instance ["a", "b"].')
    return value


def flag_key(spec: Spec, key: str, at: At, *, default: bool = False) -> bool:
    value = spec.get(key, default)
    if not isinstance(value, bool):
        raise (at / key).error("true or false was expected")
    return value


def pattern_key(spec: Spec, key: str, at: At) -> re.Pattern[str]:
    try:
        return compiled(text_key(spec, key, at))
    except re.error as error:
        raise (at / key).error(
            f"not a regular expression: {error}", "Test it, and write it in single quotation marks."
        ) from None


def word(value: str, words: Collection[str], at: At) -> str:
    if value not in words:
        raise at.error(f"{value!r} is not known here", f"Known: {', '.join(sorted(words))}.")
    return value


def cell(spec: object, env: Env, at: At, *, words: Collection[str] = (), date: str = "") -> Cell:
    """A function from a row to one text.

    `words`: the only values that are good. `date`: "" for none, "full" or "partial" for a date, which is then ISO 8601.
    """
    if isinstance(spec, str):
        constant = word(spec, words, at) if words else spec
        return lambda row: constant
    table = check_keys(spec, CELL_KEYS, at)
    fetch = _fetch(table, env, at)
    return _finish(fetch, _steps(table, env, at, words, date), table, env, at, _default(table, at, words))


def cells(spec: Spec, env: Env, at: At, *, words: Collection[str] = ()) -> Cells:
    """A function from a row to the texts that its cell holds, without the empty ones.

    Members of a list in a JSON source count as parts; `split` or `split_pattern` parts each further. The caller has
    checked the keys of `spec`.
    """
    fetch = _fetch(spec, env, at, whole=True)
    steps = _steps(spec, env, at, words, "")
    literal = text_key(spec, "split", at)
    pattern = pattern_key(spec, "split_pattern", at) if "split_pattern" in spec else None
    empty = env.empty | frozenset(texts_key(spec, "empty", at))
    default = _default(spec, at, words)
    required = flag_key(spec, "required", at)

    def parts(row: Row) -> list[str]:
        text = fetch(row)
        members = text.split(LIST_MARK) if LIST_MARK in text else [text]
        if literal:
            members = [part for member in members for part in member.split(literal)]
        elif pattern is not None:
            members = [part for member in members for part in pattern.split(member)]
        found = []
        for member in members:
            part = member.strip()
            if part in empty:
                continue
            for step in steps:
                if part:
                    part = step(part)
            if part:
                found.append(part)
        if not found and default:
            return [default]
        if not found and required:
            raise RecordError("is missing", remedy="Complete it in the source.")
        return found

    return parts


def _fetch(spec: Spec, env: Env, at: At, *, whole: bool = False) -> Cell:
    """Where the text comes from. Only a rule for many values sees the `whole` list of a JSON cell."""
    given = [key for key in ("value", "column", "columns", "parts") if key in spec]
    if len(given) != 1:
        raise at.error(
            "exactly one of value, column, columns and parts says where the text comes from",
            f"Here {'there is none' if not given else 'are: ' + ', '.join(given)}.",
        )
    if "value" in spec:
        constant = text_key(spec, "value", at)
        return lambda row: constant
    if "parts" in spec:
        members = spec["parts"]
        if not isinstance(members, list):
            raise (at / "parts").error("a list of rules was expected")
        rules = [cell(member, env, at / "parts" / number) for number, member in enumerate(members)]
        joint = text_key(spec, "join", at, " ")
        return lambda row: joint.join([text for rule in rules if (text := rule(row))])
    if "columns" in spec:
        indexes = [env.columns.index(name, at / "columns") for name in texts_key(spec, "columns", at)]

        def first(row: Row) -> str:
            for index in indexes:
                if text := row[index].strip():
                    return text if whole else text.partition(LIST_MARK)[0]
            return ""

        return first
    index = env.columns.index(text_key(spec, "column", at), at / "column")
    if whole:
        return lambda row: row[index]
    if env.columns.fixed and index >= 0:
        return lambda row: row[index].strip()
    return lambda row: row[index].partition(LIST_MARK)[0].strip()


def _steps(spec: Spec, env: Env, at: At, words: Collection[str], date: str) -> list[Step]:
    steps: list[Step] = []
    if "remove" in spec:
        removed = pattern_key(spec, "remove", at)
        steps.append(lambda text: removed.sub("", text).strip())
    if "match" in spec:
        matched = pattern_key(spec, "match", at)
        group = 1 if matched.groups else 0

        def match(text: str) -> str:
            found = matched.search(text)
            return "" if found is None else (found[group] or "").strip()

        steps.append(match)
    if "table" in spec:
        steps.append(_table(text_key(spec, "table", at), env, at / "table", words))
    elif words:
        steps.append(_known(words))
    if date or "dates" in spec:
        steps.append(_date(spec, at, date or "full"))
    return steps


def _table(name: str, env: Env, at: At, words: Collection[str]) -> Step:
    if name not in env.tables:
        raise at.error(f"there is no table {name!r}", f"Write it as [tables.{name}].")
    table = env.tables[name]
    if words:
        for value in table.values():
            if isinstance(value, str) and value:
                word(value, words, at)
    otherwise = table.get("*")

    def look(text: str) -> str:
        value = table.get(text, otherwise)
        if type(value) is str:
            return value
        if isinstance(value, Refusal):
            raise RecordError(value.reason)
        raise RecordError(f"{text!r} is not in the table {name!r}", remedy=f"Add it to [tables.{name}] of the mapping.")

    return look


def _known(words: Collection[str]) -> Step:
    def check(text: str) -> str:
        if text not in words:
            raise RecordError(f"{text!r} is not known here", remedy="Give the rule a `table` of values.")
        return text

    return check


def _date(spec: Spec, at: At, date: str) -> Step:
    incomplete = text_key(spec, "incomplete", at, "reject")
    word(incomplete, ("reject", "leave_out"), at / "incomplete")
    patterns = texts_key(spec, "dates", at) or ([ISO, "YYYY-MM", "YYYY"] if date == "partial" else [ISO])
    try:
        strict = date_parser(patterns, partial=date == "partial")
        lenient = date_parser(patterns, partial=True)
    except ValueError as error:
        raise (at / "dates").error(
            f"{error} is no form of a date", 'Write it like "DD.MM.YYYY" or "YYYYMMDD".'
        ) from None
    if incomplete == "reject" or date == "partial":
        return strict

    def parse(text: str) -> str:
        value = lenient(text)
        return value if len(value) == 10 else ""

    return parse


def _default(spec: Spec, at: At, words: Collection[str]) -> str:
    default = text_key(spec, "default", at)
    return word(default, words, at / "default") if words and default else default


def _finish(fetch: Cell, steps: list[Step], spec: Spec, env: Env, at: At, default: str) -> Cell:
    empty = env.empty | frozenset(texts_key(spec, "empty", at))
    required = flag_key(spec, "required", at)
    blank_step = (
        steps[0] if "table" in spec and "" in env.tables.get(str(spec["table"]), {}) and len(steps) == 1 else None
    )
    if not (steps or empty or default or required):
        return fetch

    def finish(row: Row) -> str:
        text = fetch(row)
        if text in empty:
            text = ""
        if text:
            for step in steps:
                text = step(text)
                if not text:
                    break
        elif blank_step is not None:
            text = blank_step(text)
        if not text:
            if required:
                raise RecordError("is missing", remedy="Complete it in the source.")
            return default
        return text

    return finish
