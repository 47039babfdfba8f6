"""Texts are collected wherever they are written, translations are kept, and no gap passes."""

from __future__ import annotations

from gettext import GNUTranslations
from pathlib import Path

import polib
import pytest

from hatch_build import compile_messages
from tools.messages import LANGUAGES, Key, collect, gaps, update

PYTHON = """
from gettext import gettext_lazy as _, ngettext, pgettext
LABELS = {"mark": "Trade mark", "nested": {"a": ("One", "Two")}}
SENTENCES: dict[str, str] = {"none": "No effect in %(territory)s."}
OTHER = {"not": "for translation"}
title = _("Register")
def count(n):
    return ngettext("%(count)s right", "%(count)s rights", n) % {"count": n}
verb = pgettext("button", "File")
"""
TEMPLATE = """{% load i18n %}<h1>{% translate "Journal" %}</h1>
{% blocktranslate trimmed count counter=n %}{{ counter }} entry{% plural %}{{ counter }} entries{% endblocktranslate %}
  {% if a %}
      <p title="(">{% blocktranslate with name=party %}Owner: {{ name }}{% endblocktranslate %}</p>
    {% endif %}
 {{ _("Search") }}"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "templates").mkdir(parents=True)
    (folder / "views.py").write_text(PYTHON)
    (folder / "templates" / "page.html").write_text(TEMPLATE)
    return folder


def translate(path: Path, text: str = "перевод") -> None:
    catalog = polib.pofile(str(path))
    for entry in catalog:
        marks = "".join(
            f" {mark}" for mark in ("%(count)s", "%(territory)s", "%(counter)s", "%(name)s") if mark in entry.msgid
        )
        if entry.msgid_plural:
            entry.msgstr_plural = dict.fromkeys(range(3), text + marks)
        else:
            entry.msgstr = text + marks
    catalog.save()


def test_texts_are_found_in_python_in_templates_and_in_marked_dicts(source: Path) -> None:
    found = {key.text for key in collect(source)}
    assert found == {
        "Trade mark",
        "One",
        "Two",
        "No effect in %(territory)s.",
        "Register",
        "%(count)s right",
        "File",
        "Journal",
        "%(counter)s entry",
        "Owner: %(name)s",
        "Search",
    }


def test_plurals_and_contexts_are_kept(source: Path) -> None:
    messages = collect(source)
    assert messages[Key("", "%(count)s right")].plural == "%(count)s rights"
    assert messages[Key("", "%(counter)s entry")].plural == "%(counter)s entries"
    assert Key("button", "File") in messages


def test_a_new_catalog_has_a_gap_for_every_text_and_none_once_translated(source: Path, tmp_path: Path) -> None:
    messages, path = collect(source), tmp_path / "ru.po"
    assert update(messages, path, "ru") == (11, 0)
    assert len(gaps(messages, path, "ru")) == 11
    translate(path)
    assert gaps(messages, path, "ru") == []


def test_update_keeps_translations_and_retires_what_is_gone(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "be.po"
    update(collect(source), path, "be")
    translate(path)
    before = path.read_bytes()
    assert update(collect(source), path, "be") == (0, 0)
    assert path.read_bytes() == before
    (source / "templates" / "page.html").unlink()
    messages = collect(source)
    assert update(messages, path, "be") == (0, 4)
    retired = [entry.msgid for entry in polib.pofile(str(path)).obsolete_entries()]
    assert "Journal" in retired
    assert gaps(messages, path, "be") == []


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda entry: entry.flags.append("fuzzy"), "fuzzy"),
        (lambda entry: entry.msgstr_plural.update({2: ""}), "2 of 3 plural forms"),
        (lambda entry: entry.msgstr_plural.update({1: "%(number)s прав"}), "placeholders differ"),
    ],
)
def test_a_spoilt_translation_is_a_gap(source: Path, tmp_path: Path, spoil: object, complaint: str) -> None:
    messages, path = collect(source), tmp_path / "ru.po"
    update(messages, path, "ru")
    translate(path)
    catalog = polib.pofile(str(path))
    assert callable(spoil)
    spoil(catalog.find("%(count)s right"))
    catalog.save()
    found = gaps(messages, path, "ru")
    assert len(found) == 1
    assert complaint in found[0]


def test_compiled_catalogs_speak_the_language(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "src/comity/web/locale/ru/LC_MESSAGES/django.po"
    update(collect(source), path, "ru")
    translate(path, "реестр")
    [compiled] = compile_messages(tmp_path)
    with compiled.open("rb") as stream:
        catalog = GNUTranslations(stream)
    assert catalog.gettext("Register") == "реестр"
    assert catalog.ngettext("%(count)s right", "%(count)s rights", 5) == "реестр %(count)s"
    assert catalog.pgettext("button", "File") == "реестр"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_catalog_is_complete(language: str) -> None:
    from tools.messages import catalog_path

    assert gaps(collect(), catalog_path(language), language) == []
