"""Pages in Russian and Belarusian show no English label."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser

# Every text that a reader meets, shown or spoken; the texts of records, code and other languages stay out.
TEXTS = """() => {
  const skip = "code, pre, .mono, script, style, [lang]:not(html)";
  const texts = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(skip)) texts.push(walk.currentNode.data);
  for (const name of ["aria-label", "placeholder", "alt", "title"])
    for (const e of document.querySelectorAll(`[${name}]`)) if (!e.closest(skip)) texts.push(e.getAttribute(name));
  return texts.map((t) => t.replace(/\\s+/g, " ").trim()).filter((t) => t);
}"""


def _english() -> set[str]:
    """The source texts that both languages say in other words."""
    catalogs = [
        polib.pofile(str(Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"))
        for language in ("ru", "be")
    ]
    same = {entry.msgid for catalog in catalogs for entry in catalog if entry.msgstr == entry.msgid}
    return {" ".join(entry.msgid.split()) for entry in catalogs[0] if not entry.obsolete} - same


@pytest.mark.parametrize("language", ["ru", "be"])
def test_no_label_is_left_in_english(language: str, open_page: Opener, pages: list[str]) -> None:
    english = _english()
    assert len(english) > 500
    left = []
    with open_page(language=language) as (page, _):
        for address in pages:
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language
            left += [f"{address}: {text}" for text in page.evaluate(TEXTS) if text.strip(" ·:;,.") in english]
    with open_page(language=language, signed_in=False) as (page, _):
        page.goto("/sign-in/")
        left += [text for text in page.evaluate(TEXTS) if text in english]
    assert left == []
