"""What is missing, cut, doubled or strange is named as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from comity.journal import home
from comity.journal.fsck import Finding, fsck
from comity.journal.models import Cosignature, Journal, Opening, Pending, Redaction
from comity.registers.models import Right, RightClass, RightImage, SearchDoc
from tools.quality import fsck_world
from tools.quality.fsck_world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = fsck_world.make(tmp_path, 300)
    with fsck_world.node(made.home):
        yield made


def found(place: str) -> list[Finding]:
    return [finding for finding in fsck().findings if finding.place.startswith(place)]


def test_lost_files_are_named(world: World) -> None:
    folder = home.journal_folder(world.copy)
    for path in ("tile/entries/000", "tile/0/000", "checkpoint"):
        file = folder / path
        data = file.read_bytes()
        file.unlink()
        assert found(f"journals/{folder.name}/{path}"), path
        file.write_bytes(data)
    assert not fsck().findings


def test_state_is_not_compared_with_what_bundles_no_longer_say(world: World) -> None:
    (home.journal_folder(world.copy) / "tile/entries/000").unlink()
    report = fsck()
    assert any(f.place == f"tables of {world.copy.origin}" and f.warning for f in report.findings)
    assert not any(f.place.startswith("registers.right ") for f in report.findings)


def test_leftovers_and_strange_files_are_warnings(world: World) -> None:
    folder = home.journal_folder(world.journal)
    (folder / "tile" / ".000.tmp").write_bytes(b"cut")
    (folder / "notes.txt").write_text("mine")
    (world.home / "journals" / "elsewhere").mkdir()
    report = fsck()
    assert {f.place for f in report.findings} == {
        "journals/own/tile/.000.tmp",
        "journals/own/notes.txt",
        "journals/elsewhere",
    }
    assert report.clean


def test_a_checkpoint_of_an_earlier_day_is_named(world: World) -> None:
    path = home.journal_folder(world.journal) / "checkpoint"
    path.write_text(Cosignature.objects.get(journal=world.journal).checkpoint)
    assert not found("journals/own/checkpoint")  # it is the same one
    journal = Journal.objects.get(own=True)
    Journal.objects.filter(own=True).update(size=journal.size + 1)
    assert found(f"journal.journal {journal.origin}, column size")


def test_deleted_and_added_rows_are_named(world: World) -> None:
    right = Right.objects.filter(journal=world.copy).order_by("-key")[0]
    SearchDoc.objects.filter(right=right).delete()
    assert found(f"registers.search_doc {right.key}")
    RightImage.objects.create(right=right, sha256="0" * 64)
    assert found(f"registers.right_image {right.key} {'0' * 64}")
    right.delete()
    assert found(f"registers.right {right.key} ({world.copy.origin})")


def test_a_lost_pending_entry_is_named(world: World) -> None:
    index = Pending.objects.order_by("index").values_list("index", flat=True)[2]
    Pending.objects.filter(index=index).delete()
    assert found(f"journal.pending {index + 1}")


def test_an_opening_that_came_back_after_its_redaction_is_named(world: World) -> None:
    row = Opening.objects.filter(journal=world.copy).order_by("index")[0]
    Redaction.objects.create(
        journal=world.copy, entry=world.copy.size - 1, about="x", index=row.index, path="", at="2026-01-01T00:00:00Z"
    )
    assert found(f"journal.opening {row.index}")


def test_a_missing_own_image_is_named(world: World) -> None:
    sha256 = RightImage.objects.filter(right__journal=world.journal).order_by("sha256")[0].sha256
    path = world.home / "files" / sha256[:2] / sha256[2:4] / sha256
    path.unlink()
    assert found(f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}")


def test_rows_that_belong_to_nothing_are_named(world: World) -> None:
    nobody = 10**9
    with connection.constraint_checks_disabled():
        stray = RightClass.objects.create(right_id=nobody, scheme="nice", code="3")
        opening = Opening.objects.create(journal_id=nobody, index=7, data="{}")
    assert found(f"registers.right_class {stray.pk}, column right")
    assert found(f"journal.opening {opening.pk} (entry 7), column journal")
