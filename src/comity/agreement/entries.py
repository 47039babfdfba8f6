"""Entry kinds of the agreement: its profile, the steps of its life, its documents, the texts of its articles.

Each party states what is its own. What follows from the statements of all (the edition that holds, the state, the
dates) is computed when it is asked for, and stands in no table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from comity.agreement.domain.calendar import day
from comity.agreement.domain.checks import read_profile
from comity.agreement.domain.life import Step
from comity.agreement.models import Edition, OfficialKey, Paper, Passage, Statement
from comity.journal import kinds
from comity.journal.kinds import Applied, Kind, Place, SharedTable
from comity.journal.models import Journal
from comity.journal.tables import Body, reader, rows_of, table
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError
from comity.kernel.official import verifier

PROFILE, STEP, VOID = "agreement.profile", "agreement.step", "agreement.void"
PAPER, PASSAGE = "agreement.paper", "agreement.passage"
OFFICIALS = "agreement.officials"
MOST_OFFICIALS = 200
MOST_PROFILE_BYTES = 60_000

LINE = r"^[^\x00-\x1f\x7f]*$"
TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Line = Annotated[str, Field(default="", max_length=300, pattern=LINE)]
Day = Annotated[str, Field(max_length=10), AfterValidator(lambda text: day(text).isoformat())]
OpenDay = Annotated[
    str, Field(default="", max_length=10), AfterValidator(lambda text: day(text).isoformat() if text else "")
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class ProfileBody(Body):
    """`agreement.profile/1`: this party adopts this edition of the agreement's profile."""

    profile: dict[str, Any]


class StepBody(Body):
    """`agreement.step/1`: a step of the agreement's life. `of` names the party that a note goes to or came from."""

    step: Literal[tuple(step.value for step in Step)]  # type: ignore[valid-type]
    day: Day
    of: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    act: Line
    number: str = Field(default="", max_length=100, pattern=LINE)
    place: Line
    document: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class VoidBody(Body):
    """`agreement.void/1`: the statement that is entry `index` was a mistake."""

    index: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=300, pattern=LINE)


class PaperBody(Body):
    """`agreement.paper/1`: a document, by its hash. Its bytes travel as files do."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    role: Literal["agreement", "protocol", "act", "note", "other"]
    language: Language
    title: str = Field(min_length=1, max_length=300, pattern=LINE)
    edition: int = Field(ge=1, le=9999)
    sha256: Sha256
    size: int = Field(ge=1, le=2**53 - 1)
    media_type: str = Field(max_length=100, pattern=r"^[a-z]+/[a-z0-9.+-]+$")


class PassageBody(Body):
    """`agreement.passage/1`: the text of an article in one language; it replaces what this party gave before."""

    edition: int = Field(ge=1, le=9999)
    article: str = Field(min_length=1, max_length=40, pattern=LINE)
    language: Language
    text: str = Field(max_length=15_000, pattern=TEXT)


class OfficialOut(Body):
    """The key of a role in a body, empty: the office; it holds from `since` until `until`, empty: open."""

    body: str = Field(default="", max_length=64, pattern=r"^([a-z][a-z0-9]*([._-][a-z0-9]+)*)?$")
    role: str = Field(pattern=r"^[a-z]{1,16}$")
    key: Annotated[str, Field(max_length=600), AfterValidator(lambda text: str(verifier(text)))]
    since: OpenDay
    until: OpenDay


class OfficialsBody(Body):
    """`agreement.officials/1`: all role keys of the party; it replaces what an earlier one said. Never a name."""

    keys: list[OfficialOut] = Field(max_length=MOST_OFFICIALS)


def about(agreement: str) -> str:
    return f"agreement:{agreement}"


def _agreement(entry: Applied) -> str:
    scheme, _, code = entry.about.partition(":")
    if scheme != "agreement" or not code or len(code) > 64:
        raise RecordError("The entry is about no agreement.", place="about")
    return code


def _subject(entry: Applied) -> dict[str, str]:
    return {"agreement": _agreement(entry)}


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


def officials_about(origin: str) -> str:
    return f"officials:{origin}"


def _apply_officials(place: Place, batch: Sequence[Applied]) -> None:
    rows = OfficialKey.objects.using(place.using).filter(journal=place.journal, ended=None)
    for entry in batch:
        if entry.about != officials_about(place.journal.origin):
            raise RecordError("The officials of a party stand in its own journal.", place="about")
        told = {(one.body, one.role, one.key, one.since, one.until) for one in entry.body.keys}
        if len({(body, role, key) for body, role, key, *_days in told}) != len(entry.body.keys):
            raise RecordError("A key is named twice for one role.", place="keys")
        held = {(row.body, row.role, row.key, row.since, row.until): row.pk for row in rows.all()}
        rows.filter(pk__in=[pk for row, pk in held.items() if row not in told]).update(ended=entry.index)
        OfficialKey.objects.using(place.using).bulk_create(
            OfficialKey(
                journal=place.journal, entry=entry.index, body=body, role=role, key=key, since=since, until=until
            )
            for body, role, key, since, until in sorted(told - held.keys())
        )


def _official_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    columns = ("body", "ended", "entry", "key", "role", "since", "until")
    found = OfficialKey.objects.using(using).filter(journal=journal).values(*columns)
    rows = [(f"{row['entry']:016d} {row['body']} {row['role']} {row['key']}", dict(row)) for row in found]
    for name, row in sorted(rows, key=lambda pair: pair[0].encode()):
        yield name, encode(row)


def _clear_officials(journal: Journal, using: str) -> None:
    OfficialKey.objects.using(using).filter(journal=journal).delete()


def _read_profile_body(body: Mapping[str, Any]) -> ProfileBody:
    found = ProfileBody.model_validate(dict(body))
    read_profile(found.profile)
    return found


_KINDS = (
    Kind(PROFILE, 1, _read_profile_body, _apply_profiles, capability="agreement.life"),
    Kind(STEP, 1, reader(StepBody), rows_of(Statement, _subject), capability="agreement.life"),
    Kind(VOID, 1, reader(VoidBody), _apply_voids, capability="agreement.life"),
    Kind(PAPER, 1, reader(PaperBody), rows_of(Paper, _subject), capability="agreement.life"),
    Kind(PASSAGE, 1, reader(PassageBody), _apply_passages, capability="agreement.life"),
    Kind(OFFICIALS, 1, reader(OfficialsBody), _apply_officials, capability="agreement.life"),
)
_STEP_COLUMNS = ("act", "agreement", "at", "day", "document", "number", "of", "place", "reason", "step", "voided")
_TABLES = (
    table("agreement.edition", Edition, ("agreement", "at", "digest", "edition", "profile")),
    table("agreement.statement", Statement, _STEP_COLUMNS),
    table(
        "agreement.paper",
        Paper,
        ("agreement", "at", "edition", "language", "media_type", "name", "role", "sha256", "size", "title"),
    ),
    SharedTable("agreement.official", _official_rows, _clear_officials),
    table("agreement.passage", Passage, ("agreement", "article", "at", "edition", "language", "text")),
)


def register() -> None:
    for kind in _KINDS:
        kinds.register(kind)
    for shared in _TABLES:
        kinds.register_table(shared)
