"""A clock that ran ahead and was set back stops nothing: what was noted by it is not waited for until it comes true."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from comity.federation import services
from comity.federation.models import Partner
from comity.jobs import services as jobs
from comity.jobs.models import Job
from comity.journal import home
from comity.journal.models import Journal, Pending
from comity.journal.sequencer import Sequencer
from comity.kernel import clock
from tests import node

AHEAD = timedelta(days=2)


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


def test_an_entry_added_ahead_of_time_is_sequenced(journal: Journal) -> None:
    Pending.objects.update(added_at=clock.now() + AHEAD)
    with Sequencer(journal, home.signing_key("log"), batch_entries=10, batch_seconds=30) as sequencer:
        assert sequencer.wait_s() == 0


def test_a_partner_who_failed_ahead_of_time_is_tried(journal: Journal, settings: Any) -> None:
    row = Partner.objects.create(party="RU", state=Partner.State.PAIRED, next_try=timezone.now() + AHEAD)
    assert services.wait_s(row) == 0
    wait = settings.COMITY.retry_seconds - 5
    row.next_try = timezone.now() + timedelta(seconds=wait)
    assert wait - 2 < services.wait_s(row) <= wait
    row.next_try = timezone.now() - timedelta(seconds=1)
    assert services.wait_s(row) == 0


def test_a_job_leased_ahead_of_time_is_done(db: None) -> None:
    job = Job.objects.create(task="none", state=Job.State.RUNNING, leased_until=timezone.now() + AHEAD)
    taken = jobs.take()
    assert taken is not None
    assert taken.pk == job.pk
    assert jobs.take() is None
