"""CSV for spreadsheets: one row a right, RFC 4180, UTF-8 with a byte order mark, and read back by a mapping of its own.

It is made for people: what has no column (events, images, addresses, second names, languages of texts) is left out;
JSON lines has it all. Values of a cell that holds several stand on lines of their own. A cell that a spreadsheet would
execute, because it begins with = + - @, a tab or a line end, gets an apostrophe in front; reading takes it off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from comity.registers.domain.record import Classification, Party, RightRecord, Role
from comity.registers.formats.base import Format, Item, ReadOptions, register
from comity.registers.formats.build import split_country
from comity.registers.formats.mapping import FORMULA_STARTS, Mapping, parse_mapping

_PLAIN: Final = (
    "status",
    "status_date",
    "application_number",
    "filing_date",
    "registration_date",
    "effect_date",
    "expiry_date",
    "created",
    "first_use_date",
    "design_count",
)
_ROLES: Final[dict[str, Role]] = {
    "applicants": "applicant",
    "holders": "holder",
    "authors": "author",
    "claimants": "claimant",
    "representatives": "representative",
    "licensees": "licensee",
    "breeders": "breeder",
    "correspondents": "correspondent",
}
_SCHEMES: Final = ("nice", "vienna", "locarno", "ipc", "cpc", "uspc", "work", "product")
_TEXTS: Final = ("titles", "disclaimers", "colours", "abstract", "description")
COLUMNS: Final = (
    *("office", "kind", "stage", "number", "features", *_PLAIN),
    *(*_TEXTS, "goods", *_ROLES, *_SCHEMES, "priorities"),
    *("language", "source_url"),
)
_SPACES: Final = re.compile(r"\s+")
_LEGAL: Final = " [legal]"


def guarded(cell: str) -> str:
    """The cell with one apostrophe more in front, where what stands behind any apostrophes could be executed."""
    return f"'{cell}" if cell.lstrip("'")[:1] in FORMULA_STARTS else cell


def row(record: RightRecord) -> list[str]:
    """The record's cells, in the order of COLUMNS, not yet guarded."""
    cells = [record.office, record.kind, record.stage, _one_line(record.number), "\n".join(record.features)]
    cells += [_one_line(str(getattr(record, name) or "")) for name in _PLAIN]
    cells += [_lines(text.text for text in getattr(record, name)) for name in _TEXTS]
    cells.append(_lines(_goods(record.classes)))
    cells += [_lines(_party(party) for party in record.parties if party.role == role) for role in _ROLES.values()]
    cells += [_lines(each.code for each in record.classes if each.scheme == scheme) for scheme in _SCHEMES]
    cells.append(_lines(" ".join((each.office or "-", each.date or "-", each.number)) for each in record.priorities))
    return [*cells, *map(_one_line, (record.language, record.source_url))]


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _lines(texts: Iterable[str]) -> str:
    """One text a line; white space within a text, line ends too, becomes one space; repetitions are left out."""
    return "\n".join(dict.fromkeys(line for text in texts if (line := _one_line(text))))


def _goods(classes: Iterable[Classification]) -> Iterator[str]:
    """The goods of the Nice classes, class by class."""
    by_code: dict[str, list[str]] = {}
    for each in classes:
        if each.scheme == "nice":
            by_code.setdefault(each.code, []).extend(text.text for text in each.texts)
    for code, texts in by_code.items():
        yield from (f"{code}: {text}" for text in texts if text.strip())


def _party(party: Party) -> str:
    names = party.names
    name, country = split_country(_one_line(names[0].text)) if names and not party.country else ("", "")
    if party.country and names:
        name, country = _one_line(names[0].text).rstrip(" ,"), party.country
    if not name:
        return ""
    return name + (f" ({country})" if country else "") + (_LEGAL if party.entity == "legal" else "")


def write(records: Iterable[RightRecord], stream: BinaryIO) -> None:
    """Write the header and one row a record."""
    text = io.TextIOWrapper(stream, "utf-8-sig", "backslashreplace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([guarded(cell) for cell in row(record)] for record in records)
    text.detach()


def _own_mapping() -> Mapping:
    """The mapping that reads what `write` wrote."""
    right: dict[str, Any] = {name: {"column": name} for name in ("office", "kind", "stage", "number", *_PLAIN)}
    right["features"] = {"column": "features", "split": "\n"}
    right["language"] = {"column": "language"}
    right["source_url"] = {"column": "source_url"}
    body: dict[str, Any] = {
        "title": "Comity CSV",
        "source": {"format": "csv", "files": ["*.csv"], "encoding": "utf-8", "formulas": True},
        "right": right,
        "parties": [
            {
                "role": role,
                "column": name,
                "split": "\n",
                "country_suffix": True,
                "legal_if": r"\s\[legal\]$",
            }
            for name, role in _ROLES.items()
        ],
        "classes": [{"scheme": scheme, "column": scheme, "split": "\n"} for scheme in _SCHEMES],
        "priorities": [{"column": "priorities", "find": _PRIORITY}],
    }
    body["classes"][0]["texts"] = {"column": "goods", "split": "\n"}
    for name in _TEXTS:
        body[name] = [{"column": name, "split": "\n"}]
    return parse_mapping(body, "csv")


_PRIORITY: Final = r"(?m)^(?:(?P<office>[^\s-]\S*)|-) (?:(?P<date>[^\s-]\S*)|-)(?: (?P<number>.+))?$"
OWN: Final = _own_mapping()


def read(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    """Every row of a file that `write` wrote, as far as its columns go."""
    return OWN.read(stream, name, options)


def _sniff(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"office,kind,stage,number,features,")


CSV: Final = register(
    Format(
        name="csv",
        label="Comity CSV (for spreadsheets)",
        read=read,
        write=write,
        extensions=(".csv",),
        sniff=_sniff,
    )
)
