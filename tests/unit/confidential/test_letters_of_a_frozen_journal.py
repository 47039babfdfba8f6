"""A letter of a journal whose log key was lost stays readable where it was, and can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from comity.confidential import sealed, selectors, services
from comity.confidential.models import Letter, SealedBytes
from comity.journal import fsck, home, loss, rotation
from comity.journal.models import Journal, Opening, Redaction
from comity.kernel.errors import NotFoundError, PolicyError
from comity.kernel.handling import AMBER, RED, Label
from tests import node
from tests.unit.confidential.test_letters_reach_whom_they_name import SECRET

pytestmark = pytest.mark.django_db(transaction=True)

FROZEN = node.ORIGIN


@pytest.fixture
def index(settings: Any, tmp_path: Path) -> int:
    """Where the letter stands in the frozen journal; the journal that goes on has one of its own in the same place."""
    made = node.set_up(settings, tmp_path)
    rotation.announce(made)
    node.partner_journal([node.russian()])
    examiner = node.user("e", "examiner")
    _, index = services.send(examiner, to=["RU"], label=Label(RED), subject=SECRET, text="t")
    node.sequence(made)
    home.key_path("log").unlink()
    new = loss.open_successor(made)
    rotation.announce(new)
    while services.send(examiner, to=["RU"], label=Label(AMBER), subject="present", text="t")[1] < index:
        pass
    return index


def shown(actor: Any, index: int, origin: str = "") -> str:
    content = selectors.letter(actor, "BY", index, origin).content
    return content.subject if content else ""


def test_it_is_read_by_those_who_sent_it(index: int) -> None:
    anna = node.user("a", "examiner")
    assert (shown(anna, index), shown(anna, index, FROZEN)) == ("present", SECRET)
    assert {(view.own, view.frozen) for view in selectors.letters(anna)} == {(True, True), (True, False)}
    for actor in (node.user("v", "viewer"), node.user("o", "operator")):
        assert selectors.letters(actor) == []
        with pytest.raises(NotFoundError):
            selectors.letter(actor, "BY", index, FROZEN)
    # The frozen journal is nobody to write to.
    assert [view.address for view in selectors.addressees()] == ["RU"]


def test_it_is_taken_back_by_an_entry_of_the_journal_that_goes_on(index: int) -> None:
    anna = node.user("a", "examiner")
    frozen, mine = Journal.objects.get(former=True), Journal.objects.get(own=True)
    sealed.keep(frozen, {index: b"sealed"})
    with pytest.raises(PolicyError):
        services.take_back(node.user("o", "operator"), index, FROZEN)
    with pytest.raises(NotFoundError):
        services.take_back(anna, index, node.PARTNER_ORIGIN)
    entry = services.take_back(anna, index, FROZEN)
    assert Redaction.objects.get(journal=mine, entry=entry).origin == FROZEN
    assert selectors.letter(anna, "BY", index, FROZEN).why == "taken back"
    assert shown(anna, index) == "present"
    assert not Opening.objects.filter(journal=frozen, index=index).exists()
    assert not SealedBytes.objects.exists()
    node.sequence(mine)
    assert [str(finding) for finding in fsck.fsck().findings if not finding.warning] == []


def test_its_page_names_the_frozen_journal(index: int) -> None:
    client = Client()
    client.force_login(node.user("a", "examiner"))
    address = f"/letters/BY/{index}?journal=office-by.example%2Fjournal"
    assert f'href="{address}"' in client.get("/letters").content.decode()
    page = client.get(address).content.decode()
    assert SECRET in page
    assert SECRET not in client.get(f"/letters/BY/{index}").content.decode()
    back = f"/letters/{index}/take-back?journal=office-by.example%2Fjournal"
    assert f'action="{back}"' in page
    answer = client.post(back)
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert SECRET not in client.get(address).content.decode()
    assert Letter.objects.filter(journal__former=True).count() == 1
