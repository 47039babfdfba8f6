"""Entry kinds: which bodies a party has and for which keys one seals for them; and a confidential letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from django.db.models.functions import Collate
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from comity.confidential.models import Body, Letter, SealedBytes
from comity.confidential.sealed import Sealed
from comity.journal import kinds
from comity.journal.bulk import by_code_point
from comity.journal.entries import redacted_journal
from comity.journal.kinds import Applied, Kind, Place, SharedTable
from comity.journal.models import Journal
from comity.journal.services import entries_applied
from comity.kernel.canonical import encode
from comity.kernel.errors import RecordError
from comity.kernel.sealing import SealingPublic

BODIES = "confidential.bodies"
LETTER = "confidential.letter"
CODE = r"^[a-z][a-z0-9-]{0,31}$"


class BodyOut(BaseModel):
    """A body of the journal's owner; `key` bears the name `<origin>/sealing/<code>`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    code: str = Field(pattern=CODE)
    name: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")
    key: Annotated[str, Field(max_length=600), AfterValidator(lambda text: str(SealingPublic.parse(text)))]


class BodiesBody(BaseModel):
    """`confidential.bodies/1`: all bodies that have a key; it replaces what an earlier one said."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    bodies: list[BodyOut] = Field(max_length=100)


class LetterBody(BaseModel):
    """`confidential.letter/1`: a letter of the office, or of its body `by`. What it says is sealed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    by: str = Field(default="", pattern=r"^([a-z][a-z0-9-]{0,31})?$")
    sealed: Sealed


def key_name(origin: str, code: str) -> str:
    return f"{origin}/sealing/{code}"


def _apply_bodies(place: Place, batch: Sequence[Applied]) -> None:
    origin = place.journal.origin
    for entry in batch:
        given = {body.code: body for body in entry.body.bodies}
        if len(given) != len(entry.body.bodies):
            raise RecordError("A body is named twice.", place="bodies")
        for body in given.values():
            if SealingPublic.parse(body.key).name != key_name(origin, body.code):
                raise RecordError(f"The key of {body.code} bears another name.", place="bodies")
        _clear_bodies(place.journal, place.using)
        Body.objects.using(place.using).bulk_create(
            Body(journal=place.journal, code=body.code, name=body.name, key=body.key, entry=entry.index)
            for body in given.values()
        )


def _apply_letters(place: Place, batch: Sequence[Applied]) -> None:
    Letter.objects.using(place.using).bulk_create(
        Letter(
            journal=place.journal,
            entry=entry.index,
            about=entry.about,
            by=entry.body.by,
            to=f" {' '.join(sorted({str(recipient) for recipient in entry.body.sealed.to}))} ",
            label=entry.body.sealed.label,
            cm=entry.body.sealed.cm,
            at=entry.at,
        )
        for entry in batch
    )


def _forget_sealed(journal: Journal, kind: Kind, batch: Sequence[Applied], using: str, **_kwargs: Any) -> None:
    """What its owner took back does not stay here as sealed bytes either."""
    if kind.name == "journal.redaction":
        for entry in batch:
            taken = redacted_journal(journal, entry.body)
            SealedBytes.objects.using(using).filter(journal=taken, index=entry.body.index).delete()


def _body_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    rows = Body.objects.using(using).filter(journal=journal).order_by(Collate("code", by_code_point(using)))
    for row in rows.values("code", "entry", "key", "name"):
        yield row["code"], encode(dict(row))


def _clear_bodies(journal: Journal, using: str) -> None:
    Body.objects.using(using).filter(journal=journal).delete()


def _letter_rows(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    rows = Letter.objects.using(using).filter(journal=journal).order_by("entry")
    for row in rows.values("about", "at", "by", "cm", "entry", "label", "to").iterator():
        yield f"{row['entry']:016d}", encode(dict(row))


def _clear_letters(journal: Journal, using: str) -> None:
    Letter.objects.using(using).filter(journal=journal).delete()


def _read_bodies(body: Mapping[str, Any]) -> BodiesBody:
    return BodiesBody.model_validate(dict(body))


def _read_letter(body: Mapping[str, Any]) -> LetterBody:
    return LetterBody.model_validate(dict(body))


_KINDS = (
    Kind(BODIES, 1, _read_bodies, _apply_bodies),
    Kind(LETTER, 1, _read_letter, _apply_letters, capability="exchange.confidential"),
)
_TABLES = (
    SharedTable("confidential.body", _body_rows, _clear_bodies),
    SharedTable("confidential.letter", _letter_rows, _clear_letters),
)


def register() -> None:
    for kind in _KINDS:
        kinds.register(kind)
    for table in _TABLES:
        kinds.register_table(table)
    entries_applied.connect(_forget_sealed, dispatch_uid="confidential.forget")
