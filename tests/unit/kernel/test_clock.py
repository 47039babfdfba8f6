"""There is one clock, in UTC, and a test can set it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel import clock
from comity.kernel.errors import FormatError

INSTANT = datetime(2026, 11, 22, 15, 0, 0, 999_999, tzinfo=UTC)


def test_instants_are_written_in_utc_to_the_second() -> None:
    assert clock.iso(INSTANT) == "2026-11-22T15:00:00Z"
    minsk = timezone(timedelta(hours=3))
    assert clock.iso(datetime(2026, 11, 22, 18, 0, tzinfo=minsk)) == "2026-11-22T15:00:00Z"
    with pytest.raises(FormatError):
        clock.iso(datetime(2026, 11, 22, 15, 0))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 1, 1), timezones=st.just(UTC)))
def test_instants_read_back(instant: datetime) -> None:
    assert clock.parse_iso(clock.iso(instant)) == instant.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T15:00:00",
        "2026-11-22T15:00:00+00:00",
        "2026-11-22t15:00:00z",
        "2026-1-22T15:00:00Z",
        "2026-02-30T00:00:00Z",
    ],
)
def test_other_spellings_of_an_instant_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        clock.parse_iso(text)


def test_the_clock_stands_where_a_test_sets_it_and_goes_on_after() -> None:
    with clock.at(INSTANT):
        assert clock.now() == INSTANT
        assert clock.today() == date(2026, 11, 22)
        with clock.at(lambda: INSTANT + timedelta(days=1)):
            assert clock.today() == date(2026, 11, 23)
        assert clock.now() == INSTANT
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=10)
    assert clock.now().tzinfo is UTC


def test_a_day_begins_in_utc() -> None:
    minsk = timezone(timedelta(hours=3))
    with clock.at(datetime(2026, 11, 23, 1, 0, tzinfo=minsk)):
        assert clock.today() == date(2026, 11, 22)
