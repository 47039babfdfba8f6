"""What is new in a journal in one answer, so that a round of few facts costs one request and not six.

The answer is a line of canonical JSON, `[[path, length], …]`, and the bytes of these files, one after the other, each
as it would be served at its path. It saves requests and proves nothing: the follower verifies each file as ever, and
asks for what is not among them.
"""

from __future__ import annotations

from typing import Any

from comity.federation.openings import openings_of
from comity.federation.source import Client
from comity.journal import home
from comity.journal.models import Journal
from comity.kernel import tiles
from comity.kernel.canonical import decode, encode
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import FormatError, NotFoundError, PartnerError
from comity.kernel.sealing import SealingPublic

CHECKPOINT = "journal/checkpoint"
# Of more new entries only the checkpoint is told: they are many requests' worth anyway.
MOST_ENTRIES = 512
MOST_FILES = 64
_MOST_HEAD = 16 * 1024


def path_of(start: int) -> str:
    return f"journal/since/{start}"


def since(journal: Journal, start: int, recipient: SealingPublic, party: str) -> bytes:
    """For a follower that holds `start` entries of the own journal. NotFoundError before the first checkpoint."""
    store = home.store(journal)
    raw = store.checkpoint()
    if raw is None:
        raise NotFoundError("This journal has signed no checkpoint yet.")
    files = {CHECKPOINT: raw}
    size = parse_checkpoint(raw).checkpoint.size
    if start < size <= start + MOST_ENTRIES:
        paths = [tiles.bundle_path(n, min(tiles.TILE, size - n * tiles.TILE)) for n in _touched(start, size)]
        paths += _edge(size)
        files |= {f"journal/{path}": store.fetch(path) for path in paths}
        files[f"journal/openings/{start}-{size}"] = openings_of(journal, start, size, recipient, party)
    head = [[path, len(data)] for path, data in files.items()]
    return encode(head) + b"\n" + b"".join(files.values())


def _touched(start: int, size: int) -> range:
    return range(start // tiles.TILE, -(-size // tiles.TILE))


def _edge(size: int) -> list[str]:
    """The partial tiles of a tree: they lead to its root."""
    found = []
    level = 0
    while size:
        if width := size % tiles.TILE:
            found.append(tiles.tile_path(level, size // tiles.TILE, width))
        level, size = level + 1, size // tiles.TILE
    return found


def parse(data: bytes) -> dict[str, bytes]:
    """The files of an answer by their paths, unverified. Raises PartnerError for what is none."""
    newline = data.find(b"\n", 0, _MOST_HEAD)
    try:
        head: Any = decode(data[:newline]) if newline >= 0 else None
        files = {}
        at = newline + 1
        for path, length in head:
            if not isinstance(path, str) or type(length) is not int or not 0 <= length <= len(data) - at:
                raise FormatError("A file of the answer is not as its head says.")
            files[path] = data[at : at + length]
            at += length
        if at != len(data) or len(files) != len(head) or not 0 < len(files) <= MOST_FILES:
            raise FormatError("The answer is not as its head says.")
    except (ValueError, TypeError, FormatError) as error:
        raise PartnerError(f"What the partner says is new does not parse: {error}", place="journal/since") from error
    return files


class News:
    """A partner's journal as its server gives it, for one round: what is new comes with the checkpoint."""

    def __init__(self, client: Client, start: int) -> None:
        self.client = client
        self.start = start
        self._given: dict[str, bytes] = {}

    def get(self, path: str) -> bytes:
        if path == CHECKPOINT and self.client.tells_news:
            try:
                self._given = parse(self.client.get(path_of(self.start)))
            except NotFoundError:
                raw = self.client.get(path)  # Raises again where there is no checkpoint yet.
                self.client.tells_news = False  # An older release.
                return raw
        given = self._given.pop(path, None)
        return given if given is not None else self.client.get(path)
