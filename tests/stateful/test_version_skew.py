"""A newer node exchanges with an older one: what that does not know waits there, and is made up for by its upgrade."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stateful.test_two_nodes import Office
from tests.unit.registers.deliveries import line

pytestmark = pytest.mark.slow

Offices = dict[str, Office]


@pytest.fixture
def offices(new_database_url: Callable[[], str]) -> Iterator[Offices]:
    with tempfile.TemporaryDirectory() as folder:
        made = {party: Office(party, Path(folder), new_database_url()) for party in ("BY", "RU")}
        try:
            yield made
        finally:
            for office in made.values():
                office.kill()


def exchange(offices: Offices) -> None:
    """Twice: what is there is followed and answered; then the answers are followed."""
    for _ in range(2):
        for office in offices.values():
            office("sequence")
        for party, office in offices.items():
            other = offices["RU" if party == "BY" else "BY"]
            office("follow", home=str(other.node.home), openings=other("openings"))
            office("answer")


def test_an_older_node_holds_deletes_and_answers_and_catches_up_by_its_upgrade(offices: Offices) -> None:
    by, ru = offices["BY"], offices["RU"]
    # BY is of an earlier release, without rights; RU tells of some, and takes a person back.
    exchange(offices)
    by("forget", kinds=[["registers.right", 1]])
    ru("write", records=[line(number, "a", "Ружа", office="RU") for number in (1, 2, 3)])
    ru("write", records=[line(1, "b", "Ружа", office="RU")])
    ru("redact", key="RU/trademark/2")
    assert [refused for _, refused in ru("unconfirmed")] == [False]
    exchange(offices)
    state = by("state")
    assert state["bad"] == [4, 0]
    assert len(state["openings"][ru.node.origin]) == 3
    # The owner knows what waits there, and that the deletion was carried out though the right is not known.
    told = ru("state")
    assert [row[1:] for row in told["refused"]] == [["unknown", None]] * 4
    assert ru("unconfirmed") == []
    assert (state["due"], told["due"]) == (0, 0)
    # Nothing grows while nothing happens.
    exchange(offices)
    assert ru("state")["journals"] == told["journals"]
    # The upgrade is a restart; the work goes on with an entry about what waited.
    by.kill()
    by.start()
    assert by("upgrade") == [4, 0]
    ru("write", records=[line(2, "c", "", office="RU")])
    exchange(offices)
    by_state, ru_state = by("state"), ru("state")
    assert by_state["bad"] == [0, 0]
    assert by_state["digest"] == ru_state["digest"]
    assert by_state["people"] == ru_state["people"]
    assert all(settled is not None for _, _, settled in ru_state["refused"])
    assert by("upgrade") == [0, 0]


def test_receipts_that_an_older_node_does_not_know_are_not_answered_for_ever(offices: Offices) -> None:
    by, ru = offices["BY"], offices["RU"]
    by("forget", kinds=[["federation.receipt", 1]])
    by("write", records=[line(1, "a", "", office="BY")])
    for _ in range(2):
        ru("sequence")
        by("sequence")
        by("follow", home=str(ru.node.home), openings={})
        ru("follow", home=str(by.node.home), openings=by("openings"))
        ru("answer")
    size = ru("state")["journals"][ru.node.origin][1]
    by.kill()
    by.start()
    by("upgrade")
    exchange(offices)
    exchange(offices)
    assert by("state")["digest"] == ru("state")["digest"]
    # One more receipt at the most: for what the older node could not say.
    assert ru("state")["journals"][ru.node.origin][1] <= size + 1
