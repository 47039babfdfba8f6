"""Both sides' statements on pages: the life, what it opens, who is competent, documents, editions compared."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from comity.agreement import selectors, services
from comity.agreement.domain.life import State, Step
from comity.journal.models import Journal
from tests import node
from tests.unit.agreement.worlds import CODE, adopts, plain, step


@pytest.fixture
def partner_adopted(journal: Journal) -> None:
    node.partner_tells([adopts()])


@pytest.fixture
def operator(journal: Journal) -> Client:
    client = Client()
    client.force_login(node.user("olga", "coordinator"))
    return client


def text(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_node_without_an_agreement_says_what_to_do_first(operator: Client) -> None:
    assert "comity agreement new" in text(operator, "/agreement")


def test_what_a_partner_has_adopted_is_adopted_by_a_button(operator: Client, partner_adopted: None) -> None:
    page = text(operator, "/agreement")
    digest = selectors.editions(CODE)[0].digest
    assert digest in page
    assert operator.post(f"/agreement/{CODE}/adopt", {"digest": digest}).status_code == 302
    assert selectors.agreement(CODE).agreed


def test_the_life_is_walked_on_the_page_to_the_computed_day(operator: Client, partner_adopted: None) -> None:
    services.adopt(None, plain(CODE))
    node.partner_tells([step(Step.SIGNATURE, "2025-03-13"), step(Step.NOTE, "2025-10-01", "BY")])
    address = f"/agreement/{CODE}"
    for values in (
        {"step": "signature", "day": "2025-03-13"},
        {"step": "note", "day": "2025-09-01", "of": "RU", "number": "17/25"},
        {"step": "note_received", "day": "2025-10-03", "of": "RU"},
    ):
        assert operator.post(address, values).status_code == 302
    assert "Still missing" in text(operator, address)
    node.partner_tells([step(Step.NOTE_RECEIVED, "2025-09-05", "BY")])
    page = text(operator, address)
    assert "Entry into force" in page
    assert "17/25" in page
    assert "Still missing" not in page
    assert selectors.agreement(CODE).life.state(selectors.today()) is State.IN_FORCE
    before = text(operator, address, on="2025-10-02")
    assert "Signed, not in force" in before
    assert "not in force and not applied provisionally" in before
    assert "not in force and not applied provisionally" not in text(operator, address, on="2025-10-03")


def test_a_step_that_cannot_be_is_refused_on_the_form(operator: Client) -> None:
    services.adopt(None, plain(CODE))
    answer = operator.post(f"/agreement/{CODE}", {"step": "note_received", "day": "2025-10-03", "of": "RU"})
    assert answer.status_code == 400
    assert "has not stated that it sent this" in answer.content.decode()
    assert operator.post(f"/agreement/{CODE}", {"step": "note", "day": "3.10.2025", "of": "RU"}).status_code == 400


def test_a_mistake_is_taken_back_with_a_reason(operator: Client) -> None:
    services.adopt(None, plain(CODE))
    index = services.state(None, CODE, Step.SIGNATURE, "2025-03-14")
    operator.post(f"/agreement/{CODE}/void/{index}", {"reason": ""})
    assert selectors.statements(CODE)[0].voided is None
    operator.post(f"/agreement/{CODE}/void/{index}", {"reason": "the day is wrong"})
    page = text(operator, f"/agreement/{CODE}")
    assert "the day is wrong" in page
    assert "No party has stated a step yet." in page


def test_who_is_competent_and_what_an_article_opens_is_said(operator: Client) -> None:
    services.adopt(None, plain(CODE))
    services.add_passage(None, CODE, edition=1, article="1", language="ru", text="Цель <b>соглашения</b>")
    bodies = text(operator, f"/agreement/{CODE}/bodies")
    assert "State Customs Committee" in bodies
    assert "nobody named" in bodies
    articles = text(operator, f"/agreement/{CODE}/articles")
    assert "Цель &lt;b&gt;соглашения&lt;/b&gt;" in articles
    assert "Its article is not entered yet" in articles


def test_documents_are_saved_and_never_shown(operator: Client) -> None:
    services.adopt(None, plain(CODE))
    data = b"%PDF-1.7 <script>alert(1)</script>"
    services.add_paper(None, CODE, data, name="agreement", role="agreement", language="ru", title="Текст", edition=1)
    [paper] = selectors.papers(CODE)
    assert paper.sha256 in text(operator, f"/agreement/{CODE}/documents")
    answer = operator.get(f"/agreement/{CODE}/documents/{paper.sha256}")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content == data
    assert operator.get(f"/agreement/{CODE}/documents/{'0' * 64}").status_code == 404


def test_two_editions_are_compared(operator: Client) -> None:
    services.adopt(None, plain(CODE))
    second = {**plain(CODE), "edition": 2}
    second["clauses"]["notice"]["months"] = 12
    services.adopt(None, second)
    page = text(operator, f"/agreement/{CODE}/documents")
    assert "clauses.notice.months" in page
    assert "<del>6</del>" in page
    assert "They do not differ." in text(operator, f"/agreement/{CODE}/documents", old="2", new="2")


def test_the_api_tells_the_same_and_states_steps(operator: Client, partner_adopted: None) -> None:
    services.adopt(None, plain(CODE))
    node.partner_tells([step(Step.SIGNATURE, "2025-03-13")])
    address = f"/api/v1/agreements/{CODE}"
    stated = operator.post(f"{address}/steps", {"step": "signature", "day": "2025-03-13"}, "application/json")
    assert stated.status_code == 200
    told = operator.get(address, {"on": "2025-03-12"}).json()
    assert (told["state"], told["edition"]) == ("draft", 1)
    told = operator.get(address).json()
    assert (told["state"], told["since"], told["in_force"]) == ("signed", "2025-03-13", None)
    assert {"step": "note", "party": "BY", "of": "RU"} in told["missing"]
    gates = {gate["capability"]: (gate["open"], gate["why"]) for gate in told["capabilities"]}
    assert gates["exchange.public"] == (True, "open")
    assert gates["assistance"] == (False, "not_yet")
    early = operator.post(
        f"{address}/steps", {"step": "note_received", "day": "2025-04-01", "of": "RU"}, "application/json"
    )
    assert (early.status_code, early.json()["type"]) == (409, "urn:comity:problem:conflict")


def test_a_page_says_what_it_makes_use_of_and_why_it_is_closed(settings: Any, journal: Journal) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})
    services.adopt(None, plain(CODE))
    client = Client()
    client.force_login(node.user("vera", "examiner"))
    page = text(client, "/letters")
    assert "nothing new begins" in page
    assert "not in force and not applied provisionally" in page
    assert "nothing new begins" not in text(client, "/search")
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert paths["/api/v1/letters"]["post"]["x-capability"] == "exchange.confidential"
    assert all("x-capability" in operation for ways in paths.values() for operation in ways.values())
