"""Entry kinds of positions, laws and awareness. Each party states what is its own; what is joint is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from comity.agreement.entries import LINE, TEXT, Day, Line
from comity.confidential.sealed import Sealed
from comity.journal import kinds
from comity.journal.kinds import Applied, Kind, Place
from comity.journal.tables import Body, reader, rows_of, table
from comity.kernel.errors import RecordError
from comity.positions.domain.texts import read_content
from comity.positions.models import Activity, Approval, Item, LawChange, Position, Session, Step

SESSION, ITEM, POSITION = "positions.session", "positions.item", "positions.position"
APPROVAL, STEP = "positions.approval", "positions.step"
LAW, ACTIVITY = "laws.change", "awareness.activity"
STEPS = ("speaker", "statement", "outcome", "report")
FORMS = ("seminar", "training", "conference", "campaign", "publication", "competition", "exhibition", "other")

CODE = r"[a-z0-9][a-z0-9-]{0,39}"
NUMBER = r"[0-9A-Za-z][0-9A-Za-z.()-]{0,19}"
_AGREEMENT = r"(?P<agreement>[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)"
_FORUM = r"(?P<forum>[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)"
_ABOUT = {
    "session": rf"session:{_AGREEMENT}/{_FORUM}/(?P<code>{CODE})",
    "item": rf"item:{_AGREEMENT}/{_FORUM}/(?P<session>{CODE})/(?P<number>{NUMBER})",
    "law": rf"law:{_AGREEMENT}/(?P<code>{CODE})",
    "activity": rf"activity:{_AGREEMENT}/(?P<code>{CODE})",
}
_MOST = {"agreement": 64, "forum": 64}

Hash = Annotated[str, Field(default="", pattern=r"^([0-9a-f]{64})?$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PerhapsDay = Literal[""] | Day
Link = Annotated[str, Field(default="", max_length=500, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$")]
By = Annotated[str, Field(default="", max_length=64, pattern=r"^([a-z][a-z0-9_.-]*)?$")]
Words = Annotated[str, Field(default="", max_length=15_000, pattern=TEXT)]
Party = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


@dataclass(frozen=True, slots=True)
class ItemRef:
    """Which agenda item: of an agreement's forum, its session and number there."""

    agreement: str
    forum: str
    session: str
    number: str

    @property
    def about(self) -> str:
        return f"item:{self.agreement}/{self.forum}/{self.session}/{self.number}"


class _Stretch(Body):
    begin: Day
    end: Day

    @model_validator(mode="after")
    def _in_order(self) -> _Stretch:
        if self.end < self.begin:
            raise ValueError("It ends before it begins.")
        return self


class SessionBody(_Stretch):
    """`positions.session/1`: a session of a forum; it replaces what this party told of it before."""

    name: str = Field(min_length=1, max_length=300, pattern=LINE)
    venue: Line
    deadline: PerhapsDay = ""
    link: Link
    withdrawn: bool = False


class DocumentOut(Body):
    """A document of an agenda item: its number at the forum, its title, the SHA-256 of its bytes where known."""

    number: str = Field(min_length=1, max_length=100, pattern=LINE)
    title: Line
    sha256: Hash


class ItemBody(Body):
    """`positions.item/1`: an agenda item; it replaces what this party told of it before."""

    title: str = Field(min_length=1, max_length=500, pattern=LINE)
    documents: list[DocumentOut] = Field(default_factory=list, max_length=50)
    withdrawn: bool = False


class PositionBody(Body):
    """`positions.position/1`: a text that the party shares, sealed or, in `public`, for everybody."""

    round: int = Field(ge=1, le=999)
    by: By
    digest: Sha256
    sealed: Sealed | None = None
    public: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> PositionBody:
        if (self.sealed is None) == (self.public is None):
            raise ValueError("A position is either sealed or public.")
        return self


class ApprovalBody(Body):
    """`positions.approval/1`: the party approves what has this hash, or takes its approval back."""

    of: Literal["paragraph", "text"]
    digest: Sha256
    by: By
    withdrawn: bool = False


class StepBody(Body):
    """`positions.step/1`: who speaks (`of`), what was said, the outcome, the report. Never the name of a person."""

    step: Literal["speaker", "statement", "outcome", "report"]
    day: Day
    of: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    text: Words
    digest: Hash
    document: Hash


