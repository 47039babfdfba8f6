"""Entry kinds of the journal itself: what a journal says of itself, and what its owner takes back. Keys: `roster`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from comity.journal import roster, vault
from comity.journal.kinds import Applied, Kind, Place, SharedTable, register_table
from comity.journal.kinds import register as register_kind
from comity.journal.models import Journal, Redaction
from comity.kernel.canonical import encode
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import RecordError

# One line of text: what one database takes and another does not may not decide whether an entry is applied.
_LINE = r"^[^\x00-\x1f\x7f]*$"

OPEN = "journal.open"
_VERSION = re.compile(r"(.+)/v([2-9]|[1-9][0-9]{1,3})")
REDACTION = "journal.redaction"


class Open(BaseModel):
    """`journal.open/1`: whose journal this is and the registers of which offices it may speak of.

    The first entry of a journal; a later one replaces what it said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    origin: str = Field(min_length=1, max_length=255)
    party: str = Field(pattern=r"^[A-Z]{2}$")
    name: str = Field(min_length=1, max_length=255, pattern=_LINE)
    offices: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = Field(min_length=1, max_length=300)


class Continued(BaseModel):
    """What a journal goes on from: the last checkpoint that was signed there, and the last that somebody cosigned.

    Both are signed notes; `cosigned` is empty where nobody had cosigned any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    origin: str = Field(min_length=1, max_length=255)
    checkpoint: str = Field(min_length=1, max_length=16384)
    cosigned: str = Field(default="", max_length=32768)


class OpenAgain(Open):
    """`journal.open/2`: as version 1, of a journal that goes on from one whose log key was lost. Its first entry."""

    continues: Continued


class RedactionBody(BaseModel):
    """`journal.redaction/1`: the openings of entry `index` at `path` (all, if empty) are taken back."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    index: int = Field(ge=0)
    path: str = Field(default="", max_length=200, pattern=_LINE)
    ground: str = Field(default="", max_length=500, pattern=_LINE)


