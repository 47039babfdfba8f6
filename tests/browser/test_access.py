"""WCAG 2.2 AA as far as axe can tell, on every page, light and dark; and nothing that the browser refuses."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, open_page: Opener, pages: list[str]) -> None:
    found = []
    with open_page(color_scheme=scheme) as (page, complaints):
        for address in pages:
            page.goto(address)
            for violation in Axe().run(page).response["violations"]:
                found += [f"{address}: {violation['id']}: {at['html'][:160]}" for at in violation["nodes"]]
        complaints = [text for text in complaints if "nothing-here" not in text]
    with open_page(color_scheme=scheme, signed_in=False) as (page, _):
        page.goto("/sign-in/")
        found += [violation["id"] for violation in Axe().run(page).response["violations"]]
    assert found == []
    assert complaints == []


def test_a_narrow_window_never_scrolls_sideways(open_page: Opener, pages: list[str]) -> None:
    wide = []
    for language in ("en", "ru", "be"):
        with open_page(language=language, viewport={"width": 360, "height": 740}) as (page, _):
            for address in pages:
                page.goto(address)
                if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
                    wide.append(f"{language} {address}: {width}")
    assert wide == []
