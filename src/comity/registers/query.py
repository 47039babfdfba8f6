"""A search as it stands in an address: read from it, and written back into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self, get_args
from urllib.parse import urlencode

from comity.kernel.identifiers import OFFICES
from comity.registers.domain.record import KINDS, STATUSES, Scheme

ORDERS = ("relevance", "recent", "number")
SCHEMES: tuple[str, ...] = get_args(Scheme)
MOST_PAGES = 400
_MANY = {"kinds": "kind", "offices": "office", "statuses": "status", "parties": "party"}
_ONE = (
    "q",
    "holder",
    "number",
    "cls",
    "territory",
    "filed_from",
    "filed_to",
    "registered_from",
    "registered_to",
)
_DATES = _ONE[5:]
_ALLOWED: dict[str, frozenset[str]] = {
    "kinds": frozenset(KINDS),
    "offices": OFFICES,
    "statuses": frozenset(STATUSES),
    "parties": OFFICES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What somebody looks for. `errors` names the parts of the address that could not be used, by parameter."""

    q: str = ""
    holder: str = ""
    number: str = ""
    cls: str = ""
    kinds: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    territory: str = ""
    filed_from: str = ""
    filed_to: str = ""
    registered_from: str = ""
    registered_to: str = ""
    order: str = "relevance"
    page: int = 1
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, params: Mapping[str, Sequence[str]]) -> Self:
        """From the parameters of an address. What cannot be used is left out and told in `errors`."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name in _ONE:
            text = "".join(ch if ch.isprintable() else " " for ch in (params.get(name) or [""])[-1]).strip()[:200]
            if not text:
                continue
            if (
                (name in _DATES and not _is_day(text))
                or (name == "territory" and text not in OFFICES)
                or (name == "cls" and not _is_class(text))
            ):
                errors[name] = text
            else:
                values[name] = text
        for name, param in _MANY.items():
            given = list(dict.fromkeys(text for text in params.get(param) or [] if text))[:40]
            values[name] = tuple(text for text in given if text in _ALLOWED[name])
            if wrong := [text for text in given if text not in _ALLOWED[name]]:
                errors[param] = wrong[0][:80]
        order = (params.get("order") or ["relevance"])[-1]
        if order in ORDERS:
            values["order"] = order
        else:
            errors["order"] = order[:80]
        page = (params.get("page") or ["1"])[-1]
        if page.isascii() and page.isdigit() and 1 <= int(page[:6]) <= MOST_PAGES:
            values["page"] = int(page)
        else:
            errors["page"] = page[:20]
        return cls(**values, errors=errors)

    def params(self, **changes: Any) -> str:
        """The query string of this search, with some parts changed; a change of filter goes back to page 1."""
        if changes and "page" not in changes:
            changes["page"] = 1
        query = replace(self, **changes) if changes else self
        pairs = [(name, getattr(query, name)) for name in _ONE if getattr(query, name)]
        for name, param in _MANY.items():
            pairs += [(param, value) for value in getattr(query, name)]
        if query.order != "relevance":
            pairs.append(("order", query.order))
        if query.page != 1:
            pairs.append(("page", str(query.page)))
        return urlencode(pairs)

    def toggled(self, name: str, value: str) -> str:
        """The query string with a value of a facet put in or taken out. `name`: kinds, offices, statuses, parties."""
        if name == "territory":
            return self.params(territory="" if self.territory == value else value)
        have = getattr(self, name)
        return self.params(**{name: tuple(v for v in have if v != value) if value in have else (*have, value)})

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in (*_ONE, *_MANY))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_class(text: str) -> bool:
    scheme, colon, code = text.partition(":")
    return bool(colon and code) and scheme in SCHEMES
