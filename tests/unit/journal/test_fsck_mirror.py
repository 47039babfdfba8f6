"""fsck holds the mirror to its word: what it cosigned lies durably here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from comity.journal import home
from comity.journal.fsck import fsck
from comity.journal.models import Cosignature, Mirrored
from comity.kernel import tiles
from tools.quality import fsck_world
from tools.quality.fsck_world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = fsck_world.make(tmp_path_factory.mktemp("world"))
    with fsck_world.node(made.home):
        yield made


def found(**changes: object) -> list[str]:
    """What fsck says while the mirror's row is changed so."""
    before = {name: getattr(Mirrored.objects.get(), name) for name in changes}
    Mirrored.objects.update(**changes)
    said = [str(finding) for finding in fsck().findings]
    Mirrored.objects.update(**before)
    return said


def test_each_column_of_the_row_is_held_against_signatures_and_files(world: World) -> None:
    report = fsck()
    assert report.findings == []
    assert report.checked["mirrored journals"] == 1
    row = Mirrored.objects.get()
    for column, value in {
        "size": row.size - 1,
        "root": "00" * 32,
        "checkpoint": row.checkpoint.replace("=\n", "A\n"),
        "pending_size": row.pending_size + 1,
        "pending_root": "00" * 32,
        "pending_checkpoint": "rubbish",
        "held": row.size + 1,
        "cosigned_at": row.cosigned_at + 1,
        "brought": row.size + 1,
    }.items():
        said = found(**{column: value})
        assert any("journal.mirrored" in line and f"column {column}" in line for line in said), (column, said)


def test_a_mirror_whose_row_is_gone_is_found(world: World) -> None:
    Mirrored.objects.all().delete()
    assert any("its row is missing" in str(finding) for finding in fsck().findings)


def test_a_cosignature_beyond_what_is_held_is_an_error(world: World) -> None:
    size = Mirrored.objects.get().size
    assert Cosignature.objects.filter(journal=world.copy, size=size, name__endswith="/mirror").exists()
    root = home.store(world.copy).root
    last = (size - 1) // tiles.TILE
    for path in (tiles.bundle_path(last), tiles.tile_path(0, last)):
        (root / path).unlink(missing_ok=True)
        shutil.rmtree(root / f"{path}.p", ignore_errors=True)
    said = [str(finding) for finding in fsck().findings]
    assert any(f"The mirror has signed that it holds {size} entries; {last * tiles.TILE} are here." in s for s in said)
    assert any(f"The mirror has committed {size} entries" in line for line in said)
