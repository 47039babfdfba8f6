"""Rights: search, one right on a day, its versions, its extracts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from ninja import Query, Router
from pydantic import BaseModel, Field

from comity.api.v1.auth import allowed
from comity.api.v1.problems import Fault, problem
from comity.api.v1.shapes import (
    ChangeOut,
    Class,
    Day,
    EffectOut,
    FacetOut,
    Language,
    Office,
    Order,
    ResultsOut,
    RightOut,
    RowOut,
    StateOut,
    StatusOut,
    VersionOut,
    answers,
)
from comity.extracts import services as extracts
from comity.extracts.wording import effect_sentence
from comity.kernel.bundle import MEDIA_TYPE
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.identifiers import parse_right_key
from comity.registers import selectors
from comity.registers.domain.record import Kind, Status
from comity.registers.query import MOST_PAGES
from comity.registers.query import Query as RightsQuery

router = Router(tags=["rights"])

Many: Any = Field(default_factory=list, max_length=40)


class Filters(BaseModel):
    """What to look for. Filters narrow each other; several values of one filter widen it."""

    q: str = Field("", max_length=200, description="Words of name, number and persons; ё/е and і/и/ў count alike")
    holder: str = Field("", max_length=200)
    number: str = Field("", max_length=200)
    cls: Class = ""
    kind: list[Kind] = Many
    office: list[Office] = Many
    status: list[Status] = Many
    party: list[Office] = Many
    territory: Office = Field("", description="Where the right has effect")
    filed_from: Day = ""
    filed_to: Day = ""
    registered_from: Day = ""
    registered_to: Day = ""
    order: Order = "relevance"
    page: int = Field(1, ge=1, le=MOST_PAGES)


@router.get(
    "/rights",
    operation_id="searchRights",
    summary="Search the registers",
    auth=allowed("registers.read"),
    response=answers(ResultsOut),
)
def search(request: HttpRequest, filters: Query[Filters]) -> Any:
    """A page of 25 rights with counts by facet. A parameter that is not listed here is refused, not ignored."""
    unknown = sorted(set(request.GET) - set(Filters.model_fields))
    if unknown:
        faults = [Fault(field=name[:80], message="There is no such parameter.") for name in unknown[:20]]
        return problem(400, "parameters", "The request does not fit this operation.", errors=faults)
    given = filters.model_dump()
    query = RightsQuery.read({k: v if isinstance(v, list) else [str(v)] for k, v in given.items()})
    if query.errors:
        field, value = next(iter(query.errors.items()))
        raise FormatError(f"{value!r} cannot be used.", place=field)
    found = selectors.search_rights(request.auth, query)  # type: ignore[attr-defined]
    return ResultsOut(
        rows=[RowOut.model_validate({name: getattr(row, name) for name in RowOut.model_fields}) for row in found.rows],
        total=found.total,
        capped=found.capped,
        page=found.page,
        pages=found.pages,
        facets={name: [FacetOut.model_validate(facet) for facet in facets] for name, facets in found.facets.items()},
    )


def _key(office: str, kind: str, number: str) -> str:
    """The key of the address; NotFoundError where it is not the one spelling of a key."""
    key = f"{office}/{kind}/{number}"
    try:
        parse_right_key(key)
    except FormatError as error:
        raise NotFoundError("No right has such an address.", place=key[:120]) from error
    return key


def _day(on: str) -> date | None:
    return date.fromisoformat(on) if on else None


class Place(BaseModel):
    """Whose telling of a right, as of which day, in which language."""

    party: Office = Field("", description="The party whose journal is asked; needed where several tell of it")
    on: Day = Field("", description="Status and effect as of this day; today if not given")
    language: Language = Field("en", description="The language of the sentences")


# Before the right itself: its number may hold slashes.
@router.get(
    "/rights/{office}/{kind}/{path:number}/versions",
    operation_id="listVersions",
    summary="The versions of a right",
    auth=allowed("registers.read"),
    response=answers(list[VersionOut], missing=True),
    exclude_defaults=True,
)
def versions(request: HttpRequest, office: str, kind: str, number: str, party: Office = "") -> Any:
    """The newest first, each with what it changed. Natural persons stand behind their commitments."""
    view = selectors.get(request.auth, _key(office, kind, number), party)  # type: ignore[attr-defined]
    return [
        VersionOut(
            version=item.version,
            entry=item.entry,
            recorded_at=item.recorded_at,
            changes=[ChangeOut.model_validate(change) for change in item.changes],
            record=item.record,
        )
        for item in view.versions
    ]


@router.get(
    "/rights/{office}/{kind}/{path:number}",
    operation_id="getRight",
    summary="A right on a day",
    auth=allowed("registers.read"),
    response=answers(RightOut, missing=True),
    exclude_defaults=True,
)
def right(request: HttpRequest, office: str, kind: str, number: str, place: Query[Place]) -> Any:
    """All that its owner's journal says of a right, and what follows on the day asked for.

    The number is that of the address of its page: `1008824`, or `app:2024769869` for an application.
    """
    key = _key(office, kind, number)
    view = selectors.get(request.auth, key, place.party, _day(place.on))  # type: ignore[attr-defined]
    with override(place.language):
        effects = [
            EffectOut(
                territory=effect.territory,
                has_effect=effect.has_effect,
                basis=effect.basis,
                sentence=effect_sentence(effect),
            )
            for effect in view.effects
        ]
    return RightOut(
        key=view.row.key,
        party=view.row.party,
        origin=view.origin,
        entry=view.entry,
        version=view.version,
        recorded_at=view.recorded_at,
        state=StateOut(state=view.state.state, at=view.state.at, by=list(view.state.by)),
        day=view.day,
        status=StatusOut.model_validate(view.status),
        expires=view.term.expires,
        effects=effects,
        redacted_parties=sorted(view.redacted),
        withheld_parties=sorted(view.withheld),
        also_told_by=list(view.also_told_by),
        fictional=view.fictional,
        record=view.record,
    )


def _file(made: tuple[str, bytes], media_type: str) -> HttpResponse:
    name, data = made
    return HttpResponse(
        data, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _asked(office: str, kind: str, number: str, place: Place) -> tuple[str, str, date | None, str]:
    return _key(office, kind, number), place.party, _day(place.on), place.language


@router.get(
    "/extracts/{office}/{kind}/{path:number}.pdf",
    operation_id="getExtract",
    summary="An extract as a sealed PDF",
    auth=allowed("extracts.make"),
    response=answers(bytes, missing=True, conflict=True),
    openapi_extra={"x-media-type": "application/pdf"},
)
def extract(request: HttpRequest, office: str, kind: str, number: str, place: Query[Place]) -> Any:
    """The record, its status and effect on the day asked for, and the proof inside. 409 until the entry is signed."""
    asked = _asked(office, kind, number, place)
    return _file(extracts.extract_pdf(request.auth, *asked), "application/pdf")  # type: ignore[attr-defined]


@router.get(
    "/extracts/{office}/{kind}/{path:number}.comity-proof",
    operation_id="getExtractProof",
    summary="The proof bundle of an extract",
    auth=allowed("extracts.make"),
    response=answers(bytes, missing=True, conflict=True),
    openapi_extra={"x-media-type": MEDIA_TYPE},
)
def extract_proof(request: HttpRequest, office: str, kind: str, number: str, place: Query[Place]) -> Any:
    """What the PDF carries inside, as a file (docs/protocol/proof.md). 409 until the entry is signed."""
    asked = _asked(office, kind, number, place)
    return _file(extracts.extract_bundle(request.auth, *asked), MEDIA_TYPE)  # type: ignore[attr-defined]
