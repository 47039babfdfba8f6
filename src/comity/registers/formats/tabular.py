"""Rows from CSV, TSV, JSON and JSON lines, plain or packed by gzip or xz: streamed, one record in memory at a time.

RFC 4180 for CSV (strict about quotation marks), RFC 8259 for JSON, <https://jsonlines.org> for JSON lines.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import lzma
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from comity.kernel.errors import ConfigurationError, FormatError

CHUNK_CHARS: Final = 65_536
_MARGIN: Final = 16  # a JSON error this close to the end of what is read may only mean that more must be read
_SWELL_FREE: Final = 64 * 1024 * 1024
_SWELL_MOST: Final = 250
_XZ_MEMORY: Final = 128 * 1024 * 1024
_SEND_AGAIN: Final = "Check the transfer and send the file again."


@dataclass(slots=True)
class Source:
    """One record as it stands in the file: its line, its bytes, and its cells or what is wrong with it."""

    line: int
    raw: bytes
    cells: list[str] | dict[str, Any]
    problem: str = ""
    remedy: str = ""


class _Taken(io.RawIOBase):
    """The packed bytes, counted as the unpacker takes them."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self.stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read1(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class _Unpacked(io.RawIOBase):
    """What a packed file holds, as long as it does not swell beyond measure. Raises OSError, as its unpacker does."""

    def __init__(self, unpacker: BinaryIO, taken: _Taken) -> None:
        self.unpacker = unpacker
        self.taken = taken
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.unpacker.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        if self.count > max(_SWELL_FREE, _SWELL_MOST * self.taken.count):
            raise OSError(f"it unpacks to more than {_SWELL_MOST} times its size")
        return len(data)


def _modest(stream: io.BufferedReader) -> bool:
    """Whether the beginning of an xz file can be unpacked with a bounded dictionary."""
    try:
        lzma.LZMADecompressor(memlimit=_XZ_MEMORY).decompress(stream.peek(64)[:64], 1)
    except lzma.LZMAError as error:
        return "memory" not in str(error).lower()
    return True


def unpacked(stream: BinaryIO) -> io.BufferedReader:
    """The stream itself, or what it holds where its first bytes are those of gzip or xz.

    Reading raises OSError where a packed file unpacks to more than 64 MiB and 250 times its size; FormatError at once
    where an xz file needs more than 128 MiB of memory.
    """
    buffered = _buffered(stream)
    head = buffered.peek(6)[:6]
    if head[:2] == b"\x1f\x8b":
        taken = _Taken(buffered)
        return _buffered(_Unpacked(cast(BinaryIO, gzip.GzipFile(fileobj=_buffered(taken))), taken))
    if head == b"\xfd7zXZ\x00":
        if not _modest(buffered):
            raise FormatError("the packed file needs too much memory", remedy="Pack it with xz -6, or with gzip.")
        taken = _Taken(buffered)
        return _buffered(_Unpacked(cast(BinaryIO, lzma.LZMAFile(_buffered(taken))), taken))
    return buffered


def _buffered(stream: Any) -> io.BufferedReader:
    return io.BufferedReader(stream, 1 << 18)


def check_encoding(encoding: str) -> str:
    """The name of an encoding in which a line's end is one byte of its own; raises ConfigurationError for others."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise ConfigurationError(
            f"there is no encoding {encoding!r}", remedy="Use for instance utf-8, cp1251."
        ) from None
    if '\n,"'.encode(name).removeprefix(codecs.BOM_UTF8) != b'\n,"':
        raise ConfigurationError(f"the encoding {encoding} is not read here", remedy="Convert the file to UTF-8.")
    return "utf-8" if name == "utf-8-sig" else name


class _Lines:
    """Feeds decoded lines to csv.reader and remembers the bytes of the record that is being read."""

    def __init__(self, stream: io.BufferedReader, encoding: str, max_record_bytes: int, name: str) -> None:
        self.stream = stream
        self.encoding = encoding
        self.max_record_bytes = max_record_bytes
        self.name = name
        self.again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self.size = 0
        self.line = 0  # the last line that was read
        self.undecodable = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self.again.popleft() if self.again else self.readline()
        if not raw:
            raise StopIteration
        self.line += 1
        self.taken.append(raw)
        self.size += len(raw)
        if self.size > self.max_record_bytes:
            raise csv.Error(f"longer than {self.max_record_bytes} bytes")
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError:
            self.undecodable = True
            text = raw.decode(self.encoding, "replace")
        return text[1:] if text[0] == "\ufeff" else text

    def readline(self) -> bytes:
        try:
            raw = self.stream.readline(self.max_record_bytes + 1)
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise FormatError(f"the packed file is damaged: {error}", place=self.name, remedy=_SEND_AGAIN) from error
        if len(raw) > self.max_record_bytes:
            raise FormatError(
                f"a line is longer than {self.max_record_bytes} bytes",
                place=f"{self.name}, line {self.line + 1}",
                remedy="Check that the file is a text file with line ends.",
            )
        return raw

    def start(self) -> None:
        self.taken = []
        self.size = 0
        self.undecodable = False

    def keep_first_only(self) -> None:
        """Give all but the first line of the failed record back, to be read as records of their own."""
        self.again.extendleft(reversed(self.taken[1:]))
        self.line -= len(self.taken) - 1
        del self.taken[1:]


def csv_sources(
    stream: io.BufferedReader,
    name: str,
    *,
    encoding: str,
    delimiter: str,
    quote: str,
    max_record_bytes: int,
) -> Iterator[Source]:
    """Every record of a CSV file that is not an empty line; a record that cannot be read carries its `problem`.

    After a quotation mark that nothing closes, reading goes on at the next line: a bad line does not swallow others.
    """
    lines = _Lines(stream, encoding, max_record_bytes, name)
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        lines.start()
        first = lines.line + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.keep_first_only()
            remedy = "Check the quotation marks and separators of the line."
            yield Source(first, lines.taken[0], [], f"not a record of CSV: {error}", remedy)
            continue
        if not row:
            continue
        taken = lines.taken
        raw = taken[0] if len(taken) == 1 else b"".join(taken)
        if lines.undecodable:
            yield Source(first, raw, row, f"holds bytes that are not {encoding}", "Correct `encoding` or the file.")
        elif b"\0" in raw:
            yield Source(first, raw, row, "holds a NUL character", "Remove it from the source.")
        else:
            yield Source(first, raw, row)


_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def _checked(value: object, line: int, raw: str) -> Source:
    data = raw.encode("utf-8", "surrogateescape")
    source = Source(line, data, value if isinstance(value, dict) else {})
    if not isinstance(value, dict):
        source.problem, source.remedy = "not an object", "Each record must be an object: {…}."
    elif not raw.isascii() and any("\ud800" <= char <= "\udfff" for char in raw):
        source.problem, source.remedy = "holds bytes that are not utf-8", "Convert the file to UTF-8."
    elif "\\u0000" in raw or ("\\ud" in raw.lower() and not _encodable(value)):
        source.problem, source.remedy = "holds a character that no text may hold", "Remove it from the source."
    return source


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def raw_lines(stream: io.BufferedReader, name: str, *, max_record_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Every line that is not empty, with its number, from 1; raises FormatError for one that is too long."""
    lines = _Lines(stream, "utf-8", max_record_bytes, name)
    while raw := lines.readline():
        lines.line += 1
        raw = raw.removeprefix(codecs.BOM_UTF8) if lines.line == 1 else raw
        if raw.strip():
            yield lines.line, raw


