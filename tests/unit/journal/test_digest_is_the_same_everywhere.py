"""Nodes that hold the same journals have the same digest: on any database, in any order of arrival."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from comity.journal import home, scratch
from comity.journal.digest import Digest, digest
from comity.journal.kinds import shared_tables
from comity.journal.models import Held, Journal, Pending
from comity.journal.services import Applier
from comity.kernel.canonical import encode
from comity.registers.models import Right, RightClass, RightVersion
from tools.quality import fsck_world
from tools.quality.fsck_world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = fsck_world.make(tmp_path, 60)
    with fsck_world.node(made.home):
        yield made


def _entries(journal: Journal) -> list[tuple[int, bytes]]:
    signed = journal.size if journal.own else journal.next_index
    pending = Pending.objects.filter(journal=journal, index__gte=signed).order_by("index")
    return [*home.store(journal).entries(0, signed), *((row.index, bytes(row.data)) for row in pending)]


def _elsewhere(order: list[Journal], at_once: int) -> Digest:
    """The digest of a node (SQLite) which the same journals reached in turns, `at_once` entries of each."""
    with scratch.database() as alias:
        waiting = [(Applier(scratch.copy_journal(j, alias), using=alias, project=False), _entries(j)) for j in order]
        while any(entries for _, entries in waiting):
            for applier, entries in waiting:
                applier.apply(entries[:at_once])
                del entries[:at_once]
        return digest(alias)


def test_the_order_of_arrival_and_the_size_of_batches_do_not_matter(world: World) -> None:
    here = digest()
    assert _elsewhere([world.copy, world.journal], 7) == here
    assert _elsewhere([world.journal, world.copy], 1000) == here


@pytest.mark.postgres
def test_postgresql_and_sqlite_agree(world: World) -> None:
    assert connection.vendor == "postgresql"
    assert _elsewhere([world.journal, world.copy], 64) == digest()


def test_the_total_is_over_the_documented_form(world: World) -> None:
    found = digest()
    assert list(found.journals) == sorted(found.journals)
    body = {
        origin: {name: {"rows": one.rows, "sha256": one.sha256} for name, one in journal.tables.items()}
        for origin, journal in found.journals.items()
    }
    assert hashlib.sha256(encode(body)).hexdigest() == found.total
    assert found.journals[world.copy.origin].tables["registers.right"].rows == 60


def test_any_fact_changes_it(world: World) -> None:
    before = digest().total
    row = RightVersion.objects.order_by("pk")[0]
    RightVersion.objects.filter(pk=row.pk).update(entry=row.entry + 1)
    assert digest().total != before


def test_what_a_later_release_derives_otherwise_does_not_change_it(world: World) -> None:
    before = digest()
    Right.objects.update(effect_in="XX", name="Another", status="dead", expiry_date="2099-01-01")
    RightClass.objects.all().delete()
    assert digest() == before
    derived = {table.name for table in shared_tables() if table.derived}
    assert derived == {"registers.right_class", "registers.right_image"}


def test_held_entries_are_shown_beside_it(world: World) -> None:
    found = digest()
    held = Held.objects.filter(journal=world.copy).order_by("index").values_list("index", flat=True)
    assert found.held == tuple((world.copy.origin, index) for index in held) != ()
    Held.objects.all().delete()
    assert digest().total == found.total
