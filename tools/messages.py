"""The texts to translate: collect them, merge them into the catalogs, check that the catalogs are complete, compile.

    python -m tools.messages extract   print every text with its places
    python -m tools.messages update    merge them into the .po files; translations are kept, what is gone is obsolete
    python -m tools.messages check     exit 1 on a gap: missing, untranslated, fuzzy, plural or placeholder wrong
    python -m tools.messages compile   .po → .mo

Collected are gettext's calls in Python, Django's tags in templates, and the values of module-level dicts named
SENTENCES or LABELS (the rules in `domain` modules cannot import Django, so they name their sentences in such a dict).
The kernel is left out: it must speak without a catalog, so it carries its own languages.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from babel.messages.extract import extract
from babel.messages.plurals import get_plural

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "comity"
LOCALE = SOURCE / "web" / "locale"
LANGUAGES = ("ru", "be")
MARKED_DICTS = {"SENTENCES", "LABELS"}
# (position of the argument, "c" where it is a context), as Babel wants them.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_noop": None,
    # Short names under which modules import the longer ones.
    "_n": (1, 2),
    "_p": ((1, "c"), 2),
    "_np": ((1, "c"), 2, 3),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\([^)]+\)[a-zA-Z]|%[sdif]|\{[^{}]*\}")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What identifies a text: its context and its singular."""

    context: str
    text: str


@dataclass(slots=True)
class Message:
    """A text, its plural ("" where it has none), and where it is used."""

    key: Key
    plural: str = ""
    formatted: bool = False
    places: list[tuple[str, str]] = field(default_factory=list)


def _calls(source: str) -> Iterator[tuple[int, Key, str]]:
    for line, text, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        singular, plural = (text[0], text[-1]) if isinstance(text, tuple) else (text, "")
        # The empty text is gettext's own header.
        if singular:
            yield line, Key(context or "", singular), plural


