"""Positions over two journals: agreed after two rounds, divergent and staying so, one session whoever tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from comity.accounts import audit
from comity.journal import digest, rebuild
from comity.journal.fsck import fsck
from comity.journal.models import Held, Journal
from comity.journal.selectors import entry_bytes
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PolicyError
from comity.positions import selectors, services
from comity.positions.domain.points import PointState
from comity.positions.entries import ItemRef
from comity.positions.models import Draft, Position
from tests import node
from tests.unit.agreement.worlds import CODE
from tests.unit.positions.worlds import FORUM, ITEM_REF, applied, approves, item, session, shares, text, with_item

pytestmark = pytest.mark.django_db
OURS = [("1", "Мы поддерживаем маркировку."), ("2", "Срок: два года.")]


@pytest.fixture
def mine(settings: Any, tmp_path: Path) -> Journal:
    return with_item(settings, tmp_path / "ours")


@pytest.fixture
def clerk(mine: Journal) -> Any:
    return node.user("vera", "head")


def states(ref: ItemRef = ITEM_REF) -> dict[str, PointState]:
    return {point.id: point.state for point in selectors.item(None, ref).joint.points}


def test_a_joint_position_is_agreed_after_two_rounds(mine: Journal, clerk: Any) -> None:
    services.save_draft(clerk, ITEM_REF, "ru", OURS)
    services.share(clerk, ITEM_REF)
    theirs = text(("1", "Мы поддерживаем маркировку.", "7"), ("2", "Срок: три года.", "7"))
    node.partner_tells([session(), item(), shares(theirs)])
    assert states() == {"1": PointState.SAME, "2": PointState.DIFFERING}
    # The second round: we take over their words, which keeps their hashes, and both approve the same text.
    services.save_draft(clerk, ITEM_REF, "ru", [(one.id, one.text) for one in theirs.paragraphs])
    services.share(clerk, ITEM_REF)
    view = selectors.item(clerk, ITEM_REF)
    assert view.joint.current["BY"].round == 2
    whole = view.joint.current["BY"].digest
    assert whole == theirs.digest(ITEM_REF.about)
    services.approve(clerk, ITEM_REF, "text", whole)
    assert selectors.item(clerk, ITEM_REF).joint.agreed is None
    node.partner_tells([approves(whole)])
    agreed = selectors.item(clerk, ITEM_REF).joint
    assert agreed.agreed is not None
    assert (agreed.state, agreed.agreed.digest, len(agreed.agreed_points)) == ("agreed", whole, 2)
    services.approve(clerk, ITEM_REF, "text", whole, withdrawn=True)
    assert selectors.item(clerk, ITEM_REF).joint.agreed is None


def test_a_divergent_position_stays_divergent(mine: Journal, clerk: Any) -> None:
    services.save_draft(clerk, ITEM_REF, "ru", OURS)
    services.share(clerk, ITEM_REF)
    theirs = text(("1", "Мы возражаем.", "7"))
    node.partner_tells([shares(theirs)])
    view = selectors.item(clerk, ITEM_REF)
    services.approve(clerk, ITEM_REF, "text", view.joint.current["BY"].digest)
    node.partner_tells([approves(theirs.digest(ITEM_REF.about))])
    joint = selectors.item(clerk, ITEM_REF).joint
    assert (joint.state, joint.agreed) == ("divergent", None)
    assert states() == {"1": PointState.DIFFERING, "2": PointState.ONE_SIDED}
    services.state_step(clerk, ITEM_REF, "outcome", date(2026, 12, 16), text="The item was postponed.")
    assert selectors.item(clerk, ITEM_REF).joint.state == "divergent"


def test_an_approval_that_comes_before_the_text_counts_once_it_is_there(mine: Journal, clerk: Any) -> None:
    theirs = text(("1", "Мы поддерживаем.", "7"))
    node.partner_tells([approves(theirs.digest(ITEM_REF.about))])
    node.partner_tells([shares(theirs)])
    services.approve(clerk, ITEM_REF, "text", theirs.digest(ITEM_REF.about))
    assert selectors.item(clerk, ITEM_REF).joint.state == "agreed"


def test_one_paragraph_is_agreed_while_another_differs(mine: Journal, clerk: Any) -> None:
    services.save_draft(clerk, ITEM_REF, "ru", OURS)
    services.share(clerk, ITEM_REF)
    ours = selectors.item(clerk, ITEM_REF).positions[0].content
    assert ours is not None
    node.partner_tells([shares(text(("2", "Срок: три года.", "7"))), approves(ours.paragraphs[0].digest, "paragraph")])
    services.approve(clerk, ITEM_REF, "paragraph", ours.paragraphs[0].digest)
    assert states() == {"1": PointState.AGREED, "2": PointState.DIFFERING}


def test_what_is_drafted_and_what_is_sealed_is_in_no_journal(mine: Journal, clerk: Any) -> None:
    services.save_draft(clerk, ITEM_REF, "ru", OURS, "Внутренняя причина")
    assert Draft.objects.count() == 1
    size = Journal.objects.get(own=True).next_index
    index = services.share(clerk, ITEM_REF)
    assert size == index
    assert "маркировку".encode() not in entry_bytes(Journal.objects.get(own=True), index)
    with pytest.raises(ConflictError, match="shared last"):
        services.share(clerk, ITEM_REF)
    with pytest.raises(NotFoundError):
        services.take_back(clerk, replace(ITEM_REF, number="4"), index)
    services.take_back(clerk, ITEM_REF, index)
    told = audit.events(audit.Query(event=audit.DECISION))
    assert [row.details["act"] for row in told if "act" in row.details] == ["taken back", "shared"]
    [view] = selectors.item(clerk, ITEM_REF).positions
    assert (view.content, view.why) == (None, "taken back")


def test_a_public_text_is_in_the_entry_and_one_with_a_wrong_hash_is_held(mine: Journal, clerk: Any) -> None:
    services.save_draft(clerk, ITEM_REF, "ru", OURS)
    index = services.share(clerk, ITEM_REF, public=True)
    assert "маркировку".encode() in entry_bytes(Journal.objects.get(own=True), index)
    wrong = shares(text(("1", "Мы.", "7")), public=True)
    journal = node.partner_tells([wrong.__class__(wrong.kind, 1, wrong.about, {**wrong.body, "digest": "0" * 64})])
    assert "not that of the text" in Held.objects.get(journal=journal).reason


def test_a_sealed_text_that_is_not_what_its_hash_says_is_not_shown(mine: Journal, clerk: Any) -> None:
    told = shares(text(("1", "Мы.", "7")))
    node.partner_tells([told.__class__(told.kind, 1, told.about, {**told.body, "digest": "0" * 64}, told.openings)])
    [view] = selectors.item(clerk, ITEM_REF).positions
    assert (view.content, view.why) == (None, "unreadable")
    with pytest.raises(NotFoundError):
        services.approve(clerk, ITEM_REF, "text", "0" * 64)


def test_one_session_told_by_both_is_one(mine: Journal, clerk: Any) -> None:
    node.partner_tells([session(name="41-е заседание", begin="2026-12-14", deadline="2026-12-01"), item()])
    view = selectors.session(clerk, CODE, FORUM, "2026-12")
    assert [one.party for one in view.session.said] == ["BY", "RU"]
    assert (view.session.begin, view.session.end) == (date(2026, 12, 14), date(2026, 12, 16))
    assert view.session.deadline == date(2026, 12, 1)
    assert view.session.differs == {"name", "begin"}
    assert [(one.ref.number, set(one.titles)) for one in view.items] == [("3", {"BY", "RU"})]
    values = {"name": "x", "begin": "2026-12-16", "end": "2026-12-17"}
    with pytest.raises(ConflictError, match="2026-12"):
        services.tell_session(clerk, CODE, FORUM, "41", values)
    node.partner_tells([session(withdrawn=True)])
    assert [one.party for one in selectors.session(clerk, CODE, FORUM, "2026-12").session.said] == ["BY"]


def test_the_deadline_comes_from_the_forum_unless_a_party_states_one(mine: Journal) -> None:
    assert selectors.session(None, CODE, FORUM, "2026-12").session.deadline == date(2026, 12, 10)


def test_a_speaker_is_who_every_party_names(mine: Journal, clerk: Any) -> None:
    services.state_step(clerk, ITEM_REF, "speaker", date(2026, 12, 15), of="RU")
    assert selectors.item(clerk, ITEM_REF).speaker == ""
    named = {"step": "speaker", "day": "2026-12-15", "of": "RU"}
    node.partner_tells([approves("0" * 64).__class__("positions.step", 1, ITEM_REF.about, named)])
    assert selectors.item(clerk, ITEM_REF).speaker == "RU"
    with pytest.raises(FormatError):
        services.state_step(clerk, ITEM_REF, "speaker", date(2026, 12, 15), of="KZ")
    with pytest.raises(FormatError):
        services.state_step(clerk, ITEM_REF, "outcome", date(2026, 12, 15), of="RU")


def test_who_may_not_reads_and_writes_nothing(mine: Journal) -> None:
    viewer = node.user("vitaly", "viewer")
    with pytest.raises(PolicyError):
        selectors.item(viewer, ITEM_REF)
    with pytest.raises(PolicyError):
        services.save_draft(viewer, ITEM_REF, "ru", OURS)
    with pytest.raises(PolicyError):
        services.approve(viewer, ITEM_REF, "text", "0" * 64)


def test_only_who_coordinates_binds_the_party(mine: Journal, clerk: Any) -> None:
    theirs = text(("1", "Мы поддерживаем.", "7"))
    node.partner_tells([shares(theirs)])
    whole = theirs.digest(ITEM_REF.about)
    with pytest.raises(PolicyError, match="does not bind"):
        services.approve(node.user("customs", "head", body="by-customs"), ITEM_REF, "text", whole)
    services.approve(node.user("gknt", "coordinator", body="gknt"), ITEM_REF, "text", whole)
    [approval] = selectors.item(clerk, ITEM_REF).approvals
    assert (approval.by, selectors.item(clerk, ITEM_REF).approved_by(whole)) == ("gknt", {"BY"})


def test_nothing_is_shared_before_the_agreement_opens_it(settings: Any, tmp_path: Path) -> None:
    from comity.agreement import services as agreement
    from tests.unit.agreement.worlds import adopts, plain

    node.set_up(settings, tmp_path / "ours")
    agreement.adopt(None, plain(CODE))
    node.partner_tells([adopts()])
    with pytest.raises(PolicyError, match="not in force"):
        services.tell_session(None, CODE, FORUM, "1", {"name": "x", "begin": "2026-12-16", "end": "2026-12-17"})


def test_laws_stand_side_by_side_and_activities_are_listed(mine: Journal, clerk: Any) -> None:
    change = {"act": "Act", "day": "2026-01-20", "topic": "trademark", "summary": "fees"}
    services.tell_law(clerk, CODE, "act-1", {**change, "number": "1"})
    services.tell_law(clerk, CODE, "act-1", {**change, "number": "2"})
    node.partner_tells([approves("0" * 64).__class__("laws.change", 1, f"law:{CODE}/act-1", change)])
    view = selectors.forum(CODE, FORUM).agreement
    [topic] = selectors.laws(view)
    assert [(party, [row.number for row in rows]) for party, rows in topic.columns] == [("BY", ["2"]), ("RU", [""])]
    activity = {"title": "Lecture", "form": "seminar", "begin": "2026-03-01", "end": "2026-03-01", "partners": ["RU"]}
    services.tell_activity(clerk, CODE, "lecture", {**activity, "reached": 30})
    assert [(row.title, row.reached) for row in selectors.activities(view)] == [("Lecture", 30)]
    services.tell_activity(clerk, CODE, "lecture", {**activity, "withdrawn": True})
    assert selectors.activities(view) == []
    with pytest.raises(FormatError, match="no other party"):
        services.tell_activity(clerk, CODE, "other", {**activity, "partners": ["BY"]})


def test_the_tables_are_a_function_of_the_journals(mine: Journal, clerk: Any) -> None:
    test_a_joint_position_is_agreed_after_two_rounds(mine, clerk)
    own = Journal.objects.get(own=True)
    node.sequence(own)
    before, rows = digest.digest(), Position.objects.count()
    rebuild.rebuild(own)
    assert (digest.digest(), Position.objects.count()) == (before, rows)
    assert [finding for finding in fsck().findings if "positions." in str(finding)] == []


def test_an_entry_about_nothing_of_the_room_is_held(settings: Any, tmp_path: Path) -> None:
    applied(settings, tmp_path / "ours")
    told = session()
    journal = node.partner_tells([told.__class__(told.kind, 1, ITEM_REF.about, told.body)])
    assert Held.objects.get(journal=journal).state == Held.State.QUARANTINED
