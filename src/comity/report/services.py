"""The yearly report to take away: PDF set by typst, data as JSON and as rows of a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from comity.agreement import labels as agreement
from comity.extracts.pdf import compile_pdf
from comity.kernel import clock
from comity.kernel.errors import FormatError
from comity.registers import labels
from comity.report.selectors import Activity, Area, Figure, Report

LANGUAGES = ("en", "ru", "be")
COLUMNS = ("agreement", "year", "area", "capability", "article", "kind", "party", "entries", "facts")

# The address of the facts behind a figure, from party and kind.
Link = Callable[[str, str], str]


def links(request: HttpRequest, code: str, year: int) -> Link:
    """Whole addresses of the pages of facts, for what leaves the node."""
    base = settings.COMITY.url.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    address = base + reverse("report-facts", args=(code, year))
    return lambda party, kind: f"{address}?{urlencode({'party': party, 'kind': kind})}"


def rows(report: Report, link: Link) -> Iterator[list[str]]:
    """The figures as rows of `COLUMNS`, by party; codes, the same in every language."""
    for area, activity, figure in _figures(report):
        place = [area.area.code if area and area.area else "", activity.capability if activity else ""]
        for party, count in figure.by_party.items():
            if count:
                article = activity.article if activity else ""
                head = [report.agreement.code, str(report.year), *place, article, figure.kind]
                yield [*head, party, str(count), link(party, figure.kind)]


def data(report: Report, link: Link) -> dict[str, Any]:
    """The same as plain data, with what came of it."""
    names = [name for name in COLUMNS if name not in ("agreement", "year")]
    told = [dict(zip(COLUMNS, row, strict=True)) for row in rows(report, link)]
    figures = [{name: int(row[name]) if name == "entries" else row[name] for name in names} for row in told]
    return {
        "agreement": report.agreement.code,
        "year": report.year,
        "entries": report.total,
        "figures": figures,
        "results": asdict(report.results),
    }


def pdf(report: Report, link: Link, language: str) -> bytes:
    """The report as PDF/A in a language (en, ru, be); each figure leads to the facts behind it. FormatError."""
    if language not in LANGUAGES:
        raise FormatError("Reports are made in en, ru and be.", place="language")
    made_at = clock.now().replace(microsecond=0)
    with override(language):
        body = _body(report, link, language, made_at)
    files = {"main.typ": _template(), "data.json": json.dumps(body, ensure_ascii=False).encode()}
    return compile_pdf(files, made_at, f"{report.agreement.code} {report.year}")


def _figures(report: Report) -> Iterator[tuple[Area | None, Activity | None, Figure]]:
    for area in report.areas:
        for activity in area.activities:
            for figure in activity.figures:
                yield area, activity, figure
    for figure in report.besides:
        yield None, None, figure


def area_name(area: Area) -> str:
    """What an area is called in the active language."""
    return agreement.text(area.area.names) or area.area.code if area.area else _("In no area that the profile names")


def results(report: Report) -> list[tuple[str, int]]:
    """What came of it, in words of the active language."""
    told = report.results
    return [
        (_("Sessions of fora that began in the year"), told.sessions),
        (_("Agenda items with a text that all parties approved"), told.agreed),
        (_("Agenda items on which the positions stayed divergent"), told.divergent),
        (_("Changes of the laws, by the day of the act"), told.law_changes),
        (_("Activities for public awareness"), told.activities),
        (_("People reached by them, where counted"), told.reached),
    ]


def _body(report: Report, link: Link, language: str, made_at: datetime) -> dict[str, Any]:
    view = report.agreement
    parties = [labels.territory(party) for party in report.parties]
    party = view.profile.party(view.party)
    body = view.profile.body(party.coordinator) if party and party.coordinator else None
    return {
        "language": language,
        "title": _("Report on the year %(year)d") % {"year": report.year},
        "agreement": agreement.text(view.profile.names) or view.code,
        "author": (agreement.text(body.names) if body else "") or labels.territory(view.party),
        "state": _("%(state)s on %(day)s")
        % {
            "state": str(agreement.STATES[view.life.state(view.on).value]),
            "day": labels.day(view.on.isoformat()),
        },
        "issued": [made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second],
        "foot": _("Counted on %(instant)s from the signed journals of the parties; times are UTC.")
        % {"instant": clock.iso(made_at)},
        "fictional": _("FICTIONAL RECORD") if settings.COMITY.fictional else "",
        "page": _("Page {page} of {pages}"),
        "columns": [pgettext("report", "Facts"), *parties, _("Together")],
        "lead": _("Entries of the year under a signed checkpoint: %(count)s. Each figure leads to the facts behind it.")
        % {"count": _num(report.total)},
        "results_title": _("What came of it"),
        "results": [{"label": label, "value": _num(count)} for label, count in results(report)],
        "areas": [_area(report, area, link) for area in report.areas],
        "besides_title": _("Besides: what keeps the exchange running"),
        "besides": [_row(report, figure, link) for figure in report.besides],
        "idle": _("no entries in the year"),
    }


def _area(report: Report, area: Area, link: Link) -> dict[str, Any]:
    activities = []
    for one in area.activities:
        name = str(agreement.CAPABILITIES.get(one.capability, one.capability))
        article = _("article %(number)s") % {"number": one.article} if one.article else _("article not entered yet")
        rows = [_row(report, figure, link) for figure in one.figures]
        activities.append({"name": name[:1].upper() + name[1:], "article": article, "rows": rows})
    name = area_name(area)
    return {"name": name[:1].upper() + name[1:], "total": _num(area.total), "activities": activities}


def _row(report: Report, figure: Figure, link: Link) -> dict[str, Any]:
    name = str(labels.ENTRY_KINDS.get(figure.kind, figure.kind))
    cells = [
        {"text": _num(figure.by_party[party]), "link": link(party, figure.kind) if figure.by_party[party] else ""}
        for party in report.parties
    ]
    return {"name": name[:1].upper() + name[1:], "cells": cells, "total": _num(figure.total)}


def _num(count: int) -> str:
    return f"{count:,}".replace(",", "\u00a0")


@cache
def _template() -> bytes:
    return Path(__file__).with_name("report.typ").read_bytes()
