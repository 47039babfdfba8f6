"""REST API v1: reading rights, journals and proofs. OpenAPI at `/api/v1/openapi.json`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from comity.agreement.uses import capability_of
from comity.api.v1 import agreement, assistance, journal, letters, positions, problems, proofs, report, rights
from comity.kernel import bundle
from comity.kernel.verify import MAX_FILE

LARGEST_BODY = MAX_FILE + 2 * 1024 * 1024
DESCRIPTION = (
    "Rights, journals, proofs, the agreement, letters and requests of a Comity node. Every error is a problem document "
    "(RFC 9457) of the shape Problem. Request parameters that do not fit are answered with 400."
)

View = Callable[..., Any]
_FORMS: dict[str, dict[str, str]] = {
    "application/pdf": {"type": "string", "format": "binary"},
    "text/plain": {"type": "string"},
    bundle.MEDIA_TYPE: {"type": "object", "description": "See docs/protocol/proof.md."},
}


class Api(NinjaAPI):
    """The API with every answer in its declared form: problems for unknown addresses and wrong methods too."""

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        patterns, app, namespace = super().urls
        for pattern in patterns:
            # The generator's front page has nothing to show without its pages of documentation.
            front = isinstance(pattern, URLPattern) and pattern.name == "api-root"
            pattern.callback = csrf_exempt(_unknown) if front else _answered(pattern.callback)
        # What no pattern takes, newlines included, which `path` never matches.
        patterns.append(re_path(r"^[\s\S]*\Z", csrf_exempt(_unknown)))
        return patterns, app, namespace

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        uses = {name: capability_of(action) if action else "" for name, action in self.actions().items()}
        for operations in schema["paths"].values():
            for operation in operations.values():
                media_type = operation.pop("x-media-type", None)
                operation["x-capability"] = uses[operation["operationId"]]
                for status, answer in operation["responses"].items():
                    _declare(answer, int(status), media_type)
        return schema

    def actions(self) -> dict[str, str]:
        """The action that lets in to each operation, by the operation's id; empty for what is open to everybody."""
        return {
            operation.operation_id or operation.view_func.__name__: next(
                (getattr(way, "action", "") for way in operation.auth_callbacks), ""
            )
            for _prefix, router in self._routers
            for view in router.path_operations.values()
            for operation in view.operations
        }


def _declare(answer: dict[str, Any], status: int, media_type: str | None) -> None:
    """Put the true media type on an answer; the generator knows only JSON."""
    content = answer["content"]
    if status >= 400:
        answer["content"] = {problems.MEDIA_TYPE: content["application/json"]}
    elif media_type is not None:
        answer["content"] = {media_type: {"schema": _FORMS[media_type]}}


def _answered(view: View | None) -> View:
    if view is None:
        raise TypeError("an address of the API has no view")

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if _length(request) > LARGEST_BODY:
            return problems.too_large(LARGEST_BODY)
        method = request.method
        if method == "HEAD":
            # As GET; the server leaves the body away.
            request.method = "GET"
        response = view(request, *args, **kwargs)
        request.method = method
        if response.status_code == 405:
            return problems.not_allowed(", ".join(sorted({*response["Allow"].split(", ")})))
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer


def _unknown(request: HttpRequest) -> HttpResponse:
    return problems.not_found()


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() and len(text) < 19 else LARGEST_BODY + 1


api = Api(title="Comity", version="1", description=DESCRIPTION, docs_url=None, urls_namespace="api-v1")
_ROOMS = (rights, journal, agreement, letters, positions, assistance, report, proofs)
for _room in _ROOMS:
    api.add_router("", _room.router)
problems.install(api)
