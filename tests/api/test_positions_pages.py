"""Positions on pages: sessions, an item side by side, drafting, sharing, approving; laws, awareness, calendar."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import icalendar
import pytest
from django.test import Client

from comity.accounts import audit
from comity.journal.models import Journal
from comity.positions import selectors
from comity.positions.models import Approval, Draft, Session
from tests import node
from tests.unit.agreement.worlds import CODE
from tests.unit.positions.worlds import FORUM, ITEM_REF, shares, text, with_item

ITEM = f"/positions/{CODE}/{FORUM}/2026-12/3"
OURS = {"id-0": "1", "text-0": "Мы поддерживаем.", "id-1": "2", "text-1": "Срок: два года.", "language": "ru"}


@pytest.fixture
def mine(settings: Any, tmp_path: Path, db: None) -> Journal:
    return with_item(settings, tmp_path / "ours")


def client(name: str, role: str, body: str = "") -> Client:
    made = Client()
    person = node.user(name, role, body=body)
    made.force_login(person)
    # As whoever has just shown his second factor.
    session = made.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return made


@pytest.fixture
def head(mine: Journal) -> Client:
    return client("hanna", "head")


def page(who: Client, address: str, **query: Any) -> str:
    answer = who.get(address, query)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_session_is_told_on_a_form_with_the_deadline_of_the_forum(head: Client) -> None:
    values = {"forum": f"{CODE}/{FORUM}", "code": "2027-03", "name": "Meeting 42", "begin": "2027-03-20"}
    assert head.post("/positions/new", values).status_code == 400
    answer = head.post("/positions/new", {**values, "end": "2027-03-21"})
    assert answer["Location"] == f"/positions/{CODE}/{FORUM}/2027-03"
    assert "15 March 2027" in page(head, answer["Location"])
    assert "Meeting 42" in page(head, "/positions")
    assert 'value="Meeting 42"' in page(head, "/positions/new", of=f"{CODE}/{FORUM}/2027-03")
    again = head.post("/positions/new", {**values, "code": "42", "end": "2027-03-21"})
    assert "Use the code 2027-03" in again.content.decode()
    assert Session.objects.filter(code="42").count() == 0


def test_an_item_is_told_with_its_documents(head: Client) -> None:
    values = {"number": "4", "title": "Appellations", "documents": "41/4 Draft\n41/5\n"}
    assert head.post(f"/positions/{CODE}/{FORUM}/2026-12", values).status_code == 302
    assert "41/4, 41/5" in page(head, f"/positions/{CODE}/{FORUM}/2026-12")
    assert "41/4 Draft" in page(head, f"/positions/{CODE}/{FORUM}/2026-12", item="4")


def test_a_text_is_written_shared_compared_and_approved(head: Client) -> None:
    assert head.post(f"{ITEM}/draft", OURS).status_code == 302
    assert Draft.objects.count() == 1
    assert "Мы поддерживаем." in page(head, f"{ITEM}/draft")
    assert "Мы поддерживаем." not in page(head, ITEM)
    assert head.post(f"{ITEM}/share", {"tlp": "AMBER"}).status_code == 302
    theirs = text(("1", "Мы <b>возражаем</b>.", "7"), ("2", "Срок: два года.", "8"))
    node.partner_tells([shares(theirs)])
    compared = page(head, ITEM)
    assert "<mark>поддерживаем</mark>" in compared
    assert "&lt;" in compared
    assert "Approve this wording" in compared
    digest = theirs.paragraphs[1].digest
    assert head.post(f"{ITEM}/approve", {"of": "paragraph", "digest": digest}).status_code == 302
    assert Approval.objects.get().digest == digest
    assert head.post(f"{ITEM}/approve", {"of": "paragraph", "digest": digest, "withdrawn": "1"}).status_code == 302
    assert selectors.item(None, ITEM_REF).joint.agreed_points == ()
    assert head.post(f"{ITEM}/approve", {"of": "everything", "digest": digest}).status_code == 404
    assert "Мы &lt;b&gt;возражаем&lt;/b&gt;." in page(head, f"{ITEM}/draft", **{"from": "RU"})


def test_a_mistake_in_a_draft_is_said_and_the_words_stay(head: Client) -> None:
    answer = head.post(f"{ITEM}/draft", {**OURS, "id-1": "1"})
    assert answer.status_code == 400
    assert "Two paragraphs are called 1" in answer.content.decode()
    assert "Срок: два года." in answer.content.decode()


def test_what_became_of_it_is_stated(head: Client) -> None:
    assert head.post(ITEM, {"step": "speaker", "on": "2026-12-15"}).status_code == 400
    assert head.post(ITEM, {"step": "speaker", "on": "2026-12-15", "of": "RU"}).status_code == 302
    assert head.post(ITEM, {"step": "outcome", "on": "2026-12-16", "text": "Postponed <i>"}).status_code == 302
    assert "Postponed &lt;i&gt;" in page(head, ITEM)


def test_who_does_not_coordinate_is_shown_no_button_and_is_refused(mine: Journal) -> None:
    customs = client("kira", "head", "by-customs")
    theirs = text(("1", "Мы поддерживаем.", "7"))
    node.partner_tells([shares(theirs)])
    assert "Approve this wording" not in page(customs, ITEM)
    digest = theirs.digest(ITEM_REF.about)
    assert customs.post(f"{ITEM}/approve", {"of": "text", "digest": digest}).status_code == 403


def test_laws_and_activities_are_told_on_forms(head: Client) -> None:
    law = {"code": "law-1", "act": "Act <1>", "day": "2026-05-01", "topic": "trademark", "summary": "Fees"}
    assert head.post(f"/laws/{CODE}/new", {**law, "topic": "weather"}).status_code == 400
    assert head.post(f"/laws/{CODE}/new", law).status_code == 302
    laws = page(head, "/laws")
    assert "Act &lt;1&gt;" in laws
    assert "Trademark" in laws
    activity = {"code": "a-1", "title": "Lecture", "form": "seminar", "begin": "2026-05-01", "end": "2026-05-02"}
    assert head.post(f"/awareness/{CODE}/new", {**activity, "end": "2026-04-01"}).status_code == 400
    assert head.post(f"/awareness/{CODE}/new", {**activity, "partners": ["RU"], "reached": "40"}).status_code == 302
    assert "Lecture" in page(head, "/awareness")
    assert 'value="Lecture"' in page(head, f"/awareness/{CODE}/new", of="a-1")


def test_a_calendar_program_reads_sessions_and_deadlines_at_its_address_until_it_ends(head: Client) -> None:
    shown = head.post("/positions/calendar").content.decode()
    address = re.search(r"https://office-by.example(/positions/calendar/[\w-]+\.ics)", shown)
    assert address is not None
    answer = Client().get(address[1])
    assert answer["Content-Type"].startswith("text/calendar")
    events = list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))
    days = {str(one["SUMMARY"]).partition(":")[0]: one["DTSTART"].dt.isoformat() for one in events}
    assert set(days.values()) == {"2026-12-15", "2026-12-10"}
    assert {one["DTEND"].dt.isoformat() for one in events} == {"2026-12-17", "2026-12-11"}
    head.post("/positions/calendar", {"end": "1"})
    assert Client().get(address[1]).status_code == 404


def test_an_address_ends_with_the_right_to_read(mine: Journal) -> None:
    person = node.user("vera", "clerk")
    reader = Client()
    reader.force_login(person)
    address = re.search(r"/positions/calendar/[\w-]+\.ics", reader.post("/positions/calendar").content.decode())
    assert address is not None
    assert Client().get(address[0]).status_code == 200
    person.memberships.all().delete()
    assert Client().get(address[0]).status_code == 404


def test_the_api_tells_what_is_agreed_and_what_differs(head: Client) -> None:
    head.post(f"{ITEM}/draft", OURS)
    head.post(f"{ITEM}/share", {"tlp": "AMBER"})
    node.partner_tells([shares(text(("1", "Мы поддерживаем.", "7"), ("2", "Срок: три года.", "8")))])
    [session] = head.get("/api/v1/sessions").json()
    assert (session["deadline"], session["told_by"]) == ("2026-12-10", ["BY"])
    agenda = head.get(f"/api/v1/sessions/{CODE}/{FORUM}/2026-12").json()
    [item] = agenda["items"]
    assert item == head.get(f"/api/v1/sessions/{CODE}/{FORUM}/2026-12/3").json()
    assert (item["state"], item["agreed"]) == ("divergent", None)
    assert [point["state"] for point in item["points"]] == ["same", "differing"]
    head.post(f"/laws/{CODE}/new", {"code": "law-1", "act": "Act", "day": "2026-05-01", "topic": "trademark"})
    days = {"begin": "2026-05-01", "end": "2026-05-02"}
    head.post(f"/awareness/{CODE}/new", {**days, "code": "a-1", "title": "Lecture", "form": "seminar"})
    [law] = head.get(f"/api/v1/agreements/{CODE}/laws").json()
    [activity] = head.get(f"/api/v1/agreements/{CODE}/activities").json()
    assert (law["in_force"], activity["reached"]) == (None, None)


def test_who_approves_shows_a_second_factor_and_a_decision_leaves_a_trace(head: Client, mine: Journal) -> None:
    theirs = text(("1", "Мы поддерживаем.", "7"))
    node.partner_tells([shares(theirs)])
    values = {"of": "text", "digest": theirs.digest(ITEM_REF.about)}
    long_ago = Client()
    person = node.user("kira", "coordinator")
    person.set_password("a password to show again")
    person.save()
    long_ago.force_login(person)
    answer = long_ago.post(f"{ITEM}/approve", values)
    assert f"next={quote(ITEM, safe='')}" in answer["Location"]
    assert not Approval.objects.exists()
    page(head, ITEM)
    assert head.post(f"{ITEM}/approve", values).status_code == 302
    told = [(row.person, row.event, row.about) for row in audit.events(audit.Query())]
    assert ("hanna", audit.VIEW, ITEM_REF.about) in told
    assert ("hanna", audit.DECISION, ITEM_REF.about) in told
