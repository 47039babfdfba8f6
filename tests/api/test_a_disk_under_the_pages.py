"""Who asks while the database or the disk takes nothing is told to come again; the log says why in one line."""

from __future__ import annotations

import errno
import logging
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client

from comity.journal import selectors as journals
from comity.journal.models import Journal
from comity.node.logs import Foreseen
from tests import node
from tests.api.conftest import Caller

FAULTS = [OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left on device")]


def fail_with(fault: Exception) -> Any:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise fault

    return fail


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("language", ["en", "be"])
def test_a_page_says_to_come_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: Any, fault: Exception, language: str
) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(node.user("operator", "operator"))
    monkeypatch.setattr(journals, "overview", fail_with(fault))
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = client.get("/exchange")
    assert answer.status_code == 503
    words = {"en": "This node cannot take it now", "be": "Вузел зараз не можа гэтага прыняць"}
    assert words[language] in answer.content.decode()
    (record,) = caplog.records
    assert record.exc_info is None
    assert record.getMessage() == f"Service Unavailable: /exchange: {fault}"


def test_so_does_a_session_that_cannot_be_written(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(node.user("operator", "operator"))
    monkeypatch.setattr(SessionStore, "load", fail_with(FAULTS[0]))
    assert client.get("/exchange").status_code == 503


@pytest.mark.parametrize("fault", FAULTS)
def test_so_does_the_api(call: Caller, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    monkeypatch.setattr(journals, "overview", fail_with(fault))
    answer = call("journals")
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:comity:problem:unavailable"


def test_what_nobody_foresaw_keeps_its_traceback() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        caught = (type(error), error, error.__traceback__)
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Internal Server Error", None, caught)
    assert Foreseen().filter(record)
    assert record.exc_info is caught
