"""What search looks into: the folded words of a record."""

from __future__ import annotations

from comity.kernel.text import fold, number_key
from comity.registers.domain.record import RightRecord


def display_name(record: RightRecord) -> str:
    """The name that lists show: the titles in the order of the source, without repetition."""
    seen: dict[str, None] = {}
    for title in record.titles:
        seen.setdefault(title.text.strip())
    return " · ".join(text for text in seen if text)


def words(record: RightRecord) -> str:
    """Titles and numbers, folded. Goods, abstracts and descriptions are not searched by word."""
    parts = [title.text for title in record.titles]
    numbers = {number_key(record.number), number_key(record.application_number)} - {""}
    return fold(" ".join(parts)) + "".join(f" {number.lower()}" for number in sorted(numbers))


def people(record: RightRecord) -> str:
    """The names of those the record names, folded; of natural persons only where the record is opened."""
    return fold(" ".join(name.text for party in record.parties for name in party.names))
