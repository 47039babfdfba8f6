"""Which files the entries of a journal name: rooms above say it of their own, whoever moves files asks here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from comity.journal.models import Journal


@dataclass(frozen=True, slots=True)
class Naming:
    """What one room knows: `all_of` gives the SHA-256 of each file that a journal's entries name, in order and once;
    `names` tells whether they name one.
    """

    all_of: Callable[[Journal], Iterator[str]]
    names: Callable[[Journal, str], bool]


_rooms: list[Naming] = []


def register(naming: Naming) -> None:
    if naming not in _rooms:
        _rooms.append(naming)


def all_of(journal: Journal) -> Iterator[str]:
    """The SHA-256 in hex of every file that a journal's entries name; one that two rooms name comes twice."""
    for room in _rooms:
        yield from room.all_of(journal)


def names(journal: Journal, sha256: str) -> bool:
    """Whether an entry of the journal names the file."""
    return any(room.names(journal, sha256) for room in _rooms)
