"""A capability opens on the computed day at every party, not before; the end closes it for what is new."""

from __future__ import annotations

from datetime import date

import pytest

from comity.agreement.domain.gates import gate
from comity.agreement.domain.life import Stated, Step, live
from tests.unit.agreement.worlds import profile, says, two_parties_in_force

FAR = date(2100, 1, 1)
BY_RU = profile("by-ru-2025")


def ended() -> list[Stated]:
    return [
        *two_parties_in_force(),
        says("RU", Step.TERMINATION, "2026-01-10", of="BY"),
        says("BY", Step.TERMINATION_RECEIVED, "2026-01-15", of="RU"),
    ]


@pytest.mark.parametrize("party", ["BY", "RU"])
def test_it_opens_on_the_day_and_not_the_day_before(party: str) -> None:
    life = live(BY_RU, two_parties_in_force(), FAR)
    before = gate(BY_RU, life, party, "assistance", date(2025, 10, 2))
    assert (before.open, before.why, before.since) == (False, "not_yet", date(2025, 10, 3))
    assert gate(BY_RU, life, party, "assistance", date(2025, 10, 3)).open


def test_public_data_may_be_exchanged_in_preparation() -> None:
    life = live(BY_RU, [], FAR)
    assert gate(BY_RU, life, "BY", "exchange.public", date(2024, 1, 1)).open
    assert not gate(BY_RU, life, "BY", "exchange.confidential", date(2024, 1, 1)).open


def test_provisional_application_opens_what_entry_into_force_would() -> None:
    said = [
        *(says(party, Step.SIGNATURE, "2025-03-13") for party in ("BY", "RU")),
        *(says(party, Step.PROVISIONAL, "2025-04-01") for party in ("BY", "RU")),
    ]
    life = live(BY_RU, said, FAR)
    assert gate(BY_RU, life, "RU", "assistance", date(2025, 4, 1)).open


def test_after_the_end_nothing_new_starts_and_what_was_begun_is_finished() -> None:
    life = live(BY_RU, ended(), FAR)
    after = date(2026, 8, 1)
    assert gate(BY_RU, life, "BY", "assistance", after).why == "ended"
    begun = gate(BY_RU, life, "BY", "assistance", after, begun=date(2026, 7, 14))
    assert (begun.open, begun.why) == (True, "finishing")
    assert not gate(BY_RU, life, "BY", "assistance", after, begun=date(2026, 7, 15)).open
    assert not gate(BY_RU, life, "BY", "assistance", after, begun=date(2025, 10, 2)).open
    assert gate(BY_RU, life, "BY", "agreement.life", after).open
    assert not gate(BY_RU, life, "BY", "exchange.public", after).open


def test_a_party_that_has_left_is_out_while_the_others_go_on() -> None:
    three = profile()
    said = [
        *(says(party, Step.SIGNATURE, "2021-01-10") for party in ("PT", "IS", "NZ")),
        says("PT", Step.NOTE, "2021-02-01", of="PT"),
        *(says(party, Step.NOTE, "2021-02-10", of="PT") for party in ("IS", "NZ")),
        *(says("PT", Step.NOTE_RECEIVED, "2021-02-12", of=party) for party in ("IS", "NZ")),
        says("IS", Step.TERMINATION, "2022-01-01", of="PT"),
        says("PT", Step.TERMINATION_RECEIVED, "2022-01-02", of="IS"),
    ]
    life = live(three, said, date(2023, 6, 1))
    assert gate(three, life, "IS", "exchange.confidential", date(2023, 6, 1)).why == "left"
    assert gate(three, life, "NZ", "exchange.confidential", date(2023, 6, 1)).open


def test_what_a_profile_does_not_name_stays_closed() -> None:
    life = live(profile(), [], FAR)
    assert gate(profile(), life, "PT", "licensing", FAR).why == "not_named"


def test_the_article_is_the_one_that_the_parties_have_entered() -> None:
    life = live(profile(), [], FAR)
    assert gate(profile(), life, "PT", "exchange.public", FAR).article == "IV bis"
    assert gate(BY_RU, live(BY_RU, [], FAR), "BY", "assistance", FAR).article == ""


def test_a_capability_that_no_release_knows_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="no capability"):
        gate(BY_RU, live(BY_RU, [], FAR), "BY", "levitation", FAR)
