"""What a stranger, a viewer and a cache may not get out of the pages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from comity.journal.models import Journal
from comity.web.middleware import UploadsMiddleware
from tests import node

PATHS = (
    *("/", "/nope", "/sign-in/", "/verify", "/healthz", "/search", "/search.csv", "/exchange", "/exchange/BY/0/proof"),
    *("/exchange/BY/checkpoint", "/import", "/rights/BY/trademark/74512/proof", "/files/" + "0" * 64, "/files/x"),
    *("/api/v1/rights", "/api/v1/nope", "/api/v1/openapi.json", "/journal/checkpoint", "/federation/v1/inbox"),
    *("/static/comity/comity.css", "/static/nope"),
)


def client_of(role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role != "anonymous":
        client.force_login(node.user(role, role))
    return client


@pytest.mark.parametrize("role", ["anonymous", "viewer", "operator"])
def test_every_answer_is_closed_to_foreign_code_and_to_shared_caches(journal: Journal, role: str) -> None:
    client = client_of(role)
    for path in PATHS:
        answer = client.get(path)
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        kept = answer.headers["Cache-Control"]
        if not path.startswith("/static/comity/"):
            assert "no-store" in kept or "no-cache" in kept or "private" in kept, (path, kept)
            assert "public" not in kept, (path, kept)


@pytest.mark.parametrize("name", ["anna", " anna", "anna\t", "ANNA", "ａｎｎａ"])
def test_spelling_the_account_otherwise_opens_no_second_round_of_passwords(journal: Journal, name: str) -> None:
    cache.clear()
    for i in range(10):
        Client(REMOTE_ADDR=f"192.0.2.{i}").post("/sign-in/", {"username": "anna", "password": "no"})
    answer = Client(REMOTE_ADDR="192.0.2.99").post("/sign-in/", {"username": name, "password": "no"})
    cache.clear()
    assert answer.status_code == 429


def test_flood_of_invented_names_does_not_open_the_door_again(journal: Journal) -> None:
    cache.clear()
    for i in range(10):
        Client(REMOTE_ADDR=f"192.0.2.{i}").post("/sign-in/", {"username": "anna", "password": "no"})
    for i in range(1000):
        cache.add(f"sign-in:account:{i}", 1, 600)
    answer = Client(REMOTE_ADDR="192.0.2.99").post("/sign-in/", {"username": "anna", "password": "no"})
    cache.clear()
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("role", "status"), [("anonymous", 413), ("viewer", 413), ("examiner", 413), ("operator", 200)]
)
@pytest.mark.parametrize("path", ["/import", "/import/1/retry"])
def test_file_of_who_may_not_import_is_refused_before_its_body_is_read(
    journal: Journal, role: str, status: int, path: str
) -> None:
    request: Any = RequestFactory().post(path)
    request.META["CONTENT_LENGTH"] = str(400 * 1024 * 1024)
    request.user = client_of(role).get("/help").wsgi_request.user
    assert UploadsMiddleware(lambda request: HttpResponse())(request).status_code == status
    assert not hasattr(request, "_post")


def test_length_that_is_no_number_is_taken_for_too_long(journal: Journal) -> None:
    for length in ("²", "9" * 5000, "-1"):
        assert Client(raise_request_exception=False).post("/verify", CONTENT_LENGTH=length).status_code in (400, 413)


def test_forms_work_where_https_stands_in_front(tmp_path: Path) -> None:
    code = (
        "import json,comity.node.settings as s;"
        "print(json.dumps([s.CSRF_TRUSTED_ORIGINS,s.SECURE_PROXY_SSL_HEADER,s.SESSION_COOKIE_SECURE,s.ALLOWED_HOSTS]))"
    )
    environment = {
        "PATH": "",
        "PYTHONPATH": ":".join(sys.path),
        "COMITY_HOME": str(tmp_path),
        "COMITY_SECURE": "true",
        "COMITY_ALLOWED_HOSTS": '["node.example", ".office.example"]',
    }
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    origins, header, secure, hosts = json.loads(said.stdout)
    assert origins == ["https://node.example", "https://*.office.example"]
    assert (header, secure) == (["HTTP_X_FORWARDED_PROTO", "https"], True)
    assert "testserver" not in hosts
