"""Rebuilding gives back what was there, whatever became of the tables, and survives being killed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from comity.journal import home
from comity.journal.digest import digest
from comity.journal.fsck import fsck
from comity.journal.models import Held, Journal, Pending
from comity.journal.rebuild import rebuild
from comity.journal.sequencer import Sequencer
from comity.kernel.errors import ConflictError, IntegrityError
from comity.registers.models import Right, RightVersion, SearchDoc, SourceMark
from tools.quality import fsck_world
from tools.quality.fsck_world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = fsck_world.make(tmp_path, 60)
    with fsck_world.node(made.home):
        yield made


def test_rebuild_gives_the_same_digest_and_a_clean_node(world: World) -> None:
    before, marks = digest(), SourceMark.objects.count()
    Right.objects.filter(journal=world.copy).update(status="dead", record="{}")
    RightVersion.objects.all().delete()
    SearchDoc.objects.all().delete()
    assert digest().total != before.total
    done = rebuild()
    assert [one.origin for one in done] == [world.journal.origin, world.copy.origin]
    assert digest() == before
    assert fsck().findings == []
    assert SourceMark.objects.count() == marks > 0


def test_one_journal_can_be_rebuilt_alone(world: World) -> None:
    before = digest()
    ids = set(Right.objects.filter(journal=world.journal).values_list("pk", flat=True))
    Right.objects.filter(journal=world.copy).delete()
    assert [one.origin for one in rebuild(world.copy)] == [world.copy.origin]
    assert digest() == before
    assert set(Right.objects.filter(journal=world.journal).values_list("pk", flat=True)) == ids


def test_held_entries_are_held_again(world: World) -> None:
    before = list(Held.objects.order_by("index").values_list("index", "kind", "about", "state", "reason"))
    assert before
    rebuild()
    assert list(Held.objects.order_by("index").values_list("index", "kind", "about", "state", "reason")) == before


def test_a_rebuild_killed_midway_is_told_by_fsck_and_made_good_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest()
    monkeypatch.setattr("comity.journal.rebuild.APPLY_AT_ONCE", 20)

    class KilledError(Exception):
        pass

    def kill(origin: str, done: int, end: int) -> None:
        if origin == world.journal.origin and done >= 40:
            raise KilledError

    with pytest.raises(KilledError):
        rebuild(tick=kill)
    assert Journal.objects.get(own=True).applied == 40
    assert any(f.place == f"journal.journal {world.journal.origin}, column applied" for f in fsck().findings)
    rebuild()
    assert digest() == before
    assert fsck().findings == []


def test_rebuild_refuses_while_a_sequencer_holds_the_lock(world: World) -> None:
    before = digest()
    with Sequencer(world.journal, home.signing_key("log")), pytest.raises(ConflictError, match="running"):
        rebuild()
    assert digest() == before
    lock = (home.journal_folder(world.journal) / ".lock").open("r+")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # and it let go of it
    lock.close()


def _older(world: World) -> int:
    """The database as restored from before the last entries were signed."""
    with Sequencer(Journal.objects.get(own=True), home.signing_key("log")) as sequencer:
        sequencer.drain()
    journal = Journal.objects.get(own=True)
    earlier = journal.size - 20
    with transaction.atomic():
        Right.objects.filter(journal=journal, entry__gte=earlier, version=1).delete()
        root = home.store(journal).frontier(earlier).root().hex()
        Journal.objects.filter(own=True).update(next_index=earlier, applied=earlier, size=earlier, root=root)
    return journal.size


def test_a_database_older_than_its_journal_is_brought_up(world: World) -> None:
    with Sequencer(Journal.objects.get(own=True), home.signing_key("log")) as sequencer:
        sequencer.drain()
    before = digest()
    size = _older(world)
    with pytest.raises(IntegrityError, match="knows only"):
        Sequencer(Journal.objects.get(own=True), home.signing_key("log")).open()
    assert any("older than the journal" in finding.what for finding in fsck().findings)
    assert rebuild()[0].recovered
    journal = Journal.objects.get(own=True)
    assert (journal.next_index, journal.size, journal.applied) == (size, size, size)
    assert digest() == before
    assert not [finding for finding in fsck().findings if not finding.warning]
    Sequencer(journal, home.signing_key("log")).open().close()


def test_facts_added_to_an_older_database_are_never_dropped_unseen(world: World) -> None:
    size = _older(world)
    Pending.objects.create(journal=world.journal, index=size - 20, data=b"comity/registers.right/1\n{}\n")
    before = digest()
    with pytest.raises(IntegrityError, match="not the one that was signed"):
        rebuild()
    assert Pending.objects.count() == 1
    assert digest() == before
