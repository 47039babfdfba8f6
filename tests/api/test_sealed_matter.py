"""Two tables: letters and requests, by whom they are and for whom, and who reads them, at the office and in a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client

from comity.accounts import policy
from comity.accounts.policy import OFFICE_ROLES
from comity.accounts.services import make_token
from comity.assistance import selectors as assistance
from comity.confidential import sealed, selectors, services
from comity.confidential.domain import Attachment, Content, write_content
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.kernel.handling import Label
from tests import node
from tests.api.matrix import LETTERS, person
from tests.unit.assistance import world

CUSTOMS = "by-customs"
IN_BODY = tuple(letter for letter, role in LETTERS.items() if role not in OFFICE_ROLES)
# Who has a letter and for whom it is → who reads it: with a role in the office, and with a role in the customs body.
TABLE: dict[tuple[str, str], tuple[str, str]] = {
    ("RU", "BY"): (".CE.HK..", "......"),
    ("RU", "BY/by-customs"): ("........", "VCENHK"),
    ("RU", "BY/by-court"): ("........", "......"),
    ("RU", "KZ"): ("........", "......"),
    ("BY", "RU"): (".CE.HK..", "......"),
    ("BY/by-customs", "RU"): ("........", "VCENHK"),
    ("BY/by-court", "RU"): ("........", "......"),
}
# The same of requests for assistance; the office's are for those who write them.
REQUESTS: dict[tuple[str, str], tuple[str, str]] = {
    ("RU/ru-customs", "BY"): (".CENH...", "......"),
    ("RU/ru-customs", "BY/by-customs"): ("........", "VCENH."),
    ("RU/ru-customs", "BY/by-court"): ("........", "......"),
    ("RU/ru-customs", "KZ"): ("........", "......"),
    ("BY/by-customs", "RU/ru-customs"): ("........", "VCENH."),
}
# The others: to whom a letter is shown by the address of its entry, that learns nothing of it.
NOT_FOUND, FORBIDDEN = 404, 403


@pytest.fixture
def letters(journal: Journal) -> dict[tuple[str, str], tuple[str, int]]:
    """The letters of the table, each with an attachment; the place of their entries."""
    for code in ("by-customs", "by-court"):
        services.name_body(code, code)
    Journal.objects.create(origin="kz.example/journal", vkey="x", party="KZ")
    found, drafts = {}, []
    for by, to in TABLE:
        content = {"subject": f"<{by} {to}>", "text": "", "attachments": (Attachment("a", "text/plain", b"a"),)}
        desk = by.partition("/")[2]
        if by.startswith("BY"):
            clerk = node.user(f"clerk {desk}", "clerk", body=desk)
            found[by, to] = services.send(clerk, desk=desk, to=[to], label=Label(), **content)
        else:
            whole = write_content(Content(content["subject"], "", None, content["attachments"]))
            body, openings = sealed.close(whole, Label(), [sealed.read_recipient(to)])
            start = Journal.objects.get(party="RU").next_index
            found[by, to] = ("RU", start + len(drafts))
            drafts.append(Draft("confidential.letter", 1, f"letter:{to}", {"by": "", "sealed": body}, openings))
    node.partner_tells(drafts)
    return found


def people(table: Mapping[tuple[str, str], tuple[str, str]]) -> Iterator[tuple[Any, dict[tuple[str, str], bool]]]:
    """Each role in the office and in the body, and what he reads."""
    for place, body, column in ((0, "", LETTERS), (1, CUSTOMS, IN_BODY)):
        for letter in column:
            yield person(letter, body), {key: letter in row[place] for key, row in table.items()}


def test_each_letter_is_read_by_those_of_the_table_and_by_nobody_else(
    letters: dict[tuple[str, str], tuple[str, int]],
) -> None:
    cells = 0
    got: dict[str, list[int]] = {}
    wanted: dict[str, list[int]] = {}
    for actor, reads in people(TABLE):
        deals = policy.can(actor, "letters.read")
        client = Client(raise_request_exception=False)
        client.force_login(actor)
        token = {"Authorization": f"Bearer {make_token(actor)}"}
        listed = (
            client.get("/letters").content.decode(),
            Client().get("/api/v1/letters", headers=token).content.decode(),
        )
        seen = {view.content.subject for view in selectors.letters(actor) if view.content is not None}
        assert seen == {f"<{by} {to}>" for (by, to), mine in reads.items() if mine}, actor
        for (by, to), (party, index) in letters.items():
            for text in listed:
                assert (f"{by} {to}&gt;" in text or f"<{by} {to}>" in text) == reads[by, to], (actor, by, to)
            answers = [client.get(f"/letters/{party}/{index}/0").status_code]
            answers.append(Client().get(f"/api/v1/letters/{party}/{index}", headers=token).status_code)
            name = f"{actor} {by} {to}"
            got[name] = answers
            wanted[name] = [200 if reads[by, to] else NOT_FOUND if deals else FORBIDDEN] * 2
            cells += 4
    assert got == wanted
    # Fourteen roles in two places, seven letters, four ways to come upon one.
    assert cells == (len(LETTERS) + len(IN_BODY)) * len(TABLE) * 4 == 392


def test_only_those_who_may_write_answer_or_take_back(letters: dict[tuple[str, str], tuple[str, int]]) -> None:
    office, customs = letters["BY", "RU"][1], letters["BY/by-customs", "RU"][1]
    found = {}
    for actor, _reads in people(TABLE):
        client = Client(raise_request_exception=False)
        client.force_login(actor)
        sent = client.post("/letters/new", {"desk": CUSTOMS, "to": ["RU"], "subject": "s", "tlp": "AMBER"})
        found[str(actor)] = (sent.status_code, client.post(f"/letters/{customs}/take-back").status_code)
        assert client.post(f"/letters/{office}/take-back").status_code != 500
    writes = {name for name, (sent, _) in found.items() if sent == 302}
    assert writes == {f"{letter}-{CUSTOMS}" for letter in "CEH"}
    takes = {name for name, (_, taken) in found.items() if taken == 302}
    assert takes == writes


@pytest.fixture
def requests(journal: Journal) -> dict[tuple[str, str], tuple[str, str]]:
    """The requests of the table: the party and the token that name each."""
    for code in ("by-customs", "by-court"):
        services.name_body(code, code)
    body = {"code": world.THEIRS, "name": world.THEIRS, "key": str(world.KEYS[world.THEIRS].public)}
    drafts = [Draft("confidential.bodies", 1, f"bodies:{node.PARTNER_ORIGIN}", {"bodies": [body]})]
    found = {}
    for number, (by, to) in enumerate(REQUESTS):
        if by.startswith("RU"):
            found[by, to] = ("RU", f"{number:016x}")
            drafts.append(world.asks(found[by, to][1], to=to))
    node.partner_tells(drafts)
    party, token, _index = world.sent()
    found["BY/by-customs", "RU/ru-customs"] = (party, token)
    return found


def test_each_request_is_read_by_those_of_the_table_and_by_nobody_else(
    requests: dict[tuple[str, str], tuple[str, str]],
) -> None:
    cells, got, wanted = 0, {}, {}
    for actor, reads in people(REQUESTS):
        client = Client(raise_request_exception=False)
        client.force_login(actor)
        token = {"Authorization": f"Bearer {make_token(actor)}"}
        listed = {(view.party, view.token) for view in assistance.cases(actor)}
        assert listed == {requests[key] for key, mine in reads.items() if mine}, actor
        deals = policy.can(actor, "assistance.read")
        for (by, to), (party, name) in requests.items():
            answers = [client.get(f"/assistance/{party}/{name}").status_code]
            answers.append(Client().get(f"/api/v1/assistance/{party}/{name}", headers=token).status_code)
            got[f"{actor} {by} {to}"] = answers
            wanted[f"{actor} {by} {to}"] = [200 if reads[by, to] else NOT_FOUND if deals else FORBIDDEN] * 2
            cells += 3
    assert got == wanted
    # Fourteen roles in two places, five requests, three ways to come upon one.
    assert cells == (len(LETTERS) + len(IN_BODY)) * len(REQUESTS) * 3 == 210
