"""A node with own and partner's rights, and a caller for each role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from comity.accounts.services import make_token
from comity.journal.models import Journal
from tests import node
from tests.api.matrix import ANONYMOUS, LETTERS

Caller = Callable[..., Any]


@pytest.fixture
def journal(settings: Any, tmp_path: Path, db: None) -> Journal:
    """Three own rights, one of them of two versions and one pending, and two of a cosigned partner."""
    journal = node.set_up(settings, tmp_path)
    slashed = replace(node.MARK, kind="industrial_design", number="12/А-7", classes=(), events=())
    node.tell(journal, node.MARK, slashed)
    node.tell(journal, replace(node.MARK, status="surrendered", status_date="2024-01-09"), version=2)
    node.sequence(journal)
    theirs = node.partner_journal([node.russian(), node.russian(number="1008825")])
    node.cosigned(theirs, "BY")
    node.tell(journal, replace(node.MARK, number="99999"))
    return journal


@pytest.fixture
def call(journal: Journal) -> Caller:
    """Asks an address of the API with the token of somebody who has a role, or the role that a letter of the matrix
    stands for; with none for `*` and `anonymous`.
    """
    tokens: dict[str, str] = {}

    def ask(path: str, role: str = "viewer", method: str = "get", **kwargs: Any) -> Any:
        headers = {}
        if role not in {"anonymous", ANONYMOUS}:
            if role not in tokens:
                tokens[role] = make_token(node.user(role, LETTERS.get(role, role)), "test")
            headers["Authorization"] = f"Bearer {tokens[role]}"
        return getattr(Client(raise_request_exception=False), method)(f"/api/v1/{path}", headers=headers, **kwargs)

    return ask
