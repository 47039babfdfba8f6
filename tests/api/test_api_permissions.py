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
from tests.api.matrix import COLUMNS, EVERYBODY, Row, compare, row, said

OWN, THEIRS = "BY/trademark/74512", "RU/trademark/1008824"

# Operation → the row; its letters: viewer, clerk, examiner, eNforcement, head, Koordinator, auditor, operator.
TABLE: dict[str, Row] = {
    "searchRights": row("GET", "rights", "registers.read", "VCENHKAO"),
    "getRight": row("GET", (f"rights/{OWN}", f"rights/{THEIRS}"), "registers.read", "VCENHKAO"),
    "listVersions": row("GET", (f"rights/{OWN}/versions", f"rights/{THEIRS}/versions"), "registers.read", "VCENHKAO"),
    "getExtract": row("GET", (f"extracts/{OWN}.pdf", f"extracts/{THEIRS}.pdf"), "extracts.make", "VCENHK.O"),
    "getExtractProof": row(
        "GET", (f"extracts/{OWN}.comity-proof", f"extracts/{THEIRS}.comity-proof"), "extracts.make", "VCENHK.O"
    ),
    "listJournals": row("GET", "journals", "journal.read", "VCENHKAO"),
    "listEntries": row("GET", ("journals/BY/entries", "journals/RU/entries"), "journal.read", "VCENHKAO"),
    "getEntry": row("GET", ("journals/BY/entries/1", "journals/RU/entries/1"), "journal.read", "VCENHKAO"),
    "getCheckpoint": row("GET", ("journals/BY/checkpoint", "journals/RU/checkpoint"), "journal.read", "VCENHKAO"),
    "getProof": row("GET", ("proofs/BY/1", "proofs/RU/1"), "journal.read", "VCENHKAO"),
    "getProofFile": row("GET", ("proofs/BY/1.tlog-proof", "proofs/RU/1.tlog-proof"), "journal.read", "VCENHKAO"),
    "getNode": row("GET", "node", "journal.read", "VCENHKAO"),
    "listPartners": row("GET", "partners", "federation.read", "VCENHKAO"),
    "listUnconfirmedRedactions": row("GET", "unconfirmed-redactions", "federation.read", "VCENHKAO"),
    "listAgreements": row("GET", "agreements", "agreement.read", "VCENHKAO"),
    "getAgreement": row("GET", "agreements/by-ru-2025", "agreement.read", "VCENHKAO"),
    "stateStep": row("POST", "agreements/by-ru-2025/steps", "agreement.write", ".....K..", 400),
    # Which letters are read by whom: test_sealed_matter.py.
    "listLetters": row("GET", "letters", "letters.read", "VCENHK.."),
    "getLetter": row("GET", "letters/BY/999", "letters.read", "VCENHK..", 404),
    "sendLetter": row("POST", "letters", "letters.write", ".CE.H...", 400),
    # Positions that are there: test_positions_pages.py.
    "listSessions": row("GET", "sessions", "positions.read", ".CE.HK.."),
    "getSession": row("GET", "sessions/by-ru-2025/eaeu-committee/1", "positions.read", ".CE.HK..", 404),
    "getAgendaItem": row("GET", "sessions/by-ru-2025/eaeu-committee/1/2", "positions.read", ".CE.HK..", 404),
    "listLawChanges": row("GET", "agreements/by-ru-2025/laws", "laws.read", "VCENHKAO"),
    "listActivities": row("GET", "agreements/by-ru-2025/activities", "awareness.read", "VCENHKAO"),
    "listRequests": row("GET", "assistance", "assistance.read", "VCENH..."),
    "getRequest": row("GET", "assistance/BY/00112233445566ff", "assistance.read", "VCENH...", 404),
    "getReport": row("GET", "agreements/by-ru-2025/report/2026", "report.export", "VCENHK.O"),
    "verify": row("POST", "verify", "", EVERYBODY),
}


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
    assert found == {name: (line.method, {line.action} if line.action else set()) for name, line in TABLE.items()}
    assert said(TABLE) == {name: line.who for name, line in TABLE.items() if line.action}


def test_role_gets_what_the_table_says(call: Caller) -> None:
    agreement.adopt(None, parse(shipped_text("by-ru-2025"))[0])

    def ask(letter: str, method: str, path: str) -> int:
        data = {"file": SimpleUploadedFile("x", b"no bundle")} if method == "POST" else {}
        return int(call(path, role=letter, method=method.lower(), data=data).status_code)

    assert compare(TABLE, ask, 401) == sum(len(line.addresses) for line in TABLE.values()) * len(COLUMNS)


def test_role_that_the_policy_leaves_out_is_told_so(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for action in {line.action for line in TABLE.values() if line.action}:
        monkeypatch.setitem(policy.ACTIONS, action, frozenset({policy.OPERATOR}))
    for line in TABLE.values():
        if line.action:
            answer = call(line.addresses[0], role="E", method=line.method.lower())
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:comity:problem:forbidden"), line


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
