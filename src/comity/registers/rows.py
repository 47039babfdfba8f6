"""What the tables take of a record: reckoned once, from the record alone, so that it can be done ahead in any thread.

A batch of thousands of records keeps their rows, not their JSON as objects: those are some thirty containers each,
which Python's collector would walk again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from comity.kernel.identifiers import COUNTRIES, ORGANISATIONS, right_key
from comity.kernel.text import search_form
from comity.registers.domain import search_text
from comity.registers.domain.effect import UNREGISTERED, effect_territories
from comity.registers.domain.personal import path_of
from comity.registers.domain.record import Effect, RightRecord

_STATES = tuple(sorted(COUNTRIES))
# Of each party its position, or -1 where it stands in clear, and its names.
Names = tuple[tuple[int, tuple[str, ...]], ...]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Row(NamedTuple):
    """One record's values. A tuple, as it is made for each entry, and a frozen dataclass takes four times as long.

    `dates`: filing, registration, expiry. `words` and `people` are folded for search; where some party is behind a
    commitment that was not opened, `people` is what is known without it: of each party its position (-1: in clear) and
    its names. `opened`: `people` has names that stand in no record.
    """

    key: str
    office: str
    kind: str
    stage: str
    number: str
    status: str
    dates: tuple[str, str, str]
    name: str
    effect_in: str
    classes: tuple[tuple[str, str], ...]
    images: tuple[str, ...]
    words: str
    people: str | Names
    opened: bool = False


def row_of(raw: Mapping[str, Any], opened: Mapping[str, Any] = NOTHING) -> Row:
    """The row of a record in its JSON form, which has passed the schema. `opened`: what its commitments stand for, by
    path, as far as it is at hand. Raises FormatError where its number makes no key.
    """
    get = raw.get
    named: str | Names = _people(get("parties", ()))
    from_openings = False
    if opened and not isinstance(named, str):
        # Openings of another shape are left: who asks the vault for them refuses the entry.
        with suppress(AttributeError, TypeError, LookupError):
            named, from_openings = folded(named, opened), True
    office, kind, stage, number = raw["office"], raw["kind"], get("stage", "right"), raw["number"]
    return Row(
        right_key(office, kind, stage, number),
        office,
        kind,
        stage,
        number,
        get("status", "unknown"),
        (get("filing_date", ""), get("registration_date", ""), get("expiry_date", "")),
        search_text.display_name(get("titles", ())),
        _effect_in(raw),
        tuple(sorted({(item["scheme"], item["code"]) for item in raw["classes"]})) if "classes" in raw else (),
        tuple(sorted({image.get("sha256", "") for image in raw["images"]} - {""})) if "images" in raw else (),
        search_text.words(raw),
        named,
        from_openings,
    )


def folded(named: str | Names, opened: Mapping[str, Any]) -> str:
    """The names of a record's parties, folded; `opened`: what commitments stand for, by path."""
    if isinstance(named, str):
        return named
    found: list[str] = []
    for position, names in named:
        path = path_of(position)
        found += [name["text"] for name in opened[path].get("names", ())] if path in opened else names
    return search_form(" ".join(found))


def _people(parties: Sequence[Mapping[str, Any]]) -> str | Names:
    for party in parties:
        if party.get("cm"):
            return tuple(
                (position if one.get("cm") else -1, tuple([name["text"] for name in one.get("names", ())]))
                for position, one in enumerate(parties)
            )
    return search_text.people(parties)


def _effect_in(raw: Mapping[str, Any]) -> str:
    office, kind, derived = raw["office"], raw["kind"], "derived" in raw.get("features", ())
    if not raw.get("effects"):
        return _default_effect(office, kind, derived)
    stated = tuple(Effect(territory=item["territory"], basis=item["basis"]) for item in raw["effects"])
    return _territories(_bare(office, kind, derived, stated))


@lru_cache(maxsize=4096)
def _default_effect(office: str, kind: Any, derived: bool) -> str:
    """Where a right has effect that states nothing of its own."""
    return _territories(_bare(office, kind, derived, ()))


def _bare(office: str, kind: Any, derived: bool, effects: tuple[Effect, ...]) -> RightRecord:
    return RightRecord(office=office, kind=kind, number="1", features=("derived",) if derived else (), effects=effects)


def _territories(right: RightRecord) -> str:
    """Where the right's basis gives it effect, for the index. `*`: wherever the treaty binds (Berne works).

    It may not depend on who the parties are: a journal has the same state at nodes of different agreements.
    """
    if right.kind in UNREGISTERED:
        return " ".join(("*", *effect_territories(right, ())))
    return " ".join(effect_territories(right, _STATES if right.office in ORGANISATIONS else ()))