class FrozenRedactionBody(BaseModel):
    """`journal.redaction/2`: as version 1, of an entry of the frozen journal `origin` from which this one goes on."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    origin: str = Field(min_length=1, max_length=255)
    index: int = Field(ge=0)
    path: str = Field(default="", max_length=200, pattern=_LINE)
    ground: str = Field(default="", max_length=500, pattern=_LINE)


def _apply_open(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        body: Open = entry.body
        if body.origin != place.journal.origin:
            raise RecordError(
                f"The entry opens {body.origin}, but lies in the journal {place.journal.origin}.", place="origin"
            )
        journal = Journal.objects.using(place.using).get(pk=place.journal.pk)
        journal.party, journal.name, journal.offices = body.party, body.name, sorted(set(body.offices))
        journal.opened_at = journal.opened_at or entry.at
        journal.save(using=place.using, update_fields=["party", "name", "offices", "opened_at"])
        place.journal.party, place.journal.name = journal.party, journal.name
        place.journal.offices, place.journal.opened_at = journal.offices, journal.opened_at


def _apply_open_again(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        body: OpenAgain = entry.body
        if entry.index != 0:
            raise RecordError("Only the first entry of a journal says what it goes on from.", place="continues")
        if body.continues.origin != predecessor(place.journal.origin):
            raise RecordError(
                f"The journal {place.journal.origin} does not go on from {body.continues.origin}.", place="continues"
            )
        last = parse_checkpoint(body.continues.checkpoint.encode()).checkpoint
        seen = parse_checkpoint(body.continues.cosigned.encode()).checkpoint if body.continues.cosigned else last
        if {last.origin, seen.origin} != {body.continues.origin} or not 0 < seen.size <= last.size:
            raise RecordError("The checkpoints are not those of the journal that it goes on from.", place="continues")
        _apply_open(place, [entry])
        Journal.objects.using(place.using).filter(pk=place.journal.pk).update(continues=body.continues.origin)
        place.journal.continues = body.continues.origin


def _project_open(place: Place, batch: Sequence[Applied]) -> None:
    # A frozen journal may come after the one that goes on from it and has taken back what this one's openings say.
    vault.forget_taken_back(place.journal)


def successor(origin: str) -> str:
    """The origin of the journal that goes on from this one: `…/v2`, then `…/v3`."""
    base, number = _numbered(origin)
    return f"{base}/v{number + 1}"


def predecessor(origin: str) -> str:
    """The origin that a journal of this origin goes on from; empty for a first one."""
    base, number = _numbered(origin)
    return "" if number == 1 else base if number == 2 else f"{base}/v{number - 1}"


def predecessors(origin: str) -> list[str]:
    """The origins from which a journal of this origin goes on, the newest first."""
    found = []
    while origin := predecessor(origin):
        found.append(origin)
    return found


def generation(origin: str) -> int:
    """How many journals one of this origin goes on from; quick also for an origin that somebody has made up."""
    found, (base, number) = 0, _numbered(origin)
    while number > 1:
        found += number - 1
        base, number = _numbered(base)
    return found


def _numbered(origin: str) -> tuple[str, int]:
    match = _VERSION.fullmatch(origin)
    return (match[1], int(match[2])) if match else (origin, 1)


def _apply_redaction(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        if entry.body.index >= entry.index:
            raise RecordError(
                f"A redaction takes back what an earlier entry said; {entry.body.index} is not before {entry.index}.",
                place="index",
            )
    Redaction.objects.using(place.using).bulk_create(
        Redaction(
            journal=place.journal,
            entry=entry.index,
            about=entry.about,
            index=entry.body.index,
            path=entry.body.path,
            at=entry.at,
            ground=entry.body.ground,
        )
        for entry in batch
    )


def _project_redaction(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        vault.remove(place.journal, entry.body.index, entry.body.path)


def _apply_frozen_redaction(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        if not place.journal.continues or entry.body.origin not in predecessors(place.journal.origin):
            raise RecordError(
                f"The journal {place.journal.origin} does not go on from {entry.body.origin}.", place="origin"
            )
    Redaction.objects.using(place.using).bulk_create(
        Redaction(
            journal=place.journal,
            entry=entry.index,
            about=entry.about,
            origin=entry.body.origin,
            index=entry.body.index,
            path=entry.body.path,
            at=entry.at,
            ground=entry.body.ground,
        )
        for entry in batch
    )


def _project_frozen_redaction(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        old = redacted_journal(place.journal, entry.body)
        if old is not None:
            vault.remove(old, entry.body.index, entry.body.path)


def redacted_journal(journal: Journal, body: RedactionBody | FrozenRedactionBody) -> Journal | None:
    """The journal whose entry a redaction in `journal` takes back; None where it is not held here.

    A frozen journal must be of the same party: who holds none of its owner's keys takes nothing back there.
    """
    if isinstance(body, RedactionBody):
        return journal
    return Journal.objects.filter(origin=body.origin, party=journal.party).exclude(pk=journal.pk).first()


def _journal_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    row = Journal.objects.using(using).get(pk=journal.pk)
    if row.opened_at:
        body = {"name": row.name, "offices": row.offices, "opened_at": row.opened_at, "party": row.party}
        if row.continues:
            body["continues"] = row.continues
        yield row.origin, encode(body)


def _clear_journal(journal: Journal, using: str) -> None:
    Journal.objects.using(using).filter(pk=journal.pk).update(party="", name="", offices=[], opened_at="", continues="")


def _redaction_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    rows = Redaction.objects.using(using).filter(journal=journal).order_by("entry")
    fields = ("about", "at", "entry", "ground", "index", "origin", "path")
    for row in rows.values(*fields).iterator():
        yield f"{row['entry']:016d}", encode({name: row[name] for name in fields if name != "origin" or row[name]})


def _clear_redactions(journal: Journal, using: str) -> None:
    Redaction.objects.using(using).filter(journal=journal).delete()


def _read_open(body: Mapping[str, Any]) -> Open:
    return Open.model_validate(dict(body))


def _read_open_again(body: Mapping[str, Any]) -> OpenAgain:
    return OpenAgain.model_validate(dict(body))


def _read_redaction(body: Mapping[str, Any]) -> RedactionBody:
    return RedactionBody.model_validate(dict(body))


def _read_frozen_redaction(body: Mapping[str, Any]) -> FrozenRedactionBody:
    return FrozenRedactionBody.model_validate(dict(body))


_OPEN = Kind(OPEN, 1, _read_open, _apply_open, _project_open)
_OPEN_AGAIN = Kind(OPEN, 2, _read_open_again, _apply_open_again, _project_open)
# A deletion never waits: openings are taken out whether or not the entry that they belong to could be applied here.
_REDACTION = Kind(REDACTION, 1, _read_redaction, _apply_redaction, _project_redaction, independent=True)
_FROZEN_REDACTION = Kind(
    REDACTION, 2, _read_frozen_redaction, _apply_frozen_redaction, _project_frozen_redaction, independent=True
)
_JOURNALS = SharedTable("journal.journal", _journal_rows, _clear_journal)
_REDACTIONS = SharedTable("journal.redaction", _redaction_rows, _clear_redactions)


def register() -> None:
    for kind in (_OPEN, _OPEN_AGAIN, _REDACTION, _FROZEN_REDACTION, roster.KIND):
        register_kind(kind)
    for table in (_JOURNALS, _REDACTIONS, roster.TABLE):
        register_table(table)
