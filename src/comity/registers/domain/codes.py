"""Events in the life of a right: their codes, what each says, and how it changes the status.

`ST.27`, `ST.61` and `ST.87` codes share one shape: a category letter, then `10` for the key event or 11–99 for a
detailed event (`F10`, `F11`), alone or inside the exchange form `A-0-1-A10-A12-nap-PA0109`. The detailed events read
here are those of ST.27; of ST.61 and ST.87 only key events are read, since their detailed lists differ. `local` codes
are `LOCAL`, the words that Comity's own entries use; an office's own code that is not among them is shown as it stands
and changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from comity.registers.domain.record import Event, Kind, Status
from comity.registers.domain.sentences import _noop

# What an event does to the status. "ceased": the application or right ended and the code does not say why.
StatusChange = Status | Literal["ceased"]

Scheme = Literal["ST.27", "ST.61", "ST.87", "local"]


@dataclass(frozen=True, slots=True)
class EventRule:
    """What a code means: its category letter, the label (an English msgid), the status that it brings, if any."""

    code: str
    category: str
    label: str
    change: StatusChange | None = None
    renewal: bool = False


CATEGORIES: dict[str, str] = {
    "A": _noop("Filing of the application"),
    "B": _noop("End of the application"),
    "C": _noop("Revival of the application"),
    "D": _noop("Search and examination"),
    "E": _noop("Review before grant"),
    "F": _noop("Grant"),
    "G": _noop("Protection beyond the term"),
    "H": _noop("End of the right"),
    "K": _noop("Revival of the right"),
    "L": _noop("Request to review the right"),
    "M": _noop("Maintenance after a review"),
    "N": _noop("Final termination"),
    "P": _noop("Change of a document"),
    "Q": _noop("Publication"),
    "R": _noop("Change of parties"),
    "S": _noop("Licences and securities"),
    "T": _noop("Procedure"),
    "U": _noop("Fees"),
    "V": _noop("Appeal"),
    "W": _noop("Other event"),
    "Y": _noop("Correction of event data"),
}

_LOCAL_RULES = (
    EventRule("filed", "A", _noop("Application filed"), "pending"),
    EventRule("withdrawn", "B", _noop("Application withdrawn"), "withdrawn"),
    EventRule("refused", "B", _noop("Application refused"), "refused"),
    EventRule("application_restored", "C", _noop("Application restored"), "pending"),
    EventRule("examined", "D", _noop("Examination completed")),
    EventRule("opposed", "E", _noop("Opposition filed")),
    EventRule("registered", "F", _noop("Registered"), "in_force"),
    EventRule("granted", "F", _noop("Granted"), "in_force"),
    EventRule("extended", "G", _noop("Term extended")),
    EventRule("renewed", "U", _noop("Renewed"), renewal=True),
    EventRule("expired", "H", _noop("Expired"), "expired"),
    EventRule("lapsed", "H", _noop("Lapsed for an unpaid fee"), "lapsed"),
    EventRule("surrendered", "H", _noop("Surrendered by the holder"), "surrendered"),
    EventRule("invalidated", "H", _noop("Declared invalid"), "invalidated"),
    EventRule("restored", "K", _noop("Restored"), "in_force"),
    EventRule("invalidation_requested", "L", _noop("Invalidation requested")),
    EventRule("maintained", "M", _noop("Maintained after a review")),
    EventRule("corrected", "P", _noop("Correction recorded")),
    EventRule("application_published", "Q", _noop("Application published")),
    EventRule("published", "Q", _noop("Published for opposition")),
    EventRule("registration_published", "Q", _noop("Registration published")),
    EventRule("holder_changed", "R", _noop("Change of holder recorded")),
    EventRule("representative_changed", "R", _noop("Change of representative recorded")),
    EventRule("address_changed", "R", _noop("Change of name or address recorded")),
    EventRule("licence_recorded", "S", _noop("Licence recorded")),
    EventRule("licence_ended", "S", _noop("End of a licence recorded")),
    EventRule("pledge_recorded", "S", _noop("Pledge recorded")),
    EventRule("fee_paid", "U", _noop("Maintenance fee paid")),
    EventRule("appealed", "V", _noop("Appeal filed")),
)
LOCAL: dict[str, EventRule] = {rule.code: rule for rule in _LOCAL_RULES}

_KEY_RULES = (
    EventRule("A10", "A", _noop("Application filed"), "pending"),
    EventRule("B10", "B", _noop("Application discontinued"), "ceased"),
    EventRule("C10", "C", _noop("Application revived"), "pending"),
    EventRule("D10", "D", _noop("Search or examination requested or begun")),
    EventRule("E10", "E", _noop("Review before grant requested")),
    EventRule("F10", "F", _noop("Right granted"), "in_force"),
    EventRule("G10", "G", _noop("Protection beyond the term granted")),
    EventRule("H10", "H", _noop("Right ceased"), "ceased"),
    EventRule("K10", "K", _noop("Right revived"), "in_force"),
    EventRule("L10", "L", _noop("Review of the right requested")),
    EventRule("M10", "M", _noop("Right maintained")),
    EventRule("N10", "N", _noop("Application or right terminated"), "ceased"),
    EventRule("P10", "P", _noop("Document modified")),
    EventRule("Q10", "Q", _noop("Document published")),
    EventRule("R10", "R", _noop("Change of party data recorded")),
    EventRule("S10", "S", _noop("Licensing information recorded")),
    EventRule("T10", "T", _noop("Procedure adjusted")),
    EventRule("U10", "U", _noop("Fee paid")),
    EventRule("V10", "V", _noop("Appeal filed")),
    EventRule("W10", "W", _noop("Other event")),
    EventRule("Y10", "Y", _noop("Event data corrected or deleted")),
)

# ST.27 detailed events: those that change the status or that registers name in their history.
_DETAILED_RULES = (
    EventRule("A12", "A", _noop("Application filed"), "pending"),
    EventRule("A13", "A", _noop("International application filed"), "pending"),
    EventRule("A14", "A", _noop("Regional application entered the national phase"), "pending"),
    EventRule("A15", "A", _noop("International application entered the national or regional phase"), "pending"),
    EventRule("A16", "A", _noop("Divisional application filed"), "pending"),
    EventRule("B11", "B", _noop("Application withdrawn"), "withdrawn"),
    EventRule("B12", "B", _noop("Application deemed withdrawn"), "withdrawn"),
    EventRule("B13", "B", _noop("Regional application did not enter the national phase"), "withdrawn"),
    EventRule("B14", "B", _noop("International application did not enter the national phase"), "withdrawn"),
    EventRule("B15", "B", _noop("Application refused after examination"), "refused"),
    EventRule("B16", "B", _noop("Application discontinued: revival not allowed"), "ceased"),
    EventRule("B17", "B", _noop("Application discontinued after a review before grant"), "ceased"),
    EventRule("C11", "C", _noop("Revival of the application requested")),
    EventRule("C12", "C", _noop("Request to revive the application rejected")),
    EventRule("C13", "C", _noop("Application revived"), "pending"),
    EventRule("C14", "C", _noop("Right of priority restored")),
    EventRule("F11", "F", _noop("Granted after substantive examination"), "in_force"),
    EventRule("F12", "F", _noop("Granted after formal examination"), "in_force"),
    EventRule("F13", "F", _noop("Granted in full after a review before grant"), "in_force"),
    EventRule("F14", "F", _noop("Granted in amended form after a review before grant"), "in_force"),
    EventRule("F15", "F", _noop("Granted: request for review before grant rejected"), "in_force"),
    EventRule("F16", "F", _noop("Converted from another right"), "in_force"),
    EventRule("F17", "F", _noop("Right entered into force"), "in_force"),
    EventRule("G20", "G", _noop("Extension of the term granted")),
    EventRule("H11", "H", _noop("Right ceased: revival not allowed"), "ceased"),
    EventRule("H12", "H", _noop("Right ceased after a review"), "ceased"),
    EventRule("H13", "H", _noop("Right lapsed"), "lapsed"),
    EventRule("H14", "H", _noop("Right expired"), "expired"),
    EventRule("H15", "H", _noop("Right surrendered"), "surrendered"),
    EventRule("K11", "K", _noop("Revival of the right requested")),
    EventRule("K12", "K", _noop("Request to revive the right rejected")),
    EventRule("K13", "K", _noop("Right revived in full"), "in_force"),
    EventRule("K14", "K", _noop("Right revived in amended form"), "in_force"),
    EventRule("L11", "L", _noop("Opposition filed after grant")),
    EventRule("L14", "L", _noop("Surrender requested")),
    EventRule("L15", "L", _noop("Invalidation requested")),
    EventRule("M11", "M", _noop("Right maintained in full")),
    EventRule("M12", "M", _noop("Right maintained in amended form")),
    EventRule("N11", "N", _noop("Application terminated"), "ceased"),
    EventRule("N12", "N", _noop("Right terminated"), "ceased"),
    EventRule("Q12", "Q", _noop("Application published")),
    EventRule("Q13", "Q", _noop("Document of the right published")),
    EventRule("R13", "R", _noop("Change of the holder's name recorded")),
    EventRule("R14", "R", _noop("Transfer of ownership recorded")),
    EventRule("R17", "R", _noop("Change of representative recorded")),
    EventRule("S11", "S", _noop("Licence recorded")),
    EventRule("S13", "S", _noop("Recordal of a licence cancelled")),
    EventRule("S14", "S", _noop("Exclusive licence recorded")),
    EventRule("S17", "S", _noop("Non-exclusive licence recorded")),
    EventRule("S20", "S", _noop("Security interest recorded")),
    EventRule("S23", "S", _noop("Compulsory licence recorded")),
    EventRule("S31", "S", _noop("Sublicence recorded")),
    EventRule("U11", "U", _noop("Renewal or maintenance fee paid")),
    EventRule("U13", "U", _noop("Renewal or maintenance fee not paid")),
)
_KEY = {rule.code: rule for rule in _KEY_RULES}
_DETAILED = {rule.code: rule for rule in _DETAILED_RULES}

_FAMILY: dict[str, Scheme] = {
    "invention": "ST.27",
    "utility_model": "ST.27",
    "trademark": "ST.61",
    "industrial_design": "ST.87",
}
_CODE = re.compile(r"[A-HK-NP-WY][0-9]{2}\Z")


def scheme_of(kind: Kind) -> Scheme:
    """The standard for status events of this kind; `local` where WIPO has none."""
    return _FAMILY.get(kind, "local")


def rule_of(event: Event) -> EventRule | None:
    """What the event's code means, or None where the code is not one that Comity reads."""
    if event.scheme == "local":
        return LOCAL.get(event.code)
    codes = [part for part in event.code.strip().upper().split("-") if _CODE.match(part)]
    if event.scheme == "ST.27":
        for code in reversed(codes):
            if code in _DETAILED:
                return _DETAILED[code]
    for code in codes:
        if code in _KEY:
            return _KEY[code]
    return None


def category_of(event: Event) -> str:
    """The category letter of the event, empty where its code tells none."""
    rule = rule_of(event)
    if rule is not None:
        return rule.category
    if event.scheme == "local":
        return ""
    letters = [part[0] for part in event.code.strip().upper().split("-") if _CODE.match(part)]
    return letters[0] if letters else ""


def label_of(event: Event) -> str:
    """The event in words (an English msgid): its own label, else its category's, else the bare code."""
    rule = rule_of(event)
    if rule is not None:
        return rule.label
    return CATEGORIES.get(category_of(event), event.code)


def labels() -> tuple[str, ...]:
    """Every label that `label_of` can give from the tables, for the catalogue of translations."""
    rules = (*_LOCAL_RULES, *_KEY_RULES, *_DETAILED_RULES)
    return tuple(dict.fromkeys([*(rule.label for rule in rules), *CATEGORIES.values()]))
