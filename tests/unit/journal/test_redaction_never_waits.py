"""A deletion is carried out at once, whatever is held about the same subject; the tables come out the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.journal import digest, kinds, services
from comity.journal.fsck import fsck
from comity.journal.models import Held, Journal, Opening, Redaction
from comity.journal.rebuild import rebuild
from comity.journal.services import Draft
from comity.registers.models import Right
from tests import node

KEY = "RU/trademark/1008824"


@pytest.fixture
def mine(db: None, settings: Any, tmp_path: Path) -> Journal:
    journal = node.set_up(settings, tmp_path)
    node.sequence(journal)
    return journal


def redaction(index: int, about: str = KEY) -> Draft:
    return Draft("journal.redaction", 1, about, {"index": index})


def held(journal: Journal) -> list[tuple[int, str]]:
    return list(Held.objects.filter(journal=journal).order_by("index").values_list("index", "state"))


def test_a_redaction_of_an_entry_that_waits_for_an_upgrade_is_carried_out_now(mine: Journal) -> None:
    right = kinds.forget("registers.right", 1)
    try:
        theirs = node.partner_tells([node.draft(node.russian()), redaction(1)])
        assert held(theirs) == [(1, "unknown")]
        assert list(Redaction.objects.values_list("entry", "index")) == [(2, 1)]
        assert not Opening.objects.filter(journal=theirs).exists()
        rebuild(theirs)
        assert held(theirs) == [(1, "unknown")]
        assert fsck().findings == []
    finally:
        kinds.register(right)
    # The upgrade: the tables are as at a node that knew the kind all along.
    assert services.retry_known().applied == 1
    assert held(theirs) == []
    late = digest.digest().total
    assert fsck().findings == []
    rebuild(theirs)
    assert digest.digest().total == late
    assert Right.objects.get(journal=theirs).key == KEY


def test_a_redaction_waits_neither_for_a_refused_entry_nor_for_a_refused_redaction(mine: Journal) -> None:
    bad = node.draft(node.russian(), version=7)
    theirs = node.partner_tells([bad, redaction(9), redaction(1), node.draft(node.russian(), version=1)])
    assert held(theirs) == [(1, "quarantined"), (2, "quarantined"), (4, "waiting")]
    assert list(Redaction.objects.values_list("entry", "index")) == [(3, 1)]
    assert not Opening.objects.filter(journal=theirs, index=1).exists()
    assert fsck().findings == []


def test_a_refused_redaction_makes_nothing_wait(mine: Journal) -> None:
    theirs = node.partner_tells([redaction(9), node.draft(node.russian())])
    assert held(theirs) == [(1, "quarantined")]
    assert Right.objects.filter(journal=theirs, key=KEY).exists()
    assert "A redaction takes back what an earlier entry said" in Held.objects.get().reason


def test_the_retry_after_an_upgrade_leaves_alone_what_no_upgrade_helps(mine: Journal) -> None:
    theirs = node.partner_tells([node.draft(node.russian(), version=7), Draft("later.kind", 1, "x", {})])
    assert services.retry_known() == services.Outcome()
    assert list(Held.objects.filter(journal=theirs).values_list("attempts", flat=True)) == [1, 1]
