"""A node with own and partner's rights, served; a browser in front of it, signed in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from comity.accounts import signing
from comity.agreement import services as agreement
from comity.agreement.domain.life import Step
from comity.agreement.toml import parse, shipped_text
from comity.confidential import services as letters
from comity.confidential.domain import Attachment
from comity.evidence import files
from comity.journal.models import Displaced, Fork, Held
from comity.kernel.entry import encode_entry
from comity.kernel.handling import Label
from comity.node.demo import png, positions
from comity.registers import services
from comity.registers.models import Import, ImportRow
from tests import node
from tests.people import sign_in

# Playwright's loop runs in this thread, and Django takes every loop for one that must not wait for a database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Every page; `{run}` is an import that has ended, `{letter}` the entry of a letter.
# What the commitment of an entry that was put aside stands for.
DUMPED = '{"/parties/0/names/0/text":["AAAAAAAAAAAAAAAAAAAAAA==","Ружа Нёманская"]}'
PAGES = (
    "/",
    "/search",
    "/search?q=лесе&kind=trademark&status=in_force",
    "/search?q=nothing-like-this",
    "/rights/BY/trademark/74512",
    "/rights/RU/trademark/1008824",
    "/rights/RU/trademark/1008824?on=2019-01-01",
    "/rights/BY/trademark/99999",
    "/exchange",
    "/exchange/RU/entries",
    "/exchange/RU/1",
    "/displaced",
    "/letters",
    "/letters/new",
    "/letters/BY/{letter}",
    "/import",
    "/import/{run}",
    "/agreement/by-ru-2025",
    "/agreement/by-ru-2025/articles",
    "/agreement/by-ru-2025/bodies?on=2026-01-01",
    "/agreement/by-ru-2025/documents",
    "/positions",
    "/positions/new",
    "/positions/demonstration/eaeu-committee/demo-2026-12",
    "/positions/demonstration/eaeu-committee/demo-2026-12/4",
    "/positions/demonstration/eaeu-committee/demo-2026-12/4/draft?from=BY",
    "/laws",
    "/laws/demonstration/new",
    "/awareness",
    "/awareness/demonstration/new",
    "/report/demonstration/2026",
    "/report/demonstration/2026/facts?party=BY&kind=agreement.step",
    "/officials",
    "/audit",
    "/account/tokens",
    "/account/signing-key",
    "/verify",
    "/account",
    "/account/app",
    "/account/key",
    "/account/password",
    "/account/recovery/new",
    "/help",
    "/nothing-here",
)

# No name but this machine's is resolved, so that nothing foreign is reached, nor waited for.
LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", LOOPBACK_ONLY])
        yield opened
        opened.close()


@pytest.fixture
def served(settings: Any, tmp_path: Path, live_server: Any) -> Any:
    """The address of a node with everything that a page can show."""
    journal = node.set_up(settings, tmp_path)
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": True})
    picture = files.put(png.encode(b"\0\1\1\0", 2, 2, [(255, 255, 255), (30, 30, 30)]))
    node.tell(journal, node.with_image(node.MARK, picture))
    node.tell(journal, replace(node.MARK, status="surrendered", status_date="2024-01-09"), version=2)
    node.sequence(journal)
    theirs = node.partner_journal([node.russian(), node.russian(number="1008825")])
    node.cosigned(theirs, "BY")
    node.tell(journal, node.with_image(replace(node.MARK, number="99999"), picture))
    services.redact("BY/trademark/99999", ground="request")
    Fork.objects.create(journal=theirs, held="one", shown="other", reason="–", digest="0" * 64)
    Held.objects.create(journal=theirs, index=1, kind="x.y", version=9, about="a", state="unknown", reason="–")
    added = {
        "journal": journal,
        "index": 3,
        "data": encode_entry("registers.right", 1, {"about": "BY/trademark/74513"}),
    }
    Displaced.objects.create(**added, openings=DUMPED, added_at=timezone.now())
    run = Import.objects.create(name="a.csv", source="a", format="csv", state="done", read=2, added=1, quarantined=1)
    ImportRow.objects.create(run=run, place="3", reason="–", remedy="–", raw=b"<x>")
    live_server.run = run.pk
    label = Label("AMBER", frozenset({"H1"}), frozenset({"customs-check"}), onward=False)
    attached = (Attachment("снимок.png", "image/png", b"\x89PNG"),)
    author = node.user("author", "examiner")
    _party, live_server.letter = letters.send(
        author, to=["RU"], label=label, subject="Праверка " * 20, text="Просім.", attachments=attached
    )
    agree()
    positions.fictional("BY")
    node.sequence(journal)
    head = node.user("head", "head", body="by-customs")
    signing.make_key(head, "by-customs", "head", "a passphrase of the tests", fresh=True)
    agreement.publish_officials(None)
    return live_server


def agree() -> None:
    """The shipped agreement, adopted, with a step, one taken back, a document and a text."""
    data, profile = parse(shipped_text("by-ru-2025"))
    agreement.adopt(None, data)
    agreement.adopt(None, {**data, "edition": 2, "languages": ["ru"]})
    agreement.state(None, profile.code, Step.SIGNATURE, "2025-03-13", act="А" * 300, place="П" * 200)
    wrong = agreement.state(None, profile.code, Step.NOTE, "2025-09-01", of="RU", number="17/25")
    agreement.void(None, profile.code, wrong, "another note")
    values = {"name": "agreement", "role": "agreement", "language": "ru", "title": "Соглашение", "edition": 1}
    agreement.add_paper(None, profile.code, "Соглашение".encode(), **values)
    agreement.add_passage(None, profile.code, edition=2, article="1", language="ru", text="Цель. " * 100)


Opener = Callable[..., Any]


@pytest.fixture
def open_page(browser: Browser, served: Any, settings: Any) -> Opener:
    """Opens a signed-in page; gives it and the list of what the browser complained of."""
    someone = node.user("operator", "operator", "examiner", "coordinator", "auditor")
    someone.set_password("for-these-pages-only")
    someone.save()
    operator = sign_in(someone)
    session = operator.cookies[settings.SESSION_COOKIE_NAME].value

    @contextmanager
    def opened(*, language: str = "en", signed_in: bool = True, **options: Any) -> Iterator[tuple[Page, list[str]]]:
        context = browser.new_context(base_url=served.url, **options)
        cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": served.url}]
        if signed_in:
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": session, "url": served.url})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda m: complaints.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        try:
            yield page, complaints
        finally:
            context.close()

    return opened


@pytest.fixture
def pages(served: Any) -> list[str]:
    return [address.format(run=served.run, letter=served.letter) for address in PAGES]
