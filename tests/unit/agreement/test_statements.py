"""What each party states becomes entries; both nodes compute the same life from them; mistakes are taken back."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from comity.agreement import selectors, services
from comity.agreement.domain.life import State, Step
from comity.agreement.entries import PROFILE, VOID, about
from comity.agreement.models import Edition, Statement
from comity.journal import digest, rebuild
from comity.journal.models import Held, Journal
from comity.journal.services import Draft
from comity.kernel.errors import ComityError, ConflictError, FormatError, NotFoundError, PolicyError, RecordError
from tests import node
from tests.unit.agreement.worlds import CODE, adopts, plain, step

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "ours")


@pytest.fixture
def operator() -> Any:
    return node.user("olga", "coordinator")


def both_to_the_notes(operator: Any) -> None:
    services.adopt(operator, plain(CODE))
    node.partner_tells([adopts(), step(Step.SIGNATURE, "2025-03-13"), step(Step.NOTE, "2025-10-01", "BY")])
    services.state(operator, CODE, Step.SIGNATURE, "2025-03-13")
    services.state(operator, CODE, Step.NOTE, "2025-09-01", of="RU")
    node.partner_tells([step(Step.NOTE_RECEIVED, "2025-09-05", "BY")])


def test_both_sides_statements_bring_it_into_force(operator: Any) -> None:
    both_to_the_notes(operator)
    before = selectors.agreement(CODE, date(2026, 1, 1))
    assert (before.life.state(before.on), before.agreed) == (State.SIGNED, True)
    assert [(one.step, one.party, one.of) for one in before.life.missing] == [(Step.NOTE_RECEIVED, "BY", "RU")]
    with pytest.raises(PolicyError, match="not in force"):
        selectors.require("assistance", "RU")
    services.state(operator, CODE, Step.NOTE_RECEIVED, "2025-10-03", of="RU")
    assert selectors.agreement(CODE).life.in_force == date(2025, 10, 3)
    assert selectors.require("assistance", "RU").open
    assert not selectors.open_gate("assistance", "RU", on=date(2025, 10, 2)).open


def test_nothing_is_open_without_an_agreement_but_the_own_register(settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})
    assert selectors.open_gate("exchange.public").open
    assert selectors.open_gate("exchange.confidential").why == "no_agreement"
    with pytest.raises(PolicyError, match="adopted no agreement"):
        selectors.require("assistance")


def test_until_both_have_adopted_the_same_edition_only_preparation_is_open(operator: Any) -> None:
    services.adopt(operator, plain(CODE))
    other = plain(CODE)
    other["clauses"]["notice"]["months"] = 3
    node.partner_tells([adopts(other), step(Step.SIGNATURE, "2025-03-13"), step(Step.NOTE, "2025-10-01", "BY")])
    services.state(operator, CODE, Step.SIGNATURE, "2025-03-13")
    services.state(operator, CODE, Step.NOTE, "2025-09-01", of="RU")
    services.state(operator, CODE, Step.NOTE_RECEIVED, "2025-10-03", of="RU")
    node.partner_tells([step(Step.NOTE_RECEIVED, "2025-09-05", "BY")])
    view = selectors.agreement(CODE)
    assert not view.agreed
    assert view.gate("assistance").why == "not_agreed"
    assert view.gate("exchange.public").open


def test_a_partner_is_answered_with_the_same_bytes(operator: Any) -> None:
    node.partner_tells([adopts()])
    assert selectors.proposed() == [CODE]
    services.adopt_proposed(operator, CODE, Edition.objects.get().digest)
    assert selectors.agreement(CODE).agreed
    assert selectors.proposed() == []


def test_an_edition_is_adopted_once_and_the_next_has_a_number_of_its_own(operator: Any) -> None:
    services.adopt(operator, plain(CODE))
    with pytest.raises(RecordError, match="adopted edition 1"):
        services.adopt(operator, plain(CODE))
    services.adopt(operator, {**plain(CODE), "edition": 2})
    assert [row.edition for row in selectors.editions(CODE)] == [2, 1]


def test_who_is_no_party_adopts_nothing(operator: Any) -> None:
    three = plain()
    with pytest.raises(RecordError, match="no party"):
        services.adopt(operator, three)
    journal = node.partner_tells([Draft(PROFILE, 1, about("three-seas"), {"profile": three})])
    assert Held.objects.get(journal=journal).state == Held.State.QUARANTINED


def test_a_receipt_needs_the_note_that_it_is_of(operator: Any) -> None:
    services.adopt(operator, plain(CODE))
    with pytest.raises(ConflictError, match="RU has not stated"):
        services.state(operator, CODE, Step.NOTE_RECEIVED, "2025-10-03", of="RU")


@pytest.mark.parametrize(
    ("kind", "of"),
    [(Step.NOTE, ""), (Step.SIGNATURE, "RU"), (Step.NOTE, "BY"), (Step.NOTE, "KZ"), (Step.TERMINATION, "KZ")],
)
def test_a_note_goes_to_a_party_that_it_is_due_to(operator: Any, kind: Step, of: str) -> None:
    services.adopt(operator, plain(CODE))
    with pytest.raises(FormatError) as caught:
        services.state(operator, CODE, kind, "2025-10-03", of=of)
    assert caught.value.place == "of"


def test_a_statement_is_taken_back_with_a_reason_and_stays_readable(operator: Any) -> None:
    both_to_the_notes(operator)
    index = services.state(operator, CODE, Step.NOTE_RECEIVED, "2025-10-03", of="RU")
    services.void(operator, CODE, index, "it was another note")
    assert selectors.agreement(CODE).life.in_force is None
    assert [row.reason for row in selectors.statements(CODE) if row.voided is not None] == ["it was another note"]
    with pytest.raises(NotFoundError):
        services.void(operator, CODE, index, "again")


def test_taking_back_concerns_the_own_statement_of_that_number_alone(operator: Any) -> None:
    both_to_the_notes(operator)
    mine, theirs = Statement.objects.get(journal__own=True, entry=2), Statement.objects.get(journal__own=False, entry=2)
    services.void(operator, CODE, mine.entry, "signed on another day")
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.voided is None, theirs.voided) == (False, None)
    node.partner_tells([Draft(VOID, 1, about(CODE), {"index": 4711, "reason": "none"})])
    assert Held.objects.get().state == Held.State.QUARANTINED


def test_only_who_may_write_states_anything(operator: Any) -> None:
    with pytest.raises(PolicyError):
        services.adopt(node.user("vera", "examiner"), plain(CODE))
    services.adopt(operator, plain(CODE))
    with pytest.raises(PolicyError):
        services.state(node.user("vitaly", "viewer"), CODE, Step.SIGNATURE, "2025-03-13")


@pytest.mark.parametrize("day", ["13.03.2025", "2025-02-30", "", "1025-03-13"])
def test_a_day_that_is_none_never_becomes_an_entry(operator: Any, day: str) -> None:
    services.adopt(operator, plain(CODE))
    with pytest.raises((ComityError, ValueError)):
        services.state(operator, CODE, Step.SIGNATURE, day)
    assert not Statement.objects.exists()


def test_documents_are_kept_by_hash_and_the_newest_of_a_name_counts(operator: Any) -> None:
    services.adopt(operator, plain(CODE))
    values = {"name": "agreement", "role": "agreement", "title": "Текст", "edition": 1}
    services.add_paper(operator, CODE, "Соглашение".encode(), language="ru", **values)
    services.add_paper(operator, CODE, "Соглашение.".encode(), language="ru", **values)
    services.add_paper(operator, CODE, "Пагадненне".encode(), language="be", **values)
    assert [(row.language, row.size) for row in selectors.papers(CODE)] == [("be", 20), ("ru", 21)]
    with pytest.raises(FormatError, match="PDF"):
        services.add_paper(operator, CODE, b"\x89PNG\r\n", language="ru", **values)


def test_the_text_of_an_article_replaces_what_this_party_gave_before(operator: Any) -> None:
    services.adopt(operator, plain(CODE))
    for text in ("Статья", "Статья 1. Цель"):
        services.add_passage(operator, CODE, edition=1, article="1", language="ru", text=text)
    assert [row.text for row in selectors.passages(CODE, 1)] == ["Статья 1. Цель"]


def test_the_tables_are_a_function_of_the_journals(operator: Any) -> None:
    both_to_the_notes(operator)
    services.void(operator, CODE, services.state(operator, CODE, Step.BASIS, "2024-05-29"), "not ours")
    own = Journal.objects.get(own=True)
    node.sequence(own)
    before = digest.digest()
    rebuild.rebuild(own)
    assert digest.digest() == before
    assert [row.reason for row in selectors.statements(CODE) if row.voided is not None] == ["not ours"]
