"""What a colleague or a partner may try: another text under the signature, endless pauses, names no table takes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from comity.assistance import selectors, services
from comity.assistance.domain.deadline import due
from comity.assistance.domain.steps import Step
from comity.assistance.models import Draft, Fact
from comity.journal.entries import generation, predecessors
from comity.journal.models import Held
from comity.kernel.errors import ComityError, ConflictError
from tests import node
from tests.unit.assistance import world
from tests.unit.assistance.world import clerk, head, request, sent, theirs


@pytest.fixture
def mine(settings: Any, tmp_path: Path, db: None) -> None:
    world.set_up(settings, tmp_path / "ours")


def test_another_text_than_the_head_was_shown_is_not_signed(mine: None) -> None:
    row = request()
    shown = services.state_of(row)
    services.rewrite(clerk(), row.pk, texts={**world.ASK, "action": "Іншае"}, label=world.PLAIN)
    with pytest.raises(ConflictError, match="written anew"):
        services.sign(head(), row.pk, shown)
    row.refresh_from_db()
    services.sign(head(), row.pk, services.state_of(row))


CHANGES: list[Callable[[int], object]] = [
    lambda number: services.rewrite(clerk(), number, texts=world.ASK, label=world.PLAIN),
    lambda number: services.give_back(head(), number, "Карацей"),
    lambda number: services.discard(clerk(), number),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_signed_meanwhile_is_neither_brought_back_nor_lost(
    change: Callable[[int], object], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody changes the draft at the very moment at which the head signs it: one of the two comes too late."""
    world.set_up(settings, tmp_path / "ours")
    number, signer = request().pk, head()
    clerk()

    def sign() -> None:
        try:
            services.sign(signer, number)
        except ComityError:
            pass
        finally:
            connection.close()

    other = threading.Thread(target=sign)
    read = selectors.draft

    def reading(*args: Any, **kwargs: Any) -> Draft:
        row = read(*args, **kwargs)
        if threading.current_thread() is not other and not other.ident:
            other.start()
            # Long enough for one who need not wait; who must wait goes on after us.
            other.join(0.5)
        return row

    monkeypatch.setattr(selectors, "draft", reading)
    with contextlib.suppress(ComityError):
        change(number)
    other.join()
    states = set(Draft.objects.values_list("state", flat=True))
    assert (Fact.objects.count(), states) in [(1, {Draft.State.SENT}), (0, {Draft.State.RETURNED}), (0, set())]


def test_a_name_that_one_database_takes_and_another_does_not_is_held_by_both(mine: None) -> None:
    _, token, _ = sent()
    step = theirs(Step.ASKED, token, {"text": "?"})
    node.partner_tells([replace(step, body={**step.body, "seen": {"origin": "a\x00b", "index": 1}})])
    assert [row.state for row in Held.objects.all()] == [Held.State.QUARANTINED]
    assert Fact.objects.filter(step=Step.ASKED).count() == 0


def test_what_a_head_signed_once_counts_once(mine: None) -> None:
    _, token, first = sent()
    step = theirs(Step.ASKED, token, {"text": "?"}, seen=first)
    for repeated in ([step, step], [step, theirs(Step.ANSWER, token, {"text": "!"}, seen=first)]):
        node.partner_tells(repeated)
    assert [row.step for row in Fact.objects.filter(journal__own=False).order_by("entry")] == ["asked", "answer"]
    assert not Held.objects.exists()


def test_the_generation_of_a_made_up_origin_is_counted_at_once() -> None:
    for origin in ("x", "x/v2", "x/v7", "x/v3/v2", "x/v1", "x/v10000"):
        assert generation(origin) == len(predecessors(origin))
    assert generation("x" + "/v9999" * 42) == 42 * 9998


def test_pauses_of_centuries_are_passed_over() -> None:
    day = date(1850, 1, 1)
    pauses = [(day, day + timedelta(days=1))] * 2000 + [(date(1850, 1, 2), date(2199, 1, 1))]
    asked = 0

    def counts(day: date) -> bool:
        nonlocal asked
        asked += 1
        return True

    assert due(day, 30, pauses, lambda day: True, counts_on=counts).day == date(2199, 1, 31)
    assert asked == 30


def test_the_holidays_of_a_stated_century_are_not_listed(mine: None) -> None:
    _, token, first = sent()
    reasons = {"reasons": "Позже", "consultation": "По телефону"}
    node.partner_tells([theirs(Step.POSTPONED, token, reasons, day="2199-12-31", seen=first)])
    view = selectors.case(clerk(), "BY", token)
    days = [day for _, rows in view.holidays() for day, _ in rows]
    assert view.received is not None
    assert view.received < min(days) < max(days) <= view.received + timedelta(days=731)


def test_a_list_reads_neither_attachments_nor_answers(mine: None) -> None:
    """A partner may attach 6 MiB to each of a thousand requests, and the first page shows what waits."""
    party, token, first = sent(attachments=[world.FILE])
    node.partner_tells([theirs(Step.ANSWER, token, {"text": "!"}, seen=first, attachments=[world.FILE])])
    (listed,) = selectors.cases(clerk())
    assert listed.subject == world.ASK["subject"]
    assert [one.content.attachments if one.content else None for one in listed.facts] == [(), None]
    read = selectors.case(clerk(), party, token)
    assert [one.content.attachments for one in read.facts if one.content] == [(world.FILE,)] * 2
