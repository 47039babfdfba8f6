"""Requests for assistance on the pages and in the API: written, signed, received, answered, by who needs to know."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from comity.accounts import audit
from comity.accounts.policy import AUDITOR, CLERK, COORDINATOR, EXAMINER, HEAD, OPERATOR, VIEWER
from comity.accounts.services import make_token
from comity.agreement import services as agreement
from comity.assistance import desk, selectors
from comity.assistance.domain.contents import EXISTENCE
from comity.assistance.domain.steps import Step
from comity.assistance.models import Draft, Fact
from comity.journal.models import Journal, Opening
from comity.kernel.handling import AMBER, Label
from tests import node
from tests.people import sign_in as signed_in
from tests.unit.agreement.worlds import CODE
from tests.unit.agreement.worlds import plain as profile
from tests.unit.assistance import world
from tests.unit.assistance.world import MINE, THEIRS, TOKEN, asks, clerk, head, person, sent, theirs

SUBJECT, TEXT, FILE = "Партыя абутку", "Тэкст адказу", "справаздача.pdf"
FIELDS = {
    "desk": MINE,
    "to": f"RU/{THEIRS}",
    "subject": SUBJECT,
    "type": "verification",
    "action": "Праверыць",
    "reason": "Кантроль",
    "tlp": "AMBER",
}


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path, db: None) -> Journal:
    return world.set_up(settings, tmp_path / "ours")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def seen(client: Client, draft: str) -> dict[str, str]:
    """What the form of a draft's page says that its reader was shown."""
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', text(client, draft))
    assert found is not None
    return {"seen": found[1]}


def sign(draft: str) -> str:
    """Have the head read and sign a draft; where that leads."""
    client = signed_in(head())
    return str(client.post(f"{draft}/sign", seen(client, draft))["Location"])


def test_a_request_goes_its_way_on_the_pages() -> None:
    writer, signer = signed_in(clerk()), signed_in(head())
    form = text(writer, "/assistance/new")
    for shown in ("Action sought", "by-customs", f"RU/{THEIRS}"):
        assert shown in form
    written = writer.post("/assistance/new", {**FIELDS, "papers": [SimpleUploadedFile(FILE, b"%PDF")]})
    assert written.status_code == 302, written.content.decode()
    draft = written["Location"]
    assert "Approve, sign and send" not in text(writer, draft)
    assert FILE in text(signer, draft)
    assert signer.get(f"{draft}/files/0").content == b"%PDF"
    assert signer.get(f"{draft}/files/1").status_code == 404
    assert signed_in(person("e", EXAMINER, "")).get(f"{draft}/files/0").status_code == 404
    assert SUBJECT in text(signer, "/assistance")
    assert "waits for a signature" in text(signer, "/")
    assert signer.post(f"{draft}/return", {"remark": "Карацей"}).status_code == 302
    assert "Карацей" in text(writer, draft)
    shown = seen(signer, draft)
    assert writer.post(f"{draft}/edit", {**FIELDS, "subject": "Абутак"}).status_code == 302
    assert writer.post(f"{draft}/sign").status_code == 403
    # What he was shown is not what would go out.
    assert signer.post(f"{draft}/sign", shown).status_code == signer.post(f"{draft}/sign").status_code == 409
    done = signer.post(f"{draft}/sign", seen(signer, draft))
    assert done.status_code == 302, done.content.decode()
    page = text(writer, done["Location"])
    for shown in ("Абутак", FILE, "Sent, receipt not acknowledged", "Withdraw the request"):
        assert shown in page
    row = Fact.objects.get()
    assert writer.get(f"/assistance/entries/BY/{row.entry}/0").content == b"%PDF"
    assert writer.get(f"/assistance/entries/BY/{row.entry}/1").status_code == 404
    assert "Абутак" in text(writer, "/assistance?side=requesting&state=open")
    assert "Абутак" not in text(writer, "/assistance?state=ended")


def test_what_a_step_says_is_taken_back_and_the_step_stays() -> None:
    party, token, index = sent(attachments=[world.FILE])
    page, signer = f"/assistance/{party}/{token}", signed_in(head())
    assert signed_in(clerk()).post(f"/assistance/entries/{index}/take-back").status_code == 403
    assert signed_in(person("h", HEAD, "ncip")).post(f"/assistance/entries/{index}/take-back").status_code == 404
    assert "Take back" in text(signer, page)
    assert signer.post(f"/assistance/entries/{index}/take-back")["Location"] == page
    assert world.ASK["action"] not in text(signer, page)
    assert not Opening.objects.filter(journal__own=True).exists()
    assert [one.content for one in selectors.case(clerk(), party, token).facts] == [None]


def test_who_signs_has_shown_lately_who_he_is() -> None:
    draft = world.request().pk
    answer = signed_in(head(), ago_s=3600).post(f"/assistance/drafts/{draft}/sign")
    assert answer.status_code == 403
    assert "too long ago" in answer.content.decode()
    assert not Fact.objects.exists()
    assert signed_in(head()).get(f"/assistance/drafts/{draft}/sign")["Location"] == f"/assistance/drafts/{draft}"


