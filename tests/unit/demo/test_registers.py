"""The demonstration's registers: complete, plausible in law, fictional."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from typing import get_args

import pytest

from comity.node.demo.generate import LABEL, Made, Office, generate, shares, twin_pairs
from comity.node.demo.history import TODAY
from comity.registers.domain.record import KINDS, STATUSES, RightRecord

SEED = 7


@pytest.fixture(scope="module", params=get_args(Office))
def register(request: pytest.FixtureRequest) -> list[Made]:
    return list(generate(request.param, SEED))


def records(register: list[Made]) -> list[RightRecord]:
    return [made.record for made in register]


def test_each_office_holds_two_thousand_rights_of_every_kind_and_status(register: list[Made]) -> None:
    assert len(register) == 2200
    kinds = Counter(record.kind for record in records(register))
    assert set(kinds) == set(KINDS)
    assert dict(kinds) == shares(2200)
    assert kinds["trademark"] > 1100
    assert {record.status for record in records(register)} == set(STATUSES) - {"unknown"}
    features = {feature for record in records(register) for feature in record.features}
    wanted = {"word", "figurative", "combined", "three_dimensional", "service_mark", "collective", "well_known"}
    assert wanted <= features


def test_every_record_is_labelled_fictional(register: list[Made]) -> None:
    assert all(LABEL in record.extras for record in records(register))


def test_numbers_are_given_once_within_a_kind(register: list[Made]) -> None:
    for key in ("number", "application_number"):
        seen = Counter((record.kind, record.stage, getattr(record, key)) for record in records(register))
        assert [item for item, times in seen.items() if times > 1] == []


def test_russian_applications_have_their_form(register: list[Made]) -> None:
    for record in records(register):
        if record.office == "RU" and record.kind in ("trademark", "invention", "utility_model", "industrial_design"):
            digits = 8 if record.filing_date < "2000" else 10
            assert re.fullmatch(rf"\d{{{digits}}}", record.application_number)


def test_images_are_those_that_the_records_name(register: list[Made]) -> None:
    for made in register:
        named = {image.sha256 for image in made.record.images}
        assert named == set(made.images)
        for digest, body in made.images.items():
            assert hashlib.sha256(body).hexdigest() == digest
            assert len(body) < 6_000


def test_events_run_in_legal_order_and_none_is_recorded_in_the_future(register: list[Made]) -> None:
    for record in records(register):
        days = [event.date for event in record.events]
        assert days == sorted(days)
        assert days[0] == record.filing_date
        assert all(event.recorded <= TODAY.isoformat() for event in record.events)
        assert all(item.date <= TODAY.isoformat() for item in record.publications)


def test_status_agrees_with_stage_dates_and_events(register: list[Made]) -> None:
    grace = (TODAY - dt.timedelta(days=184)).isoformat()
    for record in records(register):
        codes = [event.code for event in record.events]
        if record.status in ("pending", "refused", "withdrawn"):
            assert record.stage == "application"
            assert record.number == record.application_number
            assert not record.registration_date
        else:
            assert record.stage == "right"
            assert record.filing_date < record.registration_date <= TODAY.isoformat()
        if record.status in ("expired", "lapsed", "surrendered", "invalidated", "refused", "withdrawn"):
            assert record.status in codes
        if record.status == "in_force":
            assert not record.expiry_date or record.expiry_date > grace


def test_terms_follow_the_two_laws(register: list[Made]) -> None:
    for record in records(register):
        if not record.expiry_date:
            continue
        years = int(record.expiry_date[:4]) - int(record.filing_date[:4])
        match record.kind:
            case "trademark" | "geographical_indication" | "appellation_of_origin":
                assert years % 10 == 0
            case "invention":
                assert years == 20
            case "utility_model":
                assert years in ((5, 10) if record.office == "BY" else (10,))
            case "industrial_design":
                assert years in ((10, 15) if record.office == "BY" else (5, 10, 15, 20, 25))
            case "plant_variety":
                since = int(record.expiry_date[:4]) - int(record.registration_date[:4])
                assert since in ((25,) if record.office == "BY" else (30, 35))


def test_priority_is_claimed_within_six_or_twelve_months(register: list[Made]) -> None:
    claimed = [record for record in records(register) if record.priorities]
    assert len(claimed) > 60
    for record in claimed:
        days = (dt.date.fromisoformat(record.filing_date) - dt.date.fromisoformat(record.priorities[0].date)).days
        assert 0 < days <= (184 if record.kind in ("trademark", "industrial_design") else 366)


def test_marks_say_what_they_show_and_cover(register: list[Made]) -> None:
    for record in records(register):
        if record.kind != "trademark":
            continue
        schemes = {item.scheme for item in record.classes}
        assert "nice" in schemes
        assert ("vienna" in schemes) == bool(record.images)
        assert record.titles or record.images
        if record.language == "be":
            texts = [t.text for item in record.classes for t in item.texts if t.lang == "be"]
            assert not any(set("иИщЩъ") & set(text) for text in texts)


def test_belarusian_texts_are_in_belarusian_letters(register: list[Made]) -> None:
    for record in records(register):
        for text in (*record.titles, *record.abstract, *record.description):
            if text.lang == "be":
                assert not set("иИщЩъЪ") & set(text.text), text.text


def test_holders_and_people_have_names_and_addresses(register: list[Made]) -> None:
    people = [party for record in records(register) for party in record.parties]
    assert all(party.names and party.address and party.country for party in people)
    assert not any(party.identifier for party in people if party.entity == "natural")
    assert sum(party.entity == "natural" for party in people) > 1000


def test_every_twelfth_mark_has_a_similar_one_at_the_other_office() -> None:
    pairs = twin_pairs(SEED, 600)
    marks = {
        office: {made.record.number: made.record for made in generate(office, SEED, 600)} for office in get_args(Office)
    }
    assert len(pairs) == shares(600)["trademark"] // 12
    assert {relation for _, _, relation in pairs} == {"script", "one_letter", "meaning", "figure"}
    for by, ru, relation in pairs:
        ours, theirs = marks["BY"][by], marks["RU"][ru]
        nice = [{item.code for item in record.classes if item.scheme == "nice"} for record in (ours, theirs)]
        assert nice[0] & nice[1]
        if relation == "figure":
            assert ours.images != theirs.images
            assert ours.classes[len(nice[0])].code == theirs.classes[len(nice[1])].code
        else:
            assert ours.titles[0].text != theirs.titles[0].text
