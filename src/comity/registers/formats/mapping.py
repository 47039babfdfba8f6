"""Reads any table, CSV, TSV or JSON, by a mapping in TOML that an office's own staff writes: docs/use/mappings.md.

The mapping is checked when it is loaded, compiled into functions once a file, and applied to one record at a time.
Every record of the file ends as Found or as Rejected.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Final

from comity.kernel.errors import ComityError, ConfigurationError, FormatError, RecordError
from comity.registers.domain.record import RightRecord
from comity.registers.formats.base import DEFAULTS, Found, Item, ReadOptions, Rejected, keep
from comity.registers.formats.build import SECTIONS, compile_record
from comity.registers.formats.cells import (
    LIST_MARK,
    At,
    Columns,
    Env,
    Refusal,
    Row,
    Spec,
    check_keys,
    flag_key,
    text_key,
    texts_key,
    word,
)
from comity.registers.formats.tabular import (
    Source,
    check_encoding,
    csv_sources,
    json_array_sources,
    json_line_sources,
    unpacked,
)

SOURCE_KEYS: Final = ("format", "files", "encoding", "delimiter", "quote", "header", "columns", "empty", "formulas")
JOIN_KEYS: Final = ("file", "as", "key")
_FORMATS: Final = ("csv", "json", "jsonlines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A second file of the same form, whose record of the same `key` adds columns named `<alias>.<column>`."""

    file: str
    alias: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A checked mapping: how its source is read, and the sections that build a record."""

    name: str
    title: str
    format: str
    files: tuple[str, ...]
    encoding: str
    delimiter: str
    quote: str
    header: bool
    columns: tuple[str, ...]
    empty: frozenset[str]
    formulas: bool
    join: Join | None
    tables: Dict[str, Dict[str, str | Refusal]]
    body: Spec

    def reads(self, file_name: str) -> bool:
        """Whether the mapping is meant for a file of this name; a packed file's .gz or .xz is not looked at."""
        plain = file_name.removesuffix(".gz").removesuffix(".xz")
        return any(fnmatchcase(each, pattern) for pattern in self.files for each in (file_name, plain))

    def read(
        self,
        stream: BinaryIO,
        name: str,
        options: ReadOptions = DEFAULTS,
        *,
        second: BinaryIO | None = None,
    ) -> Iterator[Item]:
        """Every record of the file, as Found or Rejected. `second` is the file that [join] names, where it names one.

        Memory holds one record, and of the second file the columns that the mapping uses. Raises FormatError for a file
        that is broken beyond one record and ConfigurationError for a mapping that does not fit the file.
        """
        sources = self._sources(stream, name, options)
        names = self._names(sources, name)
        build, row_of, refused = self._compiled(names, name, options, second)
        yield from refused
        for source in sources:
            yield _item(source, name, build, row_of, len(names) if names is not None else -1)

    def _sources(self, stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Source]:
        plain, limit = unpacked(stream), options.max_record_bytes
        if self.format == "json":
            return json_array_sources(plain, name, max_record_bytes=limit)
        if self.format == "jsonlines":
            return json_line_sources(plain, name, max_record_bytes=limit)
        return csv_sources(
            plain,
            name,
            encoding=self.encoding,
            delimiter=self.delimiter,
            quote=self.quote,
            max_record_bytes=limit,
        )

    def _names(self, sources: Iterator[Source], name: str) -> list[str] | None:
        """The names of the columns; None for JSON. Takes the header off the file."""
        if self.format != "csv":
            return None
        if not self.header:
            return list(self.columns)
        head = next(sources, None)
        if head is None:
            raise FormatError("the file is empty", place=name, remedy="Check the transfer and send the file again.")
        if head.problem:
            raise FormatError(f"its header {head.problem}", place=f"{name}, line 1", remedy=head.remedy)
        return list(self.columns) or [str(each).strip() for each in head.cells]

    def _compiled(
        self, names: list[str] | None, name: str, options: ReadOptions, second: BinaryIO | None
    ) -> tuple[Callable[[Row], RightRecord], Callable[[Any], list[str]], list[Rejected]]:
        """How a row makes a record, how cells make a row, and what was refused of the second file."""
        columns = Columns(names, self.join.alias if self.join else "")
        key = columns.index(self.join.key, At(self.name, "join.key")) if self.join else 0
        build = compile_record(self.body, Env(columns, self.tables, self.empty), At(self.name), options.office)
        row_of = _csv_row(formulas=self.formulas) if columns.fixed else _json_row(columns.names)
        if self.join is None:
            return build, row_of, []
        if second is None:
            raise FormatError(
                f"the mapping joins the file {self.join.file}, which was not given",
                place=name,
                remedy="Give both files, or remove [join] from the mapping.",
            )
        added, refused = self._second(second, self.join, columns.joined, options)
        nothing = [""] * len(columns.joined)

        def joined(cells: Any) -> list[str]:
            row = row_of(cells)
            return row + added.get(row[key].strip(), nothing)

        return build, joined, refused

    def _second(
        self, stream: BinaryIO, join: Join, wanted: list[str], options: ReadOptions
    ) -> tuple[dict[str, list[str]], list[Rejected]]:
        """The wanted columns of the second file, last first, by its key; and what of it cannot be read."""
        sources = self._sources(stream, join.file, options)
        names = self._names(sources, join.file)
        columns = Columns(names)
        at = At(self.name, "join")
        key = columns.index(join.key, at / "key")
        indexes = [columns.index(each, at) for each in reversed(wanted)]
        row_of = _csv_row(formulas=self.formulas) if columns.fixed else _json_row(columns.names)
        width = len(names) if names is not None else -1
        found: dict[str, list[str]] = {}
        refused = []
        for source in sources:
            row = _row(source, join.file, row_of, width)
            if isinstance(row, Rejected):
                refused.append(row)
            else:
                found[row[key].strip()] = [row[index] for index in indexes]
        return found, refused


