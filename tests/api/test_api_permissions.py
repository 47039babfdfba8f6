"""One table: every operation of the API, and what each role gets. An operation that it misses fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comity.accounts import policy, services
from comity.agreement import services as agreement
from comity.agreement.toml import parse, shipped_text
from comity.api.v1.api import api
from comity.kernel.errors import ConflictError, NotFoundError
from tests import node
from tests.api.conftest import Caller

# Operation → (method, address, action, status for anonymous, viewer, examiner, operator).
TABLE: dict[str, tuple[str, str, str, int, int, int, int]] = {
    "searchRights": ("GET", "rights", "registers.read", 401, 200, 200, 200),
    "getRight": ("GET", "rights/BY/trademark/74512", "registers.read", 401, 200, 200, 200),
    "listVersions": ("GET", "rights/BY/trademark/74512/versions", "registers.read", 401, 200, 200, 200),
    "getExtract": ("GET", "extracts/BY/trademark/74512.pdf", "extracts.make", 401, 200, 200, 200),
    "getExtractProof": ("GET", "extracts/BY/trademark/74512.comity-proof", "extracts.make", 401, 200, 200, 200),
    "listJournals": ("GET", "journals", "journal.read", 401, 200, 200, 200),
    "listEntries": ("GET", "journals/RU/entries", "journal.read", 401, 200, 200, 200),
    "getEntry": ("GET", "journals/RU/entries/1", "journal.read", 401, 200, 200, 200),
    "getCheckpoint": ("GET", "journals/RU/checkpoint", "journal.read", 401, 200, 200, 200),
    "getProof": ("GET", "proofs/RU/1", "journal.read", 401, 200, 200, 200),
    "getProofFile": ("GET", "proofs/RU/1.tlog-proof", "journal.read", 401, 200, 200, 200),
    "getNode": ("GET", "node", "journal.read", 401, 200, 200, 200),
    "listPartners": ("GET", "partners", "federation.read", 401, 200, 200, 200),
    "listUnconfirmedRedactions": ("GET", "unconfirmed-redactions", "federation.read", 401, 200, 200, 200),
    "listAgreements": ("GET", "agreements", "agreement.read", 401, 200, 200, 200),
    "getAgreement": ("GET", "agreements/by-ru-2025", "agreement.read", 401, 200, 200, 200),
    "stateStep": ("POST", "agreements/by-ru-2025/steps", "agreement.write", 401, 403, 403, 400),
    "listLetters": ("GET", "letters", "letters.read", 401, 200, 200, 200),
    "getLetter": ("GET", "letters/BY/1", "letters.read", 401, 404, 404, 404),
    "sendLetter": ("POST", "letters", "letters.write", 401, 400, 400, 400),
    "verify": ("POST", "verify", "", 200, 200, 200, 200),
}
ROLES = ("anonymous", *policy.ROLES)


def operations() -> Iterator[tuple[str, str, set[str]]]:
    """`(operation id, method, actions that let in)` of all that the API has."""
    for _prefix, router in api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                actions = {getattr(way, "action", "?") for way in operation.auth_callbacks}
                for method in operation.methods:
                    yield operation.operation_id or operation.view_func.__name__, method, actions


def test_table_has_every_operation_with_its_policy() -> None:
    found = {name: (method, actions) for name, method, actions in operations()}
    assert found == {name: (row[0], {row[2]} if row[2] else set()) for name, row in TABLE.items()}


@pytest.mark.parametrize("role", ROLES)
def test_role_gets_what_the_table_says(call: Caller, role: str) -> None:
    agreement.adopt(None, parse(shipped_text("by-ru-2025"))[0])
    found = {}
    for name, (method, path, *_) in TABLE.items():
        data = {"file": SimpleUploadedFile("x", b"no bundle")} if method == "POST" else {}
        found[name] = call(path, role=role, method=method.lower(), data=data).status_code
    assert found == {name: row[3 + ROLES.index(role)] for name, row in TABLE.items()}


def test_role_that_the_policy_leaves_out_is_told_so(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for action in {row[2] for row in TABLE.values() if row[2]}:
        monkeypatch.setitem(policy.ACTIONS, action, frozenset({policy.OPERATOR}))
    for method, path, action, *_ in TABLE.values():
        if action:
            answer = call(path, role="examiner", method=method.lower())
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:comity:problem:forbidden"), path


def test_session_of_the_pages_lets_in_too(call: Caller) -> None:
    client = Client()
    client.force_login(node.user("person", "viewer"))
    assert client.get("/api/v1/journals").status_code == 200
    client.logout()
    assert client.get("/api/v1/journals").status_code == 401


def test_token_ends_with_its_account_or_by_itself(call: Caller) -> None:
    person = node.user("person", "viewer")
    first, second = services.make_token(person, "one"), services.make_token(person, "two")

    def works(token: str) -> bool:
        answer = Client().get("/api/v1/partners", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in {200, 401}
        return bool(answer.status_code == 200)

    assert works(first)
    services.end_token(first)
    assert not works(first)
    assert works(second)
    with pytest.raises(NotFoundError):
        services.end_token(first)
    person.is_active = False
    person.save()
    assert not works(second)
    with pytest.raises(ConflictError):
        services.make_token(person)
