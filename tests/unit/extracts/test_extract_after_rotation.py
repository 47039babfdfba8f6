"""An extract made after the log's key was changed carries the keys with their sizes, and verifies offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from comity.extracts.services import extract_bundle, extract_pdf
from comity.journal import home, rotation
from comity.journal.models import Journal
from comity.kernel.bundle import parse_bundle
from comity.kernel.verify import verify_file
from tests import node

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "BY/trademark/74512"


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path)
    rotation.announce(made)
    node.tell(made, node.MARK)
    node.sequence(made)
    return made


@pytest.fixture
def viewer(journal: Journal) -> User:
    return node.user("viewer", "viewer")


def rotate(journal: Journal, *, theft: bool = False) -> None:
    rotation.rotate(journal, "log")
    node.sequence(journal)
    if theft:
        rotation.revoke(journal, "log")
    else:
        rotation.retire(journal, "log")
    node.sequence(journal)


def test_a_bundle_made_before_a_rotation_verifies_after_it(journal: Journal, viewer: User) -> None:
    first = home.signing_key("log").verifier
    _, bundle = extract_bundle(viewer, KEY)
    assert parse_bundle(bundle).succession is None
    rotate(journal)
    assert verify_file(bundle, trusted=[first, home.signing_key("extract").verifier]).ok


def test_bundles_after_rotations_lead_from_the_first_key_to_the_one_that_signed(journal: Journal, viewer: User) -> None:
    extract, first = home.signing_key("extract").verifier, home.signing_key("log").verifier
    rotate(journal)
    second = home.signing_key("log").verifier
    rotate(journal, theft=True)
    third = home.signing_key("log").verifier
    bundle = extract_bundle(viewer, KEY)[1]
    parsed = parse_bundle(bundle)
    assert [(key.key, key.since, key.until) for key in parsed.of_role("log")] == [
        (first, 0, 4),
        (second, 4, 6),
        (third, 6, None),
    ]
    for known in (first, second, third):
        report = verify_file(bundle, trusted=[known, extract])
        assert (report.ok, report.verdict.code) == (True, "verdict.good"), list(report.checks)
    assert verify_file(extract_pdf(viewer, KEY)[1], trusted=[first, extract]).ok


def test_while_keys_overlap_the_old_one_signs_for_readers_and_no_end_is_stated(journal: Journal, viewer: User) -> None:
    first = home.signing_key("log").verifier
    rotation.rotate(journal, "log")
    node.sequence(journal)
    [held] = parse_bundle(extract_bundle(viewer, KEY)[1]).of_role("log")
    assert (held.key, held.since, held.until) == (first, 0, None)


def test_where_an_old_checkpoint_is_gone_the_bundle_begins_with_the_key_after(journal: Journal, viewer: User) -> None:
    first = home.signing_key("log").verifier
    rotate(journal)
    (home.store(journal).root / "handover" / first.keyid.hex()).unlink()
    [held] = parse_bundle(extract_bundle(viewer, KEY)[1]).of_role("log")
    assert (held.key, held.since) == (home.signing_key("log").verifier, 4)
