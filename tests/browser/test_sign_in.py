"""Signing in as a person does it: with an authenticator app, a security key, and at a real identity provider."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from comity.accounts import addresses
from tests import node
from tests.browser import provider
from tests.browser.conftest import Opener
from tests.people import code

pytestmark = pytest.mark.browser
PASSWORD = "three-dry-stones"


@pytest.fixture
def anna(served: Any, settings: Any) -> User:
    """The head of an office, on a node that is no demonstration."""
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})
    person = node.user("anna", "head")
    person.set_password(PASSWORD)
    person.save()
    addresses.give(person, "anna@office.example")
    return person


def enter(page: Page, address: str = "/exchange") -> None:
    page.goto(address)
    page.get_by_label("E-mail or account").fill("anna@office.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def type_code(page: Page, text: str) -> None:
    page.get_by_label("Code").fill(text)
    page.keyboard.press("Enter")


def test_with_an_authenticator_app(open_page: Opener, anna: User) -> None:
    with open_page(signed_in=False) as (page, complaints):
        enter(page)
        page.wait_for_url("**/account")
        expect(page.get_by_role("alert")).to_contain_text("needs a second factor")
        page.get_by_role("link", name="Set up an app").click()
        expect(page.locator(".qr svg")).to_be_visible()
        secret = page.locator("#secret").inner_text()
        type_code(page, code(secret, steps=-1))
        page.wait_for_url("**/account/confirm/code?**")
        shown = code(secret)
        type_code(page, shown)
        expect(page.locator(".codes li")).to_have_count(10)
        spare = page.locator(".codes li").first.inner_text()
        page.get_by_role("link", name="I have them").click()
        page.wait_for_url("**/")
        expect(page.locator("nav.rooms")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        enter(page)
        page.wait_for_url("**/sign-in/factor")
        type_code(page, shown)
        expect(page.get_by_role("alert")).to_contain_text("it was used")
        type_code(page, code(secret, steps=1))
        page.wait_for_url("**/exchange")
        page.get_by_role("button", name="Sign out").click()
        enter(page)
        type_code(page, spare)
        page.wait_for_url("**/exchange")
        assert complaints == []


def test_with_a_security_key(open_page: Opener, anna: User) -> None:
    with open_page(signed_in=False) as (page, complaints):
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        like = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
        device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": like})["authenticatorId"]
        enter(page)
        page.get_by_role("link", name="Add a key").click()
        page.get_by_label("Name of the key").fill("on the ring")
        page.get_by_role("button", name="Add the key").click()
        page.wait_for_url("**/account/confirm/key?**")
        page.get_by_role("button", name="Use the security key").click()
        expect(page.locator(".codes li")).to_have_count(10)
        page.goto("/account")
        expect(page.locator("main")).to_contain_text("on the ring")
        page.get_by_role("button", name="Sign out").click()
        enter(page)
        page.wait_for_url("**/sign-in/factor")
        page.get_by_role("button", name="Use the security key").click()
        page.wait_for_url("**/exchange")
        page.get_by_role("button", name="Sign out").click()
        # Another device is no key of this account, and the page says so.
        devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": like})
        enter(page)
        page.get_by_role("button", name="Use the security key").click()
        expect(page.get_by_role("alert")).to_contain_text("not one of this account")
        assert complaints == []


@pytest.fixture
def ministry(served: Any, settings: Any, tmp_path: Path) -> Iterator[str]:
    secret = tmp_path / "oidc.secret"
    secret.write_text(provider.SECRET)
    command = [sys.executable, "-m", "tests.browser.provider", str(tmp_path), served.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        said = {"oidc_issuer": issuer, "oidc_client_id": provider.CLIENT, "oidc_secret_file": secret}
        settings.COMITY = settings.COMITY.model_copy(update={**said, "oidc_name": "Ministry of Tests"})
        yield issuer
        process.kill()


def at_the_ministry(page: Page, name: str) -> None:
    page.goto("/exchange")
    page.get_by_role("button", name="Sign in at Ministry of Tests").click()
    expect(page.get_by_role("heading", name="Ministry of Tests", exact=True)).to_be_visible()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(provider.PASSWORD)
    page.keyboard.press("Enter")


def test_at_the_ministrys_identity_provider(open_page: Opener, anna: User, ministry: str, settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": True})
    with open_page(signed_in=False) as (page, complaints):
        at_the_ministry(page, "anna")
        page.wait_for_url("**/exchange")
        expect(page.locator("header")).to_contain_text("anna")
        page.get_by_role("button", name="Sign out").click()
        # The ministry still knows who it is.
        page.get_by_role("button", name="Sign in at Ministry of Tests").click()
        page.wait_for_url("**/")
        expect(page.locator("header")).to_contain_text("anna")
        assert complaints == []
    with open_page(signed_in=False) as (page, _):
        at_the_ministry(page, "stranger")
        expect(page.locator("main")).to_contain_text("No account of this node belongs to who you are there")
    settings.COMITY = settings.COMITY.model_copy(update={"oidc_values": provider.GROUPS})
    with open_page(signed_in=False) as (page, _):
        at_the_ministry(page, "stranger")
        expect(page.locator("header")).to_contain_text("stranger")
    assert User.objects.get(username="stranger").email == "stranger@office.example"
