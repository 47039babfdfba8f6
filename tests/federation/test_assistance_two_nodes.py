"""A customs officer in Minsk asks Moscow: two real nodes, asked back, answered, onward use refused; who sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.api.v1.api import api
from tests.federation.driven import filled, until
from tests.federation.test_nothing_leaks_from_processes import PASSWORD, clerk, disk, holding
from tools.quality.nodes import Node, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]

# They differ from their first letter on, for base64 is cut.
ASKED = {
    "subject": "qxsubjectmarker",
    "action": "vyactionmarker",
    "reason": "zkreasonmarker",
    "persons": "wjwhomarker",
}
BACK, GIVEN, ANSWER, REFUSAL = "hjbackmarker", "fpgivenmarker", "dvanswermarker", "bnrefusalmarker"
SENT_FILE, GOT_FILE, SENT_NAME, GOT_NAME = "mwsentcontent", "lqgotcontent", "jxsentname.pdf", "kzgotname.pdf"
MARKERS = (*ASKED.values(), BACK, GIVEN, ANSWER, REFUSAL, SENT_FILE, GOT_FILE, SENT_NAME, GOT_NAME)
BODIES = {"BY": "by-customs", "RU": "ru-customs"}


def people(party: str) -> list[tuple[str, str, str]]:
    """Two who need to know, and everybody else there is: `(name, role, body)`."""
    body, other = BODIES[party], {"BY": "ncip", "RU": "fips"}[party]
    strangers = [(f"x{role}", role, "") for role in ("viewer", "examiner", "head", "auditor", "operator")]
    strangers += [("xbody", "head", other), ("xcoordinator", "coordinator", other)]
    return [("officer", "enforcement", body), ("chief", "head", body), *strangers]


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    made = []
    for party in BODIES:
        temporary = tmp_path / f"{party}-tmp"
        temporary.mkdir()
        settings = {"TMPDIR": str(temporary)}
        made.append(Node(party, tmp_path / party.lower(), free_port(), new_database_url(), settings=settings))
    by, ru = made
    try:
        for node in made:
            node.init()
            node.run("body", "add", BODIES[node.party], f"Customs {node.party}")
            node.serve()
        pair(by, ru, tmp_path)
        wait_until_agreed((by, ru))
        yield by, ru
    finally:
        for node in made:
            node.kill()


class Person:
    """Somebody at a node's pages."""

    def __init__(self, node: Node, name: str, token: str) -> None:
        self.client = httpx.Client(base_url=node.url, trust_env=False, timeout=60, follow_redirects=True)
        self.headers = {"Authorization": f"Bearer {token}", "Referer": node.url}
        if name:
            done = self.post("/sign-in/", {"login": name, "username": name, "password": PASSWORD})
            assert "sign-out" in done.text, done.text[-2000:]

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, words: dict[str, str], form: str = "", **files: Any) -> httpx.Response:
        """Send a form of a page; `form`: the page that shows it."""
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|seen)" value="([^"]+)"', self.get(form or path).text))
        return self.client.post(path, data={**words, **hidden}, headers=self.headers, **files)


def step(officer: Person, chief: Person, path: str, words: dict[str, str], name: str = "", data: str = "") -> str:
    """Written by the officer, signed by the chief; the page of the request."""
    files = {"files": {"papers": (name, data.encode(), "application/pdf")}} if name else {}
    written = officer.post(path, {"tlp": "AMBER", **words}, **files)
    assert "/assistance/drafts/" in str(written.url), written.text[-3000:]
    signed = chief.post(f"{written.url.path}/sign", {}, form=written.url.path)
    assert re.search(r"/assistance/[A-Z]{2}/[0-9a-f]{16}$", str(signed.url)), signed.text[-3000:]
    return signed.url.path


def shows(person: Person, page: str, words: str) -> None:
    until(lambda: words in person.get(page).text, f"{words} never came to {page}")


def addresses(page: str, places: list[str]) -> list[str]:
    """Every page and operation that is read and could show something of the request."""
    token = page.rsplit("/", 1)[1]
    found = ["/", "/assistance", "/assistance/statistics", "/assistance/new", page, f"{page}/answer", "/letters"]
    found += ["/assistance/drafts/1", "/assistance/drafts/2/edit", "/exchange", "/audit", "/audit.csv", "/search.csv"]
    found += [f"/exchange/{party}/entries" for party in BODIES]
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    named = [path for path, operations in schema["paths"].items() if "get" in operations]
    for place in places:
        found += [f"/assistance/entries/{place}/0", f"/assistance/entries/{place}/letter-ru.pdf", f"/exchange/{place}"]
        found += [f"/letters/{place}", f"/letters/{place}/0", f"/letters/new?to={place}"]
        party, _, index = place.partition("/")
        found += [filled(path, party=party, index=index, token=token, office=party) for path in named]
    return sorted(set(found))


def test_a_request_is_seen_by_exactly_those_entitled_at_both_nodes(nodes: tuple[Node, Node]) -> None:
    by, ru = nodes
    tokens = {node.party: clerk(node, "members", people=people(node.party), password=PASSWORD) for node in nodes}
    officer, chief, officer_ru, chief_ru = (
        Person(node, name, tokens[node.party][name]) for node in nodes for name in ("officer", "chief")
    )

    words = {**ASKED, "desk": "by-customs", "to": "RU/ru-customs", "type": "verification"}
    page = step(officer, chief, "/assistance/new", words, SENT_NAME, SENT_FILE)
    shows(officer_ru, "/assistance", ASKED["subject"])
    step(officer_ru, chief_ru, f"{page}/acknowledged", {"day": date.today().isoformat()})
    step(officer_ru, chief_ru, f"{page}/asked", {"text": BACK})
    shows(officer, page, BACK)
    for person in (officer, officer_ru):
        assert "clock stopped, 30 days left" in person.get(page).text
    step(officer, chief, f"{page}/supplement", {"text": GIVEN})
    shows(officer_ru, page, GIVEN)
    assert "clock stopped" not in officer_ru.get(page).text
    step(officer_ru, chief_ru, f"{page}/answer", {"text": ANSWER, "tlp": "RED"}, GOT_NAME, GOT_FILE)
    shows(officer, page, ANSWER)
    whole = officer.get(f"/api/v1{page}").json()
    places = [f"{one['party']}/{one['index']}" for one in whole["steps"]]
    got = next(place for one, place in zip(whole["steps"], places, strict=True) if one["step"] == "answer")
    assert officer.get(f"/assistance/entries/{got}/0").content == GOT_FILE.encode()
    assert officer_ru.get(f"/assistance/entries/{places[0]}/0").content == SENT_FILE.encode()
    # What was received goes nowhere else without consent, and that is refused.
    elsewhere = {**words, "tlp": "AMBER", "to": "RU", "quotes": got}
    assert "may not be passed on" in officer.post("/assistance/new", elsewhere).text
    step(officer, chief, f"{page}/consent_asked", {"of": got, "whom": "RU"})
    shows(officer_ru, page, "consent to onward use asked for")
    step(officer_ru, chief_ru, f"{page}/consent_refused", {"reasons": REFUSAL})
    shows(officer, page, REFUSAL)
    assert "may not be passed on" in officer.post("/assistance/new", elsewhere).text

    # Both nodes compute the same from both journals.
    wait_until_agreed((by, ru))
    seen = [person.get(f"/api/v1{page}").json() for person in (officer, officer_ru)]
    assert seen[0] == seen[1]
    steps = [one["step"] for one in seen[0]["steps"]]
    assert steps == ["request", "acknowledged", "asked", "supplement", "answer", "consent_asked", "consent_refused"]
    assert (seen[0]["state"], all(one["effective"] for one in seen[0]["steps"])) == ("answered", True)

    # Everybody else learns nothing of it, at either node, on any page or operation.
    shown = addresses(page, [places[0], got])
    for node in nodes:
        for name, role, body in [("", "stranger", ""), *people(node.party)[2:]]:
            person = Person(node, name, tokens[node.party].get(name, "none"))
            for address in shown:
                answer = person.get(address)
                assert holding(answer.content, MARKERS) == [], (node.party, role, body, address)
                if address == page:
                    assert (answer.status_code, bool(name)) != (200, True)

    # It lies in the vault alone: in no other table, in no file, log or temporary file.
    for node in nodes:
        assert node.run("fsck")
        assert {table for table, _ in clerk(node, "tables", words=MARKERS)} == {"journal_opening"}
        found = [path for path, data in disk(node) if holding(data, MARKERS)]
        assert [path for path in found if "/base/" not in path and ".sqlite3" not in path] == []
