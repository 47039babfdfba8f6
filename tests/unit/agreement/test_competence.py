"""Whoever belongs to a body is competent for what the agreement says of that body, on the days that it says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from comity.agreement import selectors, services
from comity.agreement.toml import parse, shipped_text
from comity.journal.models import Journal
from tests import node
from tests.unit.agreement.worlds import plain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "ours")


def test_a_customs_officer_sees_customs_matters_and_no_others() -> None:
    services.adopt(None, parse(shipped_text("by-ru-2025"))[0])
    officer = node.user("olga", "enforcement", body="by-customs")
    found = {matter for matter in ("customs", "courts", "registers") if selectors.competent(officer, matter)}
    assert found == {"customs"}
    # The partner's customs body has the same matter, and is not ours.
    assert not selectors.competent(node.user("ivan", "enforcement", body="ru-customs"), "customs")
    for other in (node.user("anna", "examiner"), node.user("boris"), None):
        assert not selectors.competent(other, "customs")


def test_competence_begins_and_ends_on_the_days_of_an_invented_profile() -> None:
    services.adopt(None, json.loads(json.dumps(plain("three")).replace('"PT"', '"BY"')))
    keeper = {body: node.user(body, "clerk", body=body) for body in ("lighthouse", "quay", "harbour")}
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2027, 12, 31), date(2028, 1, 1))
    found = {body: [selectors.competent(actor, "designs", on) for on in days] for body, actor in keeper.items()}
    assert found == {
        "lighthouse": [False, True, True, False],
        "quay": [False, False, False, True],
        # Of another party.
        "harbour": [False, False, False, False],
    }


def test_without_an_agreement_nobody_is_competent() -> None:
    assert not selectors.competent(node.user("olga", "enforcement", body="by-customs"), "customs")
