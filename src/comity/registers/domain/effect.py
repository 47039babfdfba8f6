"""Where a right has effect, in words.

National titles are independent and territorial (Paris Convention, articles 4bis and 6(3)): by default a right has no
effect outside the state of its office. Effect elsewhere needs a basis: a regional or international system, a treaty,
or a decision of the other state. A right is never shown as valid where the record gives no basis for it, and what the
owner of a record claims of another state's territory is told as the owner's word: only the office of the regional or
international system itself is heard, within its members and kinds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from comity.registers.domain.record import Basis, Effect, RightRecord
from comity.registers.domain.sentences import SENTENCES, Sentence, render, sentence
from comity.registers.domain.status import ENDED, StatusOn, status_on
from comity.registers.domain.terms import Term, TermTable, add_months, parse_day, term_of

__all__ = [
    "SENTENCES",
    "Sentence",
    "TerritoryEffect",
    "effect_territories",
    "effects",
    "priority_deadline",
    "render",
]

COPYRIGHT = frozenset({"copyright_work", "computer_program", "database"})
UNREGISTERED = COPYRIGHT | {"related_right"}
INDICATIONS = frozenset({"geographical_indication", "appellation_of_origin"})

# Who takes part in which regional system, for which kinds. Constants and not settings: handlers compute the index of
# territories from them, and two nodes must compute the same.
_EURASIAN_PATENT = frozenset({"AM", "AZ", "BY", "KG", "KZ", "RU", "TJ", "TM"})
_EURASIAN_UNION = frozenset({"AM", "BY", "KG", "KZ", "RU"})
_REGIONAL: dict[tuple[str, str], frozenset[str]] = {
    ("EA", "invention"): _EURASIAN_PATENT,
    # Of the design protocol only these two are established here; others come with the record's own effects.
    ("EA", "industrial_design"): frozenset({"BY", "RU"}),
}
_REGIONAL_OFFICES = frozenset({"AP", "BX", "EA", "EM", "EP", "EU", "GC", "OA", "QZ"})
# States that surely take no part in a regional system of the list above, other than the Eurasian one.
_OUTSIDE = frozenset({"BY", "RU"})
_INTERNATIONAL_OFFICES = frozenset({"IB", "WO"})
_PRIORITY_MONTHS = {"invention": 12, "utility_model": 12, "trademark": 6, "industrial_design": 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryEffect:
    """The effect of a right in one territory on a day.

    `has_effect` is None where the record does not tell. `sentence_key` and `params` go into `render`; `notes` add to
    what is so, `instead` says what could be done.
    """

    territory: str
    has_effect: bool | None
    basis: Basis
    sentence_key: str
    params: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[Sentence, ...] = ()
    instead: tuple[Sentence, ...] = ()


def effects(
    record: RightRecord, parties: Sequence[str], day: date, *, table: TermTable | None = None, told_by: str = ""
) -> list[TerritoryEffect]:
    """The effect on `day` in the state of the office, then in every party's territory, in the order given.

    `told_by` is the party whose journal tells of the right: of a right of another party's office it decides nothing.
    """
    if told_by and record.office in parties and record.office != told_by:
        return [_say(record, territory, None, "none", "told.elsewhere") for territory in _territories(record, parties)]
    status = status_on(record, day, table)
    term = term_of(record, table)
    return [
        _own(record, status, term, day)
        if territory == record.office and not _denied_at_home(record, day)
        else _elsewhere(record, territory, status, day)
        for territory in _territories(record, parties)
    ]


def effect_territories(record: RightRecord, parties: Sequence[str]) -> tuple[str, ...]:
    """The territories, sorted, where the basis of the right gives it effect, whatever its status and the day.

    For the index: it depends on nothing but the record and the parties.
    """
    if "derived" in record.features:
        return ()
    # A national registration elsewhere is another right.
    found = {effect.territory for effect in record.effects if effect.basis not in ("none", "priority", "national")}
    denied = {effect.territory for effect in record.effects if effect.basis == "none"}
    members = _REGIONAL.get((record.office, record.kind), frozenset())
    for territory in _territories(record, parties):
        by_default = territory == record.office or record.kind in UNREGISTERED or territory in members
        if by_default and territory not in denied:
            found.add(territory)
    return tuple(sorted(found))


def priority_deadline(record: RightRecord) -> date | None:
    """The last day to claim Paris priority of the first filing; None where there is none or its date is not stated.

    Where the office is closed on that day, the next working day counts (Paris Convention, article 4C(3)).
    """
    months = _PRIORITY_MONTHS.get(record.kind)
    days = [found for priority in record.priorities if (found := parse_day(priority.date))]
    first = min(days, default=parse_day(record.filing_date))
    return add_months(first, months) if months and first else None


def _territories(record: RightRecord, parties: Sequence[str]) -> list[str]:
    own = [] if record.office in _REGIONAL_OFFICES | _INTERNATIONAL_OFFICES else [record.office]
    return list(dict.fromkeys([*own, *parties]))


def _denied_at_home(record: RightRecord, day: date) -> bool:
    """Whether the record itself states that the right has no effect in its own state on the day."""
    at_home = [effect for effect in record.effects if effect.territory == record.office]
    return bool(at_home) and not any(effect.basis != "none" and _holds(effect, day) for effect in at_home)


def _say(
    record: RightRecord,
    territory: str,
    has_effect: bool | None,
    basis: Basis,
    key: str,
    *,
    day: str = "",
    notes: tuple[Sentence, ...] = (),
    instead: tuple[Sentence, ...] = (),
) -> TerritoryEffect:
    said = sentence(key, office=record.office, territory=territory, day=day)
    return TerritoryEffect(
        territory=territory,
        has_effect=has_effect,
        basis=basis,
        sentence_key=key,
        params=dict(said.params),
        notes=notes,
        instead=instead,
    )


def _ended_key(status: StatusOn) -> str:
    if status.reason_code == "expired_computed":
        return "none.expired_since_computed"
    return f"none.{status.status}_since" if status.since else f"none.{status.status}"


def _own(record: RightRecord, status: StatusOn, term: Term, day: date) -> TerritoryEffect:
    """In the state of the office itself."""
    here = record.office
    basis: Basis = "national_decision" if "well_known" in record.features else "national"
    if "derived" in record.features:
        return _say(record, here, False, "none", "none.derived")
    if record.kind in UNREGISTERED:
        return _own_unregistered(record, status)
    if status.status == "":
        return _say(record, here, False, basis, "none.before_filing")
    if status.status in ENDED:
        late = status.status == "expired" and status.since == term.expires and day.isoformat() <= term.grace_until
        notes = (sentence("note.grace", day=term.grace_until),) if late else ()
        return _say(record, here, False, basis, _ended_key(status), day=status.since, notes=notes)
    if status.status == "pending":
        return _say(record, here, False, basis, "own.pending")
    if status.status == "unknown":
        return _say(record, here, None, basis, "own.unknown")
    renewal = []
    if term.renewal_window_opens:
        renewal.append(sentence("note.window", day=term.renewal_window_opens))
    if term.grace_until:
        renewal.append(sentence("note.grace", day=term.grace_until))
    key = "own.in_force"
    if term.expires:
        key = "own.in_force_until" if term.stated_by_source else "own.in_force_until_computed"
    return _say(record, here, True, basis, key, day=term.expires, notes=tuple(renewal))


def _own_unregistered(record: RightRecord, status: StatusOn) -> TerritoryEffect:
    """Copyright and related rights at home: the entry is evidence, so its end is not the end of the right."""
    here = record.office
    word = "copyright" if record.kind in COPYRIGHT else "related"
    if status.status == "expired":
        return _say(record, here, False, "national", _ended_key(status), day=status.since)
    if status.status in ENDED:
        return _say(record, here, None, "national", "treaty.entry_ended")
    if status.status == "in_force":
        return _say(record, here, True, "national", f"own.{word}")
    return _say(record, here, None, "national", f"own.{word}_unknown")


def _elsewhere(record: RightRecord, territory: str, status: StatusOn, day: date) -> TerritoryEffect:
    """In the territory of a state other than that of the office."""
    if "derived" in record.features:
        return _say(record, territory, False, "none", "none.derived")
    entries = [effect for effect in record.effects if effect.territory == territory]
    # An entry that repeats the treaty, or claims more, changes nothing of what the rule gives without it.
    if record.kind in UNREGISTERED and all(
        entry.basis not in ("none", "priority") and _holds(entry, day) for entry in entries
    ):
        return _treaty(record, territory, status)
    if status.status in ENDED:
        return _say(record, territory, False, "none", _ended_key(status), day=status.since)
    if status.status == "":
        return _say(record, territory, False, "none", "none.before_filing")
    if entries:
        return _stated(record, territory, status, day, entries)
    if territory in _REGIONAL.get((record.office, record.kind), frozenset()):
        return _regional(record, territory, status)
    instead = _instead(record, territory, day)
    if record.office in _INTERNATIONAL_OFFICES:
        key = "none.not_designated"
    elif record.office in _REGIONAL_OFFICES:
        if not _outside(record, territory):
            return _say(record, territory, None, "regional", "regional.membership_unknown")
        key = "none.not_member"
    elif "well_known" in record.features:
        key = "none.well_known"
    elif record.kind in INDICATIONS:
        key = "none.indication"
    elif status.status == "pending":
        key = "none.national_application"
    elif status.status == "unknown":
        key = "none.national_unknown"
    else:
        key = "none.national"
    return _say(record, territory, False, "none", key, instead=instead)


def _outside(record: RightRecord, territory: str) -> bool:
    """Whether a state surely takes no part in the regional system of the office."""
    if record.office == "EA":
        # Moldova left the Eurasian system; what was granted before that may go on there.
        return territory not in _EURASIAN_PATENT | {"MD"}
    return territory in _OUTSIDE


def _treaty(record: RightRecord, territory: str, status: StatusOn) -> TerritoryEffect:
    """Copyright and related rights: no formalities, so nothing needs to be done."""
    nothing = (sentence("instead.nothing_needed"),)
    if status.status == "expired":
        return _say(record, territory, False, "treaty", _ended_key(status), day=status.since)
    if status.status in ENDED:
        return _say(record, territory, None, "treaty", "treaty.entry_ended")
    if status.status != "in_force":
        key = "treaty.berne_unknown" if record.kind in COPYRIGHT else "treaty.related_unknown"
        return _say(record, territory, None, "treaty", key, instead=nothing)
    key = {
        "computer_program": "treaty.berne_program",
        "database": "treaty.berne_database",
        "related_right": "treaty.related",
    }.get(record.kind, "treaty.berne")
    return _say(record, territory, True, "treaty", key, instead=nothing)


def _regional(record: RightRecord, territory: str, status: StatusOn) -> TerritoryEffect:
    """A member state of the title's regional system for which the record states nothing of its own."""
    if status.status == "pending":
        return _say(record, territory, False, "regional", "none.not_yet")
    # Where the record tells of some states, its silence on this one is no word that fees are paid here.
    silent = any(effect.basis == "regional" for effect in record.effects)
    if status.status == "unknown" or silent:
        return _say(record, territory, None, "regional", "regional.unknown")
    notes = (sentence("note.regional_fees"),) if record.kind == "invention" else ()
    return _say(record, territory, True, "regional", "regional.in_force", notes=notes)


