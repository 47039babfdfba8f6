"""The OpenAPI document tells the truth: schemathesis finds no answer that it does not document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from comity.accounts.services import make_token
from comity.agreement import services as agreement
from comity.agreement.toml import parse, shipped_text
from comity.journal.models import Journal
from tests import node

load_all_checks()
ANSWERS = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
# What exists, so that good answers are seen and not only refusals.
KNOWN = {"office": "RU", "kind": "trademark", "number": "1008824", "party": "RU", "index": 1, "code": "by-ru-2025"}
KNOWN |= {"agreement": "by-ru-2025", "forum": "eaeu-committee", "session": "2026-12", "item": "3"}
KNOWN |= {"token": "0" * 16, "year": 2026}

EXAMPLES = 10


@pytest.fixture
def loaded(journal: Journal) -> Iterator[Any]:
    # As Django's own test client does: the connection holds the test's transaction and must outlive the request.
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def headers(journal: Journal) -> dict[str, str]:
    agreement.adopt(None, parse(shipped_text("by-ru-2025"))[0])
    return {"Authorization": f"Bearer {make_token(node.user('program', 'viewer', 'operator', 'clerk'))}"}


def test_no_answer_is_undocumented(loaded: Any, headers: dict[str, str]) -> None:
    seen: dict[str, Counter[int]] = {}
    for result in loaded.get_all_operations():
        operation = result.ok()
        counts = seen.setdefault(operation.definition.raw["operationId"], Counter())
        for mode in GenerationMode:
            check_all(operation, mode, headers, counts)
    # A letter needs a paired partner with a sealing key, a step what other parties have stated, a session an agreement
    # that is applied, a request both bodies: their good answers are in test_letters_pages, test_agreement_pages,
    # test_positions_pages and test_assistance_pages.
    elsewhere = {"sendLetter", "getLetter", "stateStep", "getSession", "getAgendaItem", "getRequest"}
    assert {name for name, counts in seen.items() if not counts[200]} <= elsewhere
    assert sum(counts.total() for counts in seen.values()) > 300


def check_all(operation: Any, mode: GenerationMode, headers: dict[str, str], counts: Counter[int]) -> None:
    """Every check on what is generated; those on the answer alone once more with parts of addresses that exist."""

    # A schema cannot say that a key's identifier is the hash of the rest. And a form is text: a wrong key that is null
    # or an empty list is left out on the wire, so that what arrives is right (test_api_problems has the wrong ones).
    # Nor can a schema say which parties are partners, to whom alone a letter goes.
    unfit = {
        "POST /api/v1/verify": ["positive_data_acceptance", "negative_data_rejection"],
        "POST /api/v1/letters": ["positive_data_acceptance"],
        # Nor which steps name another party, and which of them wait for what that party has stated.
        "POST /api/v1/agreements/{code}/steps": ["positive_data_acceptance"],
    }
    excluded = CHECKS.get_by_names(unfit.get(operation.label, []))

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        counts[case.call_and_validate(headers=headers, excluded_checks=excluded).status_code] += 1
        if case.path_parameters:
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters}
            counts[case.call_and_validate(headers=headers, checks=ANSWERS).status_code] += 1

    check()
