"""An index is given once and without gaps, whatever is rolled back and whoever appends at the same time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from comity.journal import services
from comity.journal.models import Journal, Pending
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, ConfigurationError, ConflictError, FormatError, RecordError
from tests import node
from tests.unit.journal.notes import Notes, draft, noting


@pytest.fixture
def notes() -> Iterator[Notes]:
    with noting() as made:
        yield made


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


def pending() -> list[tuple[int, str]]:
    rows = Pending.objects.order_by("index").values_list("index", "data")
    return [(index, parse_entry(bytes(data)).body.get("text", "")) for index, data in rows]


def add(journal: Journal, *texts: str) -> range:
    with transaction.atomic():
        return services.append(journal, [draft(text) for text in texts])


def test_indexes_follow_each_other(journal: Journal, notes: Notes) -> None:
    assert add(journal, "a", "b") == range(1, 3)
    assert add(journal, "c") == range(3, 4)
    assert pending()[1:] == [(1, "a"), (2, "b"), (3, "c")]
    assert notes.seen == [(1, "test:1", "a"), (2, "test:1", "b"), (3, "test:1", "c")]


def test_a_rolled_back_append_leaves_no_gap(journal: Journal, notes: Notes) -> None:
    add(journal, "a")
    with transaction.atomic():
        services.append(journal, [draft("lost")])
        transaction.set_rollback(True)
    assert add(journal, "b") == range(2, 3)
    assert pending()[1:] == [(1, "a"), (2, "b")]


def test_what_the_handler_refuses_never_becomes_an_entry(journal: Journal, notes: Notes) -> None:
    before = pending()
    with pytest.raises(RecordError, match="bad"):
        add(journal, "good", "bad")
    journal.refresh_from_db()
    assert (pending(), journal.next_index, journal.applied) == (before, 1, 1)


def test_a_caller_who_commits_after_a_refusal_keeps_nothing_of_it(journal: Journal, notes: Notes) -> None:
    with transaction.atomic():
        services.append(journal, [draft("a")])
        with pytest.raises(RecordError):
            services.append(journal, [draft("b"), draft("bad")])
    assert pending()[1:] == [(1, "a")]
    assert add(journal, "c") == range(2, 3)


def test_what_the_schema_refuses_never_becomes_an_entry(journal: Journal, notes: Notes) -> None:
    with pytest.raises((ComityError, ValueError)), transaction.atomic():
        services.append(journal, [draft(7)])
    assert len(pending()) == 1


@pytest.mark.parametrize("about", ["", "x" * 401, "a\x00b", "a\nb"])
def test_what_a_partner_could_not_place_is_refused_at_home(journal: Journal, notes: Notes, about: str) -> None:
    with pytest.raises(FormatError, match="about"), transaction.atomic():
        services.append(journal, [draft("a", about)])
    assert len(pending()) == 1


def test_an_unknown_kind_is_refused_at_home(journal: Journal) -> None:
    with pytest.raises(ConfigurationError, match=r"test\.note/1"):
        add(journal, "a")


def test_an_entry_too_long_for_the_journal_is_refused(journal: Journal, notes: Notes) -> None:
    with pytest.raises(FormatError, match="65535"):
        add(journal, "x" * 65_536)
    assert len(pending()) == 1


def test_a_partners_journal_takes_no_entry_of_ours(journal: Journal, notes: Notes) -> None:
    theirs = Journal.objects.create(origin="other.example/journal", vkey="x")
    with pytest.raises(ConflictError, match="partner"):
        add(theirs, "a")


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused(settings: Any, tmp_path: Path, notes: Notes) -> None:
    journal = node.set_up(settings, tmp_path)
    with pytest.raises(RuntimeError, match="transaction"):
        services.append(journal, [draft("a")])


def test_handlers_run_in_the_order_of_the_journal(journal: Journal, notes: Notes) -> None:
    kinds = ["test.note", "test.other", "test.other", "test.note"]
    with transaction.atomic():
        services.append(journal, [draft(str(i), kind=kind) for i, kind in enumerate(kinds)])
    assert [index for index, _, _ in notes.seen] == [1, 2, 3, 4]
    assert notes.runs == 3


@pytest.mark.django_db(transaction=True)
def test_concurrent_appends_from_threads_leave_no_gap(settings: Any, tmp_path: Path, notes: Notes) -> None:
    journal = node.set_up(settings, tmp_path)
    failures: list[BaseException] = []
    given: list[int] = []

    def work(name: str) -> None:
        try:
            for i in range(15):
                try:
                    with transaction.atomic():
                        got = services.append(Journal.objects.get(pk=journal.pk), [draft(f"{name}{i}")] * (1 + i % 3))
                        if i % 5 == 4:
                            raise InterruptedError
                    given.extend(got)
                except InterruptedError:
                    pass
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.refresh_from_db()
    assert failures == []
    assert sorted(given) == list(range(1, journal.next_index)) == [index for index, _ in pending()[1:]]


SCRIPT = """
import sys, django
django.setup()
from django.db import transaction
from comity.journal import services
from comity.journal.selectors import own
from comity.registers.domain.record import RightRecord
from comity.registers.writing import write_records
for i in range(12):
    try:
        with transaction.atomic():
            record = RightRecord(office="BY", kind="trademark", number=f"{sys.argv[1]}{i}")
            write_records(own(), [record], source="test")
            if i % 4 == 3:
                raise InterruptedError
    except InterruptedError:
        pass
"""


@pytest.mark.slow
def test_concurrent_appends_from_processes_leave_no_gap(tmp_path: Path, new_database_url: Any) -> None:
    from tools.quality.nodes import Node

    one = Node("BY", tmp_path / "by", 8479, new_database_url())
    one.init()
    environment = {**one.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
    processes = [
        subprocess.Popen([sys.executable, "-c", SCRIPT, str(n)], env=environment, stderr=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    # The journal opens with two: whose it is, and its keys.
    assert "29 entries sequenced" in one.run("sequence")
    assert " 0 findings" in one.run("fsck")