def test_the_audit_trail_says_who_read_decided_and_took() -> None:
    party, token, index = sent(attachments=[world.FILE])
    client = signed_in(clerk())
    for path in ("", f"/{party}/{token}", f"/entries/BY/{index}/0", f"/entries/BY/{index}/letter-ru.pdf"):
        assert client.get(f"/assistance{path}").status_code == 200
    rows = audit.events(audit.Query())
    assert [(row.event, row.person) for row in reversed(rows) if "request" in row.about] == [
        (audit.DECISION, "head"),
        (audit.VIEW, "clerk"),
        (audit.VIEW, "clerk"),
        (audit.EXPORT, "clerk"),
        (audit.EXPORT, "clerk"),
    ]
    assert not any(world.ASK["subject"] in str(row) for row in rows)


def test_the_other_sides_steps_move_the_page() -> None:
    party, token, first = sent()
    page, client = f"/assistance/{party}/{token}", signed_in(clerk())
    today = date.today().isoformat()
    node.partner_tells([theirs(Step.ACKNOWLEDGED, token, {"number": "7/26"}, day=today, seen=first)])
    assert "Being dealt with" in text(client, page)
    node.partner_tells([theirs(Step.ASKED, token, {"text": "Якая партыя?"}, seen=first)])
    shown = text(client, page)
    for words in ("the clock is stopped", "30 days left", "Якая партыя?", "7/26", "Holidays"):
        assert words in shown
    assert "more information is awaited from us" in text(client, "/assistance")
    supplement = client.post(f"{page}/supplement", {"text": "Партыя 12", "tlp": "AMBER"})
    assert sign(supplement["Location"]) == page
    node.partner_tells([theirs(Step.ANSWER, token, {"text": TEXT}, seen=first + 1)])
    shown = text(client, page)
    assert "Ask for consent to onward use" in shown
    assert TEXT in shown
    assert client.get(f"{page}/supplement").status_code == 404
    statistics = text(client, "/assistance/statistics")
    assert "verification of a right" in statistics
    assert [(one.answered, one.median_days) for one in desk.statistics(clerk())] == [(1, 0)]


def test_a_received_request_is_answered_on_the_pages() -> None:
    node.partner_tells([asks()])
    writer = signed_in(clerk())
    page = f"/assistance/RU/{TOKEN}"
    assert "receipt is to be acknowledged" in text(writer, "/assistance")
    fields = {"ground": "interests", "reasons": "Нельга", "tlp": "RED"}
    draft = writer.post(f"{page}/refused", fields)["Location"]
    sign(draft)
    shown = text(writer, page)
    assert "harm to other essential interests" in shown
    assert "TLP:RED" in shown


@pytest.mark.parametrize(
    "wrong", [{"subject": ""}, {"type": "favour"}, {"to": "RU/police"}, {"tlp": "WHITE"}, {"quotes": "RU/x"}]
)
def test_a_request_that_cannot_be_written_says_why(wrong: dict[str, str]) -> None:
    answer = signed_in(clerk()).post("/assistance/new", {**FIELDS, **wrong})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Draft.objects.exists()


def test_a_letter_is_set_in_the_languages_of_both() -> None:
    _, _, index = sent(texts={"facts": "Ў" * 300, "language": "ru"})
    client = signed_in(clerk())
    for language, words in (("ru", "Испрашиваемые действия"), ("be", "Запытаныя дзеянні")):
        answer = client.get(f"/assistance/entries/BY/{index}/letter-{language}.pdf")
        assert answer["Content-Type"] == "application/pdf"
        pages = PdfReader(BytesIO(answer.content)).pages
        said = "".join(page.extract_text() for page in pages)
        assert words in said
        assert "TLP:AMBER" in said
        assert world.ASK["subject"] in said.replace("\n", " ")
    assert client.get(f"/assistance/entries/BY/{index}/letter-fr.pdf").status_code == 400


def test_the_api_lists_and_reads() -> None:
    party, token, _ = sent()
    headers = {"Authorization": f"Bearer {make_token(clerk())}"}
    listed = Client().get("/api/v1/assistance?side=requesting&open=true", headers=headers).json()
    assert [(one["token"], one["state"], one["subject"]) for one in listed] == [(token, "sent", world.ASK["subject"])]
    whole = Client().get(f"/api/v1/assistance/{party}/{token}", headers=headers).json()
    assert whole["steps"][0]["texts"]["action"] == world.ASK["action"]
    assert Client().get("/api/v1/assistance?side=requested", headers=headers).json() == []
    other = {"Authorization": f"Bearer {make_token(person('court', HEAD, 'by-court'))}"}
    assert Client().get("/api/v1/assistance", headers=other).json() == []
    assert Client().get(f"/api/v1/assistance/{party}/{token}", headers=other).status_code == 404


