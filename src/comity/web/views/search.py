"""Search over the rights of all journals: a page, and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts import audit
from comity.accounts.policy import allow
from comity.registers import labels, selectors
from comity.registers.query import Query
from comity.web import tables

Lists = dict[str, list[str]]

# Facets in the order of the page: name in the results, attribute of the query, parameter.
FACETS = (
    ("party", "parties", "party"),
    ("kind", "kinds", "kind"),
    ("status", "statuses", "status"),
    ("office", "offices", "office"),
    ("territory", "territory", "territory"),
)
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: its label, its count, the address with it put in or taken out."""

    value: str
    label: str
    count: int
    selected: bool
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    param: str
    heading: str
    first: list[Choice]
    more: list[Choice]


def _label(facet: str, value: str) -> str:
    match facet:
        case "kind":
            text = labels.kind(value)
        case "status":
            text = labels.status(value)
        case "office":
            text = labels.office(value)
        case _:
            text = labels.territory(value)
    return (text[:1].upper() + text[1:]) or _("not stated")


def _heading(facet: str) -> str:
    return {
        "party": _("Party"),
        "kind": _("Kind"),
        "status": _("Status"),
        "office": _("Office"),
        "territory": _("May have effect in"),
    }[facet]


def _groups(query: Query, results: selectors.Results) -> list[Group]:
    groups = []
    for name, attribute, param in FACETS:
        choices = [
            Choice(
                facet.value,
                _label(name, facet.value),
                facet.count,
                facet.selected,
                query.toggled(attribute, facet.value),
            )
            for facet in results.facets.get(name, [])
        ]
        if len(choices) < 2 and name in {"party", "office"} and not any(choice.selected for choice in choices):
            continue
        cut = max(SHOWN, 1 + max((i for i, choice in enumerate(choices) if choice.selected), default=0))
        groups.append(Group(name, param, _heading(name), choices[:cut], choices[cut:]))
    return groups


def _chips(query: Query) -> list[tuple[str, str]]:
    """What narrows the search beside the facets' own boxes: a label and the address without it."""
    chips = []
    for name, label in (
        ("q", _("words: %(value)s")),
        ("number", _("number: %(value)s")),
        ("holder", _("holder: %(value)s")),
        ("cls", _("class: %(value)s")),
        ("filed_from", _("filed from %(value)s")),
        ("filed_to", _("filed until %(value)s")),
        ("registered_from", _("registered from %(value)s")),
        ("registered_to", _("registered until %(value)s")),
    ):
        if value := getattr(query, name):
            shown = labels.day(value) if name.endswith(("_from", "_to")) else value
            chips.append((label % {"value": shown}, query.params(**{name: ""})))
    for name, attribute, _param in FACETS:
        chosen = getattr(query, attribute)
        values = (chosen,) if isinstance(chosen, str) and chosen else chosen
        chips += [(_label(name, value), query.toggled(attribute, value)) for value in values]
    return chips


def _read(request: HttpRequest) -> Query:
    params = dict(request.GET.lists())
    # The form asks for a class in two fields; the address holds it in one. An empty choice is no choice.
    scheme, code = (params.pop(name, [""])[-1].strip() for name in ("scheme", "code"))
    if code:
        params["cls"] = [code if ":" in code else f"{scheme or 'nice'}:{code}"]
    if not any(params.get("territory", [])):
        params.pop("territory", None)
    return Query.read(params)


@allow("registers.read")
def page(request: HttpRequest) -> HttpResponse:
    """The whole page, or its results alone where htmx asks for them."""
    query = _read(request)
    results = selectors.search_rights(request.user, query)
    scheme, _colon, code = query.cls.partition(":")
    values: dict[str, Any] = {
        "query": query,
        "results": results,
        "groups": _groups(query, results),
        "chips": _chips(query),
        "scheme": scheme or "nice",
        "code": code,
        "schemes": [(key, labels.scheme(key)) for key in ("nice", "locarno", "ipc", "cpc", "vienna", "uspc", "work")],
        "orders": [
            ("relevance", _("best match")),
            ("recent", _("newest in the journal")),
            ("number", _("kind, office and number")),
        ],
        "here": query.params(),
        "before": query.params(page=query.page - 1) if query.page > 1 else "",
        "after": query.params(page=query.page + 1) if query.page < results.pages else "",
    }
    part = getattr(request, "htmx", False) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(request, "_search.html" if part else "search.html", values)
    response["Vary"] = "HX-Request"
    if part:
        # The address keeps what narrows the search, and not the form's empty fields.
        response["HX-Push-Url"] = f"{reverse('search')}?{values['here']}".rstrip("?")
    return response


COLUMNS = (
    "party",
    "office",
    "kind",
    "stage",
    "number",
    "name",
    "status",
    "application_number",
    "filing_date",
    "registration_date",
    "expiry_date",
    "holders",
    "classes",
)


def _cells(request: HttpRequest, query: Query) -> Iterator[list[str]]:
    for party, record in selectors.csv_records(request.user, query):
        cells = {
            "party": party,
            "name": " · ".join(dict.fromkeys(title.text for title in record.titles)),
            "holders": "; ".join(selectors.holders(record)),
            "classes": "; ".join(f"{item.scheme}:{item.code}" for item in record.classes),
        }
        yield [str(cells.get(name) or getattr(record, name, "")) for name in COLUMNS]


@allow("registers.export")
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every match of the search, at most 10,000, as CSV in UTF-8; the columns keep their names in every language."""
    audit.note(
        request.user, audit.EXPORT, "rights.csv", filters=" ".join(sorted(k for k, v in request.GET.items() if v))
    )
    return tables.as_csv("rights.csv", COLUMNS, _cells(request, _read(request)))
