"""How templates say things: dates, numbers, names of codes, the colour of a party."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext

from comity.accounts import labels as accounts
from comity.agreement import labels as agreement
from comity.assistance import labels as assistance
from comity.kernel import clock
from comity.kernel.errors import FormatError
from comity.kernel.text import fold, words
from comity.positions import labels as positions
from comity.registers import labels
from comity.registers.domain.record import Event

register = template.Library()

NBSP = "\u00a0"
SPARE_TONES = 6
_WORD = re.compile(r"[^\W_]+")


@register.filter
def num(value: int | str | None) -> str:
    """A number with its thousands apart."""
    if value is None or value == "":
        return ""
    return f"{int(value):,}".replace(",", NBSP)


@register.filter
def day(value: str | date | None) -> str:
    """A day in the reader's way."""
    if not value:
        return ""
    return labels.day(value if isinstance(value, str) else value.isoformat()[:10])


@register.filter
def moment(value: str | datetime | None) -> str:
    """An instant in the node's time zone, to the second."""
    if not value:
        return ""
    if isinstance(value, str):
        try:
            value = clock.parse_iso(value)
        except FormatError:
            return str(value)
    local = localtime(value)
    return f"{date_format(local, 'j E Y')}, {local:%H:%M:%S}"


@register.filter
def iso(value: str | datetime | date | None) -> str:
    """For `<time datetime>`."""
    if isinstance(value, datetime):
        return clock.iso(value)
    return value.isoformat() if isinstance(value, date) else value or ""


@register.filter
def tone(party: str) -> str:
    """The class that carries a party's colour: its own for the first profile, a steady one for any other code."""
    if party in {"BY", "RU"}:
        return f"tone-{party.lower()}"
    return f"tone-{sum(party.encode()) % SPARE_TONES}" if party else "tone-none"


@register.filter
def territory(code: str) -> str:
    return labels.territory(code)


@register.filter
def office(code: str) -> str:
    return labels.office(code)


@register.filter
def kind(key: str) -> str:
    return labels.kind(key)


@register.filter
def capital(text: Any) -> str:
    """The text with its first letter large: labels are written as they stand inside a sentence."""
    words_of: str = str(text)
    return words_of[:1].upper() + words_of[1:]


@register.filter
def status(key: str) -> str:
    return labels.status(key)


@register.filter
def event(item: Event) -> str:
    return str(labels.event(item))


_TABLES: Mapping[str, Mapping[str, labels.Label]] = {
    "entry": labels.ENTRY_STATES,
    "import": labels.IMPORT_STATES,
    "held": labels.HELD_STATES,
    "said": labels.SAID,
    "partner": labels.PARTNER_STATES,
    "entry_kind": labels.ENTRY_KINDS,
    "feature": labels.FEATURES,
    "reason": labels.REASONS,
    "stage": labels.STAGES,
    "scheme": labels.SCHEMES,
    "work": labels.WORKS,
    "agreement_state": agreement.STATES,
    "step": agreement.STEPS,
    "computed": agreement.COMPUTED,
    "capability": agreement.CAPABILITIES,
    "why": agreement.WHY,
    "paper": agreement.ROLES,
    "role": accounts.ROLES,
    "scope": accounts.SCOPES,
    "audit": accounts.EVENTS,
    "point": positions.POINTS,
    "position": positions.ITEMS,
    "position_step": positions.STEPS,
    "awareness_form": positions.FORMS,
    "assistance_step": assistance.STEPS,
    "assistance_verb": assistance.VERBS,
    "assistance_state": assistance.STATES,
    "assistance_type": assistance.TYPES,
    "assistance_day": assistance.DAYS,
    "reminder": assistance.REMINDERS,
}


@register.filter
def word(key: str, table: str) -> str:
    """The label of a word from one of the tables; the bare word where it has none."""
    return str(_TABLES[table].get(key, key))


@register.filter
def said(texts: Mapping[str, str]) -> str:
    """What a profile says by language, in the reader's."""
    return agreement.text(texts)


@register.filter
def sentence(item: Any) -> str:
    """A sentence of the rules in the reader's language."""
    return labels.sentence(item.key, item.params)


@register.filter
def url_of(key: str) -> str:
    """The page of a right by its key."""
    office_code, kind_name, number = key.split("/", 2)
    return reverse("right", args=(office_code, kind_name, number))


@register.filter
def short(digest: str) -> str:
    """The first and last digits of a hash, enough to compare by eye."""
    return f"{digest[:12]}…{digest[-6:]}" if len(digest) > 20 else digest


@register.filter
def marked(text: str, query: str) -> SafeString:
    """The text with the words looked for marked, folded as the search folds them."""
    wanted = tuple(words(query))
    if not wanted:
        return format_html("{}", text)
    pieces: list[tuple[str, str, str]] = []
    end = 0
    for found in _WORD.finditer(text):
        if fold(found[0]).startswith(wanted):
            pieces.append((text[end : found.start()], "mark", found[0]))
            end = found.end()
    marks = format_html_join("", "{}<{}>{}</mark>", pieces)
    return format_html("{}{}", marks, text[end:])


@register.filter
def of(mapping: Mapping[str, Any], key: str) -> Any:
    """What a mapping has under a key; nothing where it has none."""
    return mapping.get(key, ())


@register.filter
def ordered(items: Iterable[str]) -> list[str]:
    return sorted(items)


@register.filter
def percent(part: int, whole: int) -> int:
    return min(100, part * 100 // whole) if whole else 0


@register.filter
def number_of(key: str) -> str:
    """The last part of a right's key, as its address has it."""
    return key.split("/", 2)[2]


@register.filter
def effect_sentence(item: Any) -> str:
    return labels.sentence(item.sentence_key, item.params)


@register.filter
def term_sentence(term: Any) -> str:
    return labels.sentence(term.rule, term.params)


@register.filter
def anchor(mark: Any) -> str:
    """On which side of its mark a word stands so that it is not cut off."""
    place = float(mark.at.rstrip("%"))
    return "start" if place < 12 else "end" if place > 88 else "middle"


@register.filter
def key_role(role: str) -> str:
    """What a key of a node is for."""
    return {
        "log": gettext("key of the journal"),
        "witness": gettext("key of the witness"),
        "mirror": gettext("key of the mirror"),
        "extract": gettext("key of the extracts"),
        "transport": gettext("key of the connection"),
        "sealing": gettext("key for what is sealed"),
        "witness-mldsa": gettext("second key of the witness (ML-DSA-44)"),
        "mirror-mldsa": gettext("second key of the mirror (ML-DSA-44)"),
    }.get(role, role)


@register.filter
def key_state(state: str) -> str:
    """Whether a key of a roster counts."""
    return {
        "active": gettext("in use"),
        "retiring": gettext("in use beside its successor"),
        "retired": gettext("ended"),
        "revoked": gettext("revoked"),
    }.get(state, state)


@register.filter
def initial(name: str) -> str:
    """The first letter or digit of a name, for the plate of a right without an image."""
    return next((letter for letter in name if letter.isalnum()), "·").upper()
