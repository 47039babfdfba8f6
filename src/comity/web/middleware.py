"""What every answer of the pages carries, and what becomes of an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from comity.accounts import factors
from comity.accounts.policy import ACTIONS, can
from comity.kernel.errors import ComityError
from comity.kernel.verify import MAX_FILE
from comity.web.views import errors

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
SMALL_BODY = 2 * 1024 * 1024

Answer = Callable[[HttpRequest], HttpResponseBase]


def largest_body(path: str) -> int:
    """How many bytes a request to this address may carry."""
    if path.startswith("/import"):
        return int(settings.COMITY.upload_mib) * 1024 * 1024 + SMALL_BODY
    if path.startswith("/verify"):
        return MAX_FILE + SMALL_BODY
    return SMALL_BODY


class HeadersMiddleware:
    """Closes the pages to everything that is not ours, and refuses bodies that no page could want."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _of_pages(request.path) and _length(request) > largest_body(request.path):
            response: HttpResponseBase = errors.too_large(request)
        else:
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # What leaves here holds personal data and belongs to one reader: no cache keeps it, unless a view says so.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class UploadsMiddleware:
    """Refuses a file that its sender may not import, before the form's token, and so the body, is looked at."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.path.startswith("/import")
            and _length(request) > SMALL_BODY
            and not can(request.user, "registers.import")
        ):
            return errors.show(request, 413)
        return self.get_response(request)


class SecondFactorMiddleware:
    """Leads who must have a second factor and has none to his account, before any page that needs a role."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if getattr(view, "action", None) in ACTIONS and factors.lacking(request):
            return HttpResponseRedirect(reverse("mfa_index"))
        return None


class ErrorsMiddleware:
    """Shows an error that a page raised on purpose: what was wrong, where, what to do."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not _of_pages(request.path):
            return None
        if isinstance(exception, ComityError):
            return errors.of(request, exception)
        if isinstance(exception, RequestDataTooBig):
            return errors.too_large(request)
        return None


def _of_pages(path: str) -> bool:
    return not path.startswith(("/api/", "/federation/", "/journal/", "/mirror/", "/witness/"))


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 2**63