def _stated(
    record: RightRecord, territory: str, status: StatusOn, day: date, entries: Sequence[Effect]
) -> TerritoryEffect:
    """What the record itself states for the territory: of the entries that hold on the day a denial weighs most."""
    holding = [entry for entry in entries if _holds(entry, day)]
    effect = next((entry for entry in holding if entry.basis == "none"), (holding or entries)[-1])
    instead = _instead(record, territory, day)
    if effect.basis == "none":
        return _say(record, territory, False, "none", "none.stated", instead=instead)
    if effect.basis == "priority":
        return _say(record, territory, False, "priority", "none.priority", instead=instead)
    if effect.basis == "national":
        return _say(record, territory, False, "none", "none.other_right", instead=instead)
    if effect.since and day.isoformat() < effect.since:
        return _say(record, territory, False, effect.basis, "none.not_begun_here", day=effect.since)
    if effect.until and day.isoformat() > effect.until:
        return _say(record, territory, False, effect.basis, "none.ended_here", day=effect.until, instead=instead)
    if status.status == "pending":
        return _say(record, territory, False, effect.basis, "none.not_yet")
    if status.status == "unknown":
        return _say(record, territory, None, effect.basis, "stated.unknown")
    notes = (sentence("note.until", day=effect.until),) if effect.until else ()
    if not _heard(record, territory, effect.basis):
        return _say(record, territory, None, effect.basis, f"{effect.basis}.claimed", notes=notes)
    return _say(record, territory, True, effect.basis, f"{effect.basis}.stated", notes=notes)


