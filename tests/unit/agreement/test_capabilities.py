"""Every kind of entry names the capability that it needs; what is not open is not written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.agreement import selectors, services
from comity.agreement.domain.gates import CAPABILITIES
from comity.agreement.domain.life import Step
from comity.confidential import services as letters
from comity.journal import kinds
from comity.journal.models import Journal
from comity.kernel.errors import PolicyError
from comity.kernel.handling import Label
from tests import node
from tests.unit.agreement.worlds import CODE, adopts, plain, step

# What nodes need to work and to come together at all.
TECHNICAL = {"confidential.bodies", "federation.receipt", "journal.open", "journal.redaction", "key.roster"}
LABEL = Label("AMBER", frozenset(), None, onward=False)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    journal = node.set_up(settings, tmp_path / "ours")
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})
    node.partner_journal([node.russian()])
    return journal


def send() -> tuple[str, int]:
    return letters.send(node.user("vera", "examiner"), to=["RU"], label=LABEL, subject="s", text="t")


def test_every_kind_names_a_capability_or_is_technical() -> None:
    named = {kind.name: kind.capability for kind in kinds.known()}
    assert {name for name, capability in named.items() if not capability} == TECHNICAL
    assert set(named.values()) - {""} <= set(CAPABILITIES)


def test_nothing_confidential_is_written_without_an_agreement() -> None:
    with pytest.raises(PolicyError, match="adopted no agreement"):
        send()


def test_nothing_confidential_is_written_before_the_agreement_is_applied() -> None:
    services.adopt(None, plain(CODE))
    node.partner_tells([adopts()])
    with pytest.raises(PolicyError, match="not in force"):
        send()


def test_the_own_register_waits_for_no_agreement(mine: Journal) -> None:
    assert len(node.tell(mine, node.MARK)) == 1


def test_demonstration_data_is_tried_with_until_an_agreement_says_otherwise(settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": True})
    assert selectors.open_gate("exchange.confidential").why == "trial"
    assert send()[0] == "BY"
    services.adopt(None, plain(CODE))
    assert not selectors.open_gate("exchange.confidential", "RU").open


def test_it_opens_on_the_day_on_which_both_apply_it() -> None:
    parties = plain(CODE)
    parties["clauses"]["entry"] = {"rule": "signature"}
    services.adopt(None, parties)
    node.partner_tells([adopts(parties), step(Step.SIGNATURE, "2025-03-13")])
    services.state(None, CODE, Step.SIGNATURE, "2025-03-13")
    assert send()[0] == "BY"
