"""What stands in a journal that was frozen is taken back by an entry of the one that goes on from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.federation import confirmations
from comity.federation.models import Partner, Receipt, Refusal
from comity.journal import digest as digests
from comity.journal import fsck, home, loss, rebuild, rotation, services, vault
from comity.journal.models import Held, Journal, Opening, Redaction
from comity.journal.services import Draft
from comity.kernel.entry import parse_entry
from comity.kernel.errors import RecordError
from comity.registers import selectors
from comity.registers import services as registers
from comity.registers.models import Forgotten, Right, SearchDoc
from tests import node

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "BY/trademark/74512"
NAME = "нёманская"


@pytest.fixture
def frozen(settings: Any, tmp_path: Path) -> Journal:
    """Two versions of a right with a person in them, in a journal whose log key is gone."""
    made = node.set_up(settings, tmp_path)
    rotation.announce(made)
    node.tell(made, node.MARK)
    node.tell(made, node.MARK, version=2)
    node.sequence(made)
    home.key_path("log").unlink()
    loss.open_successor(made)
    return Journal.objects.get(pk=made.pk)


@pytest.fixture
def journal(frozen: Journal) -> Journal:
    return Journal.objects.get(own=True)


def found() -> bool:
    return SearchDoc.objects.filter(right__key=KEY, people__icontains=NAME).exists() or any(
        NAME in row.data.lower() for row in Opening.objects.all()
    )


def clean() -> bool:
    return [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def test_a_person_leaves_every_version_of_a_frozen_journal(frozen: Journal, journal: Journal) -> None:
    assert found()
    done = registers.redact(KEY, ground="on request")
    assert done.persons == 1
    assert not found()
    assert not Opening.objects.filter(journal=frozen).exists()
    rows = Redaction.objects.filter(journal=journal).order_by("entry")
    assert [(row.origin, row.index, row.about) for row in rows] == [(frozen.origin, index, KEY) for index in (2, 3)]
    node.sequence(journal)
    entry = parse_entry(home.store(journal).entry(done.entries[0], journal.size))
    assert (entry.kind, entry.version, entry.body["origin"]) == ("journal.redaction", 2, frozen.origin)
    view = selectors.get(node.user("viewer", "viewer"), KEY)
    assert (view.redacted, view.withheld) == (frozenset({1}), frozenset())
    assert clean()


def test_it_is_gone_from_both_journals_where_the_new_one_told_of_the_right_again(
    frozen: Journal, journal: Journal
) -> None:
    (index,) = node.tell(journal, node.MARK)
    registers.redact(KEY, positions=[1])
    assert not found()
    said = set(Redaction.objects.filter(journal=journal).values_list("origin", "index", "path"))
    assert said == {("", index, "/right/parties/1"), (frozen.origin, 2, ""), (frozen.origin, 3, "")}
    # An index of the frozen journal is none of the present one.
    assert vault.redacted(journal, [2, 3, index]) == {index: {"/right/parties/1"}}
    assert vault.redacted(frozen, [2, 3, index]) == {2: {""}, 3: {""}}


def test_who_was_taken_back_does_not_return_with_an_old_file(frozen: Journal, journal: Journal) -> None:
    registers.redact(KEY)
    assert set(Forgotten.objects.values_list("journal_id", "key")) == {(journal.pk, KEY)}


def test_tables_derived_again_say_the_same(frozen: Journal, journal: Journal) -> None:
    registers.redact(KEY)
    node.sequence(journal)
    before = digests.digest()
    rebuild.rebuild()
    assert digests.digest() == before
    assert not found()
    assert clean()


def test_a_second_loss_reaches_both_frozen_journals(frozen: Journal, journal: Journal) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    home.key_path("log").unlink()
    third = loss.open_successor(journal)
    registers.redact(KEY)
    assert not found()
    assert set(Redaction.objects.filter(journal=third).values_list("origin", flat=True)) == {
        *(frozen.origin, journal.origin)
    }
    node.sequence(third)
    assert clean()


def redaction(origin: str) -> Draft:
    return Draft("journal.redaction", 2, KEY, {"origin": origin, "index": 2})


def test_a_journal_takes_nothing_back_in_one_from_which_it_does_not_go_on(frozen: Journal, journal: Journal) -> None:
    for origin in (node.PARTNER_ORIGIN, journal.origin, f"{journal.origin}/v2", "office-by.example"):
        with pytest.raises(RecordError, match="does not go on from"), transaction.atomic():
            services.append(journal, [redaction(origin)])
    theirs = node.partner_tells([redaction(frozen.origin), redaction(journal.origin)])
    assert Held.objects.filter(journal=theirs, state="quarantined").count() == 2
    assert found()


def test_a_partner_that_has_not_confirmed_it_is_listed_until_its_receipt(frozen: Journal, journal: Journal) -> None:
    theirs = node.partner_journal([])
    Partner.objects.create(party="RU", journal=theirs, state=Partner.State.PAIRED)
    done = registers.redact(KEY)
    node.sequence(journal)
    listed = confirmations.unconfirmed("RU")
    assert [(view.entry, view.origin, view.index) for view in listed] == [
        (entry, frozen.origin, index) for entry, index in zip(done.entries, (2, 3), strict=True)
    ]
    root = home.store(journal).frontier(journal.size).root().hex()
    said = {"journal": theirs, "origin": journal.origin, "at": "2026-11-22T15:00:00Z"}
    Receipt.objects.create(**said, entry=1, start=0, end=journal.size, root=root)
    assert confirmations.unconfirmed("RU") == []
    # An older release holds it as unknown.
    Refusal.objects.create(
        journal=theirs, origin=journal.origin, index=done.entries[0], version=2, state="unknown", entry=1
    )
    assert [view.refused for view in confirmations.unconfirmed("RU")] == [True]
    # A receipt for the frozen journal confirms nothing of this.
    Receipt.objects.all().delete()
    Receipt.objects.create(**(said | {"origin": frozen.origin}), entry=1, start=0, end=4, root=frozen.root)
    assert len(confirmations.unconfirmed("RU")) == 2
    assert Right.objects.filter(journal=frozen).exists()
