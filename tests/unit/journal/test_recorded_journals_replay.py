"""The journals recorded of each release become the same tables as on the day when they were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comity.journal import digest, kinds
from comity.journal.models import Journal, Opening, Redaction
from comity.journal.rebuild import rebuild
from comity.kernel.entry import parse_entry
from comity.registers.domain.record import KINDS
from comity.registers.models import Right
from tools import recorded

RELEASES = sorted(path for path in recorded.ROOT.iterdir() if path.is_dir())


@pytest.fixture
def node_folder(db: None, settings: Any, tmp_path: Path) -> Path:
    settings.COMITY_HOME = tmp_path
    return tmp_path


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_a_recorded_journal_becomes_the_same_tables_for_ever(release: Path, node_folder: Path) -> None:
    expected = json.loads((release / "expected.json").read_text(encoding="utf-8"))
    assert recorded.replay(release) == expected
    # What was taken back is gone here too, and deriving the tables anew changes nothing.
    taken = {(row.journal_id, row.index) for row in Redaction.objects.filter(path="")}
    assert taken
    assert not taken & set(Opening.objects.values_list("journal_id", "index"))
    rebuild()
    assert digest.digest().total == expected["total"]


def test_the_newest_recording_has_every_kind_of_entry_and_of_right(node_folder: Path) -> None:
    """Whoever adds a kind adds an entry of it to tools/recorded.py and writes the recording of this release again."""
    recorded.replay(RELEASES[-1])
    told = set()
    for path in recorded.journals(RELEASES[-1]):
        entries = (parse_entry(data) for data in recorded.read(path).entries)
        told |= {f"{entry.kind}/{entry.version}" for entry in entries}
    # These stand only in a journal that goes on from a lost one; test_redaction_of_frozen replays them.
    goes_on = {"journal.open/2", "journal.redaction/2"}
    assert {f"{kind.name}/{kind.version}" for kind in kinds.known()} - told == goes_on
    assert set(Right.objects.values_list("kind", flat=True)) == set(KINDS)
    assert Journal.objects.count() == 2


def test_a_recording_is_the_same_bytes_each_time(node_folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        recorded.record(tmp_path / name)
    files = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        assert (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()
