"""The yearly report of the coordinating body: on a page, as PDF and data, with the facts behind each figure."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from comity.accounts import audit
from comity.accounts.policy import allow, can
from comity.agreement import selectors as agreements
from comity.journal import selectors as journals
from comity.kernel.errors import NotFoundError
from comity.report import selectors, services
from comity.web import tables

KIND_MOST = 64


@allow("report.read")
def page(request: HttpRequest) -> HttpResponse:
    """To the report on the year that runs, of the agreement that is applied; else of the first."""
    views = agreements.agreements()
    if not views:
        return render(request, "report_none.html")
    chosen = max(views, key=lambda view: view.gate("positions").open)
    return HttpResponseRedirect(reverse("report-year", args=(chosen.code, agreements.today().year)))


@allow("report.read")
def year(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The report on a year."""
    _check(year)
    made = selectors.report(code, year)
    values = {
        "report": made,
        "areas": [(services.area_name(area), area) for area in made.areas],
        "results": services.results(made),
        "years": sorted({*selectors.years(), year, agreements.today().year}, reverse=True),
        "agreements": agreements.agreements(),
        "may_export": can(request.user, "report.export"),
        "languages_of_report": services.LANGUAGES,
    }
    return render(request, "report.html", values)


@allow("report.read")
def facts(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The entries behind a figure, the newest first."""
    _check(year)
    party, kind = request.GET.get("party", "")[:2], request.GET.get("kind", "")[:KIND_MOST]
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    rows = selectors.facts(party, kind, year, request.GET.get("origin", "")[:255], number)
    older = ""
    if len(rows) == selectors.PAGE:
        origin, last = rows[-1]
        older = urlencode({"party": party, "kind": kind, "origin": origin, "before": str(last.index)})
    unseen = journals.hidden(request.user, {fact.about for _origin, fact in rows})
    shown = [(origin, fact) for origin, fact in rows if fact.about not in unseen]
    values = {"rows": shown, "party": party, "kind": kind, "year": year, "code": code, "older": older}
    return render(request, "report_facts.html", values)


@allow("report.export")
def export(request: HttpRequest, code: str, year: int, form: str) -> HttpResponseBase:
    """The report to take away: pdf, json or csv."""
    _check(year)
    made = selectors.report(code, year)
    link, name = services.links(request, code, year), f"report-{code}-{year}"
    if form not in ("pdf", "json", "csv"):
        raise NotFoundError(_("The report is made as pdf, json and csv."), place=form[:10])
    audit.note(request.user, audit.EXPORT, f"{name}.{form}")
    if form == "csv":
        return tables.as_csv(f"{name}.csv", services.COLUMNS, services.rows(made, link))
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    if form == "json":
        return JsonResponse(services.data(made, link), headers=headers)
    language = request.GET.get("language") or (get_language() or "en")[:2]
    response = HttpResponse(services.pdf(made, link, language), content_type="application/pdf", headers=headers)
    response["Content-Disposition"] = f'attachment; filename="{name}-{language}.pdf"'
    return response


def _check(year: int) -> None:
    if not selectors.FIRST_YEAR <= year <= selectors.LAST_YEAR:
        raise NotFoundError(_("There is no report on that year."), place=str(year)[:20])
