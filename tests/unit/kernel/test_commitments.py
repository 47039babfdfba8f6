"""A commitment shows nothing, binds one value, and opens only with its salt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from comity.kernel.commitments import LABEL, Opening, commit, new_salt, verify_commitment
from comity.kernel.errors import CanonicalError, FormatError, VerificationError
from comity.kernel.wire import unb64
from tests.unit.kernel.test_canonical import VALUES

SALT = bytes(range(32))
VALUE = {"country": "BY", "name": "Ружа ROSE"}


def test_the_formula_is_that_of_the_published_vector() -> None:
    expected = "meyFnqLytl+k4Rb82rCegpHw1nmA4986eImXsrbX5Zw="
    assert commit("/parties/0", VALUE, SALT, label="ipjournal/commit/v1") == expected
    assert commit("/parties/0", VALUE, SALT) != expected
    assert commit("/parties/0", VALUE, SALT) == commit("/parties/0", VALUE, SALT, label=LABEL)


@given(VALUES)
def test_the_opening_verifies_and_no_other_does(value: Any) -> None:
    opening = Opening("/parties/0", new_salt(), value)
    cm = commit(opening.path, opening.value, opening.salt)
    assert len(unb64(cm)) == 32
    verify_commitment(cm, opening)
    others = (
        Opening("/parties/1", opening.salt, value),
        Opening(opening.path, new_salt(), value),
        Opening(opening.path, opening.salt, [value]),
    )
    for other in others:
        with pytest.raises(VerificationError):
            verify_commitment(cm, other)
    with pytest.raises(VerificationError):
        verify_commitment(cm[:-1], opening)


def test_path_and_salt_cannot_be_shifted_into_one_another() -> None:
    with pytest.raises(FormatError):
        commit("/parties/0\n", VALUE, SALT)
    for salt in (b"", SALT[:31], SALT + b"\x00"):
        with pytest.raises(FormatError):
            commit("/parties/0", VALUE, salt)


def test_a_value_outside_the_profile_cannot_be_committed_to() -> None:
    with pytest.raises(CanonicalError):
        commit("/share", 0.5, SALT)


def test_salts_are_fresh() -> None:
    salts = {new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {32}


def test_an_opening_does_not_show_what_it_opens() -> None:
    shown = repr(Opening("/parties/0", SALT, VALUE))
    assert "ROSE" not in shown
    assert repr(SALT) not in shown
