"""Where a right has effect: the rules of recognition, one example for each, and what holds for all."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.effect import (
    SENTENCES,
    TerritoryEffect,
    effect_territories,
    effects,
    priority_deadline,
    render,
)
from comity.registers.domain.record import KINDS, STATUSES, Effect, Priority, RightRecord

PARTIES = ("BY", "RU")
DAY = date(2025, 6, 1)
UNREGISTERED = ("copyright_work", "computer_program", "database", "related_right")
NATIONAL = [kind for kind in KINDS if kind not in UNREGISTERED]


def right(kind: Any = "trademark", office: str = "RU", **fields: Any) -> RightRecord:
    defaults = {
        "filing_date": "2024-05-14",
        "registration_date": "2025-03-03",
        "status": "in_force",
        "status_date": "2025-03-03",
    }
    return RightRecord(office=office, kind=kind, number="1008824", **{**defaults, **fields})


def there(record: RightRecord, territory: str = "BY", day: date = DAY) -> TerritoryEffect:
    return next(effect for effect in effects(record, PARTIES, day) if effect.territory == territory)


def said(effect: TerritoryEffect) -> str:
    return render(effect.sentence_key, effect.params)


def instead(effect: TerritoryEffect) -> list[str]:
    return [one.key for one in effect.instead]


@pytest.mark.parametrize("kind", NATIONAL)
def test_national_title_has_no_effect_in_the_other_state(kind: str) -> None:
    for office, other in (("RU", "BY"), ("BY", "RU")):
        found = there(right(kind, office), other)
        assert (found.has_effect, found.basis) == (False, "none")
        assert f"({office})" in said(found)
        assert said(found).startswith("No effect in this territory.")


@pytest.mark.parametrize("kind", NATIONAL)
def test_national_title_has_effect_at_home(kind: str) -> None:
    found = there(right(kind), "RU")
    assert (found.has_effect, found.basis) == (True, "national")


def test_mark_in_force_says_until_when_and_when_it_may_be_renewed() -> None:
    found = there(right(expiry_date="2034-05-14"), "RU")
    assert said(found) == "In force until 2034-05-14. The right has effect in the state of its office (RU)."
    assert [(note.key, note.params) for note in found.notes] == [
        ("note.window", {"day": "2033-05-14"}),
        ("note.grace", {"day": "2034-11-14"}),
    ]
    assert there(right(), "RU").sentence_key == "own.in_force_until_computed"


def test_expired_mark_says_until_when_it_may_still_be_renewed() -> None:
    record = right(expiry_date="2034-05-14")
    late = there(record, "RU", date(2034, 11, 14))
    assert (late.has_effect, late.sentence_key) == (False, "none.expired_since")
    assert [note.params for note in late.notes] == [{"day": "2034-11-14"}]
    assert there(record, "RU", date(2034, 11, 15)).notes == ()


def test_computed_expiry_is_said_to_be_computed() -> None:
    for found in effects(right(), PARTIES, date(2034, 5, 15)):
        assert (found.has_effect, found.sentence_key) == (False, "none.expired_since_computed")


def test_own_state_comes_first_then_the_parties_once_each() -> None:
    assert [effect.territory for effect in effects(right(office="KZ"), PARTIES, DAY)] == ["KZ", "BY", "RU"]
    assert [effect.territory for effect in effects(right(), PARTIES, DAY)] == ["RU", "BY"]


def test_priority_is_six_months_for_marks_and_designs_twelve_for_inventions_and_utility_models() -> None:
    assert priority_deadline(right("trademark")) == date(2024, 11, 14)
    assert priority_deadline(right("industrial_design")) == date(2024, 11, 14)
    assert priority_deadline(right("invention")) == date(2025, 5, 14)
    assert priority_deadline(right("utility_model")) == date(2025, 5, 14)
    assert priority_deadline(right("ic_topography")) is None
    assert priority_deadline(right("trademark", filing_date="2024-08-31")) == date(2025, 2, 28)


def test_priority_runs_from_the_first_filing() -> None:
    claimed = (
        Priority(office="US", number="1", date="2024-01-10"),
        Priority(office="DE", number="2", date="2024-02-01"),
    )
    assert priority_deadline(right(priorities=claimed)) == date(2024, 7, 10)


def test_priority_is_open_to_its_last_day_and_then_passed() -> None:
    record = right(status="pending", status_date="", registration_date="", stage="application")
    assert instead(there(record, day=date(2024, 11, 14)))[0] == "instead.priority_open"
    assert instead(there(record, day=date(2024, 11, 15)))[0] == "instead.priority_passed"
    assert instead(there(right(filing_date="")))[0] == "instead.priority_unknown"


def test_mark_may_be_filed_nationally_under_madrid_or_for_the_union() -> None:
    assert instead(there(right()))[1:] == ["instead.file_nationally", "instead.madrid", "instead.union_mark"]


def test_design_may_be_filed_nationally_under_hague_or_as_a_eurasian_one() -> None:
    in_time = there(right("industrial_design"), day=date(2024, 11, 1))
    pending = [key for key in instead(in_time) if not key.startswith("instead.priority")]
    assert pending == ["instead.file_nationally", "instead.hague", "instead.eurasian_design"]


def test_invention_may_be_filed_nationally_or_as_a_eurasian_one_within_priority() -> None:
    assert instead(there(right("invention"), day=date(2025, 5, 14))) == [
        "instead.priority_open",
        "instead.file_nationally",
        "instead.eurasian_patent",
    ]
    assert instead(there(right("invention"))) == ["instead.priority_passed", "instead.file_nationally_new"]


def test_appellation_may_be_filed_for_the_union() -> None:
    assert instead(there(right("appellation_of_origin"))) == ["instead.file_nationally", "instead.union_appellation"]
    assert instead(there(right("geographical_indication"))) == ["instead.file_nationally"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("copyright_work", "treaty.berne"),
        ("computer_program", "treaty.berne_program"),
        ("database", "treaty.berne_database"),
        ("related_right", "treaty.related"),
    ],
)
def test_copyright_and_related_rights_have_effect_by_treaty_and_need_nothing(kind: str, key: str) -> None:
    found = there(right(kind))
    assert (found.has_effect, found.basis, found.sentence_key) == (True, "treaty", key)
    assert "evidence only" in said(found)
    assert instead(found) == ["instead.nothing_needed"]
    assert "evidence only" in said(there(right(kind), "RU"))


def test_entry_that_repeats_the_treaty_changes_no_words() -> None:
    repeated = right("copyright_work", effects=(Effect(territory="BY", basis="treaty"),))
    assert there(repeated) == there(right("copyright_work"))
    ended = right("copyright_work", effects=(Effect(territory="BY", basis="treaty", until="2020-01-01"),))
    assert there(ended).has_effect is False


def test_work_of_unknown_status_is_not_called_protected() -> None:
    for territory in PARTIES:
        found = there(right("copyright_work", status="unknown", status_date=""), territory)
        assert found.has_effect is None
        assert "does not state" in said(found)


def test_end_of_an_entry_is_not_the_end_of_copyright() -> None:
    record = right("computer_program", status="surrendered", status_date="2025-05-01")
    assert [(e.has_effect, e.sentence_key) for e in effects(record, PARTIES, DAY)] == [
        (None, "treaty.entry_ended"),
        (None, "treaty.entry_ended"),
    ]
    assert there(right("copyright_work", status="expired", status_date="2025-05-01")).has_effect is False


def test_eurasian_patent_has_effect_in_both_states() -> None:
    found = effects(right("invention", "EA"), PARTIES, DAY)
    assert [(e.territory, e.has_effect, e.basis) for e in found] == [("BY", True, "regional"), ("RU", True, "regional")]
    assert [note.key for note in found[0].notes] == ["note.regional_fees"]
    assert all(e.has_effect for e in effects(right("industrial_design", "EA"), PARTIES, DAY))


def test_eurasian_patent_follows_what_is_stated_per_state() -> None:
    kept = Effect(territory="RU", basis="regional", since="2025-03-03")
    dropped = Effect(territory="BY", basis="regional", since="2025-03-03", until="2025-05-31")
    record = right("invention", "EA", effects=(kept, dropped))
    assert there(record, "RU").has_effect is True
    assert there(record, "BY", date(2025, 5, 31)).has_effect is True
    ended = there(record, "BY")
    assert (ended.has_effect, ended.sentence_key, ended.params) == (False, "none.ended_here", {"day": "2025-05-31"})
    silent = there(right("invention", "EA", effects=(kept,)), "BY")
    assert (silent.has_effect, silent.sentence_key) == (None, "regional.unknown")


def test_pending_eurasian_application_has_no_effect_yet() -> None:
    record = right("invention", "EA", stage="application", status="pending", status_date="", registration_date="")
    assert [(e.has_effect, e.sentence_key) for e in effects(record, PARTIES, DAY)] == [(False, "none.not_yet")] * 2


def test_regional_title_of_another_system_has_no_effect_in_the_parties_states() -> None:
    assert [(e.has_effect, e.sentence_key) for e in effects(right(office="EM"), PARTIES, DAY)] == [
        (False, "none.not_member")
    ] * 2
    france = effects(right(office="EM"), ("FR",), DAY)[0]
    assert (france.has_effect, france.sentence_key) == (None, "regional.membership_unknown")


def test_union_mark_that_one_national_office_tells_of_is_that_offices_word_elsewhere() -> None:
    union = tuple(Effect(territory=party, basis="regional", since="2025-03-03") for party in PARTIES)
    found = effects(right(effects=union), PARTIES, DAY)
    assert [(e.territory, e.has_effect, e.basis) for e in found] == [
        ("RU", True, "national"),
        ("BY", None, "regional"),
    ]


def test_international_registration_has_effect_only_where_designated() -> None:
    record = right(office="WO", effects=(Effect(territory="BY", basis="international", since="2025-03-03"),))
    assert (there(record).has_effect, there(record).basis) == (True, "international")
    assert (there(record, "RU").has_effect, there(record, "RU").sentence_key) == (False, "none.not_designated")
    assert there(record, day=date(2025, 3, 2)).has_effect is False


def test_refused_designation_has_no_effect() -> None:
    record = right(office="WO", effects=(Effect(territory="BY", basis="none"),))
    assert (there(record).has_effect, there(record).sentence_key) == (False, "none.stated")


def test_well_known_mark_is_decided_by_each_state() -> None:
    record = right(features=("well_known",))
    assert there(record, "RU").basis == "national_decision"
    assert (there(record).has_effect, there(record).sentence_key) == (False, "none.well_known")
    assert "instead.well_known" in instead(there(record))
    decided = right(features=("well_known",), effects=(Effect(territory="BY", basis="national_decision"),))
    # The other state's decision is told here by this office only.
    assert (there(decided).has_effect, there(decided).basis) == (None, "national_decision")


def test_priority_in_the_record_is_not_protection() -> None:
    record = right(effects=(Effect(territory="BY", basis="priority"),))
    assert (there(record).has_effect, there(record).basis) == (False, "priority")


def test_derived_entry_gives_no_right_anywhere() -> None:
    record = right(features=("derived",))
    assert [(e.has_effect, e.sentence_key) for e in effects(record, PARTIES, DAY)] == [(False, "none.derived")] * 2
    assert effect_territories(record, PARTIES) == ()


@pytest.mark.parametrize("status", ["expired", "lapsed", "surrendered", "invalidated", "refused", "withdrawn"])
def test_ended_right_has_no_effect_anywhere(status: str) -> None:
    stated = (Effect(territory="BY", basis="regional"),)
    for effects_stated in ((), stated):
        record = right("invention", status=status, status_date="2025-05-01", effects=effects_stated)
        for found in effects(record, PARTIES, DAY):
            assert found.has_effect is False
            assert found.sentence_key == f"none.{status}_since"
            assert not found.instead


def test_unknown_status_is_said() -> None:
    record = right(status="unknown", status_date="")
    assert (there(record, "RU").has_effect, there(record, "RU").sentence_key) == (None, "own.unknown")
    assert (there(record).has_effect, there(record).sentence_key) == (False, "none.national_unknown")


def test_effect_denied_at_home_by_the_record_is_not_shown() -> None:
    record = right(effects=(Effect(territory="RU", basis="national", until="2025-05-01"),))
    assert there(record, "RU").has_effect is False


def test_index_of_territories_follows_the_basis_alone() -> None:
    assert effect_territories(right(), PARTIES) == ("RU",)
    assert effect_territories(right(status="expired"), PARTIES) == ("RU",)
    assert effect_territories(right("copyright_work", "US"), PARTIES) == ("BY", "RU", "US")
    assert effect_territories(right("invention", "EA"), PARTIES) == ("BY", "RU")
    designated = (Effect(territory="BY", basis="international"), Effect(territory="RU", basis="none"))
    assert effect_territories(right(office="WO", effects=designated), PARTIES) == ("BY",)
    assert effect_territories(right(effects=(Effect(territory="BY", basis="priority"),)), PARTIES) == ("RU",)


def test_sentence_is_translated_and_its_places_are_named() -> None:
    text = render(
        "own.in_force_until",
        {"day": "2034-05-14", "office": "RU"},
        translate=lambda msgid: "До %(day)s: %(office)s" if msgid == SENTENCES["own.in_force_until"] else msgid,
        name_of={"RU": "Россия"}.__getitem__,
        day_of=lambda day: ".".join(reversed(day.split("-"))),
    )
    assert text == "До 14.05.2034: Россия"


def test_every_place_of_every_sentence_is_named() -> None:
    for key, template in SENTENCES.items():
        places = set(re.findall(r"%\((\w+)\)s", template))
        assert places <= {"office", "territory", "day", "years", "year", "months", "percent"}, key
        assert template.count("%") == len(re.findall(r"%\(\w+\)s", template)), key
        assert template.endswith("."), key


dated = st.one_of(st.just(""), st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(date.isoformat))
records = st.builds(
    RightRecord,
    office=st.sampled_from(["BY", "RU", "EA", "EM", "WO", "US", "XX"]),
    kind=st.sampled_from(KINDS),
    number=st.just("1"),
    stage=st.sampled_from(["application", "right"]),
    features=st.lists(st.sampled_from(["well_known", "derived", "collective"]), max_size=2).map(tuple),
    status=st.sampled_from(STATUSES),
    status_date=dated,
    filing_date=dated,
    registration_date=dated,
    expiry_date=dated,
    effects=st.lists(
        st.builds(
            Effect,
            territory=st.sampled_from(["BY", "RU", "KZ"]),
            basis=st.sampled_from(
                ["none", "national", "regional", "international", "treaty", "national_decision", "priority"]
            ),
            since=dated,
            until=dated,
        ),
        max_size=3,
    ).map(tuple),
)


@given(records, st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_every_answer_can_be_said(record: RightRecord, day: date) -> None:
    for found in effects(record, PARTIES, day):
        assert "%(" not in render(found.sentence_key, found.params)
        for one in (*found.notes, *found.instead):
            assert "%(" not in render(one.key, one.params)
        assert (found.has_effect is False) == said(found).startswith("No ")


@given(records, st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_effect_is_shown_only_where_the_index_has_the_territory(record: RightRecord, day: date) -> None:
    index = effect_territories(record, PARTIES)
    for found in effects(record, PARTIES, day):
        if found.has_effect:
            assert found.territory in index


@given(records, st.sampled_from(NATIONAL), st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_national_title_without_a_stated_basis_never_crosses_the_border(
    record: RightRecord, kind: Any, day: date
) -> None:
    national = RightRecord(
        office="RU",
        kind=kind,
        number="1",
        status=record.status,
        filing_date=record.filing_date,
        features=record.features,
    )
    assert there(national, "BY", day).has_effect is False
