"""A step that stands in a journal whose log key was lost is taken back there, not where another entry has its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.assistance import selectors, services
from comity.journal import home, loss, rotation
from comity.journal.models import Journal, Opening
from tests import node
from tests.unit.assistance import world
from tests.unit.assistance.world import clerk, head, sent


@pytest.mark.django_db(transaction=True)
def test_the_entry_that_has_its_place_in_the_present_journal_stays(settings: Any, tmp_path: Path) -> None:
    frozen = world.set_up(settings, tmp_path / "ours")
    rotation.announce(frozen)
    party, token, index = sent()
    node.sequence(frozen)
    home.key_path("log").unlink()
    loss.open_successor(frozen)
    present = Journal.objects.get(own=True)
    while Journal.objects.get(pk=present.pk).next_index <= index:
        node.tell(present, node.MARK, version=Journal.objects.get(pk=present.pk).next_index)
    assert Opening.objects.filter(journal=present, index=index).exists()
    services.take_back(head(), index)
    assert Opening.objects.filter(journal=present, index=index).exists()
    assert not Opening.objects.filter(journal=frozen, index=index).exists()
    assert [one.content for one in selectors.case(clerk(), party, token).facts] == [None]