class LawBody(Body):
    """`laws.change/1`: a change of the party's law; it replaces what the party told of it before."""

    act: str = Field(min_length=1, max_length=300, pattern=LINE)
    number: str = Field(default="", max_length=100, pattern=LINE)
    day: Day
    edition: str = Field(default="", max_length=100, pattern=LINE)
    in_force: PerhapsDay = ""
    topic: str = Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")
    summary: Words
    link: Link
    document: Hash
    withdrawn: bool = False


class ActivityBody(_Stretch):
    """`awareness.activity/1`: an activity for public awareness; it replaces what the party told of it before."""

    title: str = Field(min_length=1, max_length=300, pattern=LINE)
    form: Literal[FORMS]  # type: ignore[valid-type]
    venue: Line
    audience: Line
    outcome: Words
    reached: int | None = Field(default=None, ge=0, le=2**53 - 1)
    partners: list[Party] = Field(default_factory=list, max_length=50)
    withdrawn: bool = False


def subject(about: str) -> dict[str, str]:
    """What an entry is about, by the names of the parts. RecordError for what is about nothing of this room."""
    scheme = about.partition(":")[0]
    match = re.fullmatch(_ABOUT[scheme], about, re.ASCII) if scheme in _ABOUT else None
    if match is None or any(len(match[name]) > most for name, most in _MOST.items() if name in match.groupdict()):
        raise RecordError("The entry is about no session, agenda item, law or activity.", place="about")
    return match.groupdict()


def _of(scheme: str) -> Any:
    def parts(entry: Applied) -> Mapping[str, str]:
        if not entry.about.startswith(f"{scheme}:"):
            raise RecordError(f"The entry is not about one of: {scheme}.", place="about")
        return subject(entry.about)

    return parts


def _apply_positions(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        body: PositionBody = entry.body
        parts = _of("item")(entry)
        known = Position.objects.using(place.using).filter(journal=place.journal, **parts)
        if known.filter(round__gte=body.round).exists():
            raise RecordError(
                f"This party has shared round {body.round}, or a later one, before.",
                place="round",
                remedy="Give the text the next number.",
            )
        if body.public is not None and read_content(body.public).digest(entry.about) != body.digest:
            raise RecordError("The hash is not that of the text.", place="digest")
        sealed = body.sealed
        Position.objects.using(place.using).create(
            journal=place.journal,
            entry=entry.index,
            at=entry.at,
            **parts,
            round=body.round,
            by=body.by,
            digest=body.digest,
            to=f" {' '.join(sorted({str(one) for one in sealed.to}))} " if sealed else "",
            label=sealed.label if sealed else {},
            cm=sealed.cm if sealed else "",
            public=body.public or {},
        )


_KINDS = (
    Kind(SESSION, 1, reader(SessionBody), rows_of(Session, _of("session")), capability="positions"),
    Kind(ITEM, 1, reader(ItemBody), rows_of(Item, _of("item")), capability="positions"),
    Kind(POSITION, 1, reader(PositionBody), _apply_positions, capability="positions"),
    Kind(APPROVAL, 1, reader(ApprovalBody), rows_of(Approval, _of("item")), capability="positions"),
    Kind(STEP, 1, reader(StepBody), rows_of(Step, _of("item")), capability="positions"),
    Kind(LAW, 1, reader(LawBody), rows_of(LawChange, _of("law")), capability="laws"),
    Kind(ACTIVITY, 1, reader(ActivityBody), rows_of(Activity, _of("activity")), capability="awareness"),
)
_HERE = {"id", "journal", "entry"}
_TABLES = tuple(
    table(name, model, sorted(field.name for field in model._meta.fields if field.name not in _HERE))
    for name, model in (
        ("positions.session", Session),
        ("positions.item", Item),
        ("positions.position", Position),
        ("positions.approval", Approval),
        ("positions.step", Step),
        ("laws.change", LawChange),
        ("awareness.activity", Activity),
    )
)


def register() -> None:
    for kind in _KINDS:
        kinds.register(kind)
    for shared in _TABLES:
        kinds.register_table(shared)
