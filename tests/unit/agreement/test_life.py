"""States and dates follow from the clauses and from what each party states, alike at every node."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.domain.calendar import later
from comity.agreement.domain.life import Missing, State, Stated, Step, live
from tests.unit.agreement.worlds import plain, profile, says, two_parties_in_force

FAR = date(2100, 1, 1)
BY_RU = profile("by-ru-2025")
THREE = profile()


def three_in_force() -> list[Stated]:
    return [
        *(says(party, Step.SIGNATURE, "2021-01-10") for party in ("PT", "IS", "NZ")),
        says("PT", Step.NOTE, "2021-02-01", of="PT"),
        says("IS", Step.NOTE, "2021-02-10", of="PT"),
        says("PT", Step.NOTE_RECEIVED, "2021-02-12", of="IS"),
        says("NZ", Step.NOTE, "2021-03-01", of="PT"),
        says("PT", Step.NOTE_RECEIVED, "2021-03-02", of="NZ"),
    ]


def test_the_life_from_draft_to_entry_into_force() -> None:
    life = live(BY_RU, two_parties_in_force(), FAR)
    states = [
        (date(2024, 5, 28), State.DRAFT),
        (date(2024, 5, 29), State.NEGOTIATED),
        (date(2025, 3, 13), State.SIGNED),
        (date(2025, 10, 2), State.SIGNED),
        (date(2025, 10, 3), State.IN_FORCE),
    ]
    assert [(on, life.state(on)) for on, _ in states] == states
    assert life.since(date(2026, 1, 1)) == date(2025, 10, 3)
    assert life.missing == ()


def test_a_note_counts_when_its_recipient_says_that_it_came() -> None:
    without = [one for one in two_parties_in_force() if (one.party, one.step) != ("BY", Step.NOTE_RECEIVED)]
    life = live(BY_RU, without, FAR)
    assert life.in_force is None
    assert life.missing == (Missing(Step.NOTE_RECEIVED, "BY", "RU"),)


def test_what_is_missing_is_named_party_by_party() -> None:
    life = live(BY_RU, [says("BY", Step.SIGNATURE, "2025-03-13")], FAR)
    assert Missing(Step.SIGNATURE, "RU") in life.missing
    assert Missing(Step.NOTE, "BY", "RU") in life.missing
    assert life.signed is None


def test_one_party_alone_never_brings_it_into_force() -> None:
    alone = [says("BY", step, "2025-01-01", of=of) for step in Step for of in ("", "BY", "RU")]
    life = live(BY_RU, alone, FAR)
    assert life.in_force is None
    assert life.provisional is None
    assert life.state(FAR) is State.NEGOTIATED


def test_a_depositary_takes_the_notes_and_the_days_after_the_last_are_counted() -> None:
    life = live(THREE, three_in_force(), date(2021, 6, 1))
    assert life.in_force == date(2021, 4, 1)


def test_a_term_renews_itself_until_a_party_objects_in_time() -> None:
    renewed = live(THREE, three_in_force(), date(2032, 1, 1))
    assert renewed.expires == date(2036, 4, 1)
    assert renewed.ends is None
    in_time = [*three_in_force(), says("NZ", Step.OBJECTION, "2030-10-01")]
    assert live(THREE, in_time, date(2032, 1, 1)).ends == date(2031, 4, 1)
    too_late = [*three_in_force(), says("NZ", Step.OBJECTION, "2030-10-02")]
    assert live(THREE, too_late, date(2032, 1, 1)).ends == date(2036, 4, 1)


def test_the_notice_of_one_of_two_ends_it() -> None:
    given_notice = [
        *two_parties_in_force(),
        says("RU", Step.TERMINATION, "2026-01-10", of="BY"),
        says("BY", Step.TERMINATION_RECEIVED, "2026-01-15", of="RU"),
    ]
    life = live(BY_RU, given_notice, FAR)
    assert life.ends == date(2026, 7, 15)
    assert life.state(date(2026, 7, 14)) is State.IN_FORCE
    assert life.state(date(2026, 7, 15)) is State.ENDED


def test_one_of_three_leaves_and_the_others_go_on() -> None:
    one_leaves = [
        *three_in_force(),
        says("IS", Step.TERMINATION, "2022-01-01", of="PT"),
        says("PT", Step.TERMINATION_RECEIVED, "2022-01-02", of="IS"),
    ]
    life = live(THREE, one_leaves, date(2024, 1, 1))
    assert life.left == {"IS": date(2023, 1, 2)}
    assert life.ends is None
    two_leave = [
        *one_leaves,
        says("NZ", Step.TERMINATION, "2022-05-01", of="PT"),
        says("PT", Step.TERMINATION_RECEIVED, "2022-05-01", of="NZ"),
    ]
    assert live(THREE, two_leave, date(2024, 1, 1)).ends == date(2023, 5, 1)


def test_provisional_application_needs_the_clause_or_every_party() -> None:
    signed = [says(party, Step.SIGNATURE, "2025-03-13") for party in ("BY", "RU")]
    assert live(BY_RU, [*signed, says("BY", Step.PROVISIONAL, "2025-04-01")], FAR).provisional is None
    both = [*signed, says("BY", Step.PROVISIONAL, "2025-04-01"), says("RU", Step.PROVISIONAL, "2025-05-01")]
    assert live(BY_RU, both, FAR).provisional == date(2025, 5, 1)
    by_clause = profile("by-ru-2025", clauses={"provisional": {"rule": "signature"}})
    assert live(by_clause, signed, FAR).provisional == date(2025, 3, 13)


@pytest.mark.parametrize(
    ("rule", "entered"),
    [
        ({"rule": "signature"}, date(2025, 3, 13)),
        ({"rule": "signature", "months": 1}, date(2025, 4, 13)),
        ({"rule": "last_note_sent"}, date(2025, 10, 1)),
        ({"rule": "last_note_received", "days": 30}, date(2025, 11, 2)),
        ({"rule": "date", "date": "2025-07-01"}, date(2025, 7, 1)),
        ({"rule": "date", "date": "2025-01-01"}, date(2025, 3, 13)),
    ],
)
def test_each_clause_of_entry_into_force(rule: dict[str, str], entered: date) -> None:
    assert live(profile("by-ru-2025", clauses={"entry": rule}), two_parties_in_force(), FAR).in_force == entered


def test_a_later_statement_of_the_same_party_puts_an_earlier_one_right() -> None:
    wrong = [*two_parties_in_force(), says("BY", Step.NOTE_RECEIVED, "2025-11-30", of="RU", index=9)]
    assert live(BY_RU, wrong, FAR).in_force == date(2025, 11, 30)


def test_months_end_on_the_last_day_of_a_short_month() -> None:
    assert later(date(2024, 1, 31), months=1) == date(2024, 2, 29)
    assert later(date(2025, 1, 31), months=1) == date(2025, 2, 28)
    assert later(date(2025, 8, 31), months=-6) == date(2025, 2, 28)


days = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat)
statements = st.lists(
    st.builds(
        Stated,
        party=st.sampled_from(["BY", "RU"]),
        step=st.sampled_from(Step),
        day=days,
        of=st.sampled_from(["", "BY", "RU"]),
        index=st.integers(0, 1000),
    ),
    max_size=30,
    unique_by=lambda one: (one.party, one.index),
)


@given(statements, st.randoms())
def test_the_order_in_which_journals_arrive_makes_no_difference(said: list[Stated], random: object) -> None:
    mixed = list(said)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert live(BY_RU, mixed, FAR) == live(BY_RU, said, FAR)


@given(statements)
def test_it_is_in_force_only_between_signature_and_end(said: list[Stated]) -> None:
    life = live(BY_RU, said, FAR)
    if life.in_force is not None:
        assert life.signed is not None
        assert life.signed <= life.in_force
        assert not life.missing
    order = list(State)
    states = [order.index(life.state(date(2019, 1, 1) + timedelta(days=30 * n))) for n in range(200)]
    assert states == sorted(states)


def test_who_accedes_later_is_not_waited_for_and_has_a_day_of_its_own() -> None:
    parties = [*plain("by-ru-2025")["parties"], {"code": "KZ", "names": {}, "accedes": True}]
    wider = profile("by-ru-2025", parties=parties)
    life = live(wider, two_parties_in_force(), FAR)
    assert (life.in_force, life.joined, life.missing) == (date(2025, 10, 3), {}, ())
    acceded = [
        *two_parties_in_force(),
        says("KZ", Step.SIGNATURE, "2026-01-01"),
        *(says("KZ", Step.NOTE, "2026-01-02", of=party) for party in ("BY", "RU")),
        says("BY", Step.NOTE_RECEIVED, "2026-01-05", of="KZ"),
        says("RU", Step.NOTE_RECEIVED, "2026-01-09", of="KZ"),
    ]
    assert live(wider, acceded, FAR).joined == {"KZ": date(2026, 1, 9)}
