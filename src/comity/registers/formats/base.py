"""What every format has in common: what a reader yields, what it may be told, and the table of formats.

A reader streams: it holds one record at a time. A bad record is yielded as `Rejected` and the next one is read; only a
file that is broken beyond the record raises `FormatError`, with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from comity.kernel.errors import ConfigurationError, FormatError
from comity.registers.domain.record import KINDS, RightRecord

RAW_KEPT_BYTES = 65_536
HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was read. `raw` is its source, cut to 65,536 bytes, for quarantine and retry."""

    record: RightRecord
    place: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not become a right: why, where in the file, its source (cut), and what to do."""

    reason: str
    place: str
    raw: bytes
    remedy: str = ""


Item = Found | Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the caller knows that the file may not say.

    `office` (ST.3) is used where a record names no office; `max_record_bytes` bounds one record's source.
    """

    office: str = ""
    max_record_bytes: int = 4 * 1024 * 1024


DEFAULTS = ReadOptions()

Reader = Callable[[BinaryIO, str, ReadOptions], Iterator[Item]]
Writer = Callable[[Iterable[RightRecord], BinaryIO], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: its name, how it is called on a page, its reader and (where there is one) its writer.

    `extensions` are lower case with the dot; `sniff` looks at the first 4,096 bytes of a file. `kinds` are those that
    `write` can hold: it raises RecordError for a right of another kind.
    """

    name: str
    label: str
    read: Reader
    write: Writer | None = None
    extensions: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset(KINDS)
    sniff: Callable[[bytes], bool]


FORMATS: dict[str, Format] = {}


def register(fmt: Format) -> Format:
    """Put a format into the table; a second one of the same name is an error in the program."""
    if fmt.name in FORMATS and FORMATS[fmt.name] is not fmt:
        raise ConfigurationError(f"the format {fmt.name!r} is registered twice")
    FORMATS[fmt.name] = fmt
    return fmt


def detect(head: bytes, name: str) -> Format:
    """The format of a file by its first bytes and its name.

    Content decides; among formats that all recognise the content, the one that also knows the extension wins, then the
    one registered first. Raises FormatError if no format recognises the content.
    """
    suffix = PurePath(name).suffix.lower()
    able = [fmt for fmt in FORMATS.values() if fmt.sniff(head[:HEAD_BYTES])]
    for fmt in able:
        if suffix in fmt.extensions:
            return fmt
    if able:
        return able[0]
    raise FormatError(
        "the file is in none of the formats that are read here",
        place=name,
        remedy=f"Name the format ({', '.join(sorted(FORMATS))}), or give a mapping for a table of your own.",
    )


def keep(raw: bytes) -> bytes:
    """The part of a record's source that is kept beside it."""
    return raw[:RAW_KEPT_BYTES]
