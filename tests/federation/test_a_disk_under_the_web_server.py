"""A partner that calls while the disk or the database takes nothing is told to come again, in the declared shape."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from comity.federation import views
from comity.journal.models import Journal
from tests.federation.test_signed_requests import headers, own, paired

__all__ = ["own"]


@pytest.mark.parametrize(
    "fault", [OperationalError("database or disk is full"), OSError(errno.EROFS, "Read-only file system")]
)
def test_a_partner_is_told_to_come_again(own: Journal, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    paired()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise fault

    monkeypatch.setattr(views, "_once", fail)
    body = b"old 0\n\nrubbish"
    signed = headers("POST", "witness/add-checkpoint", body)
    answer = Client().post("/witness/add-checkpoint", body, content_type="application/octet-stream", headers=signed)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "This node cannot take it now."
