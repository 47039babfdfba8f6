"""The bytes of one journal entry: `comity/<kind>/<version>` NL canonical JSON NL.

The body is an object in the profile of RFC 8785 that `canonical` holds; one entry has exactly one spelling. An entry
cannot be taken for a checkpoint, since its second line begins with a brace. At most 65535 bytes (C2SP tlog-tiles,
"Log Entries").
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson

from comity.kernel.canonical import decode, encode
from comity.kernel.errors import CanonicalError, FormatError

MAX = 65535

_HEAD = re.compile(rb"comity/([a-z][a-z0-9_.-]{0,63})/([1-9][0-9]{0,3})\n")


class Entry(NamedTuple):
    """A fact as it travels: its kind, the version of that kind, and its body."""

    kind: str
    version: int
    body: dict[str, Any]


def encode_entry(kind: str, version: int, body: dict[str, Any]) -> bytes:
    """The bytes of an entry; raises FormatError for a bad kind or over 65535 bytes, CanonicalError for the body."""
    head = f"comity/{kind}/{version}\n".encode()
    if _HEAD.fullmatch(head) is None:
        raise FormatError(
            f"{kind!r} version {version} cannot be a kind of entry.",
            remedy="Use a-z, 0-9, dot, dash; versions 1 to 9999.",
        )
    if type(body) is not dict:
        raise CanonicalError("The body of an entry is an object.", place=f"{kind}/{version}")
    data = b"%s%s\n" % (head, encode(body))
    if len(data) > MAX:
        raise FormatError(
            f"The entry has {len(data)} bytes; {MAX} are the most.", place=f"{kind}/{version}", remedy="Divide it."
        )
    return data


def parse_head(data: bytes) -> tuple[str, int]:
    """(kind, version) of an entry, its body unread; raises FormatError."""
    match = _HEAD.match(data)
    if match is None:
        raise FormatError("This does not begin as an entry: comity/<kind>/<version>.", place="first line")
    return match[1].decode(), int(match[2])


def parse_entry(data: bytes) -> Entry:
    """Reads an entry from elsewhere strictly: it must be exactly what `encode_entry` writes. Raises FormatError,
    CanonicalError.
    """
    if len(data) > MAX:
        raise FormatError(f"The entry has {len(data)} bytes; {MAX} are the most.")
    kind, version = parse_head(data)
    if not data.endswith(b"\n"):
        raise FormatError("The entry does not end in a newline.", place=f"{kind}/{version}")
    body = decode(data[data.index(b"\n") + 1 : -1])
    if type(body) is not dict:
        raise CanonicalError("The body of an entry is an object.", place=f"{kind}/{version}")
    return Entry(kind, version, body)


def glance(data: bytes) -> Entry | None:
    """A quick look at an entry from elsewhere: its parts if orjson with sorted keys writes just these bytes, or None.

    What the guard of `canonical` alone sees is not excluded: floats, keys beyond ASCII, too deep nesting. Only for a
    caller whose own schema excludes them; every other, and who is given None, asks `parse_entry`.
    """
    match = _HEAD.match(data)
    if match is None or len(data) > MAX or not data.endswith(b"}\n"):
        return None
    text = data[match.end() : -1]
    try:
        body = orjson.loads(text)
        if orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER) != text:
            return None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return Entry(match[1].decode(), int(match[2]), body)


def parse_trusted(data: bytes) -> Entry:
    """Reads an entry whose bytes were already parsed strictly on this node; only the JSON is read.

    Raises FormatError, or orjson.JSONDecodeError when the bytes were not such an entry.
    """
    kind, version = parse_head(data)
    return Entry(kind, version, orjson.loads(data[data.index(b"\n") + 1 :]))
