"""One table: every address of the pages, and what each role gets. An address that it misses fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from comity.accounts import policy
from comity.accounts.policy import ACTIONS, PUBLIC
from comity.agreement import services as agreement
from comity.agreement.toml import parse, shipped_text
from comity.evidence import files
from comity.journal.models import Journal
from comity.registers.models import Import
from comity.web.urls import urlpatterns
from tests import node

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
SIGN_IN = 302

# Name → (method, address, action, status for anonymous, viewer, examiner, operator).
TABLE: dict[str, tuple[str, str, str, int, int, int, int]] = {
    "home": ("GET", "/", "registers.read", SIGN_IN, 200, 200, 200),
    "help": ("GET", "/help", "registers.read", SIGN_IN, 200, 200, 200),
    "health": ("GET", "/healthz", "web.health", 200, 200, 200, 200),
    "ready": ("GET", "/readyz", "web.health", 503, 503, 503, 503),
    "metrics": ("GET", "/metrics", "web.metrics", 401, 403, 403, 200),
    "search": ("GET", "/search?q=нёман", "registers.read", SIGN_IN, 200, 200, 200),
    "search-csv": ("GET", "/search.csv", "registers.export", SIGN_IN, 200, 200, 200),
    "extract-pdf": ("GET", "/rights/BY/trademark/74512/extract.pdf", "extracts.make", SIGN_IN, 200, 200, 200),
    "extract-bundle": ("GET", "/rights/BY/trademark/74512/proof", "extracts.make", SIGN_IN, 200, 200, 200),
    "right": ("GET", "/rights/BY/trademark/74512", "registers.read", SIGN_IN, 200, 200, 200),
    "exchange": ("GET", "/exchange", "journal.read", SIGN_IN, 200, 200, 200),
    "entries": ("GET", "/exchange/RU/entries", "journal.read", SIGN_IN, 200, 200, 200),
    "retry": ("POST", "/exchange/RU/retry", "journal.retry", SIGN_IN, 403, 403, 302),
    "checkpoint": ("GET", "/exchange/RU/checkpoint", "journal.read", SIGN_IN, 200, 200, 200),
    "entry": ("GET", "/exchange/RU/1", "journal.read", SIGN_IN, 200, 200, 200),
    "entry-proof": ("GET", "/exchange/RU/1/proof", "journal.read", SIGN_IN, 200, 200, 200),
    "displaced": ("GET", "/displaced", "journal.displaced", SIGN_IN, 403, 200, 200),
    "displaced-drop": ("POST", "/displaced/1/delete", "journal.displaced", SIGN_IN, 403, 404, 404),
    "import": ("GET", "/import", "registers.import", SIGN_IN, 403, 403, 200),
    "import-run": ("GET", "/import/1", "registers.import", SIGN_IN, 403, 403, 200),
    "import-progress": ("GET", "/import/1/progress", "registers.import", SIGN_IN, 403, 403, 302),
    "import-retry": ("POST", "/import/1/retry", "registers.import", SIGN_IN, 403, 403, 409),
    "letters": ("GET", "/letters", "letters.read", SIGN_IN, 200, 200, 200),
    "letter-new": ("GET", "/letters/new", "letters.write", SIGN_IN, 403, 200, 403),
    "letter": ("GET", "/letters/BY/1", "letters.read", SIGN_IN, 404, 404, 404),
    "letter-attachment": ("GET", "/letters/BY/1/0", "letters.read", SIGN_IN, 404, 404, 404),
    "letter-take-back": ("POST", "/letters/1/take-back", "letters.write", SIGN_IN, 404, 404, 404),
    "agreement": ("GET", "/agreement", "agreement.read", SIGN_IN, 302, 302, 302),
    "agreement-life": ("GET", "/agreement/by-ru-2025", "agreement.read", SIGN_IN, 200, 200, 200),
    "agreement-void": ("POST", "/agreement/by-ru-2025/void/1", "agreement.write", SIGN_IN, 403, 403, 302),
    "agreement-adopt": ("POST", "/agreement/by-ru-2025/adopt", "agreement.write", SIGN_IN, 403, 403, 404),
    "agreement-bodies": ("GET", "/agreement/by-ru-2025/bodies", "agreement.read", SIGN_IN, 200, 200, 200),
    "agreement-articles": ("GET", "/agreement/by-ru-2025/articles", "agreement.read", SIGN_IN, 200, 200, 200),
    "agreement-documents": ("GET", "/agreement/by-ru-2025/documents", "agreement.read", SIGN_IN, 200, 200, 200),
    "agreement-document": ("GET", "/agreement/by-ru-2025/documents/{paper}", "agreement.read", SIGN_IN, 200, 200, 200),
    "verify": ("GET", "/verify", "extracts.verify", 200, 200, 200, 200),
    "file": ("GET", "/files/{image}", "registers.read", SIGN_IN, 200, 200, 200),
    "sign-in": ("GET", "/sign-in/", "accounts.sign-in", 200, 302, 302, 302),
    "sign-out": ("POST", "/sign-out", "accounts.sign-out", 302, 302, 302, 302),
    "language": ("POST", "/language", "web.language", 302, 302, 302, 302),
}
ROLES = ("anonymous", *policy.ROLES)


def agree() -> str:
    """Adopt the shipped agreement with one document; its hash."""
    data, profile = parse(shipped_text("by-ru-2025"))
    agreement.adopt(None, data)
    values = {"name": "agreement", "role": "agreement", "language": "ru", "title": "Соглашение", "edition": 1}
    agreement.add_paper(None, profile.code, "Соглашение".encode(), **values)
    return files.digest("Соглашение".encode())


def pages() -> Iterator[tuple[str, Any]]:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view = getattr(pattern.callback, "view_class", pattern.callback)
        yield pattern.name or str(pattern.pattern), view


def test_every_address_is_in_the_table_and_names_a_known_action() -> None:
    found = {name: getattr(view, "action", None) for name, view in pages()}
    assert found == {name: row[2] for name, row in TABLE.items()}
    assert set(found.values()) <= PUBLIC | set(ACTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(role: str, journal: Journal) -> None:
    image = files.put(PNG)
    node.tell(journal, replace(node.with_image(node.MARK, image), number="55"))
    paper = agree()
    Import.objects.create(pk=1, name="a.csv", source="a", format="csv", state=Import.State.RUNNING)
    person = None if role == "anonymous" else node.user(role, role)
    got, wanted = {}, {}
    for name, (method, address, _action, *statuses) in TABLE.items():
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person)
        answer = getattr(client, method.lower())(address.format(image=image, paper=paper))
        got[name], wanted[name] = answer.status_code, statuses[ROLES.index(role)]
        if role == "anonymous" and answer.status_code == SIGN_IN and name not in {"sign-out", "language"}:
            assert answer["Location"].startswith("/sign-in/?next=")
    assert got == wanted


def test_a_closed_account_reads_nothing(journal: Journal) -> None:
    client = Client()
    person = node.user("gone", "operator")
    client.force_login(person)
    person.is_active = False
    person.save()
    assert client.get("/search")["Location"].startswith("/sign-in/")


def test_what_changes_something_refuses_to_be_a_link(journal: Journal) -> None:
    client = Client()
    client.force_login(node.user("operator", "operator"))
    posts = [row[1] for row in TABLE.values() if row[0] == "POST"]
    assert {address: client.get(address).status_code for address in posts} == dict.fromkeys(posts, 405)