def _row(source: Source, name: str, row_of: Callable[[Any], list[str]], width: int) -> list[str] | Rejected:
    """The record's row, or why it has none; `width` is how many cells it must have, -1 for any number."""
    if source.problem:
        return Rejected(source.problem, f"{name}, line {source.line}", keep(source.raw), source.remedy)
    if width >= 0 and len(source.cells) != width:
        return Rejected(
            f"has {len(source.cells)} columns where {width} were expected",
            f"{name}, line {source.line}",
            keep(source.raw),
            "Check the separators of the line, or `columns` in the mapping.",
        )
    try:
        return row_of(source.cells)
    except RecordError as error:
        return Rejected(error.message, f"{name}, line {source.line}", keep(source.raw), error.remedy)


def _item(
    source: Source,
    name: str,
    build: Callable[[Row], RightRecord],
    row_of: Callable[[Any], list[str]],
    width: int,
) -> Item:
    row = _row(source, name, row_of, width)
    if isinstance(row, Rejected):
        return row
    place = f"{name}, line {source.line}"
    try:
        record = build(row)
    except RecordError as error:
        reason = f"{error.place}: {error.message}" if error.place else error.message
        return Rejected(reason, place, keep(source.raw), error.remedy)
    return Found(record, place, keep(source.raw))


def _csv_row(*, formulas: bool) -> Callable[[Any], list[str]]:
    return _without_guards if formulas else _as_it_is


def _as_it_is(cells: list[str]) -> list[str]:
    return cells


def _without_guards(cells: list[str]) -> list[str]:
    """Cells without the apostrophe that keeps a spreadsheet from executing them (csv_write.guarded)."""
    return [cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in FORMULA_STARTS else cell for cell in cells]


FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def _json_row(paths: list[str]) -> Callable[[Any], list[str]]:
    """`paths` may still grow while the mapping is compiled; it is read at each record."""
    steps: list[list[str]] = []

    def row(body: dict[str, Any]) -> list[str]:
        if len(steps) != len(paths):
            steps[:] = [path.split(".") for path in paths]
        return [_json_cell(body, keys) for keys in steps]

    return row


def _json_cell(body: Any, keys: list[str]) -> str:
    value = body
    for key in keys:
        if not isinstance(value, dict):
            return ""
        value = value.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return LIST_MARK.join([_json_text(item) for item in value])
    return _json_text(value)


