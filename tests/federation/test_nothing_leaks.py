"""Markers are planted in what is confidential, then looked for everywhere: only the listed places may hold one."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from comity.accounts.services import make_token
from comity.api.v1.api import api
from comity.confidential import sealed, services
from comity.confidential.domain import Attachment, Content, write_content
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.openings import leaves_of, open_segment, segments
from comity.federation.source import Client
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.kernel import tiles
from comity.kernel.entry import encode_entry
from comity.kernel.handling import RED, Label
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingKey
from comity.registers import selectors as registers
from comity.registers import services as register_services
from comity.registers.domain.record import Party, RightRecord, Text
from comity.registers.formats import base, load
from comity.web.urls import urlpatterns
from tests import node
from tests.federation import test_signed_requests as ru
from tests.federation.driven import filled
from tests.federation.standin import AT, ORIGIN, Log, serving

NAME, SUBJECT, BODY, FILE, CONTENT = (
    "Зоркамаркерова",
    "subjectmarkerqx",
    "textmarkerqx",
    "filemarkerqx.pdf",
    "contentmarkerqx",
)
LETTER = (SUBJECT, BODY, FILE, CONTENT)
KZ = "office-kz.example/journal"
KZ_TRANSPORT = SigningKey(f"{KZ}/transport", 1, b"\x7f" * 32)
KZ_SEALING = SealingKey(f"{KZ}/sealing", b"\x72" * 32)


def spellings(marker: str) -> list[bytes]:
    """A marker in the forms in which it could lie somewhere."""
    from base64 import b64encode

    texts = [marker, marker.casefold(), marker.upper(), json.dumps(marker)[1:-1]]
    return [*(text.encode() for text in texts), *(b64encode(text.encode())[:-4] for text in texts)]


def holds(data: bytes, marker: str) -> bool:
    return any(spelling in data for spelling in spellings(marker))


def tables(marker: str) -> set[str]:
    """The tables in which a marker stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                values = (bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                if holds(b" ".join(values), marker):
                    found.add(table)
    return found


def files(marker: str) -> list[Path]:
    return [path for path in home.home().rglob("*") if path.is_file() and holds(path.read_bytes(), marker)]


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Journal]:
    caplog.set_level(logging.DEBUG)
    journal = node.set_up(settings, tmp_path / "ours")
    ru.paired()
    keys = {
        role: str(SigningKey(KZ if role == "log" else f"{KZ}/{role}", key.kind, bytes([0x70 + i]) * 32).verifier)
        for i, (role, key) in enumerate(ru.KEYS.items())
    }
    changes = {**keys, "origin": KZ, "party": "KZ", "transport": str(KZ_TRANSPORT.verifier)}
    from comity.federation import domain
    from comity.federation.domain import Card

    fields = {"name": "Kazpatent", "url": "https://kz.example/", "role": "party", "sealing": str(KZ_SEALING.public)}
    note = domain.write_card(Card(**{**fields, **changes}), SigningKey(KZ, 1, b"\x70" * 32))
    other = Journal.objects.create(origin=KZ, vkey=keys["log"], party="KZ")
    Partner.objects.create(journal=other, party="KZ", card=note, url="https://kz.example/", state="paired")
    Journal.objects.filter(origin=ORIGIN).update(party="RU")
    yield journal
    for marker in (NAME, *LETTER):
        assert not holds(caplog.text.encode(), marker)


def plant(own: Journal) -> int:
    person = Party(role="holder", names=(Text(text=NAME),), country="BY")
    node.tell(own, RightRecord(office="BY", kind="trademark", number="1", parties=(person,)))
    attached = [Attachment(FILE, "application/pdf", CONTENT.encode())]
    actor = node.user("anna", "examiner")
    _, index = services.send(actor, to=["RU"], label=Label(RED), subject=SUBJECT, text=BODY, attachments=attached)
    node.sequence(own)
    return index


def served(own: Journal, key: SigningKey) -> dict[str, bytes]:
    """All that a partner is served of the journal."""
    paths = ["journal/checkpoint", f"journal/openings/0-{own.size}", f"journal/{tiles.tile_path(0, 0, own.size)}"]
    paths += [f"journal/{tiles.bundle_path(0, own.size)}"]
    answers = {}
    for path in paths:
        answer = Browser().get(f"/{path}", headers=ru.headers("GET", path, key=key))
        assert answer.status_code == 200, (path, answer.content)
        answers[path] = answer.content
    return answers


