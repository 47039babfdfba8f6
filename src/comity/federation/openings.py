"""Openings on their way between nodes: sealed for the node that asks, so that no person's data travels in clear.

An answer is one or more segments. A segment is a line of canonical JSON, `{"entries":[start,end],"form":…,"key":…,
"length":…}`, then `length` bytes: HPKE for the key, bound to the journal, to the range and, through the hash of the
entries' leaf hashes, to every commitment in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from comity.agreement import selectors as agreement
from comity.confidential import sealed
from comity.confidential import selectors as bodies
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.journal.store import Store
from comity.kernel import tiles
from comity.kernel.canonical import decode, encode
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.entry import parse_entry
from comity.kernel.errors import FormatError, PartnerError, SealError
from comity.kernel.sealing import OVERHEAD, SealingKey, SealingPublic
from comity.kernel.wire import b64

FORM = "comity/openings/1"
AT_ONCE = 8192
# Of openings in one segment. An answer has at most 32 MiB, and one entry's openings go undivided.
SEGMENT_BYTES = 8 * 1024 * 1024
_MOST_HEAD = 2048

# The tile of leaf hashes (level 0) with that number, as many as the tree has there.
Leaves = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an answer: the openings of entries `start` ≤ index < `end`, sealed for the key `key`."""

    start: int
    end: int
    key: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """Of one entry: its openings, or in `sealed` what a body's key opens. From a partner, unverified."""

    index: int
    openings: Any
    sealed: Any = None


def openings_of(journal: Journal, start: int, end: int, recipient: SealingPublic, party: str) -> bytes:
    """The openings of own entries, sealed for a party: of all that a checkpoint on file covers, or of the first of
    them, where all would be too long for one answer; the header says which. A confidential body is among them only for
    whom its entry names. Persons of what was recorded after the last agreement with that party ended are not given.

    The file comes first and the database lags behind it: a partner that saw the checkpoint must get all openings, for
    it does not ask again.
    """
    if not 0 <= start <= end <= start + AT_ONCE:
        raise FormatError("At most 8,192 entries' openings are given at once.", place=f"{start}-{end}")
    size = signed_size(journal)
    end = max(start, min(end, size))
    store = home.store(journal)
    lines: list[bytes] = []
    total = 0
    closed = agreement.closed_since("exchange.public", party)
    for index, data in vault.between(journal, start, end):
        if sealed.marked(data):
            told = _told(journal, index, data, size, party)
        elif closed is not None and parse_entry(store.entry(index, size)).body["at"] >= closed.isoformat():
            told = ""
        else:
            told = f'"openings":{data}'
        if not told:
            continue
        line = f'{{"index":{index},{told}}}\n'.encode()
        total += len(line)
        if lines and total > SEGMENT_BYTES:
            end = index
            break
        lines.append(line)
    return seal_segment(recipient, journal.origin, (start, end), leaves_of(store, size), b"".join(lines))


def _told(journal: Journal, index: int, data: str, size: int, party: str) -> str:
    """What a party is given of a confidential body: it, or it sealed for bodies of the party, or nothing."""
    said = sealed.read(parse_entry(home.store(journal).entry(index, size)).body)
    if said is None:
        return f'"openings":{data}'
    whole, codes = sealed.entitled(said, journal.party, party)
    if whole:
        return f'"openings":{data}'
    theirs = Journal.objects.filter(party=party, own=False).first()
    keys = bodies.keys_of(theirs, codes) if theirs is not None and codes else {}
    if not keys:
        return ""
    return f'"sealed":"{sealed.pack(data, said, journal.origin, map(SealingPublic.parse, keys.values()))}"'


def leaves_of(store: Store, size: int) -> Leaves:
    """The tiles of leaf hashes of a stored journal of `size` entries."""
    return lambda n: store.fetch(tiles.tile_path(0, n, min(tiles.TILE, size - n * tiles.TILE)))


