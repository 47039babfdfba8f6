"""Letters on the pages and in the API: written, read and taken back by those who need to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comity.accounts.services import make_token
from comity.confidential.models import Letter
from comity.journal.models import Journal
from tests import node


@pytest.fixture
def journal(settings: Any, tmp_path: Path, db: None) -> Journal:
    made = node.set_up(settings, tmp_path)
    node.partner_journal([node.russian()])
    return made


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(node.user(name, *roles))
    return client


def test_a_letter_is_written_read_answered_and_taken_back(journal: Journal) -> None:
    client = signed_in("anna", "examiner")
    attachment = SimpleUploadedFile("дагавор.pdf", b"%PDF-1.7")
    fields = {"to": ["RU"], "subject": "Пытанне", "text": "радок\n\nдругі", "tlp": "RED", "codes": "H1 H2"}
    sent = client.post("/letters/new", {**fields, "attachment": attachment})
    assert sent.status_code == 302, sent.content.decode()
    page = client.get(sent["Location"])
    text = page.content.decode()
    for shown in ("Пытанне", "другі", "TLP:RED", "H2", "дагавор.pdf", "RU"):
        assert shown in text
    assert page["Cache-Control"] == "private, no-store"
    file = client.get(f"{sent['Location']}/0")
    assert (file.content, file["Content-Disposition"]) == (b"%PDF-1.7", "attachment")
    assert client.get(f"{sent['Location']}/1").status_code == 404
    assert "Пытанне" in client.get("/letters").content.decode()
    index = Letter.objects.get().entry
    form = client.get(f"/letters/new?to=BY/{index}").content.decode()
    assert "Re: Пытанне" in form
    assert client.post(f"/letters/{index}/take-back").status_code == 302
    assert "Пытанне" not in client.get(sent["Location"]).content.decode()


def test_who_need_not_know_learns_nothing(journal: Journal) -> None:
    sent = signed_in("anna", "examiner").post("/letters/new", {"to": ["RU"], "subject": "Пытанне", "tlp": "RED"})
    for name, status in (("viewer", 404), ("operator", 403), ("auditor", 403)):
        client = signed_in(name, name)
        for path in ("/letters", sent["Location"], f"{sent['Location']}/0"):
            assert "Пытанне" not in client.get(path).content.decode()
        assert client.get(sent["Location"]).status_code == status


@pytest.mark.parametrize(
    "wrong",
    [{"to": []}, {"to": ["KZ"]}, {"subject": ""}, {"tlp": "WHITE"}, {"codes": "h1"}, {"tlp": "RED", "onward": "on"}],
)
def test_a_letter_that_cannot_be_sent_says_why(journal: Journal, wrong: dict[str, Any]) -> None:
    client = signed_in("anna", "examiner")
    answer = client.post("/letters/new", {"to": ["RU"], "subject": "s", "tlp": "AMBER", **wrong})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Letter.objects.exists()


def test_the_api_sends_and_reads(journal: Journal) -> None:
    headers = {"Authorization": f"Bearer {make_token(node.user('program', 'examiner'))}"}
    body = {"to": ["RU"], "subject": "Пытанне", "text": "t", "tlp": "AMBER", "purposes": ["court"], "onward": True}
    sent = Client().post("/api/v1/letters", body, content_type="application/json", headers=headers)
    assert sent.status_code == 200, sent.content
    told = sent.json()
    assert told["label"] == {"tlp": "AMBER", "codes": [], "purposes": ["court"], "onward": True}
    assert Client().get(f"/api/v1/letters/BY/{told['index']}", headers=headers).json() == told
    assert Client().get("/api/v1/letters", headers=headers).json() == [told]
    other = {"Authorization": f"Bearer {make_token(node.user('viewer', 'viewer'))}"}
    assert Client().get("/api/v1/letters", headers=other).json() == []
    refused = Client().post("/api/v1/letters", body, content_type="application/json", headers=other)
    assert refused.status_code == 403
