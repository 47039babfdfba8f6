"""Each column of what the mirror has promised is checked: a change of any is found and named."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from comity.journal.fsck import fsck
from comity.journal.models import Journal, Mirrored
from tools.quality import fsck_flips, fsck_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirrored]:
    made = fsck_world.make(tmp_path_factory.mktemp("world"))
    with fsck_world.node(made.home):
        yield Mirrored.objects.get(journal=made.copy)


def named(column: str, value: Any) -> bool:
    """Whether fsck names the column once it holds `value`, which is then taken back."""
    before = Mirrored.objects.values_list(column, flat=True).get()
    try:
        with transaction.atomic():
            Mirrored.objects.update(**{column: value})
    except (DatabaseError, OverflowError):
        return True
    findings = fsck().findings
    Mirrored.objects.update(**{column: before})
    return any(f"column {column}" in str(finding) and finding.remedy for finding in findings)


def test_a_change_of_any_column_of_a_mirrored_journal_is_named(row: Mirrored) -> None:
    dice = random.Random(20261122)
    columns = [field.name for field in fsck_flips.columns(Mirrored) if field.name != "journal"]
    assert {"size", "root", "checkpoint", "pending_size", "pending_root", "pending_checkpoint"} < {*columns}
    for column in columns:
        for _ in range(4):
            changed = fsck_flips._other(getattr(row, column), dice)
            assert named(column, changed), (column, changed)
    for column, lowest in (("held", row.pending_size + 1), ("brought", row.size + 1)):
        assert named(column, lowest)
        assert named(column, -1)
    assert fsck().findings == []


def test_a_mirror_that_forgot_what_it_cosigned_is_named(row: Mirrored) -> None:
    Mirrored.objects.update(journal=Journal.objects.get(own=True))
    said = [str(finding) for finding in fsck().findings]
    assert any("The mirror has cosigned; its row is missing." in text for text in said)
    assert any("A node is no mirror of its own journal." in text for text in said)
    Mirrored.objects.all().delete()
    assert any("The mirror has cosigned; its row is missing." in str(finding) for finding in fsck().findings)
