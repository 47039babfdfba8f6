"""The same work by keyboard, by htmx and without script."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser


def test_slash_finds_a_right_without_a_mouse(open_page: Opener) -> None:
    with open_page() as (page, complaints):
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()
        page.keyboard.type("1008824")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=1008824")
        link = page.locator(".rights a").first
        for _ in range(60):
            if link.evaluate("element => element === document.activeElement"):
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/rights/RU/trademark/1008824?party=RU")
        expect(page.locator("h1")).to_contain_text("ЁЛКА")
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()
        assert complaints == []


def test_slash_can_be_typed_into_a_field(open_page: Opener) -> None:
    with open_page() as (page, _):
        page.goto("/search")
        page.locator("#q").focus()
        page.keyboard.type("12/7")
        expect(page.locator("#q")).to_have_value("12/7")


def test_filter_changes_the_address_without_a_reload_and_keeps_the_place(open_page: Opener) -> None:
    with open_page() as (page, complaints):
        page.goto("/search")
        page.evaluate("window.stays = true")
        page.locator("#f-party-RU").focus()
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile(r"/search\?party=RU$"))
        expect(page.locator(".rights tbody tr")).to_have_count(2)
        expect(page.locator("#f-party-RU")).to_be_focused()
        assert page.evaluate("window.stays")
        page.go_back()
        expect(page.locator(".rights tbody tr")).to_have_count(4)
        assert complaints == []


def test_everything_works_without_script(open_page: Opener, served: object) -> None:
    with open_page(java_script_enabled=False) as (page, _):
        page.goto("/search")
        page.locator("#f-party-RU").check()
        page.locator(".without-script button").click()
        expect(page.locator(".rights tbody tr")).to_have_count(2)
        page.locator(".rights a").first.click()
        expect(page.locator("h1")).to_contain_text("ЁЛКА")
        page.goto("/rights/BY/trademark/74512")
        with page.expect_download() as started:
            page.get_by_role("link", name="Proof bundle").click()
        kept = started.value.path()
        page.goto("/verify")
        page.locator("#id_upload").set_input_files(kept)
        page.locator("main button").click()
        expect(page.locator(".verdict")).to_be_visible()
        expect(page.locator("h2", has_text="Not proved")).to_be_visible()
        page.get_by_role("button", name="БЕ: Беларуская").click()
        expect(page.locator("html")).to_have_attribute("lang", "be")


def test_signing_in_leads_back_to_the_page_that_was_asked_for(open_page: Opener) -> None:
    User.objects.create_user("anna", password="a-long-enough-password")
    with open_page(signed_in=False) as (page, _):
        page.goto("/exchange")
        page.locator("#id_username").fill("anna")
        page.locator("#id_password").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("do not match")
        page.locator("#id_password").fill("a-long-enough-password")
        page.keyboard.press("Enter")
        page.wait_for_url("**/exchange")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in/")
