"""A healthy node is clean, and two checks of it say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.journal import fsck
from tools.quality import fsck_world


@pytest.mark.django_db(transaction=True)
def test_a_healthy_node_is_clean_and_everything_was_looked_at(tmp_path: Path) -> None:
    world = fsck_world.make(tmp_path)
    with fsck_world.node(world.home):
        report = fsck.fsck()
        again = fsck.fsck()
    assert [str(finding) for finding in report.findings] == []
    assert report.checked == again.checked
    assert report.checked["entries"] == world.journal.size + world.copy.size
    for name in (
        *("checkpoints", "cosignatures", "witnessed checkpoints", "forks", "keys", "cards", "openings", "commitments"),
        *("withheld", "pending entries", "held entries", "files", "search texts", "rows of journal.redaction"),
        *("rows of registers.right", "rows of registers.right_version", "rows of registers.right_class"),
    ):
        assert report.checked[name] > 0, name
