"""The status of a right on a chosen day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.record import STATUSES, Event, RightRecord
from comity.registers.domain.status import StatusOn, status_on
from comity.registers.domain.terms import add_months


def mark(**fields: Any) -> RightRecord:
    given_fields = {"filing_date": "2014-05-14", "registration_date": "2015-03-03", "status": "in_force", **fields}
    return RightRecord(office=given_fields.pop("office", "RU"), kind="trademark", number="1", **given_fields)


def on(record: RightRecord, day: str) -> StatusOn:
    return status_on(record, date.fromisoformat(day))


def word(record: RightRecord, day: str) -> str:
    return on(record, day).status


def event(code: str, day: str, **fields: Any) -> Event:
    return Event(code=code, date=day, **fields)


def test_before_filing_there_is_nothing() -> None:
    assert on(mark(), "2014-05-13") == StatusOn("", "", "before_filing", True)


def test_before_registration_it_is_pending() -> None:
    assert on(mark(), "2014-05-14") == StatusOn("pending", "2014-05-14", "filed", True)
    assert word(mark(), "2015-03-02") == "pending"


def test_from_registration_it_is_in_force_as_stated() -> None:
    assert on(mark(), "2015-03-03") == StatusOn("in_force", "2015-03-03", "registered", False)


def test_before_the_first_date_of_a_record_without_filing_nothing_is_claimed() -> None:
    assert on(mark(filing_date=""), "2010-01-01").status == "unknown"


def test_expiry_day_is_still_in_force_and_the_next_is_not() -> None:
    record = mark(expiry_date="2024-05-14")
    assert word(record, "2024-05-14") == "in_force"
    assert on(record, "2024-05-15") == StatusOn("expired", "2024-05-14", "expired_stated", True)


def test_computed_expiry_ends_it_and_says_that_it_was_computed() -> None:
    assert on(mark(), "2024-05-15") == StatusOn("expired", "2024-05-14", "expired_computed", True)


def test_unknown_term_never_ends_a_right() -> None:
    assert word(mark(office="XX"), "2090-01-01") == "in_force"


def test_known_renewal_keeps_it_in_force() -> None:
    renewed = (event("renewed", "2024-02-01"),)
    assert word(mark(events=renewed), "2024-05-15") == "in_force"
    assert word(mark(events=renewed, expiry_date="2024-05-14"), "2024-05-15") == "in_force"
    assert word(mark(events=(event("renewed", "2014-02-01"),), expiry_date="2024-05-14"), "2024-05-15") == "expired"


def test_source_that_vouches_after_the_computed_expiry_is_believed() -> None:
    record = mark(status_date="2025-06-01")
    assert on(record, "2025-06-01") == StatusOn("in_force", "2015-03-03", "stated", False)


def test_unknown_stays_unknown() -> None:
    record = mark(status="unknown")
    for day in ("2015-03-03", "2020-01-01", "2030-01-01"):
        assert on(record, day) == StatusOn("unknown", "", "not_told", True)
    assert word(record, "2014-06-01") == "pending"


def test_unknown_application_is_not_called_pending() -> None:
    assert word(mark(status="unknown", stage="application", registration_date=""), "2020-01-01") == "unknown"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("surrendered", "surrendered"),
        ("invalidated", "invalidated"),
        ("lapsed", "lapsed"),
        ("expired", "expired"),
    ],
)
def test_event_that_ends_a_right_is_told_even_where_the_source_is_silent(code: str, expected: str) -> None:
    record = mark(status="unknown", events=(event(code, "2018-01-01"),))
    assert word(record, "2017-12-31") == "in_force"
    assert on(record, "2018-01-01") == StatusOn(expected, "2018-01-01", "event", True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "expected"), [("refused", "refused"), ("withdrawn", "withdrawn")])
def test_application_ends(code: str, expected: str) -> None:
    record = mark(status=expected, stage="application", registration_date="", events=(event(code, "2015-01-01"),))
    assert word(record, "2014-12-31") == "pending"
    assert word(record, "2015-01-01") == expected


def test_restored_right_is_in_force_again() -> None:
    record = mark(events=(event("lapsed", "2018-01-01"), event("restored", "2018-06-01")))
    assert [word(record, day) for day in ("2017-12-31", "2018-01-01", "2018-06-01")] == [
        "in_force",
        "lapsed",
        "in_force",
    ]


def test_ceased_takes_its_reason_from_the_source_or_from_nobody() -> None:
    ceased = (event("H10", "2018-01-01", scheme="ST.61"),)
    assert on(mark(events=ceased, status="surrendered"), "2018-01-01").status == "surrendered"
    assert on(mark(events=ceased), "2018-01-01") == StatusOn("unknown", "2018-01-01", "ceased", True)


def test_undated_end_holds_from_the_last_known_change_without_a_date() -> None:
    record = mark(status="lapsed")
    assert on(record, "2019-01-01") == StatusOn("lapsed", "", "stated_undated", False)
    assert word(record, "2014-06-01") == "pending"


def test_undated_expired_uses_the_stated_expiry() -> None:
    record = mark(status="expired", expiry_date="2024-05-14")
    assert word(record, "2024-05-14") == "in_force"
    assert on(record, "2024-05-15") == StatusOn("expired", "2024-05-14", "expired_stated", False)


def test_word_that_contradicts_the_events_is_not_believed() -> None:
    record = mark(events=(event("invalidated", "2018-01-01"),))
    assert on(record, "2018-01-01") == StatusOn("unknown", "2018-01-01", "contradiction", True)
    assert on(mark(status="pending"), "2016-01-01").reason_code == "contradiction"


def test_later_event_wins_over_an_older_word() -> None:
    record = mark(status_date="2016-01-01", events=(event("invalidated", "2018-01-01"),))
    assert word(record, "2017-01-01") == "in_force"
    assert word(record, "2018-01-01") == "invalidated"


def test_later_filing_does_not_make_a_right_pending_again() -> None:
    assert word(mark(events=(event("A16", "2016-01-01", scheme="ST.27"),)), "2016-01-01") == "in_force"


def test_right_that_vanished_from_the_source_is_unknown() -> None:
    record = mark(missing_since="2020-01-01")
    assert word(record, "2019-12-31") == "in_force"
    assert on(record, "2020-01-01") == StatusOn("unknown", "2020-01-01", "missing", True)


def test_record_without_dates_gives_the_word_of_the_source() -> None:
    record = mark(filing_date="", registration_date="")
    assert on(record, "2020-01-01") == StatusOn("in_force", "", "stated_undated", False)


def test_undated_word_does_not_outlive_the_stated_expiry() -> None:
    record = mark(filing_date="", registration_date="", expiry_date="2020-01-01")
    assert word(record, "2020-01-01") == "in_force"
    assert word(record, "2020-01-02") == "expired"


dated = st.one_of(st.just(""), st.dates(date(1950, 1, 1), date(2060, 1, 1)).map(date.isoformat))
records = st.builds(
    RightRecord,
    office=st.sampled_from(["BY", "RU", "XX"]),
    kind=st.sampled_from(["trademark", "invention", "industrial_design", "copyright_work", "plant_variety"]),
    number=st.just("1"),
    stage=st.sampled_from(["application", "right"]),
    status=st.sampled_from(STATUSES),
    status_date=dated,
    filing_date=dated,
    registration_date=dated,
    expiry_date=dated,
    missing_since=dated,
    events=st.lists(
        st.builds(
            Event,
            code=st.sampled_from(
                ["filed", "registered", "renewed", "lapsed", "restored", "invalidated", "H10", "4711"]
            ),
            scheme=st.sampled_from(["local", "ST.27"]),
            date=dated,
        ),
        max_size=4,
    ).map(tuple),
)


@given(records, st.dates(date(1940, 1, 1), date(2070, 1, 1)))
def test_status_begins_no_later_than_the_day_asked(record: RightRecord, day: date) -> None:
    found = status_on(record, day)
    assert found.since == "" or found.since <= day.isoformat()
    assert found == status_on(record, day)


@given(records, st.dates(date(1940, 1, 1), date(2070, 1, 1)))
def test_in_force_after_a_stated_expiry_needs_a_renewal_or_a_later_word(record: RightRecord, day: date) -> None:
    found = status_on(record, day)
    if found.status == "in_force" and record.expiry_date and record.expiry_date < day.isoformat():
        opens = add_months(date.fromisoformat(record.expiry_date), -12).isoformat()
        renewed = any(event.code == "renewed" and event.date >= opens for event in record.events)
        vouched = any(one > record.expiry_date for one in (record.status_date, *(e.date for e in record.events)))
        assert renewed or vouched


@given(records, st.dates(date(1940, 1, 1), date(2070, 1, 1)))
def test_missing_right_is_never_shown_in_force(record: RightRecord, day: date) -> None:
    if record.missing_since and day.isoformat() >= record.missing_since:
        assert status_on(record, day).status not in ("in_force", "pending")


@given(records, st.dates(date(1940, 1, 1), date(2070, 1, 1)))
def test_in_force_is_never_shown_where_the_source_does_not_tell_it(record: RightRecord, day: date) -> None:
    found = status_on(record, day)
    if found.status == "in_force" and record.status == "unknown":
        later = [event.date for event in record.events if event.date > day.isoformat()]
        assert later or record.registration_date > day.isoformat()