STRANGERS = [
    ("o", OPERATOR, ""),
    ("a", AUDITOR, ""),
    ("v", VIEWER, ""),
    ("k", COORDINATOR, "gknt"),
    ("h", HEAD, "ncip"),
]


def test_who_need_not_know_learns_nothing() -> None:
    """An own request, a received one and a draft, with all that they lead to."""
    party, token, index = sent(attachments=[world.FILE])
    journal = node.partner_tells([asks(attachments=[world.FILE])])
    draft = world.request().pk
    theirs_at = journal.next_index - 1
    addresses = [f"/assistance/{party}/{token}", f"/assistance/RU/{TOKEN}", f"/assistance/drafts/{draft}"]
    for place in (f"BY/{index}", f"RU/{theirs_at}"):
        addresses += [f"/assistance/entries/{place}/{what}" for what in ("0", "letter-ru.pdf")]
    member = signed_in(clerk())
    assert [member.get(address).status_code for address in addresses] == [200] * len(addresses)
    for name, role, body in STRANGERS:
        client = signed_in(person(name, role, body))
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in (403, 404), (role, address)
        for address in ("/assistance", "/assistance/statistics", "/"):
            assert world.ASK["subject"] not in client.get(address).content.decode()
        assert selectors.cases(person(name, role, body)) == []
    # A head of another body signs nothing here.
    other = signed_in(person("h", HEAD, "ncip"))
    for action in ("sign", "return", "discard"):
        assert other.post(f"/assistance/drafts/{draft}/{action}").status_code == 404
    assert signed_in(person("deputy", EXAMINER)).post(f"/assistance/drafts/{draft}/sign").status_code == 403


def test_others_are_not_told_that_a_request_exists_whose_existence_is_confidential(mine: Journal) -> None:
    """The existence box of the form; the partner's steps bear the label of the request."""
    hidden, plain = Label(AMBER, frozenset({EXISTENCE})), sent()
    _, token, index = sent(label=hidden)
    node.partner_tells([theirs(Step.ASKED, token, {"text": "?"}, seen=index, label=hidden)])
    node.sequence(mine)
    place = Journal.objects.get(own=False).next_index - 1
    member, stranger = signed_in(clerk()), signed_in(person("e", EXAMINER, ""))
    headers = {"Authorization": f"Bearer {make_token(person('e', EXAMINER, ''))}"}
    shown = ["/exchange", "/exchange/BY/entries", "/exchange/RU/entries"]
    shown += [f"/exchange/BY/{index}", f"/exchange/RU/{place}"]
    for address in shown:
        assert token in text(member, address)
        assert token not in text(stranger, address)
    for path in ("BY/entries", "RU/entries", f"BY/entries/{index}", f"RU/entries/{place}"):
        assert token not in Client().get(f"/api/v1/journals/{path}", headers=headers).content.decode()
    # Whatever else is about it: a step of a partner's that forgot the label, what is taken back, a figure's facts.
    node.partner_tells([theirs(Step.ACKNOWLEDGED, token, {}, day=date.today().isoformat(), seen=index)])
    signed_in(head()).post(f"/assistance/entries/{index}/take-back")
    node.sequence(mine)
    agreement.adopt(None, profile(CODE))
    for address in ("/exchange", "/exchange/BY/entries", "/exchange/RU/entries"):
        assert token in text(member, address)
        assert token not in text(stranger, address)
    assert token not in "".join(text(stranger, address) for address in facts())
    assert token in "".join(text(member, address) for address in facts())
    # Of another request the journal shows that it is there.
    assert plain[1] in text(stranger, "/exchange/BY/entries")
    assert "assistance requested" in text(stranger, f"/exchange/BY/{plain[2]}")


def facts() -> list[str]:
    """The pages of the facts behind the figures on requests and their steps."""
    base = f"/report/{CODE}/{date.today().year}/facts"
    kinds = ("assistance.request", "assistance.step", "journal.redaction")
    return [f"{base}?party={party}&kind={kind}" for party in ("BY", "RU") for kind in kinds]


def test_who_reads_a_long_list_is_noted_with_all_of_it() -> None:
    named = [f"{n:016x}" for n in range(60)]
    node.partner_tells([asks(one) for one in named])
    assert signed_in(clerk()).get("/assistance").status_code == 200
    told = " ".join(row.details["subjects"] for row in audit.events(audit.Query(event=audit.VIEW)))
    assert sorted(told.split()) == [f"RU/{one}" for one in named]


def test_a_token_for_requests_alone_reads_those_of_the_office_too() -> None:
    node.partner_tells([asks(to="BY", by="")])
    held = make_token(person("office", CLERK, ""), scopes=["assistance.read"])
    answer = Client().get("/api/v1/assistance", headers={"Authorization": f"Bearer {held}"})
    assert [one["token"] for one in answer.json()] == [TOKEN]
