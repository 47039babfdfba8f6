"""Two real nodes, a browser at each: from nothing adopted to entry into force, and to the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.federation.driven import until
from tools.quality.nodes import Node, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIFE = "/agreement/by-ru-2025"
# Signs somebody in as the test client does, who needs no password; prints the cookie.
SIGN_IN = """
import django
django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from comity.accounts.services import give_role
person = User.objects.create_user("walker")
for role in ("coordinator", "clerk"):
    give_role(person, role)
client = Client()
client.force_login(person)
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


@dataclass(frozen=True, slots=True)
class Side:
    """A party's node and a browser that is signed in to it."""

    node: Node
    page: Page

    def state(self, step: str, day: str, of: str = "") -> None:
        self.page.goto(LIFE)
        # The own ones can be taken back; the partner's may come in meanwhile.
        stated = self.page.locator("main td details")
        before = stated.count()
        self.page.select_option("#id_step", step)
        self.page.fill("#id_day", day)
        self.page.select_option("#id_of", of)
        self.page.click("main form[method=post] .actions button")
        expect(stated).to_have_count(before + 1)

    def sees(self, entries: int) -> None:
        """Wait until so many statements of both parties are here."""

        def here() -> bool:
            self.page.goto(LIFE)
            return self.page.locator("main td a[href^='/exchange/']").count() == entries

        until(here, f"{self.node.party} has not got {entries} statements")

    def gate(self, on: str) -> str:
        """What the page says of confidential exchange on a day."""
        self.page.goto(f"{LIFE}?on={on}")
        return self.page.locator("main .rows tr", has_text="confidential").inner_text()

    def send_letter(self, to: str) -> None:
        self.page.goto("/letters/new")
        self.page.select_option("#id_to", to)
        self.page.fill("#id_subject", "Walk")
        self.page.fill("#id_text", "Walked.")
        self.page.click("main form[method=post] .actions button")


@pytest.fixture
def sides(tmp_path: Path, browser: Browser) -> Iterator[tuple[Side, Side]]:
    nodes = (Node("BY", tmp_path / "by", free_port()), Node("RU", tmp_path / "ru", free_port()))
    contexts = []
    try:
        made = []
        for node in nodes:
            node.init()
            environment = {**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
            said = subprocess.run(
                [sys.executable, "-c", SIGN_IN], env=environment, capture_output=True, text=True, check=True
            )
            name, value = said.stdout.split()
            node.serve()
            context = browser.new_context(base_url=node.url)
            contexts.append(context)
            context.add_cookies([{"name": name, "value": value, "url": node.url}])
            made.append(Side(node, context.new_page()))
        pair(*nodes, tmp_path)
        yield made[0], made[1]
    finally:
        for context in contexts:
            context.close()
        for node in nodes:
            node.kill()


def test_both_walk_from_draft_to_entry_into_force_and_to_the_end(sides: tuple[Side, Side]) -> None:
    by, ru = sides
    by.node.run("agreement", "adopt", "by-ru-2025")
    wait_until_agreed((by.node, ru.node))
    ru.page.goto("/agreement")
    ru.page.click("text=Adopt the same")
    expect(ru.page.locator("h1")).to_be_visible()

    by.state("basis", "2024-05-29")
    for side in sides:
        side.state("signature", "2025-03-13")
    by.state("note", "2025-09-01", "RU")
    ru.sees(4)
    ru.state("note_received", "2025-09-05", "BY")
    ru.state("note", "2025-10-01", "BY")
    for side, other in ((by, "RU"), (ru, "BY")):
        side.sees(6)
        expect(side.page.locator("main")).to_contain_text("Still missing")
        assert "Closed" in side.gate("2026-01-01")
        side.send_letter(other)
        expect(side.page.locator("main")).to_contain_text("not in force")

    # The last note is received: both compute the same day.
    by.state("note_received", "2025-10-03", "RU")
    for side, other in ((by, "RU"), (ru, "BY")):
        side.sees(7)
        assert "Closed" in side.gate("2025-10-02")
        assert "Open" in side.gate("2025-10-03")
        side.send_letter(other)
        expect(side.page.locator("h1")).to_contain_text("Walk")

    # Six months after the notice of termination was received nothing new begins.
    ru.state("termination", "2026-01-10", "BY")
    by.sees(8)
    by.state("termination_received", "2026-01-15", "RU")
    for side, other in ((by, "RU"), (ru, "BY")):
        side.sees(9)
        assert "Open" in side.gate("2026-07-14")
        assert "Closed" in side.gate("2026-07-15")
        side.send_letter(other)
        expect(side.page.locator("main")).to_contain_text("has ended")
