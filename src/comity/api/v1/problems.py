"""Errors of the API as problem details (RFC 9457), all of one shape."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, ConfigDict, Field

from comity.kernel.errors import (
    ComityError,
    ConflictError,
    FormatError,
    IntegrityError,
    NotFoundError,
    PolicyError,
    RecordError,
    VerificationError,
)

logger = logging.getLogger("comity.api")

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[ComityError], int], ...] = (
    (NotFoundError, 404),
    (PolicyError, 403),
    (ConflictError, 409),
    (FormatError, 400),
    (RecordError, 400),
    (VerificationError, 400),
    (IntegrityError, 500),
)


class Fault(BaseModel):
    """One fault of a request: which parameter, and what is wrong with it."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong (RFC 9457). `type` is stable; `place` says where, `remedy` what to do, each where known."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="urn:comity:problem:CODE", examples=["urn:comity:problem:not-found"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    place: str
    remedy: str
    errors: list[Fault]


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    place: str = "",
    remedy: str = "",
    errors: Sequence[Fault] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """The answer that carries a problem."""
    body = Problem(
        type=f"urn:comity:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        place=place,
        remedy=remedy,
        errors=list(errors),
    )
    return HttpResponse(body.model_dump_json(), status=status, content_type=MEDIA_TYPE, headers=headers)


def of(error: ComityError) -> HttpResponse:
    """The answer to an error that was raised on purpose."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if status == 500:
        logger.error("%s", error)
    return problem(status, error.code, error.message, place=error.place, remedy=error.remedy)


def not_found() -> HttpResponse:
    return problem(404, "not-found", "There is nothing at this address.", remedy="See /api/v1/openapi.json.")


def not_allowed(allow: str) -> HttpResponse:
    return problem(
        405, "method", "This address is not used that way.", remedy=f"Use {allow}.", headers={"Allow": allow}
    )


def too_large(limit: int) -> HttpResponse:
    return problem(413, "too-large", f"A request here carries at most {limit} bytes.")


def install(api: NinjaAPI) -> None:
    """Make every error that leaves an operation a problem."""

    def on_comity(request: HttpRequest, error: Any) -> HttpResponse:
        return of(error)

    def on_unauthenticated(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(
            401,
            "unauthenticated",
            "This needs an account.",
            remedy="Send Authorization: Bearer TOKEN, or the cookie of a session.",
            headers={"WWW-Authenticate": 'Bearer realm="comity"'},
        )

    def on_http(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(error.status_code, "http", str(error))

    def on_invalid(request: HttpRequest, error: Any) -> HttpResponse:
        faults = [
            Fault(field=".".join(str(part) for part in item["loc"][1:]), message=str(item["msg"]))
            for item in error.errors
        ]
        return problem(400, "parameters", "The request does not fit this operation.", errors=faults)

    def on_unreadable(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(400, "unreadable", "The request could not be read.")

    def on_too_big(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(413, "too-large", "The request carries more than this operation takes.")

    def on_missing(request: HttpRequest, error: Any) -> HttpResponse:
        return not_found()

    def on_failure(request: HttpRequest, error: Any) -> HttpResponse:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(
            500,
            "failure",
            "Something broke on our side; nothing was half done.",
            remedy="Try again; if it happens again, tell the operator the time.",
        )

    def on_unavailable(request: HttpRequest, error: Any) -> HttpResponse:
        logger.error("%s %s cannot be answered: %s", request.method, request.path, error)
        return problem(503, "unavailable", "This node cannot take it now.", remedy="Come again later.")

    api.add_exception_handler(Exception, on_failure)
    api.add_exception_handler(OperationalError, on_unavailable)
    api.add_exception_handler(OSError, on_unavailable)
    api.add_exception_handler(ComityError, on_comity)
    api.add_exception_handler(HttpError, on_http)
    api.add_exception_handler(AuthenticationError, on_unauthenticated)
    api.add_exception_handler(ValidationError, on_invalid)
    api.add_exception_handler(Http404, on_missing)
    for kind in (MultiPartParserError, UnreadablePostError, SuspiciousOperation, BadRequest):
        api.add_exception_handler(kind, on_unreadable)
    api.add_exception_handler(RequestDataTooBig, on_too_big)
