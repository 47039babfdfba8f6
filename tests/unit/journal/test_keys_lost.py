"""A lost log key freezes the journal; another goes on from its last checkpoint, and nothing signed is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.journal import digest as digests
from comity.journal import entries, fsck, home, loss, rotation, services
from comity.journal.models import Journal, Pending
from comity.journal.services import Draft
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, ConfigurationError, ConflictError
from comity.kernel.identifiers import origin_hash
from comity.node import setup
from comity.registers.models import Right
from tests import node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path)
    rotation.announce(made)
    node.tell(made, node.MARK)
    node.sequence(made)
    node.cosigned(made, "RU")
    node.tell(made, node.MARK, version=2)
    node.sequence(made)
    return made


def lose(journal: Journal) -> None:
    home.key_path("log").unlink()


def test_without_its_log_key_a_node_says_what_to_do_and_makes_no_new_one(journal: Journal) -> None:
    lose(journal)
    with pytest.raises(ConfigurationError, match="comity key lost"):
        setup.prepare()
    assert not home.key_path("log").exists()


def test_the_new_journal_begins_with_the_last_checkpoints_of_the_old_one(journal: Journal) -> None:
    last = home.store(journal).checkpoint() or b""
    lose(journal)
    new = loss.open_successor(journal)
    assert (new.origin, new.own, new.continues) == (f"{node.ORIGIN}/v2", True, node.ORIGIN)
    assert home.signing_key("log").name == new.origin
    node.sequence(new)
    first = parse_entry(home.store(new).entry(0, new.size))
    said = first.body["continues"]
    assert (first.kind, first.version, said["origin"]) == ("journal.open", 2, node.ORIGIN)
    assert said["checkpoint"].encode() == last
    cosigned = parse_checkpoint(said["cosigned"].encode())
    assert (cosigned.checkpoint.size, len(cosigned.note.signatures)) == (3, 2)


def test_facts_stay_and_new_ones_go_into_the_new_journal(journal: Journal) -> None:
    before = digests.digest().journals[node.ORIGIN].tables
    lose(journal)
    new = loss.open_successor(journal)
    old = Journal.objects.get(origin=node.ORIGIN)
    assert digests.digest().journals[node.ORIGIN].tables == before
    assert (old.own, old.former, old.applied, old.next_index) == (False, True, 4, 4)
    assert home.journal_folder(old).name == origin_hash(node.ORIGIN)
    with pytest.raises(ConflictError, match="frozen"), transaction.atomic():
        services.append(old, [node.draft(node.MARK, 3)])
    node.tell(new, node.MARK)
    node.sequence(new)
    assert sorted(Right.objects.values_list("journal__origin", flat=True)) == [node.ORIGIN, f"{node.ORIGIN}/v2"]
    assert Right.objects.get(journal=old).version == 2
    assert setup.prepare() == new
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def test_what_was_never_signed_is_handed_back_and_is_no_fact(journal: Journal) -> None:
    node.tell(journal, node.MARK, version=3)
    (kind, body), *more = loss.unsigned(journal)
    assert (kind, more) == ("registers.right", [])
    # The record as its people wrote it, persons included.
    assert "Ружа Нёманская" in str(body["right"])
    lose(journal)
    loss.open_successor(journal)
    old = Journal.objects.get(origin=node.ORIGIN)
    assert Right.objects.get(journal=old).version == 2
    assert not Pending.objects.filter(journal=old).exists()
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


@pytest.mark.parametrize("step", ["_move_journal", "_move_keys", "settle"])
def test_a_kill_on_the_way_is_made_good_by_the_next_start(
    journal: Journal, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*args: Any) -> None:
        raise KeyboardInterrupt

    lose(journal)
    with monkeypatch.context() as patch:
        patch.setattr(loss, step, cut)
        with pytest.raises(KeyboardInterrupt):
            loss.open_successor(journal)
    new = setup.prepare()
    assert new.origin == f"{node.ORIGIN}/v2"
    node.sequence(new)
    assert Journal.objects.get(former=True).applied == 4
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def test_a_kill_before_the_journal_was_frozen_changes_nothing(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = home.key_path("log").read_text()

    def cut(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(services, "append", cut)
        with pytest.raises(KeyboardInterrupt):
            loss.open_successor(journal)
    assert setup.prepare().origin == node.ORIGIN
    assert home.key_path("log").read_text() == key


def test_a_journal_that_signed_nothing_has_nothing_to_go_on_from(settings: Any, tmp_path: Path, db: None) -> None:
    made = node.set_up(settings, tmp_path)
    with pytest.raises(ConflictError, match="nothing to go on from"):
        loss.open_successor(made)


def test_a_second_loss_goes_on_to_the_third_journal(journal: Journal) -> None:
    new = loss.open_successor(journal)
    node.sequence(new)
    third = loss.open_successor(new)
    assert (third.origin, third.continues) == (f"{node.ORIGIN}/v3", f"{node.ORIGIN}/v2")
    assert setup.prepare() == third


@pytest.mark.parametrize(
    ("origin", "after", "before"),
    [
        ("a.example/j", "a.example/j/v2", ""),
        ("a.example/j/v2", "a.example/j/v3", "a.example/j"),
        ("a.example/j/v10", "a.example/j/v11", "a.example/j/v9"),
        ("a.example/v1", "a.example/v1/v2", ""),
        ("a.example/vault", "a.example/vault/v2", ""),
    ],
)
def test_origins_follow_on_each_other(origin: str, after: str, before: str) -> None:
    assert (entries.successor(origin), entries.predecessor(origin)) == (after, before)
    assert entries.predecessor(after) == origin


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "other.example/journal"},
        {"checkpoint": "no checkpoint"},
        {"cosigned": "other.example/journal\n1\nAAAA\n"},
        {"more": "x"},
    ],
)
def test_an_opening_that_does_not_hold_together_is_refused(journal: Journal, wrong: dict[str, str]) -> None:
    new = Journal.objects.create(origin=f"{node.ORIGIN}/v2", vkey=journal.vkey)
    Journal.objects.filter(pk=journal.pk).update(own=False)
    Journal.objects.filter(pk=new.pk).update(own=True)
    new.refresh_from_db()
    last = (home.store(journal).checkpoint() or b"").decode()
    continues = {"origin": node.ORIGIN, "checkpoint": last, **wrong}
    body = {"origin": new.origin, "party": "BY", "name": "NCIP", "offices": ["BY"], "continues": continues}
    with pytest.raises(ComityError), transaction.atomic():
        services.append(new, [Draft(entries.OPEN, 2, f"journal:{new.origin}", body)])
    assert not Journal.objects.get(pk=new.pk).continues