def json_line_sources(stream: io.BufferedReader, name: str, *, max_record_bytes: int) -> Iterator[Source]:
    """Every line of a JSON lines file that is not empty."""
    for line, raw in raw_lines(stream, name, max_record_bytes=max_record_bytes):
        text = raw.decode("utf-8", "surrogateescape").strip()
        try:
            value, end = _DECODER.raw_decode(text)
        except (json.JSONDecodeError, RecursionError) as error:
            yield Source(line, raw, {}, f"not JSON: {error}", "Correct the line.")
            continue
        if end != len(text):
            yield Source(line, raw, {}, f"not JSON: more follows after column {end}", "Write one record a line.")
            continue
        yield _checked(value, line, text)


class _Window:
    """The part of a JSON text that is being looked at."""

    def __init__(self, stream: io.BufferedReader, name: str, max_chars: int) -> None:
        self.stream = stream
        self.name = name
        self.max_chars = max_chars
        self.decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def more(self) -> None:
        """Drop what was read, read on: as much again as is held, so that a long record is not parsed too often."""
        left = len(self.text) - self.at
        if left > self.max_chars:
            raise self.error(f"a record is longer than {self.max_chars} characters", "Check that the array is closed.")
        try:
            data = self.stream.read(max(CHUNK_CHARS, left))
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise self.error(f"the packed file is damaged: {error}", _SEND_AGAIN) from error
        self.ended = not data
        self.text = self.text[self.at :] + self.decoder.decode(data, self.ended)
        self.at = 0

    def peek(self) -> str:
        """The next character that is not white space; "" at the end."""
        while True:
            text = self.text
            while self.at < len(text):
                char = text[self.at]
                if char not in " \t\r\n\ufeff":
                    return char
                self.line += char == "\n"
                self.at += 1
            if self.ended:
                return ""
            self.more()

    def value(self) -> tuple[object, str]:
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                hopeless = error.pos < len(self.text) - _MARGIN and not error.msg.startswith("Unterminated string")
                if self.ended or hopeless:
                    raise self.error(
                        f"not JSON: {error.msg}", "The file is damaged or cut short: have it sent again."
                    ) from None
            except RecursionError:
                raise self.error("objects nest too deeply", "No register needs such depth: check the file.") from None
            else:
                if end < len(self.text) or self.ended:
                    raw = self.text[self.at : end]
                    self.at = end
                    return value, raw
            self.more()

    def error(self, message: str, remedy: str) -> FormatError:
        return FormatError(message, place=f"{self.name}, line {self.line}", remedy=remedy)


def json_array_sources(stream: io.BufferedReader, name: str, *, max_record_bytes: int) -> Iterator[Source]:
    """Every member of the one array that a JSON file is; raises FormatError where the array breaks off."""
    window = _Window(stream, name, max_record_bytes)
    if window.peek() != "[":
        raise window.error("the file is not a JSON array", "Set `format` to jsonlines if each line is a record.")
    window.at += 1
    if window.peek() != "]":
        while True:
            window.peek()
            line = window.line
            value, raw = window.value()
            yield _checked(value, line, raw)
            window.line += raw.count("\n")
            following = window.peek()
            if following == "]":
                break
            if following != ",":
                raise window.error("the array is not closed", "The file is damaged or cut short: have it sent again.")
            window.at += 1
    window.at += 1
    if window.peek():
        raise window.error("more follows after the array", "The file must be one array.")
