"""What the owner of a record says of another state's territory is the owner's word, never a fact of that state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.effect import TerritoryEffect, effect_territories, effects, render
from comity.registers.domain.record import KINDS, STATUSES, Effect, RightRecord

PARTIES = ("BY", "RU")
DAY = date(2025, 6, 1)
UNREGISTERED = ("copyright_work", "computer_program", "database", "related_right")
NATIONAL = [kind for kind in KINDS if kind not in UNREGISTERED]
MARK = RightRecord(
    office="RU",
    kind="trademark",
    number="1008824",
    status="in_force",
    status_date="2025-03-03",
    filing_date="2024-05-14",
    registration_date="2025-03-03",
)


def stating(basis: Any, office: str = "RU", kind: Any = "trademark", **fields: str) -> RightRecord:
    return replace(MARK, office=office, kind=kind, effects=(Effect(territory="BY", basis=basis, **fields),))


def there(record: RightRecord, told_by: str = "") -> TerritoryEffect:
    return next(e for e in effects(record, PARTIES, DAY, told_by=told_by) if e.territory == "BY")


def said(effect: TerritoryEffect) -> str:
    return render(effect.sentence_key, effect.params)


@pytest.mark.parametrize("basis", ["regional", "international", "treaty", "national_decision"])
def test_effect_that_a_national_office_claims_elsewhere_is_its_word_and_stays_open(basis: str) -> None:
    found = there(stating(basis))
    assert (found.has_effect, found.basis) == (None, basis)
    assert said(found).startswith("According to the office (RU), ")
    assert said(found).endswith("Only the authorities of this state can confirm it.")


def test_national_registration_elsewhere_is_another_right_and_lends_no_effect() -> None:
    found = there(stating("national"))
    assert (found.has_effect, found.basis) == (False, "none")
    assert said(found).startswith("No effect in this territory.")
    assert "According to the office (RU)" in said(found)
    assert effect_territories(stating("national"), PARTIES) == ("RU",)


@pytest.mark.parametrize(
    ("office", "kind", "basis"), [("WO", "trademark", "international"), ("EA", "invention", "regional")]
)
def test_office_of_the_system_itself_is_heard_and_named(office: str, kind: str, basis: str) -> None:
    found = there(stating(basis, office, kind))
    assert found.has_effect is True
    assert said(found).startswith(f"According to the office ({office}), ")


@pytest.mark.parametrize(
    ("office", "kind", "basis"),
    [
        ("EM", "trademark", "regional"),
        ("EA", "trademark", "regional"),
        ("EA", "invention", "international"),
        ("WO", "trademark", "regional"),
        ("WO", "trademark", "national_decision"),
    ],
)
def test_system_is_not_heard_beyond_its_members_kinds_and_basis(office: str, kind: str, basis: str) -> None:
    assert there(stating(basis, office, kind)).has_effect is None


def test_claim_takes_nothing_from_a_work_that_the_treaty_protects() -> None:
    for basis in ("national", "national_decision", "regional"):
        found = there(stating(basis, kind="copyright_work"))
        assert (found.has_effect, found.sentence_key) == (True, "treaty.berne")


def test_journal_of_another_party_says_nothing_of_the_effect_of_an_offices_right() -> None:
    record = replace(MARK, office="BY")
    for found in effects(record, PARTIES, DAY, told_by="RU"):
        assert (found.has_effect, found.basis) == (None, "none")
        assert "only the journal of the office (BY) can say" in said(found)
    assert there(record, told_by="BY").has_effect is True
    # A register that no party of the agreement keeps may be told of by anybody.
    assert effects(replace(MARK, office="KZ"), PARTIES, DAY, told_by="RU")[0].has_effect is True


@given(
    st.sampled_from(NATIONAL),
    st.sampled_from(STATUSES),
    st.lists(st.sampled_from(["well_known", "collective", "combined"]), max_size=2).map(tuple),
    st.lists(
        st.builds(
            Effect,
            territory=st.sampled_from(["BY", "RU"]),
            basis=st.sampled_from(
                ["none", "national", "regional", "international", "treaty", "national_decision", "priority"]
            ),
            since=st.sampled_from(["", "2020-01-01", "2025-06-02"]),
            until=st.sampled_from(["", "2025-05-31", "2030-01-01"]),
        ),
        max_size=4,
    ).map(tuple),
)
def test_nothing_in_a_record_makes_a_national_title_valid_in_the_other_state(
    kind: Any, status: Any, features: Any, stated: tuple[Effect, ...]
) -> None:
    record = replace(MARK, kind=kind, status=status, features=features, effects=stated)
    assert there(record).has_effect is not True
