"""A step of a request as a letter: PDF in the language of either side, set by typst as extracts are."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import override

from comity.assistance import labels, selectors
from comity.assistance.cases import CaseView, FactView
from comity.assistance.domain.contents import FIELDS
from comity.evidence.files import digest
from comity.extracts.pdf import compile_pdf
from comity.extracts.services import LANGUAGES
from comity.kernel import clock
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.handling import Label
from comity.registers import labels as names


def languages(view: CaseView) -> tuple[str, ...]:
    """The languages of both sides, as far as letters are set in them; all where the agreement names none."""
    profile = view.terms.profile
    parties = [profile.party(code) for code in (view.party, view.to_party)] if profile else []
    wanted = {language for party in parties if party for language in party.languages}
    return tuple(language for language in LANGUAGES if language in wanted) or LANGUAGES


def letter(actor: Any, party: str, index: int, language: str) -> tuple[str, bytes]:
    """`(file name, PDF)` of a step that somebody may see and that is open here.

    Raises NotFoundError, and FormatError for a language in which no letters are set.
    """
    view, fact = selectors.taken(actor, party, index, "letter")
    if fact.content is None:
        raise NotFoundError("What the step says is not open here.", place=f"{party} {index}")
    if language not in LANGUAGES:
        raise FormatError(f"Letters are set in {', '.join(LANGUAGES)}.", place="language")
    issued = clock.parse_iso(fact.at)
    with override(language):
        body = _body(view, fact, language)
    body["issued"] = [issued.year, issued.month, issued.day, issued.hour, issued.minute, issued.second]
    files = {"main.typ": _template(), "data.json": json.dumps(body, ensure_ascii=False).encode()}
    return f"{party}-{index}-{fact.step.value}-{language}.pdf", compile_pdf(files, issued, f"{party} {index}")


def _body(view: CaseView, fact: FactView, language: str) -> dict[str, Any]:
    content = fact.content
    assert content is not None
    number = f"{view.party}-{view.token}"
    fields = [
        {"label": str(labels.FIELDS[field.name]), "value": labels.value(field.name, content.get(field.name))}
        for field in FIELDS[fact.step]
        if content.get(field.name) and field.name != "subject"
    ]
    if fact.day:
        fields.insert(0, {"label": str(labels.DAYS[fact.step]), "value": names.day(fact.day)})
    quotes = [f"{quote.origin} {quote.index} ({_handling(quote.label)})" for quote in content.quotes]
    if quotes:
        fields.append({"label": _("Refers to"), "value": "\n".join(quotes)})
    step = str(labels.STEPS[fact.step])
    step = step[:1].upper() + step[1:]
    subject = content.get("subject") or view.subject
    to_party, _slash, to_body = fact.to.partition("/")
    return {
        "language": language,
        "title": f"{step}: {subject}" if subject else step,
        "from": _named(view, fact.party, fact.by),
        "number": number,
        "handling": _handling(fact.label),
        "foot": f"{number} · {step}",
        "page": _("Page {page} of {pages}"),
        "fictional": _("FICTIONAL RECORD") if settings.COMITY.fictional else "",
        "head": [
            {"label": _("From"), "value": _named(view, fact.party, fact.by)},
            {"label": _("To"), "value": _named(view, to_party, to_body)},
            {"label": _("Day"), "value": names.day(view.terms.day(fact.at, fact.party).isoformat())},
        ],
        "fields": fields,
        "attached": _("Attachments"),
        "files": [
            {"label": f"{item.name} · {filesizeformat(len(item.data))}", "value": f"SHA-256 {digest(item.data)}"}
            for item in content.attachments
        ],
        "proof": [
            {"label": _("Signed by an official"), "value": _("yes") if fact.signed else _("no"), "code": False},
            {"label": _("Journal"), "value": fact.origin, "code": True},
            {"label": _("Entry"), "value": str(fact.index), "code": True},
            {"label": _("Commitment"), "value": fact.cm, "code": True},
        ],
    }


def _named(view: CaseView, party: str, body: str) -> str:
    return f"{view.name(party, body)}, {names.territory(party)}" if body else names.territory(party)


def _handling(label: Label) -> str:
    onward = _("may be passed on") if label.onward else _("not to be passed on")
    parts = [f"TLP:{label.tlp}", *sorted(label.codes), *sorted(label.purposes or ()), onward]
    return " · ".join(parts)


@cache
def _template() -> bytes:
    return Path(__file__).with_name("letter.typ").read_bytes()
