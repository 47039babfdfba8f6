"""What search looks into, and what lists show: made of a record in its JSON form, as most of it is done in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from comity.kernel.text import number_key, search_form


def display_name(titles: Iterable[Mapping[str, str]]) -> str:
    """The name that lists show: the titles in the order of the source, without repetition."""
    seen: dict[str, None] = {}
    for title in titles:
        seen.setdefault(title["text"].strip())
    return " · ".join(text for text in seen if text)


def words(record: Mapping[str, Any]) -> str:
    """Titles and numbers, folded. Goods, abstracts and descriptions are not searched by word."""
    parts = [title["text"] for title in record.get("titles", ())]
    number = number_key(record["number"])
    if "application_number" in record:
        parts += [each.lower() for each in sorted({number, number_key(record["application_number"])})]
    else:
        parts.append(number.lower())
    return search_form(" ".join(parts))


def people(parties: Iterable[Mapping[str, Any]]) -> str:
    """The names of parties, folded; a natural person has names only where the record is opened."""
    return search_form(" ".join([name["text"] for party in parties for name in party.get("names", ())]))
