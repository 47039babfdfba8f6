"""For the machine that watches: alive, ready, measures."""

from __future__ import annotations

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from comity.accounts.policy import allow, can
from comity.accounts.services import user_of_token
from comity.jobs import alive
from comity.journal import selectors as journals
from comity.kernel.errors import ComityError
from comity.web import measures

TEXT = "text/plain; version=0.0.4; charset=utf-8"
LEAST_DISK = 64 * 1024**2


@allow("web.health")
def health(request: HttpRequest) -> HttpResponse:
    """The process answers. It says nothing of the data."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@allow("web.health")
def ready(request: HttpRequest) -> HttpResponse:
    """Whether the node can do its work: 200, or 503 with what is missing. It says nothing of the data."""
    missing: list[str] = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        journals.own()
        silent = alive.ages().get("sequencer")
        if silent is None or silent > measures.WORKER_SILENT_S:
            missing.append("worker")
        if shutil.disk_usage(settings.COMITY_HOME).free < LEAST_DISK:
            missing.append("disk")
    except DatabaseError:
        missing.append("database")
    except ComityError:
        missing.append("journal")
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


@allow("web.metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for an operator who is signed in or a program with an operator's bearer token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    actor = user_of_token(token) if scheme.lower() == "bearer" else request.user
    if not can(actor, "node.watch"):
        # No redirect: what asks is a program.
        status = 403 if getattr(actor, "is_authenticated", False) else 401
        headers = {"WWW-Authenticate": "Bearer", "Content-Type": "text/plain; charset=utf-8"}
        return HttpResponse("An operator's token is needed.\n", status=status, headers=headers)
    return HttpResponse(measures.exposition(measures.measure()), content_type=TEXT)
