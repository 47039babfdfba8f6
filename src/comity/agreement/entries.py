"""Entry kinds of the agreement: its profile, the steps of its life, its documents, the texts of its articles.

Each party states what is its own. What follows from the statements of all (the edition that holds, the state, the
dates) is computed when it is asked for, and stands in no table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from django.db.models import Model
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from comity.agreement.domain.calendar import day
from comity.agreement.domain.checks import read_profile
from comity.agreement.domain.life import Step
from comity.agreement.models import Edition, Paper, Passage, Statement
from comity.journal import kinds
from comity.journal.kinds import Applied, Handler, Kind, Place, SharedTable
from comity.journal.models import Journal
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError

PROFILE, STEP, VOID = "agreement.profile", "agreement.step", "agreement.void"
PAPER, PASSAGE = "agreement.paper", "agreement.passage"
MOST_PROFILE_BYTES = 60_000

_LINE = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Line = Annotated[str, Field(default="", max_length=300, pattern=_LINE)]
Day = Annotated[str, Field(max_length=10), AfterValidator(lambda text: day(text).isoformat())]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProfileBody(_Body):
    """`agreement.profile/1`: this party adopts this edition of the agreement's profile."""

    profile: dict[str, Any]


class StepBody(_Body):
    """`agreement.step/1`: a step of the agreement's life. `of` names the party that a note goes to or came from."""

    step: Literal[tuple(step.value for step in Step)]  # type: ignore[valid-type]
    day: Day
    of: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    act: Line
    number: str = Field(default="", max_length=100, pattern=_LINE)
    place: Line
    document: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class VoidBody(_Body):
    """`agreement.void/1`: the statement that is entry `index` was a mistake."""

    index: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=300, pattern=_LINE)


class PaperBody(_Body):
    """`agreement.paper/1`: a document, by its hash. Its bytes travel as files do."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    role: Literal["agreement", "protocol", "act", "note", "other"]
    language: Language
    title: str = Field(min_length=1, max_length=300, pattern=_LINE)
    edition: int = Field(ge=1, le=9999)
    sha256: Sha256
    size: int = Field(ge=1, le=2**53 - 1)
    media_type: str = Field(max_length=100, pattern=r"^[a-z]+/[a-z0-9.+-]+$")


class PassageBody(_Body):
    """`agreement.passage/1`: the text of an article in one language; it replaces what this party gave before."""

    edition: int = Field(ge=1, le=9999)
    article: str = Field(min_length=1, max_length=40, pattern=_LINE)
    language: Language
    text: str = Field(max_length=15_000, pattern=_TEXT)


def about(agreement: str) -> str:
    return f"agreement:{agreement}"


def _agreement(entry: Applied) -> str:
    scheme, _, code = entry.about.partition(":")
    if scheme != "agreement" or not code or len(code) > 64:
        raise RecordError("The entry is about no agreement.", place="about")
    return code


def _apply_profiles(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        raw = entry.body.profile
        profile = read_profile(raw)
        data = encode(raw)
        if len(data) > MOST_PROFILE_BYTES:
            raise RecordError(f"The profile is longer than {MOST_PROFILE_BYTES} bytes.", place="profile")
        if profile.code != _agreement(entry):
            raise RecordError(f"The profile is of {profile.code}.", place="about")
        if profile.party(place.journal.party) is None:
            raise RecordError(f"{place.journal.party} is no party to {profile.code}.", place="profile.parties")
        rows = Edition.objects.using(place.using).filter(journal=place.journal, agreement=profile.code)
        if rows.filter(edition__gte=profile.edition).exists():
            raise RecordError(
                f"This party has adopted edition {profile.edition}, or a later one, before.",
                place="profile.edition",
                remedy="Give a changed profile the next number.",
            )
        Edition.objects.using(place.using).create(
            journal=place.journal,
            entry=entry.index,
            agreement=profile.code,
            edition=profile.edition,
            digest=hashlib.sha256(data).hexdigest(),
            profile=data.decode(),
            at=entry.at,
        )


def _rows_of(model: type[Model]) -> Handler:
    """The handler of a kind whose entries are each a row with the fields of its body."""

    def apply(place: Place, batch: Sequence[Applied]) -> None:
        model._default_manager.using(place.using).bulk_create(
            model(
                journal=place.journal,
                entry=entry.index,
                agreement=_agreement(entry),
                at=entry.at,
                **entry.body.model_dump(),
            )
            for entry in batch
        )

    return apply


def _apply_voids(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        rows = Statement.objects.using(place.using).filter(
            journal=place.journal, agreement=_agreement(entry), entry=entry.body.index, voided=None
        )
        if not rows.update(voided=entry.index, reason=entry.body.reason):
            raise RecordError("There is no such statement of this party, or it was taken back before.", place="index")


def _apply_passages(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        body: PassageBody = entry.body
        Passage.objects.using(place.using).update_or_create(
            journal=place.journal,
            agreement=_agreement(entry),
            edition=body.edition,
            article=body.article,
            language=body.language,
            defaults={"entry": entry.index, "text": body.text, "at": entry.at},
        )


def _read(shape: type[_Body]) -> Callable[[Mapping[str, Any]], _Body]:
    return lambda body: shape.model_validate(dict(body))


def _read_profile_body(body: Mapping[str, Any]) -> ProfileBody:
    found = ProfileBody.model_validate(dict(body))
    read_profile(found.profile)
    return found


def _table(name: str, model: type[Model], columns: Sequence[str]) -> SharedTable:
    manager = model._default_manager

    def rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
        found = manager.using(using).filter(journal=journal).order_by("entry")
        for row in found.values("entry", *columns).iterator():
            yield f"{row['entry']:016d}", encode(dict(row))

    def clear(journal: Journal, using: str) -> None:
        manager.using(using).filter(journal=journal).delete()

    return SharedTable(name, rows, clear)


_KINDS = (
    Kind(PROFILE, 1, _read_profile_body, _apply_profiles, capability="agreement.life"),
    Kind(STEP, 1, _read(StepBody), _rows_of(Statement), capability="agreement.life"),
    Kind(VOID, 1, _read(VoidBody), _apply_voids, capability="agreement.life"),
    Kind(PAPER, 1, _read(PaperBody), _rows_of(Paper), capability="agreement.life"),
    Kind(PASSAGE, 1, _read(PassageBody), _apply_passages, capability="agreement.life"),
)
_STEP_COLUMNS = ("act", "agreement", "at", "day", "document", "number", "of", "place", "reason", "step", "voided")
_TABLES = (
    _table("agreement.edition", Edition, ("agreement", "at", "digest", "edition", "profile")),
    _table("agreement.statement", Statement, _STEP_COLUMNS),
    _table(
        "agreement.paper",
        Paper,
        ("agreement", "at", "edition", "language", "media_type", "name", "role", "sha256", "size", "title"),
    ),
    _table("agreement.passage", Passage, ("agreement", "article", "at", "edition", "language", "text")),
)


def register() -> None:
    for kind in _KINDS:
        kinds.register(kind)
    for table in _TABLES:
        kinds.register_table(table)
