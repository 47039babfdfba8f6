"""The audit trail, for auditors: who did what, by person, event and day; and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from comity.accounts import audit
from comity.accounts.policy import allow
from comity.kernel import clock
from comity.web.forms import AuditForm
from comity.web.tables import as_csv

COLUMNS = ("number", "time", "person", "event", "about", "details")


def _query(request: HttpRequest) -> tuple[AuditForm, audit.Query]:
    form = AuditForm(request.GET, people=audit.people())
    if not form.is_valid():
        return form, audit.Query()
    data = form.cleaned_data
    first, last, zone = data["first"], data["last"], timezone.get_current_timezone()
    return form, audit.Query(
        data["person"],
        data["event"],
        datetime.combine(first, time(), zone) if first else None,
        datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
    )


@allow("audit.read")
def page(request: HttpRequest) -> HttpResponse:
    """The newest events; `?before=` leads to older ones."""
    form, query = _query(request)
    number = request.GET.get("before", "")
    before = int(number) if number.isascii() and number.isdecimal() and len(number) < 16 else 0
    rows = audit.events(query, before=before) if form.is_valid() else []
    kept = request.GET.copy()
    kept.pop("before", None)
    older = kept.copy()
    older["before"] = str(rows[-1].number) if len(rows) == audit.PAGE else ""
    values = {
        "form": form,
        "rows": rows,
        "here": kept.urlencode(),
        "older": older.urlencode() if older["before"] else "",
    }
    response = render(request, "audit.html", values, status=200 if form.is_valid() else 400)
    response["Cache-Control"] = "private, no-store"
    return response


@allow("audit.read")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What the page's filter matches, at most 100,000 events, newest first; itself an event of the trail."""
    form, query = _query(request)
    audit.note(
        request.user, audit.EXPORT, "audit.csv", filters=" ".join(sorted(k for k, v in request.GET.items() if v))
    )
    return as_csv("audit.csv", COLUMNS, _cells(query) if form.is_valid() else ())


def _cells(query: audit.Query) -> Iterator[tuple[str, ...]]:
    for row in audit.export(query):
        details = "; ".join(f"{name}: {value}" for name, value in row.details.items())
        yield str(row.number), clock.iso(row.at), row.person, row.event, row.about, details
