"""Properties of the dates of a term."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.record import KINDS, Event, RightRecord
from comity.registers.domain.terms import add_months, add_years, parse_day, term_of

days = st.dates(min_value=date(1880, 1, 1), max_value=date(2200, 12, 31))


def test_leap_day_becomes_the_28th_of_february() -> None:
    assert add_years(date(2020, 2, 29), 1) == date(2021, 2, 28)
    assert add_years(date(2020, 2, 29), 4) == date(2024, 2, 29)
    assert add_years(date(2096, 2, 29), 4) == date(2100, 2, 28)


def test_end_of_a_month_stays_in_its_month() -> None:
    assert add_months(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)


def test_calendar_has_an_end() -> None:
    assert add_years(date(9999, 1, 1), 10) == date.max
    assert add_months(date(1, 1, 1), -12) == date.min


@given(days, st.integers(0, 100))
def test_years_keep_month_and_day_but_for_the_leap_day(day: date, years: int) -> None:
    later = add_years(day, years)
    assert later.year == day.year + years
    assert (later.month, later.day) == (day.month, day.day) or (day.month, day.day) == (2, 29)
    assert later.month == day.month


@given(days, st.integers(-600, 600), st.integers(0, 24))
def test_more_months_are_never_earlier(day: date, months: int, more: int) -> None:
    assert add_months(day, months) <= add_months(day, months + more)


@given(st.sampled_from(["BY", "RU", "EA", "US", "XX"]), st.sampled_from(KINDS), days)
def test_stated_expiry_always_wins(office: str, kind: str, day: date) -> None:
    record = RightRecord(
        office=office,
        kind=kind,
        number="1",
        filing_date="2001-01-01",
        expiry_date=day.isoformat(),  # type: ignore[arg-type]
    )
    term = term_of(record)
    assert term.expires == day.isoformat()
    assert term.stated_by_source
    assert not term.computed
    assert term.rule == "term.stated"


@given(
    st.sampled_from(["BY", "RU", "EA", "US", "FR", "XX"]),
    st.sampled_from(KINDS),
    st.one_of(st.just(""), days.map(date.isoformat)),
    st.one_of(st.just(""), days.map(date.isoformat)),
    st.lists(days.map(date.isoformat), max_size=4),
)
def test_dates_of_a_term_are_in_order(office: str, kind: str, filed: str, registered: str, renewals: list[str]) -> None:
    term = term_of(
        RightRecord(
            office=office,
            kind=kind,  # type: ignore[arg-type]
            number="1",
            filing_date=filed,
            registration_date=registered,
            events=tuple(Event(code="renewed", date=day) for day in renewals),
        )
    )
    if term.expires:
        assert term.computed
        assert term.expires > (min(day for day in (filed, registered) if day))
        assert term.next_renewal in ("", term.expires)
    else:
        assert (term.next_renewal, term.renewal_window_opens, term.grace_until) == ("", "", "")
    if term.renewal_window_opens:
        assert term.renewal_window_opens < term.expires < term.grace_until


@given(st.text(max_size=12))
def test_only_full_dates_are_read(text: str) -> None:
    day = parse_day(text)
    assert day is None or day.isoformat() == text
