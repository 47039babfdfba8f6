"""What was put aside when the node came back is shown to who enters facts anew, and to nobody else."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from comity.confidential import sealed
from comity.confidential.domain import Content, write_content
from comity.journal import services, vault
from comity.journal.models import Displaced, Journal, Opening, Pending
from comity.journal.services import Draft
from comity.kernel.handling import RED, Label
from tests import node


@pytest.fixture
def aside(journal: Journal) -> None:
    """A right with a person, and a letter, as they are put aside."""
    body, openings = sealed.close(
        write_content(Content("subjectmarker", "textmarker")), Label(RED), [sealed.read_recipient("RU")]
    )
    with transaction.atomic():
        letter = Draft("confidential.letter", 1, "letter:1", {"by": "", "sealed": body}, openings)
        services.append(journal, [node.draft(node.MARK, 3), letter])
    dumped = dict(Opening.objects.filter(journal=journal).values_list("index", "data"))
    for row in list(Pending.objects.filter(journal=journal).order_by("index"))[-2:]:
        Displaced.objects.create(
            journal=journal, index=row.index, data=row.data, openings=dumped[row.index], added_at=timezone.now()
        )


def page(role: str, address: str = "/displaced") -> str:
    client = Client()
    client.force_login(node.user(role, role))
    answer = client.get(address)
    return answer.content.decode() if answer.status_code == 200 else ""


def test_an_examiner_reads_what_it_said_and_a_letter_stays_closed(aside: None) -> None:
    text = page("examiner")
    assert "BY/trademark/74512" in text
    assert "Ружа Нёманская" in text
    assert "A confidential letter." in text
    assert "subjectmarker" not in text
    assert "textmarker" not in text


def test_the_exchange_page_leads_there_only_who_may_read_it(aside: None) -> None:
    assert 'href="/displaced"' in page("operator", "/exchange")
    shown = page("viewer", "/exchange")
    assert "2 entries were added here and never signed" in shown
    assert 'href="/displaced"' not in shown


def test_what_was_entered_anew_is_deleted(aside: None) -> None:
    client = Client()
    client.force_login(node.user("examiner", "examiner"))
    first, second = Displaced.objects.order_by("pk").values_list("pk", flat=True)
    answer = client.post(f"/displaced/{first}/delete", follow=True)
    assert "BY/trademark/74512 that was put aside" in answer.content.decode()
    assert list(Displaced.objects.values_list("pk", flat=True)) == [second]
    client.post(f"/displaced/{second}/delete")
    assert "Nothing is put aside." in client.get("/displaced").content.decode()


def test_openings_are_read_by_path() -> None:
    from comity.journal.displaced import DisplacedView

    now = timezone.now()
    dumped = vault.dump({"/a": (b"\0" * 16, "x"), "/b": (b"\0" * 16, [1])})
    view = DisplacedView(1, 2, "registers.right", "BY/trademark/1", now, now, "{}", dumped)
    assert view.withheld == {"/a": "x", "/b": "[1]"}