def _json_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.replace(LIST_MARK, " ")
    raise RecordError("a value is a list or an object where a text was expected", remedy="Name a deeper column: a.b.")


def parse_mapping(body: Spec, name: str) -> Mapping:
    """A mapping from its parsed TOML; raises ConfigurationError that names the file, the key and what to do."""
    at = At(name)
    check_keys(body, ("title", "source", "join", "tables", "right", *SECTIONS), at)
    source = check_keys(body.get("source"), SOURCE_KEYS, at / "source")
    here = at / "source"
    form = word(text_key(source, "format", here), _FORMATS, here / "format")
    columns = tuple(texts_key(source, "columns", here))
    header = flag_key(source, "header", here, default=True)
    if form == "csv" and not header and not columns:
        raise here.error("`header` is false and `columns` is missing", "Name the columns in their order.")
    delimiter = text_key(source, "delimiter", here, ",")
    quote = text_key(source, "quote", here, '"')
    if len(delimiter) != 1 or len(quote) > 1 or delimiter == quote:
        raise here.error("delimiter is one character, quote another one or none", r'For tabs: delimiter = "\t".')
    try:
        encoding = check_encoding(text_key(source, "encoding", here, "utf-8"))
    except ComityError as error:
        raise (here / "encoding").error(error.message, error.remedy) from None
    mapping = Mapping(
        name=name,
        title=text_key(body, "title", at),
        format=form,
        files=tuple(texts_key(source, "files", here)),
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        header=header,
        columns=columns,
        empty=frozenset(texts_key(source, "empty", here)),
        formulas=flag_key(source, "formulas", here),
        join=_join(body, at),
        tables=_tables(body, at),
        body=body,
    )
    known = None if form != "csv" or (header and not columns) else columns
    env = Env(Columns(known, mapping.join.alias if mapping.join else ""), mapping.tables, mapping.empty)
    compile_record(body, env, at, "XX")
    return mapping


def _join(body: Spec, at: At) -> Join | None:
    if "join" not in body:
        return None
    spec = check_keys(body["join"], JOIN_KEYS, at / "join")
    for key in JOIN_KEYS:
        if not text_key(spec, key, at / "join"):
            raise (at / "join").error(f"the key {key!r} is missing")
    if "/" in spec["file"] or "\\" in spec["file"] or spec["file"].startswith("."):
        raise (at / "join.file").error("a plain file name was expected", "The second file lies beside the first.")
    return Join(file=spec["file"], alias=spec["as"], key=spec["key"])


def _tables(body: Spec, at: At) -> dict[str, dict[str, str | Refusal]]:
    tables: dict[str, dict[str, str | Refusal]] = {}
    for name, rows in check_keys(body.get("tables", {}), body.get("tables", {}), at / "tables").items():
        here = at / "tables" / name
        if not isinstance(rows, dict):
            raise here.error("a table of values was expected", f"Write its rows under [tables.{name}].")
        tables[name] = {}
        for key, value in rows.items():
            if isinstance(value, dict):
                value = Refusal(text_key(check_keys(value, ("reject",), here / key), "reject", here / key))
            elif not isinstance(value, str):
                raise (here / key).error("a text was expected", 'Or { reject = "the reason" }.')
            tables[name][key] = value
    return tables


def load_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file; raises ConfigurationError for a file that cannot be read or does not make sense."""
    try:
        body = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"not a mapping: {error}", place=path.name, remedy="Correct the file.") from error
    return parse_mapping(body, path.name)


def read_path(mapping: Mapping, path: Path, options: ReadOptions = DEFAULTS) -> Iterator[Item]:
    """Every record of a file on disk; the file that [join] names is looked for beside it."""
    with path.open("rb") as stream:
        if mapping.join is None:
            yield from mapping.read(stream, path.name, options)
            return
        beside = path.parent / mapping.join.file
        try:
            with beside.open("rb") as second:
                yield from mapping.read(stream, path.name, options, second=second)
        except FileNotFoundError:
            raise FormatError(
                f"the file {mapping.join.file} that the mapping joins is missing",
                place=path.name,
                remedy="Put both files into one folder.",
            ) from None
