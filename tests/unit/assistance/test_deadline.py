"""The clock: thirty days from receipt, stopped while more is awaited, never ending on a day off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.assistance import calendars
from comity.assistance.domain.deadline import due, next_open
from comity.kernel.errors import FormatError

DAY = timedelta(days=1)
BY, RU = calendars.works("BY"), calendars.works("RU")
DATES = st.dates(date(2025, 1, 1), date(2027, 6, 1))


def always(day: date) -> bool:
    return True


@pytest.mark.parametrize(
    ("received", "ends", "moved"),
    [
        # The day of receipt does not count.
        (date(2026, 10, 26), date(2026, 11, 25), None),
        # 4 November, Unity Day in Russia, which Belarus does not keep.
        (date(2026, 10, 5), date(2026, 11, 5), date(2026, 11, 4)),
        # From the first of January Russia rests until the eleventh.
        (date(2025, 12, 3), date(2026, 1, 12), date(2026, 1, 2)),
        # A Saturday.
        (date(2026, 10, 22), date(2026, 11, 23), date(2026, 11, 21)),
    ],
)
def test_a_last_day_on_which_the_requested_state_rests_moves_on(received: date, ends: date, moved: date | None) -> None:
    found = due(received, 30, (), RU)
    assert (found.day, found.moved) == (ends, moved)


def test_the_calendars_of_both_states_are_their_own() -> None:
    assert BY(date(2026, 11, 4))
    assert not RU(date(2026, 11, 4))
    assert RU(date(2026, 7, 3))
    assert not BY(date(2026, 7, 3))
    # A Saturday on which Belarus works for a Monday.
    assert BY(date(2026, 4, 25))
    assert not calendars.works("")(date(2026, 11, 21))
    assert calendars.works("QQ")(date(2026, 11, 20))


def test_holidays_are_named_and_weekends_are_not() -> None:
    found = dict(calendars.days_off("RU", date(2026, 10, 30), date(2026, 11, 30), "ru"))
    assert list(found) == [date(2026, 11, 4)]
    assert found[date(2026, 11, 4)] == "День народного единства"


def test_while_more_is_awaited_the_clock_stands_and_says_what_is_left() -> None:
    stopped = due(date(2026, 10, 1), 30, [(date(2026, 10, 11), None)], always)
    assert (stopped.day, stopped.left) == (None, 20)
    # What was due before more was asked for was due then.
    assert due(date(2026, 10, 1), 5, [(date(2026, 10, 11), None)], always).day == date(2026, 10, 6)


def test_where_working_days_count_both_states_must_work() -> None:
    found = due(date(2026, 10, 30), 5, (), RU, counts_on=lambda day: BY(day) and RU(day))
    # 2, 3, 5, 6 and 9 November: the fourth is a holiday in Russia, the seventh and eighth a weekend.
    assert found.day == date(2026, 11, 9)


@given(DATES, st.integers(1, 60))
def test_it_never_ends_on_a_day_off_nor_too_soon(received: date, days: int) -> None:
    found = due(received, days, (), RU)
    assert found.day is not None
    assert RU(found.day)
    assert found.day == next_open(received + days * DAY, RU)


@given(DATES, st.integers(1, 60), st.integers(0, 59), st.integers(0, 90))
def test_a_pause_puts_it_off_by_its_length(received: date, days: int, after: int, length: int) -> None:
    begin = received + min(after, days - 1) * DAY
    paused = due(received, days, [(begin, begin + length * DAY)], always)
    assert paused.day == received + (days + length) * DAY


@given(DATES, st.integers(1, 60), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 30)), max_size=4))
def test_pauses_never_bring_it_nearer(received: date, days: int, raw: list[tuple[int, int]]) -> None:
    pauses = [(received + a * DAY, received + (a + n) * DAY) for a, n in raw]
    with_pauses, without = due(received, days, pauses, RU).day, due(received, days, (), RU).day
    assert with_pauses is not None
    assert without is not None
    assert with_pauses >= without


@given(DATES, st.integers(1, 60), st.integers(0, 200))
def test_a_postponement_is_a_day_before_which_it_is_not_due(received: date, days: int, until: int) -> None:
    found = due(received, days, (), RU, until=received + until * DAY).day
    assert found is not None
    assert found >= received + max(until, days) * DAY


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_a_term_that_makes_no_sense_is_refused(days: int) -> None:
    with pytest.raises(FormatError):
        due(date(2026, 1, 1), days, (), always)
