"""Who is no party has no word; what is sealed for a body is for that body; a document may be called anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.confidential import services as confidential
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.positions import selectors, services
from comity.positions.entries import ITEM
from comity.positions.models import Activity, Approval, Item, Position, Session, Step
from tests import node
from tests.unit.agreement.worlds import CODE
from tests.unit.positions.worlds import FORUM, ITEM_REF, SESSION_VALUES, shares, text, with_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    return with_item(settings, tmp_path / "ours")


@pytest.mark.parametrize("number", ["²", "1²", "①", "41/3"])
def test_a_partners_document_may_be_called_by_any_sign(number: str) -> None:
    body = {"title": "Маркировка", "documents": [{"number": number, "title": "Проект", "sha256": ""}]}
    node.partner_tells([Draft(ITEM, 1, ITEM_REF.about, body)])
    shown = selectors.session(None, CODE, FORUM, "2026-12").items[0].documents
    assert number in [one.number for one in shown]


def test_who_is_no_party_of_the_agreement_has_no_word_in_it() -> None:
    """A partner of this node under another agreement tells of this one's matters."""
    node.partner_tells([])
    before = selectors.item(None, ITEM_REF), selectors.session(None, CODE, FORUM, "2026-12").session
    other = Journal.objects.create(origin="office-kz.example/journal", party="KZ", vkey="k")
    told: dict[str, Any] = {"journal": other, "agreement": CODE, "at": "2026-11-01T00:00:00Z"}
    item = {"forum": FORUM, "session": ITEM_REF.session, "number": ITEM_REF.number}
    Session.objects.create(entry=1, forum=FORUM, code="2026-12", **told, **{**SESSION_VALUES, "begin": "2026-01-01"})
    Session.objects.create(entry=2, forum=FORUM, code="kz", **told, **SESSION_VALUES)
    Item.objects.create(entry=3, title="Our title", **told, **item)
    Item.objects.create(entry=4, title="Another", **told, **{**item, "number": "9"})
    Step.objects.create(entry=5, step="speaker", day="2026-12-15", of="BY", **told, **item)
    Approval.objects.create(entry=6, of="text", digest="0" * 64, **told, **item)
    Position.objects.create(entry=7, round=1, digest="0" * 64, **told, **item)
    Activity.objects.create(entry=8, code="a", title="t", form="seminar", begin="2026-12-15", end="2026-12-15", **told)
    after = selectors.item(None, ITEM_REF), selectors.session(None, CODE, FORUM, "2026-12").session
    assert before == after
    assert [one.ref.number for one in selectors.session(None, CODE, FORUM, "2026-12").items] == ["3"]
    assert [one.session.code for one in selectors.sessions()] == ["2026-12"]
    assert selectors.activities(selectors.forum(CODE, FORUM).agreement) == []
    services.tell_session(None, CODE, FORUM, "2026-12", SESSION_VALUES)


def test_a_text_that_is_sealed_for_a_body_is_read_in_that_body_alone() -> None:
    confidential.name_body("by-customs", "Мытня")
    node.partner_tells([shares(text(("1", "Только таможне.", "7")), to="BY/by-customs")])
    member, colleague = node.user("m", "examiner", body="by-customs"), node.user("c", "examiner", body="ncip")
    head = node.user("h", "head")
    assert selectors.item(member, ITEM_REF).joint.points[0].versions[0].paragraph.text == "Только таможне."
    for other in (colleague, head):
        shown = selectors.item(other, ITEM_REF)
        assert [(one.content, one.why) for one in shown.positions] == [(None, "sealed")]
        assert not shown.joint.points
    node.partner_tells([shares(text(("1", "Всем.", "7")), round_=2)])
    assert selectors.item(colleague, ITEM_REF).joint.points
