"""Single-byte changes at random places, each found and named. tools/quality/fsck_flips.py does the same at length."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from comity.journal.fsck import fsck
from tools.quality import fsck_flips, fsck_world
from tools.quality.fsck_world import World

pytestmark = pytest.mark.django_db(transaction=True)
EACH = 7  # of 9 kinds of change: 63


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = fsck_world.make(tmp_path_factory.mktemp("world"))
    with fsck_world.node(made.home):
        yield made


@pytest.mark.parametrize("kind", fsck_flips.KINDS)
def test_a_change_of_one_byte_is_found_and_named(world: World, kind: str) -> None:
    dice = random.Random(f"{kind} 20261122")
    tried, missed = 0, []
    while tried < EACH:
        try:
            with fsck_flips.flipped(world.home, kind, dice) as flip:
                findings = fsck().findings
        except fsck_flips.RefusedError:
            continue
        tried += 1
        if not any(flip.names(finding) and finding.remedy for finding in findings):
            missed.append((flip.place, [str(finding) for finding in findings[:3]]))
    assert missed == []
    assert fsck().findings == [], "a change was not undone"