def seal_segment(
    recipient: SealingPublic, origin: str, entries: tuple[int, int], leaves: Leaves, lines: bytes
) -> bytes:
    """One segment: `lines`, one JSON object a line, sealed for `recipient` as the openings of these entries."""
    return _written(Segment(*entries, recipient.id, recipient.seal(lines, origin, *_bound(*entries, leaves))))


def signed_size(journal: Journal) -> int:
    """How many entries the checkpoint on file covers."""
    raw = home.store(journal).checkpoint()
    return parse_checkpoint(raw).checkpoint.size if raw else 0


def segments(data: bytes) -> list[Segment]:
    """The segments of an answer, unopened. Raises FormatError for what is none."""
    found: list[Segment] = []
    at = 0
    while at < len(data):
        newline = data.find(b"\n", at, at + _MOST_HEAD)
        if newline < 0:
            raise FormatError("The header of the openings does not end.", place=f"byte {at}")
        head = decode(data[at:newline])
        try:
            (start, end), form, key, length = head["entries"], head["form"], head["key"], head["length"]
        except (ValueError, KeyError, TypeError):
            raise FormatError("The openings have no header.", place=f"byte {at}") from None
        if not (
            form == FORM
            and isinstance(key, str)
            and all(type(number) is int for number in (start, end, length))
            and 0 <= start <= end <= start + AT_ONCE
            and OVERHEAD <= length <= len(data) - newline - 1
        ):
            raise FormatError("The header of the openings does not fit them.", place=f"byte {at}")
        at = newline + 1 + length
        found.append(Segment(start, end, key, data[newline + 1 : at]))
    return found


def open_segment(keys: Sequence[SealingKey], origin: str, segment: Segment, leaves: Leaves) -> list[Given]:
    """What a segment gives, none of it compared with its commitment yet.

    Raises PartnerError, with what to do, where it was sealed for a key that is not here, or for another context.
    """
    place = f"openings of entries {segment.start} to {segment.end - 1}"
    key = next((key for key in keys if key.public.id == segment.key), None)
    if key is None:
        raise PartnerError(
            f"The partner seals openings for {segment.key[:300]}; this node has no such key.",
            place=place,
            remedy="If the file of that key was lost, restore it from a backup, or make a new sealing key and let "
            "the partner know it. Nothing is lost: the openings come again with the next exchange.",
        )
    try:
        data = key.open(segment.sealed, origin, *_bound(segment.start, segment.end, leaves))
    except SealError as error:
        raise PartnerError(
            f"The openings do not open with {segment.key}: they were sealed for other entries, or altered on the way.",
            place=place,
            remedy="It is tried again with the next exchange; if it stays so, speak with the partner.",
        ) from error
    try:
        items: list[Any] = [orjson.loads(line) for line in data.splitlines()]
        told = [Given(item["index"], item.get("openings"), item.get("sealed")) for item in items]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PartnerError(f"The partner's openings do not parse: {error}", place=place) from error
    for item in told:
        if type(item.index) is not int or not segment.start <= item.index < segment.end:
            raise PartnerError(f"An index of {str(item.index)[:20]} was not asked for.", place=place)
    return told


def within(data: bytes, start: int, end: int) -> bytes:
    """Those segments of an answer that speak of any entry `start` ≤ index < `end`, unopened. Raises FormatError."""
    return b"".join(_written(part) for part in segments(data) if part.start < end and start < part.end)


def _written(part: Segment) -> bytes:
    head = {"entries": [part.start, part.end], "form": FORM, "key": part.key, "length": len(part.sealed)}
    return encode(head) + b"\n" + part.sealed


def _bound(start: int, end: int, leaves: Leaves) -> tuple[str, str, str]:
    hashed = hashlib.sha256()
    for n in range(start // tiles.TILE, -(-end // tiles.TILE)):
        first = n * tiles.TILE
        hashed.update(leaves(n)[32 * max(0, start - first) : 32 * (end - first)])
    return FORM, f"{start}-{end}", b64(hashed.digest())