def _strings(node: ast.expr) -> Iterator[ast.Constant]:
    """The texts among the values of a dict; keys are identifiers and stay."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Dict(values=values):
            for value in values:
                yield from _strings(value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _strings(element)
        case ast.Call(args=arguments, keywords=keywords):
            for argument in [*arguments, *(keyword.value for keyword in keywords)]:
                yield from _strings(argument)


def _marked(source: str) -> Iterator[tuple[int, Key, str]]:
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in MARKED_DICTS:
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in MARKED_DICTS:
                pass
            case _:
                continue
        for constant in _strings(value):
            if constant.value:
                yield constant.lineno, Key("", str(constant.value)), ""


def collect(folder: Path = SOURCE) -> dict[Key, Message]:
    """Every text under `folder`, with its places. A text used with and without a plural has the plural."""
    from django.utils.translation.template import templatize

    messages: dict[Key, Message] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".py", ".html", ".txt", ".svg"} or "locale" in path.parts or "kernel" in path.parts:
            continue
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
        if path.suffix == ".py":
            found: Iterable[tuple[int, Key, str]] = [*_calls(source), *_marked(source)]
        else:
            # What templatize writes is Python but for its indentation, which is the page's.
            found = _calls("\n".join(map(str.lstrip, templatize(source, origin=place).split("\n"))))
        for line, key, plural in found:
            message = messages.setdefault(key, Message(key))
            if plural and message.plural and plural != message.plural:
                raise SystemExit(f"{place}:{line}: {key.text!r} has two different plurals.")
            message.plural = message.plural or plural
            message.formatted = message.formatted or "%(" in key.text
            if (place, str(line)) not in message.places:
                message.places.append((place, str(line)))
    return dict(sorted(messages.items()))


def catalog_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _key(entry: polib.POEntry) -> Key:
    return Key(entry.msgctxt or "", entry.msgid)


def _open(path: Path, language: str) -> polib.POFile:
    catalog = polib.pofile(str(path), wrapwidth=100) if path.exists() else polib.POFile(wrapwidth=100)
    plural = get_plural(language)
    catalog.metadata = {
        "Project-Id-Version": "comity",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": f"nplurals={plural.num_plurals}; plural={plural.plural_expr};",
    }
    return catalog


def update(messages: dict[Key, Message], path: Path, language: str) -> tuple[int, int]:
    """Merge `messages` into the catalog; returns how many texts came and how many went. Nothing translated is lost."""
    catalog = _open(path, language)
    forms = get_plural(language).num_plurals
    known = {_key(entry): entry for entry in catalog}
    came = went = 0
    for key, message in messages.items():
        entry = known.get(key)
        if entry is None:
            entry = polib.POEntry(msgid=key.text, msgctxt=key.context or None)
            catalog.append(entry)
            came += 1
        entry.obsolete = False
        # Files without lines: a catalog changes when a text does, not when code moves.
        entry.occurrences = [(place, "") for place in dict.fromkeys(place for place, _line in message.places)]
        entry.flags = [flag for flag in entry.flags if flag != "python-format"]
        if message.formatted:
            entry.flags.append("python-format")
        if message.plural:
            entry.msgid_plural = message.plural
            old = {int(index): text for index, text in entry.msgstr_plural.items()}
            entry.msgstr_plural = {index: old.get(index, "") for index in range(forms)}
            entry.msgstr = ""
        elif entry.msgid_plural:
            entry.msgid_plural = ""
            entry.msgstr_plural = {}
    for key, entry in known.items():
        if key not in messages and not entry.obsolete:
            entry.obsolete = True
            went += 1
    catalog.sort(key=lambda entry: (bool(entry.obsolete), entry.msgid, entry.msgctxt or ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog.save(str(path))
    return came, went


def _placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text.replace("%%", ""))))


def _gaps_of(entry: polib.POEntry, message: Message, forms: int) -> Iterator[str]:
    if "fuzzy" in entry.flags:
        yield "is fuzzy"
    if message.plural:
        if entry.msgid_plural != message.plural:
            yield f"its plural is {message.plural!r} in the code and {entry.msgid_plural!r} in the catalog"
        present = {int(index) for index, text in entry.msgstr_plural.items() if text}
        if present != set(range(forms)):
            yield f"has {len(present)} of {forms} plural forms"
        translations = list(entry.msgstr_plural.values())
    else:
        if not entry.msgstr:
            yield "is not translated"
        translations = [entry.msgstr]
    allowed = {tuple(_placeholders(key)) for key in (message.key.text, message.plural) if key}
    for translation in translations:
        if translation and tuple(_placeholders(translation)) not in allowed:
            yield f"placeholders differ: {translation!r}"


def gaps(messages: dict[Key, Message], path: Path, language: str) -> list[str]:
    """What is wrong with a catalog, one line each; empty where it is complete."""
    if not path.exists():
        return [f"{language}: there is no catalog at {path}"] if messages else []
    catalog = {_key(entry): entry for entry in polib.pofile(str(path)) if not entry.obsolete}
    forms = get_plural(language).num_plurals
    found = []
    for key, message in messages.items():
        place = ":".join(message.places[0])
        entry = catalog.get(key)
        problems = ["is missing; run: make messages"] if entry is None else list(_gaps_of(entry, message, forms))
        found += [f"{language}: {place}: {key.text!r} {problem}" for problem in problems]
    found += [
        f"{language}: {key.text!r} is in the catalog and no longer in the code; run: make messages"
        for key in sorted(catalog.keys() - messages.keys())
    ]
    return found


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    match arguments:
        case ["extract"]:
            for key, message in collect().items():
                print(f"{':'.join(message.places[0])}\t{key.context}\t{key.text!r}\t{message.plural!r}")
        case ["update"]:
            messages = collect()
            for language in LANGUAGES:
                came, went = update(messages, catalog_path(language), language)
                print(f"{language}: {len(messages)} texts, {came} new, {went} gone")
        case ["check"]:
            messages = collect()
            problems = [gap for language in LANGUAGES for gap in gaps(messages, catalog_path(language), language)]
            print("\n".join(problems) if problems else f"{len(messages)} texts, complete in {', '.join(LANGUAGES)}")
            return 1 if problems else 0
        case ["compile"]:
            sys.path.insert(0, str(ROOT))
            from hatch_build import compile_messages

            for written in compile_messages(ROOT):
                print(written.relative_to(ROOT))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