def test_at_the_owner_only_the_vault_and_the_search_text_hold_a_marker(own: Journal) -> None:
    plant(own)
    # SQLite keeps its full-text index in tables of its own.
    found = {table for table in tables(NAME) if not table.startswith("registers_fts")}
    assert found == {"journal_opening", "registers_searchdoc"}
    for marker in LETTER:
        assert tables(marker) == {"journal_opening"}
    for marker in (NAME, *LETTER):
        assert files(marker) == []


def test_the_wire_shows_none_and_each_partner_opens_what_it_is_entitled_to(own: Journal) -> None:
    plant(own)
    leaves = leaves_of(home.store(own), own.size)
    opened = {}
    for party, transport, key in (("RU", ru.TRANSPORT, ru.SEALING), ("KZ", KZ_TRANSPORT, KZ_SEALING)):
        answers = served(own, transport)
        for marker in (NAME, *LETTER):
            assert not any(holds(data, marker) for data in answers.values()), (party, marker)
        [part] = segments(answers[f"journal/openings/0-{own.size}"])
        opened[party] = str(open_segment([key], own.origin, part, leaves)).encode()
    assert all(holds(opened["RU"], marker) for marker in (NAME, SUBJECT, BODY, FILE))
    assert holds(opened["KZ"], NAME)
    assert not any(holds(opened["KZ"], marker) for marker in LETTER)


def test_no_page_answer_error_or_export_shows_a_letter_to_who_need_not_know(own: Journal) -> None:
    index = plant(own)
    addresses = [f"/letters/BY/{index}", f"/letters/BY/{index}/0", f"/exchange/BY/{index}", f"/search?q={SUBJECT}"]
    addresses += ["/", "/letters", "/letters/new", f"/letters/new?to=BY/{index}", "/exchange", "/exchange/BY/entries"]
    addresses += [f"/exchange/BY/{index}/proof", f"/search.csv?q={BODY}", "/nowhere", f"/letters/BY/{10**9}"]
    assert len(urlpatterns) > 20
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    named = [path for path, operations in schema["paths"].items() if "get" in operations]
    paths = [filled(path, office="BY", kind="trademark", number="1", party="BY", index=index) for path in named]
    for role in ("anonymous", "viewer", "operator"):
        browser, headers = Browser(raise_request_exception=False), {}
        if role != "anonymous":
            person = node.user(role, role)
            browser.force_login(person)
            headers = {"Authorization": f"Bearer {make_token(person)}"}
        answers = {address: b"".join(browser.get(address)) for address in addresses}
        answers |= {path: Browser(raise_request_exception=False).get(path, headers=headers).content for path in paths}
        for marker in (BODY, FILE, CONTENT):
            told = {
                a: d.replace(f"q={marker}".encode(), b"").replace(f'"{marker}"'.encode(), b"")
                for a, d in answers.items()
            }
            assert [a for a, data in told.items() if holds(data, marker) and "?q=" not in a] == [], (role, marker)
        assert [a for a, data in answers.items() if holds(data, SUBJECT) and "?q=" not in a] == [], role
    load()
    for fmt in base.FORMATS.values():
        if fmt.write is not None:
            written = io.BytesIO()
            fmt.write((record for _, record in registers.records_of(registers.export_rows())), written)
            assert not any(holds(written.getvalue(), marker) for marker in LETTER)


def test_what_was_taken_back_is_nowhere(own: Journal) -> None:
    index = plant(own)
    from django.contrib.auth.models import User

    services.take_back(User.objects.get(username="anna"), index)
    register_services.redact("BY/trademark/1")
    node.sequence(own)
    for marker in (NAME, *LETTER):
        assert tables(marker) == set()
        assert files(marker) == []


def test_a_letter_for_others_reaches_no_table_and_one_for_us_only_the_vault(own: Journal, tmp_path: Path) -> None:
    log = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    for party, marker in (("BY", SUBJECT), ("KZ", BODY)):
        body, openings = sealed.close(write_content(Content(marker, "x")), Label(RED), [sealed.read_recipient(party)])
        fields = {"by": "", "sealed": body, "about": f"letter:{party}", "at": AT}
        log.add(encode_entry("confidential.letter", 1, fields))
        if party == "BY":
            log.openings[log.size - 1] = json.loads(vault.dump(openings))
    log.publish()
    journal = Journal.objects.get(origin=ORIGIN)
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        Follower(journal, client).round()
        client.close()
    assert tables(SUBJECT) == {"journal_opening"}
    assert tables(BODY) == set()
    assert files(SUBJECT) == files(BODY) == []
