"""A stranger's body is not read, and a partner's is the one that it signed."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from comity.federation import views
from comity.journal.models import Journal
from tests.federation.test_signed_requests import headers, own, paired

__all__ = ["own"]
INBOX = "federation/v1/inbox/journal/checkpoint"


class Unread:
    """A body that must stay on the wire."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("the body was read")


def unread(method: str, path: str, signed: dict[str, str], length: int = 1_000_000) -> HttpRequest:
    request = RequestFactory().generic(method, f"/{path}", b"x", headers=signed)
    request.META["CONTENT_LENGTH"] = str(length)
    request._stream = Unread()  # type: ignore[assignment]
    return request


@pytest.mark.parametrize("signed", [{}, headers("PUT", "federation/v1/inbox/journal/tile/0/000", b"other")])
def test_body_of_a_stranger_is_refused_before_it_is_read(own: Journal, signed: dict[str, str]) -> None:
    paired(url="")
    assert views.inbox_file(unread("PUT", INBOX, signed), path="journal/checkpoint").status_code == 401
    assert views.add_checkpoint(unread("POST", "witness/add-checkpoint", signed)).status_code == 401


@pytest.mark.parametrize("length", [70_000, 10**30])
def test_answer_to_an_invitation_is_short(own: Journal, length: int) -> None:
    assert views.pair(unread("POST", "federation/v1/pair", {}, length)).status_code == 400


def test_body_that_was_cut_off_on_the_way_is_not_what_was_signed(own: Journal) -> None:
    paired(url="")
    signed = headers("PUT", INBOX, b"checkpoint")
    for body in (b"", b"check"):
        assert Client().put(f"/{INBOX}", body, headers=signed).status_code == 401
    assert Client().put(f"/{INBOX}", b"checkpoint", headers=signed).status_code == 204
    assert Client().put(f"/{INBOX}", b"checkpoint", headers=signed).status_code == 401
