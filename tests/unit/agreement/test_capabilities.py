"""Every kind of entry names the capability that it needs; what is not open is not written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from comity.agreement import selectors, services
from comity.agreement.domain.gates import CAPABILITIES
from comity.agreement.domain.life import Step
from comity.confidential import services as letters
from comity.federation.openings import leaves_of, open_segment, openings_of, segments
from comity.journal import home, kinds
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.kernel import clock
from comity.kernel.errors import PolicyError
from comity.kernel.handling import Label
from comity.registers.domain.record import Party, RightRecord, Text
from tests import node
from tests.federation.test_signed_requests import SEALING
from tests.unit.agreement.worlds import CODE, adopts, plain, step

# What nodes need to work and to come together at all.
TECHNICAL = {"confidential.bodies", "federation.receipt", "journal.open", "journal.redaction", "key.roster"}
HOLDER = Party(role="holder", names=(Text(text="Зорка Сакрэтная"),), country="BY")
PERSON = RightRecord(office="BY", kind="trademark", number="1", parties=(HOLDER,))
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


def sign(*partner_more: Draft) -> None:
    """Both adopt the agreement and sign it, which puts it in force."""
    parties = plain(CODE)
    parties["clauses"]["entry"] = {"rule": "signature"}
    services.adopt(None, parties)
    node.partner_tells([adopts(parties), step(Step.SIGNATURE, "2025-03-13"), *partner_more])
    services.state(None, CODE, Step.SIGNATURE, "2025-03-13")


def end() -> None:
    """It was in force and ended on 15 July 2026."""
    sign(step(Step.TERMINATION_RECEIVED, "2026-01-15", of="BY"))
    services.state(None, CODE, Step.TERMINATION, "2026-01-10", of="RU")


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
    sign()
    assert send()[0] == "BY"


@pytest.mark.parametrize("code", ["by-kz", "by-ru-later"])
def test_another_agreement_that_does_not_bind_a_former_partner_keeps_nothing_open(code: str) -> None:
    """One with somebody else, or one with him that is still to come."""
    end()
    other = plain(CODE) | {"code": code}
    if code == "by-kz":
        other = orjson.loads(orjson.dumps(other).replace(b'"RU"', b'"KZ"'))
    else:
        [public] = [one for one in other["capabilities"] if one["code"] == "exchange.public"]
        del public["opens"]
    services.adopt(None, other)
    with clock.at(datetime(2026, 7, 16, 9, tzinfo=UTC)):
        assert selectors.closed_since("exchange.public", "RU") == date(2026, 7, 15)
        assert selectors.closed_since("exchange.public", "KZ") is None


def test_what_is_recorded_after_the_end_gives_the_former_partner_no_persons(mine: Journal) -> None:
    end()
    with clock.at(datetime(2026, 7, 14, 9, tzinfo=UTC)):
        assert selectors.closed_since("exchange.public", "RU") is None
        [before] = node.tell(mine, PERSON)
    with clock.at(datetime(2026, 7, 16, 9, tzinfo=UTC)):
        assert selectors.closed_since("exchange.public", "RU") == date(2026, 7, 15)
        [after] = node.tell(mine, replace(PERSON, number="2"))
        node.sequence(mine)
        [part] = segments(openings_of(mine, 0, mine.size, SEALING.public, "RU"))
    given = open_segment([SEALING], mine.origin, part, leaves_of(home.store(mine), mine.size))
    assert before in {item.index for item in given}
    assert after not in {item.index for item in given}
