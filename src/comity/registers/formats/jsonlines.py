"""Comity's own exchange form: JSON lines, one record a line in its JSON form, without loss.

<https://jsonlines.org>; the form of a record is that of `record.to_json`, its keys in the order of the fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

import orjson

from comity.kernel.errors import RecordError
from comity.registers.domain.json_form import from_json
from comity.registers.domain.record import RightRecord, to_json
from comity.registers.formats.base import Format, Found, Item, ReadOptions, Rejected, keep, register
from comity.registers.formats.tabular import raw_lines, unpacked


def read(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    """Every line that is not empty, as Found or Rejected. The file may be packed by gzip or xz."""
    for line, raw in raw_lines(unpacked(stream), name, max_record_bytes=options.max_record_bytes):
        place = f"{name}, line {line}"
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            yield Rejected(f"not JSON: {error.msg}", place, keep(raw), "Correct the line.")
            continue
        try:
            yield Found(from_json(body), place, keep(raw))
        except RecordError as error:
            reason = f"{error.place}: {error.message}" if error.place else error.message
            yield Rejected(reason, place, keep(raw), error.remedy)


def write(records: Iterable[RightRecord], stream: BinaryIO) -> None:
    """Write each record as one line of UTF-8. Raises RecordError for a text that no Unicode file may hold."""
    for record in records:
        try:
            stream.write(orjson.dumps(to_json(record), option=orjson.OPT_APPEND_NEWLINE))
        except orjson.JSONEncodeError as error:
            place = f"{record.office} {record.kind} {record.number}"
            raise RecordError(f"cannot be written as JSON: {error}", place=place) from None


def _sniff(head: bytes) -> bool:
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    if not first.startswith(b"{"):
        return False
    try:
        body = json.loads(first)
    except ValueError:  # the first record is longer than the head, or it is no JSON
        return first.startswith(b'{"office":')
    return isinstance(body, dict) and {"office", "kind", "number"} <= body.keys()


JSONLINES: Final = register(
    Format(
        name="jsonlines",
        label="Comity JSON lines (complete)",
        read=read,
        write=write,
        extensions=(".jsonl", ".ndjson"),
        sniff=_sniff,
    )
)
