"""Entry kinds: a request for assistance, and each further step of either side. What they say is sealed.

In clear stand the bodies, the kind of step, times, the label, and for the clock the day of a receipt, of an oral
request, of the end of a postponement.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from comity.agreement import officials
from comity.agreement.domain.calendar import day as read_day
from comity.assistance.domain.steps import CONSENTS, DAYS, OPENS, Step
from comity.assistance.models import Fact
from comity.confidential.sealed import Sealed
from comity.journal import kinds
from comity.journal.kinds import Applied, Kind, Place, SharedTable
from comity.journal.models import Journal
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError

REQUEST, STEP = "assistance.request", "assistance.step"
CAPABILITY = "assistance"
CONTEXT = "comity/assistance/1"
SIGNERS = ("head",)

_ABOUT = re.compile(r"assistance:(?P<origin>[^\x00-\x20]{1,255})/(?P<token>[0-9a-f]{16})")
_CODE = r"^([a-z][a-z0-9-]{0,31})?$"


class Named(BaseModel):
    """An entry, by its journal and place."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    # As in `about`: what one database takes and another does not may not decide whether an entry is applied.
    origin: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x20]*$")
    index: int = Field(ge=0, le=2**53 - 1)


class _Body(BaseModel):
    """What a request and a step have in common. `by`: the body in whose name it is, empty for the office itself.

    `signature`: of the head of that body over `digest_of`; it is owed where the party has published a key of the body.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step: str
    by: str = Field(default="", pattern=_CODE)
    day: str = Field(default="", max_length=10)
    sealed: Sealed
    signature: dict[str, Annotated[str, Field(max_length=600)]] = Field(default_factory=dict, max_length=3)

    @model_validator(mode="after")
    def _fits(self) -> _Body:
        if len(self.sealed.to) != 1:
            raise ValueError("a step is sealed to the other side's body")
        if (Step(self.step) in DAYS) != bool(self.day):
            raise ValueError("a day stands where the step has one, and nowhere else")
        if self.day:
            read_day(self.day, "day")
        return self


class RequestBody(_Body):
    """`assistance.request/1`: a request, in writing or oral first."""

    step: Literal[tuple(one.value for one in sorted(OPENS))]  # type: ignore[valid-type]


class StepBody(_Body):
    """`assistance.step/1`: a further step, by either side. `about` is that of the request.

    `seen`: the last fact of the other side that the author knew; `re`: the asking for consent that is answered.
    """

    step: Literal[tuple(one.value for one in Step if one not in OPENS)]  # type: ignore[valid-type]
    seen: Named | None = None
    re: Named | None = None

    @model_validator(mode="after")
    def _answers(self) -> StepBody:
        if (self.re is not None) != (Step(self.step) in CONSENTS - {Step.CONSENT_ASKED}):
            raise ValueError("what answers an asking for consent names it, and nothing else does")
        return self


def about(origin: str, token: str) -> str:
    return f"assistance:{origin}/{token}"


def digest_of(subject: str, body: _Body) -> bytes:
    """What a head signs: SHA-256 of the canonical body without signature and defaults, with what it is about."""
    said = body.model_dump(exclude={"signature"}, exclude_defaults=True)
    return hashlib.sha256(encode({**said, "about": subject})).digest()


def digest_of_raw(kind: str, subject: str, body: Mapping[str, Any]) -> bytes:
    """The same of a body that is to become an entry. Raises ValueError for one that its kind does not allow."""
    return digest_of(subject, (RequestBody if kind == REQUEST else StepBody).model_validate(dict(body)))


def request_of(subject: str) -> tuple[str, str] | None:
    """The origin and digits of the request that an entry is about; None where it is about something else."""
    match = _ABOUT.fullmatch(subject)
    return (match["origin"], match["token"]) if match else None


def _named(entry: Applied) -> tuple[str, str]:
    found = request_of(entry.about)
    if found is None:
        raise RecordError("The entry is about no request.", place="about")
    return found


def _check_signature(place: Place, entry: Applied) -> None:
    body: _Body = entry.body
    if body.signature:
        digest = digest_of(entry.about, body)
        officials.verify(
            place.journal, body.by, CONTEXT, digest, body.signature, at=entry.at, using=place.using, roles=SIGNERS
        )
    elif officials.demanded(place.journal, body.by, at=entry.at, using=place.using):
        raise RecordError("The head of the body has not signed it.", place="signature")


def _apply_requests(place: Place, batch: Sequence[Applied]) -> None:
    facts = Fact.objects.using(place.using)
    for entry in batch:
        origin, token = _named(entry)
        if origin != place.journal.origin:
            raise RecordError("A request is named by the journal in which it stands.", place="about")
        if facts.filter(journal=place.journal, token=token, step__in=OPENS).exists():
            raise RecordError("This journal has a request of this name.", place="about")
        _check_signature(place, entry)
        facts.create(**_row(place.journal, entry))


def _apply_steps(place: Place, batch: Sequence[Applied]) -> None:
    rows: dict[tuple[str, str], Fact] = {}
    for entry in batch:
        _check_signature(place, entry)
        row = _row(place.journal, entry)
        # A head signs no place in the journal: who repeats what he signed would take the step again without him. It is
        # without effect, and no obstacle to what comes after it.
        known = Fact.objects.using(place.using).filter(journal=place.journal, token=row["token"], cm=row["cm"])
        if (row["token"], row["cm"]) in rows or known.exists():
            continue
        if (seen := entry.body.seen) is not None:
            row |= {"seen_origin": seen.origin, "seen_index": seen.index}
        if (answered := entry.body.re) is not None:
            row |= {"re_origin": answered.origin, "re_index": answered.index}
        rows[row["token"], row["cm"]] = Fact(**row)
    Fact.objects.using(place.using).bulk_create(rows.values())


def _row(journal: Journal, entry: Applied) -> dict[str, Any]:
    body: _Body = entry.body
    origin, token = _named(entry)
    return {
        "journal": journal,
        "entry": entry.index,
        "origin": origin,
        "token": token,
        "step": body.step,
        "by": body.by,
        "to": str(body.sealed.to[0]),
        "day": body.day,
        "label": body.sealed.label,
        "cm": body.sealed.cm,
        "signature": body.signature,
        "at": entry.at,
    }


_COLUMNS = ("at", "by", "cm", "day", "label", "origin", "re_index", "re_origin", "seen_index", "seen_origin")


def _rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    rows = Fact.objects.using(using).filter(journal=journal).order_by("entry")
    for row in rows.values("entry", *_COLUMNS, "signature", "step", "to", "token").iterator():
        yield f"{row['entry']:016d}", encode(dict(row))


def _clear(journal: Journal, using: str) -> None:
    Fact.objects.using(using).filter(journal=journal).delete()


def _read(shape: type[_Body]) -> Callable[[Mapping[str, Any]], _Body]:
    return lambda body: shape.model_validate(dict(body))


_KINDS = (
    Kind(REQUEST, 1, _read(RequestBody), _apply_requests, capability=CAPABILITY),
    Kind(STEP, 1, _read(StepBody), _apply_steps, capability=CAPABILITY, finishes=True),
)
_TABLES = (SharedTable("assistance.fact", _rows, _clear),)


def register() -> None:
    for kind in _KINDS:
        kinds.register(kind)
    for table in _TABLES:
        kinds.register_table(table)
