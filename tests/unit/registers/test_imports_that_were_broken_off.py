"""An import is done again where its worker was lost, and never after it has ended or after a restore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from comity.jobs import services as jobs
from comity.jobs.models import Job
from comity.journal import services as journals
from comity.journal import standing
from comity.journal.models import Journal
from comity.registers import runs, services
from comity.registers.models import Import, ImportRow, Right
from tests import node
from tests.unit.registers.deliveries import line, take


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "home")


def upload(title: str) -> int:
    file = SimpleUploadedFile("delivery.jsonl", json.dumps(line(1, title)).encode())
    return services.start_import(node.user("operator", "operator"), file, format_name="jsonlines")


def test_one_that_has_ended_is_not_done_again_over_a_later_one(journal: Journal, tmp_path: Path) -> None:
    upload("FIRST")
    assert jobs.work_one()
    # The worker was killed before it could say that the job is done.
    Job.objects.update(state=Job.State.RUNNING)
    take(tmp_path / "later.jsonl", [line(1, "SECOND")])
    jobs.take_over()
    assert jobs.work_one()
    assert (Right.objects.get().name, Right.objects.get().version) == ("SECOND", 2)
    assert Job.objects.get().state == Job.State.DONE


def test_one_whose_worker_was_lost_in_the_middle_is_done_again(journal: Journal) -> None:
    run = upload("FIRST")
    assert jobs.take() is not None
    Import.objects.update(state=Import.State.RUNNING)
    jobs.take_over()
    assert jobs.work_one()
    assert Import.objects.get(pk=run).state == Import.State.DONE
    assert Right.objects.get().name == "FIRST"


def test_one_that_waited_when_the_database_was_copied_is_not_done_after_a_restore(journal: Journal) -> None:
    run = upload("FIRST")
    journals.entries_returning.send(sender=Journal, journal=journal, start=0, end=0)
    assert jobs.work_one()
    assert not Right.objects.exists()
    done = Import.objects.get(pk=run)
    assert done.state == Import.State.FAILED
    assert "Import the file again" in done.error


def test_one_that_takes_its_worker_down_each_time_is_told_as_failed(journal: Journal) -> None:
    run = upload("DEADLY")
    for _ in range(jobs.MOST_ATTEMPTS):
        assert jobs.take() is not None
        Import.objects.update(state=Import.State.RUNNING)
        jobs.take_over()
    assert not jobs.work_one()
    done = Import.objects.get(pk=run)
    assert (done.state, done.error) == (Import.State.FAILED, jobs.LOST)


def test_one_that_fails_in_a_way_that_nobody_foresaw_is_told_as_failed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    run = upload("ODD")
    monkeypatch.setattr(services, "_read_all", fail)
    while jobs.work_one():
        pass
    assert Import.objects.get(pk=run).state == Import.State.FAILED


def test_while_the_node_reads_only_a_delivery_is_refused_whole_and_not_record_by_record(
    journal: Journal, tmp_path: Path
) -> None:
    standing.mark(standing.DATABASE)
    run = take(tmp_path / "early.jsonl", [line(1), line(2)])
    assert (run.state, run.read, run.quarantined) == (Import.State.FAILED, 0, 0)
    assert "reads only" in run.error
    standing.clear({})
    assert take(tmp_path / "again.jsonl", [line(1), line(2)]).added == 2


def test_a_file_of_the_wrong_sort_fills_no_quarantine(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ROWS_KEPT", 5)
    monkeypatch.setattr(services, "AT_ONCE", 3)
    run = take(tmp_path / "wrong.jsonl", [{"number": str(n)} for n in range(8)])
    assert (run.read, run.quarantined, ImportRow.objects.filter(run=run).count()) == (8, 8, 5)
    assert runs.quarantined() == 8
    run = take(tmp_path / "again.jsonl", [{"number": str(n)} for n in range(2)])
    assert (run.quarantined, ImportRow.objects.filter(run=run).count()) == (2, 2)
