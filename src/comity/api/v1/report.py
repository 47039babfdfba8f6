"""The yearly report as data."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router
from pydantic import Field

from comity.api.v1.agreement import Code
from comity.api.v1.auth import allowed
from comity.api.v1.shapes import Shape, answers
from comity.report import selectors, services

router = Router(tags=["report"])

Year = Annotated[int, Field(ge=selectors.FIRST_YEAR, le=selectors.LAST_YEAR)]


class FigureOut(Shape):
    """How many entries of a kind a party made; `area` and `capability` empty: what keeps the exchange running."""

    area: str
    capability: str
    article: str
    kind: str
    party: str
    entries: int
    facts: str


class OutcomeOut(Shape):
    sessions: int
    agreed: int
    divergent: int
    law_changes: int
    activities: int
    reached: int


class YearlyReportOut(Shape):
    agreement: str
    year: int
    entries: int
    figures: list[FigureOut]
    results: OutcomeOut


@router.get(
    "/agreements/{code}/report/{year}",
    operation_id="getReport",
    summary="The report on a year",
    auth=allowed("report.export"),
    response=answers(YearlyReportOut, missing=True),
)
def get_report(request: HttpRequest, code: Path[Code], year: Path[Year]) -> Any:
    """Entries by area, article, kind and party, each with the address of the page of its facts."""
    return services.data(selectors.report(code, year), services.links(request, code, year))
