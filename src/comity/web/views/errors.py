"""Error pages: what was wrong, where, and what to do next."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from comity.kernel.errors import (
    ComityError,
    ConflictError,
    FormatError,
    IntegrityError,
    NotFoundError,
    PartnerError,
    PolicyError,
    RecordError,
    VerificationError,
)
from comity.web import context

_STATUS: tuple[tuple[type[ComityError], int], ...] = (
    (NotFoundError, 404),
    (PolicyError, 403),
    (ConflictError, 409),
    (FormatError, 400),
    (RecordError, 400),
    (VerificationError, 400),
    (PartnerError, 502),
    (IntegrityError, 500),
)


def _headings() -> dict[int, tuple[str, str]]:
    return {
        400: (
            _("The request could not be read"),
            _("Go back and correct what you entered. If you followed a link, it may be cut off."),
        ),
        403: (
            _("Your account may not do this"),
            _("Ask an administrator of this node for the right, or go back to the registers."),
        ),
        404: (
            _("There is nothing at this address"),
            _("Search for the right by its number, name or holder. A right keeps its address for good."),
        ),
        405: (_("This address is not used that way"), _("Go back and use the form on the page.")),
        409: (_("The present state does not allow this"), _("Load the page again and look at what has changed.")),
        413: (
            _("The file is too large for this page"),
            _("Divide the file, or ask an operator to load it with the command line."),
        ),
        429: (_("Too many attempts"), _("Wait ten minutes and try again, or ask an administrator.")),
        500: (
            _("Something broke on our side"),
            _("Nothing that you entered was half done. Try again; if it happens again, tell the operator the time."),
        ),
        503: (
            _("This node cannot take it now"),
            _(
                "Its database is away or its disk is full. Nothing was half done: try again later, and tell"
                " the operator."
            ),
        ),
        504: (
            _("The identity provider did not answer"),
            _("Sign in with your password if you have one, or try again in some minutes."),
        ),
        502: (_("The partner's node did not answer as agreed"), _("Work at home goes on. Look at the exchange page.")),
    }


def show(request: HttpRequest, status: int, *, detail: str = "", place: str = "", remedy: str = "") -> HttpResponse:
    """The page of an error; `remedy` replaces the general advice."""
    heading, advice = _headings()[status]
    values: dict[str, Any] = {
        "status": status,
        "heading": heading,
        "detail": detail,
        "place": place,
        "remedy": remedy or advice,
    }
    try:
        body = render_to_string("error.html", values, request)
    except DatabaseError:
        # The page itself asks the database who reads it; when that is what broke, say so without asking.
        body = render_to_string("error.html", {**context.bare(), **values})
    return HttpResponse(body, status=status)


def of(request: HttpRequest, error: ComityError) -> HttpResponse:
    """The page of an error that was raised on purpose."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    return show(request, status, detail=error.message, place=error.place, remedy=error.remedy)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return too_large(request) if isinstance(exception, RequestDataTooBig) else show(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    return show(request, 429)


def failed(request: HttpRequest) -> HttpResponse:
    """503 where the database or the disk took nothing, else 500."""
    return show(request, 503 if isinstance(sys.exc_info()[1], OperationalError | OSError) else 500)


def too_large(request: HttpRequest) -> HttpResponse:
    """413. Before the session is known the page is shown as to a stranger."""
    if hasattr(request, "user"):
        return show(request, 413)
    heading, advice = _headings()[413]
    values = {"status": 413, "heading": heading, "remedy": advice}
    return HttpResponse(render_to_string("error.html", {**context.bare(), **values}), status=413)
