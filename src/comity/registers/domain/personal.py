"""Personal data in a record: taken out into openings before an entry is made, put back to be read.

The path of an opening is the JSON pointer (RFC 6901), in the entry's body, of the object that holds the commitment
`cm`; its value is what the object had: `names`, `address`, `identifier`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from comity.kernel.commitments import commit
from comity.registers.domain.record import Party, RightRecord, Text, to_json

HIDDEN = ("names", "address", "identifier")


def path_of(position: int) -> str:
    """The path of the party at `position` in the body of `registers.right/1`."""
    return f"/right/parties/{position}"


def hidden_value(party: Party) -> dict[str, Any]:
    """What of a party is personal data, in JSON form."""
    return {name: to_json(value) for name in HIDDEN if (value := getattr(party, name))}


def close(body: Mapping[str, Any], salt: Callable[[], bytes]) -> tuple[dict[str, Any], dict[str, tuple[bytes, Any]]]:
    """A record in JSON form with natural persons behind commitments, and the openings `{path: (salt, value)}`."""
    openings: dict[str, tuple[bytes, Any]] = {}
    parties: list[Any] = []
    for position, party in enumerate(body.get("parties", ())):
        if party["entity"] == "natural" and "cm" not in party:
            value = {name: party[name] for name in HIDDEN if name in party}
            if value:
                path, fresh = path_of(position), salt()
                openings[path] = (fresh, value)
                kept = {name: item for name, item in party.items() if name not in HIDDEN}
                party = {**kept, "cm": commit(path, value, fresh)}
        parties.append(party)
    return ({**body, "parties": parties} if openings else dict(body)), openings


def opened(record: RightRecord, openings: Mapping[str, tuple[bytes, Any]]) -> RightRecord:
    """The record with those persons named again whose openings are at hand."""
    if not openings:
        return record
    parties = tuple(
        open_party(party, openings[path][1]) if party.cm and (path := path_of(i)) in openings else party
        for i, party in enumerate(record.parties)
    )
    return replace(record, parties=parties)


def open_party(party: Party, value: Mapping[str, Any]) -> Party:
    return replace(
        party,
        names=tuple(Text(text=item["text"], lang=item.get("lang", "")) for item in value.get("names", ())),
        address=value.get("address", ""),
        identifier=value.get("identifier", ""),
    )
