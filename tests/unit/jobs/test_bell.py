"""The worker hears at once what others leave for it; a ring waits for nobody and breaks nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.jobs import bell, services
from comity.journal.models import Journal
from tests import node

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.COMITY_HOME = tmp_path
    return tmp_path


@pytest.fixture
def heard() -> Iterator[bell.Bell]:
    listening = bell.Bell()
    yield listening
    listening.close()


def test_a_ring_is_heard_by_a_worker_that_waits(heard: bell.Bell) -> None:
    threading.Timer(0.1, bell.ring, ["sequencer"]).start()
    assert heard.listen(PATIENCE_S) == {"sequencer"}
    assert heard.listen(0) == set()


def test_rings_before_the_worker_listens_are_heard_once(heard: bell.Bell) -> None:
    for name in ("jobs", bell.partner(3), "jobs"):
        bell.ring(name)
    assert heard.listen(PATIENCE_S) == {"jobs", "partner 3"}
    assert heard.listen(0) == set()


def test_nobody_waits_though_nobody_listens(heard: bell.Bell) -> None:
    for _ in range(20_000):
        bell.ring("sequencer")
    while heard.listen(0):
        pass
    bell.ring("jobs")
    assert heard.listen(PATIENCE_S) == {"jobs"}


def test_without_a_worker_a_ring_is_nothing(folder: Path) -> None:
    bell.ring("jobs")
    assert list(folder.iterdir()) == []
    bell.Bell().close()
    bell.ring("jobs")
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []


def test_what_a_killed_worker_left_is_used_and_a_file_in_its_place_is_not_written(folder: Path) -> None:
    left = bell.Bell()
    again = bell.Bell()
    bell.ring("jobs")
    assert again.listen(PATIENCE_S) | left.listen(0) == {"jobs"}
    left.close()
    again.close()
    (folder / "run" / "bell").write_text("")
    bell.ring("jobs")
    assert (folder / "run" / "bell").read_text() == ""
    listening = bell.Bell()
    bell.ring("jobs")
    assert listening.listen(PATIENCE_S) == {"jobs"}
    listening.close()


def test_what_is_committed_rings_and_what_is_not_does_not(
    db: None, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    journal: Journal = node.set_up(settings, tmp_path / "node")
    listening = bell.Bell()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            node.tell(journal, node.MARK)
            services.enqueue("registers.import", "1")
            assert listening.listen(0) == set()
        assert listening.listen(PATIENCE_S) == {"sequencer", "jobs"}
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            services.enqueue("registers.import", "2")
            transaction.set_rollback(True)
        assert listening.listen(0) == set()
    finally:
        listening.close()
