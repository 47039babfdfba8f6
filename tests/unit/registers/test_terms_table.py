"""The table of terms: every row of the law as an example, and the file that an operator may supply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.kernel.errors import ConfigurationError
from comity.registers.domain.record import Event, Extra, RightRecord
from comity.registers.domain.sentences import SENTENCES
from comity.registers.domain.terms import Term, default_table, load_table, parse_table, term_of


def right(office: str, kind: Any, **fields: Any) -> RightRecord:
    return RightRecord(office=office, kind=kind, number="1", **fields)


def filed(office: str, kind: Any, day: str = "2020-03-15", **fields: Any) -> Term:
    return term_of(right(office, kind, filing_date=day, **fields))


@pytest.mark.parametrize(
    ("office", "kind", "expires", "renewable"),
    [
        ("BY", "invention", "2040-03-15", False),
        ("RU", "invention", "2040-03-15", False),
        ("EA", "invention", "2040-03-15", False),
        ("BY", "utility_model", "2025-03-15", True),
        ("RU", "utility_model", "2030-03-15", False),
        ("BY", "industrial_design", "2030-03-15", True),
        ("RU", "industrial_design", "2025-03-15", True),
        ("BY", "trademark", "2030-03-15", True),
        ("RU", "trademark", "2030-03-15", True),
        ("BY", "geographical_indication", "2030-03-15", True),
        ("RU", "geographical_indication", "2030-03-15", True),
        ("BY", "appellation_of_origin", "2030-03-15", True),
        ("RU", "appellation_of_origin", "2030-03-15", True),
    ],
)
def test_term_runs_from_filing(office: str, kind: str, expires: str, renewable: bool) -> None:
    term = filed(office, kind)
    assert term.expires == expires
    assert term.computed
    assert not term.stated_by_source
    assert term.next_renewal == (expires if renewable else "")
    assert term.rule == "term.filing"


@pytest.mark.parametrize("office", ["BY", "RU"])
def test_mark_is_renewed_in_its_last_year_with_six_months_grace(office: str) -> None:
    term = filed(office, "trademark")
    assert (term.renewal_window_opens, term.next_renewal, term.grace_until) == (
        "2029-03-15",
        "2030-03-15",
        "2030-09-15",
    )


@pytest.mark.parametrize("office", ["BY", "RU"])
def test_invention_may_be_extended_and_pays_fees_from_year_three(office: str) -> None:
    term = filed(office, "invention")
    assert term.fees_from == "2022-03-15"
    fees, extension = term.conditions
    assert (fees.key, fees.params) == ("term.fees", {"year": "3", "months": "6", "percent": "50"})
    assert extension.params == {"years": "5"}


def test_extension_of_unstated_length_leaves_the_expiry_unknown() -> None:
    term = filed("RU", "invention", events=(Event(code="extended", date="2039-01-01"),))
    assert (term.expires, term.rule) == ("", "term.extended")


@pytest.mark.parametrize("office", ["BY", "RU"])
def test_topography_runs_from_the_earlier_of_first_use_and_registration(office: str) -> None:
    used_first = right(office, "ic_topography", first_use_date="2019-01-01", registration_date="2020-01-01")
    registered_first = right(office, "ic_topography", first_use_date="2021-01-01", registration_date="2020-01-01")
    never_used = right(office, "ic_topography", registration_date="2020-01-01")
    assert [term_of(one).expires for one in (used_first, registered_first, never_used)] == [
        "2029-01-01",
        "2030-01-01",
        "2030-01-01",
    ]


def test_plant_variety_runs_from_registration() -> None:
    assert term_of(right("BY", "plant_variety", registration_date="2020-05-01")).expires == "2045-05-01"


@pytest.mark.parametrize(
    ("species", "expires"),
    [
        ("other", "2050-05-01"),
        ("grape", "2055-05-01"),
        ("woody_ornamental", "2055-05-01"),
        ("fruit", "2055-05-01"),
        ("forest", "2055-05-01"),
    ],
)
def test_russian_plant_variety_depends_on_the_kind_of_plant(species: str, expires: str) -> None:
    extras = (Extra(name="species_group", value=species),)
    assert term_of(right("RU", "plant_variety", registration_date="2020-05-01", extras=extras)).expires == expires


def test_russian_plant_variety_of_unstated_kind_has_no_computed_expiry() -> None:
    term = term_of(right("RU", "plant_variety", registration_date="2020-05-01"))
    assert (term.expires, term.rule) == ("", "term.depends_on_species")


@pytest.mark.parametrize(("office", "years"), [("BY", "50"), ("RU", "70")])
def test_copyright_ends_years_after_a_death_that_the_register_does_not_hold(office: str, years: str) -> None:
    term = term_of(right(office, "copyright_work", registration_date="2020-01-01", created="1990"))
    assert (term.expires, term.rule, term.params) == ("", "term.life", {"years": years})


def test_russian_design_is_renewed_up_to_twenty_five_years() -> None:
    days = ["2020-03-15", "2025-03-14", "2030-03-14", "2035-03-14", "2040-03-14", "2045-03-14"]
    ends = []
    for renewals in range(6):
        events = tuple(Event(code="renewed", date=day) for day in days[1 : renewals + 1])
        ends.append(filed("RU", "industrial_design", events=events))
    assert [term.expires for term in ends] == [
        "2025-03-15",
        "2030-03-15",
        "2035-03-15",
        "2040-03-15",
        "2045-03-15",
        "2045-03-15",
    ]
    assert [bool(term.next_renewal) for term in ends] == [True, True, True, True, False, False]


def test_belarusian_utility_model_is_renewed_once() -> None:
    term = filed("BY", "utility_model", events=(Event(code="renewed", date="2025-03-01"),))
    assert (term.expires, term.next_renewal) == ("2030-03-15", "")


def test_rule_of_another_date_of_filing_is_not_used() -> None:
    assert filed("RU", "utility_model", "2014-12-31").rule == "term.unknown_conditions"
    assert filed("RU", "utility_model", "2015-01-01").expires == "2025-01-01"


def test_source_that_vouches_for_a_later_day_implies_the_renewal() -> None:
    term = filed("RU", "trademark", "2000-03-15", status="in_force", status_date="2024-01-01")
    assert (term.expires, term.computed) == ("2030-03-15", True)


@pytest.mark.parametrize(
    ("office", "kind"), [("XX", "trademark"), ("KZ", "industrial_design"), ("BY", "related_right")]
)
def test_term_of_another_office_is_not_known(office: str, kind: str) -> None:
    term = filed(office, kind)
    assert (term.expires, term.rule, term.params) == ("", "term.unknown_office", {"office": office})


def test_well_known_mark_has_no_computed_expiry() -> None:
    term = filed("BY", "trademark", features=("well_known",))
    assert (term.expires, term.rule) == ("", "term.well_known")


def test_missing_start_is_said() -> None:
    assert term_of(right("BY", "trademark")).rule == "term.start_unknown"


def test_application_has_no_computed_term() -> None:
    assert filed("BY", "trademark", stage="application").expires == ""


def test_every_rule_and_condition_is_a_sentence() -> None:
    for rules in default_table().rules.values():
        for rule in rules:
            assert f"term.{rule.basis}" in SENTENCES
            assert not rule.condition or rule.condition in SENTENCES


def test_operator_supplies_a_table_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "terms.toml"
    path.write_text(
        '[[term]]\noffice="KZ"\nkind="copyright_work"\nbasis="creation"\nyears=3\nfrom="2000-01-01"\n', encoding="utf-8"
    )
    table = load_table(path)
    record = right("KZ", "copyright_work", filing_date="2020-01-01", created="2020-02-29")
    assert term_of(record, table).expires == "2023-02-28"
    assert term_of(right("BY", "trademark", filing_date="2020-01-01"), table).rule == "term.unknown_office"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ('office="BY"\nkind="mark"\nbasis="filing"\nyears=10', "mark is not a kind of right"),
        ('office="BY"\nkind="trademark"\nbasis="use"\nyears=10', "use is not a basis"),
        ('office="BY"\nkind="trademark"\nbasis="filing"', "years is missing"),
        ('office="BY"\nkind="trademark"\nbasis="filing"\nyears=-1', "years is not a whole number from 0"),
        ('office="BY"\nkind="trademark"\nbasis="filing"\nyears=true', "years is not a whole number from 0"),
        ('kind="trademark"\nbasis="filing"\nyears=1', "office is missing"),
        ('office="BY"\nkind="trademark"\nbasis="filing"\nyears=1\nfrom="2020"', "since is not a date"),
        ('office="BY"\nkind="trademark"\nbasis="filing"\nyears=1\nterm=1', "term is not a field"),
        ('office="BY"\nkind="trademark"\nbasis="filing"\nyears=1\ncondition="x"', "x is not a sentence"),
        ('office="BY"\nkind=3\nbasis="filing"\nyears=1', "kind is not text"),
    ],
)
def test_wrong_row_is_named(row: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_table(f"[[term]]\n{row}\n", place="mine.toml")
    assert fault in caught.value.message
    assert caught.value.place == "mine.toml, row 1"


def test_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_table(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationError):
        parse_table("[[term", place="mine.toml")
    with pytest.raises(ConfigurationError):
        parse_table("[other]\na=1\n", place="mine.toml")
