"""The audit trail: what people did is in it, what was said is not, and nobody changes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from comity.accounts import audit, labels, services
from comity.accounts.models import AuditEvent
from comity.accounts.services import make_token
from comity.agreement import services as agreement
from comity.agreement.toml import parse, shipped_text
from comity.confidential import services as letters
from comity.journal.models import Journal
from comity.kernel import clock
from comity.kernel.errors import ComityError, ConfigurationError, ConflictError
from comity.kernel.handling import Label
from comity.node.worker import Worker
from comity.registers import services as registers
from tests import node

SECRET = "Сакрэтная прычына"
PASSWORD = "three-dry-stones"


def trail(event: str = "") -> list[tuple[str, str, str]]:
    """Oldest first: person, event, about."""
    rows = reversed(audit.events(audit.Query(event=event)))
    return [(row.person, row.event, row.about) for row in rows]


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(node.user(name, *roles))
    return client


def test_signing_in_failing_to_and_signing_out_are_noted(journal: Journal) -> None:
    cache.clear()
    anna = node.user("anna", "viewer")
    anna.set_password(PASSWORD)
    anna.save()
    client = Client()
    for name, password, status in (("anna", "wrong", 200), (PASSWORD, "anna", 200), ("anna", PASSWORD, 302)):
        answer = client.post("/sign-in/", {"username": name, "password": password})
        assert answer.status_code == status
    client.post("/sign-out")
    assert trail() == [
        ("", audit.SIGN_IN_FAILED, "anna"),
        # A password in the place of the name does not come into it.
        ("", audit.SIGN_IN_FAILED, ""),
        ("anna", audit.SIGN_IN, ""),
        ("anna", audit.SIGN_OUT, ""),
    ]


def test_whoever_reads_a_letter_is_noted_and_what_it_says_is_not(journal: Journal) -> None:
    vera = node.user("vera", "examiner")
    _, index = letters.send(vera, to=["RU"], label=Label(), subject=SECRET, text=SECRET)
    client, stranger = signed_in("anna", "clerk"), signed_in("boris", "viewer")
    token = {"Authorization": f"Bearer {make_token(node.user('program', 'head'))}"}
    for reader in (client, stranger):
        reader.get("/letters")
        reader.get(f"/letters/BY/{index}")
    assert Client().get(f"/api/v1/letters/BY/{index}", headers=token).status_code == 200
    assert Client().get("/api/v1/letters", headers=token).status_code == 200
    letters.take_back(vera, index)
    client.get(f"/letters/BY/{index}")
    about = f"letter BY/{index}"
    assert trail(audit.VIEW) == [
        ("anna", audit.VIEW, "letters"),
        ("anna", audit.VIEW, about),
        ("program", audit.VIEW, about),
        ("program", audit.VIEW, "letters"),
    ]
    assert trail(audit.DECISION) == [("vera", audit.DECISION, about)] * 2
    [listed] = [row for row in audit.events(audit.Query(person="program")) if row.about == "letters"]
    assert (listed.details["subjects"], "token_number" in listed.details) == (f"BY/{index}", True)
    for row in AuditEvent.objects.all():
        assert SECRET not in f"{row.about}{row.details}"


def test_what_is_taken_out_is_noted(journal: Journal) -> None:
    client = signed_in("anna", "viewer")
    right = "/rights/BY/trademark/74512"
    assert b"".join(client.get("/search.csv?q=Ружа").streaming_content)
    for path in (f"{right}/extract.pdf", f"{right}/proof"):
        assert client.get(path).status_code == 200
    rows = audit.events(audit.Query(event=audit.EXPORT))[::-1]
    assert [(row.about, row.details) for row in rows] == [
        ("rights.csv", {"filters": "q"}),
        ("BY/trademark/74512", {"form": "pdf"}),
        ("BY/trademark/74512", {"form": "bundle"}),
    ]


def test_decisions_and_roles_are_noted_with_who_took_them(journal: Journal) -> None:
    vera, olga = node.user("vera", "coordinator"), node.user("olga", "operator")
    agreement.adopt(vera, parse(shipped_text("by-ru-2025"))[0])
    registers.redact("BY/trademark/99999", ground="request")
    services.give_role(vera, "head", "by-customs", by=olga)
    services.end_role(vera, "coordinator")
    services.set_roles(vera, [("by-customs", "head")])
    assert trail() == [
        ("vera", audit.DECISION, "agreement:by-ru-2025"),
        ("", audit.DECISION, "BY/trademark/99999"),
        ("olga", audit.ROLE, "vera"),
        ("", audit.ROLE, "vera"),
    ]
    # What could not be done leaves no trace of having been done.
    with pytest.raises(ComityError):
        registers.redact("BY/trademark/none")
    assert len(trail()) == 4


CHANGES: tuple[Callable[[AuditEvent], object], ...] = (
    lambda row: row.save(),
    lambda row: row.delete(),
    lambda row: AuditEvent.objects.update(person=""),
    lambda row: AuditEvent.objects.filter(pk=row.pk).delete(),
    lambda row: AuditEvent.objects.bulk_update([row], ["person"]),
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_is_neither_changed_nor_deleted(db: None, change: Callable[[AuditEvent], object]) -> None:
    audit.note(None, audit.DECISION, "x")
    with pytest.raises(ConflictError):
        change(AuditEvent.objects.get())
    assert AuditEvent.objects.count() == 1


def test_it_forgets_what_is_older_than_the_setting_says(db: None) -> None:
    now = clock.now()
    with clock.at(now - timedelta(days=31)):
        audit.note(None, audit.DECISION, "old")
    audit.note(None, audit.DECISION, "new")
    assert audit.forget(30) == 1
    assert audit.forget(30) == 0
    assert [about for _, _, about in trail()] == ["new"]


def test_the_worker_forgets_once_a_day(journal: Journal, settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"audit_days": 30})
    with clock.at(clock.now() - timedelta(days=31)):
        audit.note(None, audit.DECISION, "old")
    worker = Worker()
    worker._watch()
    assert trail() == []
    with clock.at(clock.now() - timedelta(days=31)):
        audit.note(None, audit.DECISION, "old")
    worker._watch()
    assert len(trail()) == 1
    with clock.at(clock.now() + timedelta(days=1)):
        worker._watch()
    assert trail() == []


def test_an_event_that_nobody_has_named_is_refused(db: None) -> None:
    with pytest.raises(ConfigurationError):
        audit.note(None, "no such event")
    assert set(labels.EVENTS) == set(audit.EVENTS)


def test_an_auditor_finds_by_person_event_and_day_and_takes_it_out(journal: Journal) -> None:
    anna, vera = node.user("anna", "viewer"), node.user("vera", "examiner")
    with clock.at(clock.now() - timedelta(days=3)):
        audit.note(anna, audit.DECISION, "first")
    for i in range(audit.PAGE + 3):
        audit.note(vera, audit.DECISION, f"matter {i}")
    auditor = signed_in("boris", "auditor")

    def page(query: str) -> str:
        return auditor.get(f"/audit?{query}").content.decode()

    assert "first" in page("person=anna")
    assert "matter " not in page("person=anna")
    assert "matter " not in page("event=export")
    day = timezone.localdate()
    assert "matter " in page(f"first={day}")
    assert "first<" not in page(f"first={day}")
    assert "matter " not in page(f"last={day - timedelta(days=2)}")
    newest = page("person=vera")
    assert "matter 102<" in newest
    assert "matter 2<" not in newest
    [older] = [part.partition('"')[0] for part in newest.split('rel="next" href="?')[1:]]
    assert "matter 2<" in page(older.replace("&amp;", "&"))
    assert auditor.get("/audit?person=nobody&first=x").status_code == 400
    text = b"".join(auditor.get("/audit.csv?person=anna").streaming_content).decode("utf-8-sig")
    assert [row["about"] for row in csv.DictReader(io.StringIO(text))] == ["first"]
    assert trail(audit.EXPORT) == [("boris", audit.EXPORT, "audit.csv")]
