"""The sequencer groups what is pending: by count or by time, both settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.journal import home, services
from comity.journal.models import Journal, Pending
from comity.journal.sequencer import Sequencer
from comity.node.config import Settings
from tests import node
from tests.unit.journal.notes import draft, noting


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Iterator[Journal]:
    with noting():
        yield node.set_up(settings, tmp_path)


def add(journal: Journal, count: int) -> None:
    with transaction.atomic():
        services.append(journal, [draft(str(i), f"test:{i}") for i in range(count)])


def test_an_empty_journal_is_signed_once(journal: Journal) -> None:
    Pending.objects.all().delete()
    Journal.objects.filter(pk=journal.pk).update(next_index=0)
    with Sequencer(journal, home.signing_key("log")) as sequencer:
        assert sequencer.wait_s() == 0
        assert sequencer.step() == 0
        assert sequencer.wait_s() is None
    assert (home.store(journal).checkpoint() or b"").splitlines()[1] == b"0"


def test_the_first_after_a_pause_is_signed_at_once(journal: Journal) -> None:
    with Sequencer(journal, home.signing_key("log"), batch_entries=10, batch_seconds=30) as sequencer:
        add(journal, 3)
        assert sequencer.wait_s() == 0
        assert sequencer.step() == 4
        assert sequencer.wait_s() is None


def test_few_entries_wait_for_the_time(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sequencer(journal, home.signing_key("log"), batch_entries=10, batch_seconds=30) as sequencer:
        sequencer.step()
        add(journal, 3)
        assert 29 < (sequencer.wait_s() or 0) <= 30
        later = time.monotonic() + 31
        monkeypatch.setattr("comity.journal.sequencer.time.monotonic", lambda: later)
        assert sequencer.wait_s() == 0
        assert sequencer.step() == 3
        assert sequencer.wait_s() is None


def test_enough_entries_do_not_wait(journal: Journal) -> None:
    with Sequencer(journal, home.signing_key("log"), batch_entries=10, batch_seconds=30) as sequencer:
        sequencer.step()
        add(journal, 9)
        assert sequencer.wait_s() != 0
        add(journal, 1)
        assert sequencer.wait_s() == 0


def test_the_settings_of_the_node_are_the_defaults(journal: Journal) -> None:
    sequencer = Sequencer(journal, home.signing_key("log"))
    config = Settings()
    assert (sequencer.batch_entries, sequencer.batch_seconds) == (256, 0.2)
    assert (config.batch_entries, config.batch_seconds) == (256, 0.2)


def test_sequenced_entries_leave_the_database_and_stay_readable(journal: Journal) -> None:
    add(journal, 300)
    data = {index: bytes(data) for index, data in Pending.objects.values_list("index", "data")}
    node.sequence(journal)
    assert not Pending.objects.exists()
    assert dict(home.store(journal).entries(0, 301)) == data
    assert (journal.size, journal.next_index) == (301, 301)
