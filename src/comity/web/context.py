"""What every template knows: whose node this is, who reads, which rooms there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from comity.accounts.policy import can
from comity.agreement import selectors as agreement
from comity.agreement.domain.gates import ALWAYS, OWN, Gate
from comity.agreement.uses import capability_of
from comity.journal import standing
from comity.registers.query import Query


@dataclass(frozen=True, slots=True)
class Room:
    """An entry of the bar; `here` where the reader is in it."""

    label: str | Promise
    url: str
    here: bool


ROOMS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("home", _("Today"), ("/",)),
    ("search", _("Registers"), ("/search", "/rights/")),
    ("exchange", _("Exchange"), ("/exchange", "/displaced")),
    ("agreement", _("Agreement"), ("/agreement", "/officials")),
    ("letters", _("Letters"), ("/letters",)),
    ("positions", _("Positions"), ("/positions",)),
    ("laws", _("Laws"), ("/laws", "/awareness")),
    ("assistance", _("Assistance"), ("/assistance",)),
    ("report", _p("room", "Report"), ("/report",)),
    ("import", _("Import"), ("/import",)),
    ("audit", _("Audit trail"), ("/audit",)),
    ("verify", _("Verify"), ("/verify",)),
    ("help", _("Help"), ("/help",)),
)
NEEDS = {
    "agreement": "agreement.read",
    "letters": "letters.read",
    "positions": "positions.read",
    "laws": "laws.read",
    "assistance": "assistance.read",
    "report": "report.read",
    "exchange": "journal.read",
    "import": "registers.import",
    "audit": "audit.read",
    "verify": "extracts.verify",
}
# Pages other than the search have an empty search box and mark no words.
NO_QUERY = Query()
# What templates ask of the reader: `may.read`.
SHORT = {
    "positions": "positions.read",
    "read": "registers.read",
    "extract": "extracts.make",
    "import": "registers.import",
    "retry": "journal.retry",
    "displaced": "journal.displaced",
    "hold": "signing.hold",
}
# Each language in its own words: whoever looks for it reads it.
LANGUAGES = (("en", "EN", "English"), ("ru", "РУ", "Русский"), ("be", "БЕ", "Беларуская"))


def _rooms(request: HttpRequest) -> list[Room]:
    rooms = []
    for name, label, prefixes in ROOMS:
        if can(request.user, NEEDS.get(name, "registers.read")):
            here = any(request.path == p if p == "/" else request.path.startswith(p) for p in prefixes)
            rooms.append(Room(label, reverse(name), here))
    return rooms


def bare() -> dict[str, Any]:
    """What a page knows that must not touch the database."""
    return {
        "node": settings.COMITY,
        "parties": settings.COMITY.parties,
        "languages": LANGUAGES,
        "query": NO_QUERY,
        "standing": standing.read(),
    }


def _gate(capability: str) -> Gate | None:
    """Whether the agreement opens what a page is for; None where a page never waits for it."""
    return agreement.open_gate(capability) if capability not in {"", *ALWAYS, *OWN} else None


def node(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    known = bare()
    if hasattr(request, "user"):
        action = getattr(request.resolver_match and request.resolver_match.func, "action", "")
        known["capability"] = capability_of(action) if action else ""
        if can(request.user, "agreement.read"):
            known["page_gate"] = SimpleLazyObject(lambda: _gate(known["capability"]))
        known["rooms"] = _rooms(request)
        known["may"] = {short: can(request.user, action) for short, action in SHORT.items()}
    return known
