"""The order of fields and their INID codes."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest

from comity.registers.domain.inid import inid_of, labels, layout
from comity.registers.domain.record import KINDS, ROLES, RightRecord, Scheme


@pytest.mark.parametrize(
    ("kind", "field", "code"),
    [
        ("trademark", "number", "111"),
        ("trademark", "registration_date", "151"),
        ("trademark", "expiry_date", "180"),
        ("trademark", "application_number", "210"),
        ("trademark", "filing_date", "220"),
        ("trademark", "priorities", "300"),
        ("trademark", "classes.nice", "511"),
        ("trademark", "disclaimers", "526"),
        ("trademark", "classes.vienna", "531"),
        ("trademark", "colours", "591"),
        ("trademark", "parties.applicant", "731"),
        ("trademark", "parties.holder", "732"),
        ("trademark", "parties.representative", "740"),
        ("trademark", "parties.licensee", "791"),
        ("industrial_design", "number", "11"),
        ("industrial_design", "registration_date", "15"),
        ("industrial_design", "expiry_date", "18"),
        ("industrial_design", "design_count", "28"),
        ("industrial_design", "classes.locarno", "51"),
        ("industrial_design", "images", "55"),
        ("industrial_design", "parties.author", "72"),
        ("invention", "effect_date", "24"),
        ("invention", "classes.ipc", "51"),
        ("invention", "titles", "54"),
        ("utility_model", "abstract", "57"),
        ("utility_model", "parties.holder", "73"),
        ("database", "number", ""),
        ("database", "nothing", ""),
    ],
)
def test_field_has_its_code(kind: Any, field: str, code: str) -> None:
    assert inid_of(kind, field) == code


@pytest.mark.parametrize("kind", KINDS)
def test_layout_shows_every_field_that_a_record_may_hold_once(kind: Any) -> None:
    fields = [row.field for row in layout(kind)]
    assert len(fields) == len(set(fields))
    shown_elsewhere = {"office", "kind", "stage", "status", "status_date", "events", "effects"}
    shown_elsewhere |= {"extras", "source_url", "missing_since", "classes", "parties"}
    plain = {field.name for field in dataclasses.fields(RightRecord)} - shown_elsewhere
    expected = plain | {f"classes.{scheme}" for scheme in get_args(Scheme)} | {f"parties.{role}" for role in ROLES}
    assert set(fields) == expected


def test_codes_stand_in_rising_order() -> None:
    for kind in ("trademark", "industrial_design", "invention"):
        coded = [int(row.inid) for row in layout(kind) if row.inid]  # type: ignore[arg-type]
        assert coded == sorted(coded)


def test_every_label_is_listed_for_translation() -> None:
    assert {row.label for kind in KINDS for row in layout(kind)} <= set(labels())  # type: ignore[arg-type]