def _heard(record: RightRecord, territory: str, basis: Basis) -> bool:
    """Whether the office may say of its own system that the right has effect in another state's territory."""
    if basis == "international":
        return record.office in _INTERNATIONAL_OFFICES
    if basis != "regional" or record.office not in _REGIONAL_OFFICES or _outside(record, territory):
        return False
    return record.office != "EA" or (record.office, record.kind) in _REGIONAL


def _holds(effect: Effect, day: date) -> bool:
    """Whether an entry's time covers the day; its last day counts."""
    on = day.isoformat()
    return (not effect.since or effect.since <= on) and (not effect.until or on <= effect.until)


def _instead(record: RightRecord, territory: str, day: date) -> tuple[Sentence, ...]:
    """What the holder could do to be protected in a territory where the right has no effect."""
    found: list[Sentence] = []
    novelty_lost = False
    if record.kind in _PRIORITY_MONTHS:
        deadline = priority_deadline(record)
        if deadline is None:
            found.append(sentence("instead.priority_unknown"))
        elif day <= deadline:
            found.append(sentence("instead.priority_open", day=deadline.isoformat()))
        else:
            found.append(sentence("instead.priority_passed", day=deadline.isoformat()))
        # After the priority year a published invention or design may stand against its own later application.
        novelty_lost = record.kind != "trademark" and (deadline is None or day > deadline)
    found.append(sentence("instead.file_nationally_new" if novelty_lost else "instead.file_nationally"))
    if record.kind == "trademark":
        found.append(sentence("instead.madrid"))
        if territory in _EURASIAN_UNION:
            found.append(sentence("instead.union_mark"))
        if "well_known" in record.features:
            found.append(sentence("instead.well_known"))
    elif record.kind == "industrial_design":
        found.append(sentence("instead.hague"))
        if territory in _REGIONAL["EA", "industrial_design"] and not novelty_lost:
            found.append(sentence("instead.eurasian_design"))
    elif record.kind == "invention" and territory in _EURASIAN_PATENT and not novelty_lost:
        found.append(sentence("instead.eurasian_patent"))
    elif record.kind == "appellation_of_origin" and territory in _EURASIAN_UNION:
        found.append(sentence("instead.union_appellation"))
    return tuple(found)
