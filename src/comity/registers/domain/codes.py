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
    "A": "Filing of the application",
    "B": "End of the application",
    "C": "Revival of the application",
    "D": "Search and examination",
    "E": "Review before grant",
    "F": "Grant",
    "G": "Protection beyond the term",
    "H": "End of the right",
    "K": "Revival of the right",
    "L": "Request to review the right",
    "M": "Maintenance after a review",
    "N": "Final termination",
    "P": "Change of a document",
    "Q": "Publication",
    "R": "Change of parties",
    "S": "Licences and securities",
    "T": "Procedure",
    "U": "Fees",
    "V": "Appeal",
    "W": "Other event",
    "Y": "Correction of event data",
}

_LOCAL_RULES = (
    EventRule("filed", "A", "Application filed", "pending"),
    EventRule("withdrawn", "B", "Application withdrawn", "withdrawn"),
    EventRule("refused", "B", "Application refused", "refused"),
    EventRule("application_restored", "C", "Application restored", "pending"),
    EventRule("examined", "D", "Examination completed"),
    EventRule("opposed", "E", "Opposition filed"),
    EventRule("registered", "F", "Registered", "in_force"),
    EventRule("granted", "F", "Granted", "in_force"),
    EventRule("extended", "G", "Term extended"),
    EventRule("renewed", "U", "Renewed", renewal=True),
    EventRule("expired", "H", "Expired", "expired"),
    EventRule("lapsed", "H", "Lapsed for an unpaid fee", "lapsed"),
    EventRule("surrendered", "H", "Surrendered by the holder", "surrendered"),
    EventRule("invalidated", "H", "Declared invalid", "invalidated"),
    EventRule("restored", "K", "Restored", "in_force"),
    EventRule("invalidation_requested", "L", "Invalidation requested"),
    EventRule("maintained", "M", "Maintained after a review"),
    EventRule("corrected", "P", "Correction recorded"),
    EventRule("published", "Q", "Published for opposition"),
    EventRule("registration_published", "Q", "Registration published"),
    EventRule("holder_changed", "R", "Change of holder recorded"),
    EventRule("representative_changed", "R", "Change of representative recorded"),
    EventRule("address_changed", "R", "Change of name or address recorded"),
    EventRule("licence_recorded", "S", "Licence recorded"),
    EventRule("licence_ended", "S", "End of a licence recorded"),
    EventRule("pledge_recorded", "S", "Pledge recorded"),
    EventRule("fee_paid", "U", "Maintenance fee paid"),
    EventRule("appealed", "V", "Appeal filed"),
)
LOCAL: dict[str, EventRule] = {rule.code: rule for rule in _LOCAL_RULES}

_KEY_RULES = (
    EventRule("A10", "A", "Application filed", "pending"),
    EventRule("B10", "B", "Application discontinued", "ceased"),
    EventRule("C10", "C", "Application revived", "pending"),
    EventRule("D10", "D", "Search or examination requested or begun"),
    EventRule("E10", "E", "Review before grant requested"),
    EventRule("F10", "F", "Right granted", "in_force"),
    EventRule("G10", "G", "Protection beyond the term granted"),
    EventRule("H10", "H", "Right ceased", "ceased"),
    EventRule("K10", "K", "Right revived", "in_force"),
    EventRule("L10", "L", "Review of the right requested"),
    EventRule("M10", "M", "Right maintained"),
    EventRule("N10", "N", "Application or right terminated", "ceased"),
    EventRule("P10", "P", "Document modified"),
    EventRule("Q10", "Q", "Document published"),
    EventRule("R10", "R", "Change of party data recorded"),
    EventRule("S10", "S", "Licensing information recorded"),
    EventRule("T10", "T", "Procedure adjusted"),
    EventRule("U10", "U", "Fee paid"),
    EventRule("V10", "V", "Appeal filed"),
    EventRule("W10", "W", "Other event"),
    EventRule("Y10", "Y", "Event data corrected or deleted"),
)

# ST.27 detailed events: those that change the status or that registers name in their history.
_DETAILED_RULES = (
    EventRule("A12", "A", "Application filed", "pending"),
    EventRule("A13", "A", "International application filed", "pending"),
    EventRule("A14", "A", "Regional application entered the national phase", "pending"),
    EventRule("A15", "A", "International application entered the national or regional phase", "pending"),
    EventRule("A16", "A", "Divisional application filed", "pending"),
    EventRule("B11", "B", "Application withdrawn", "withdrawn"),
    EventRule("B12", "B", "Application deemed withdrawn", "withdrawn"),
    EventRule("B13", "B", "Regional application did not enter the national phase", "withdrawn"),
    EventRule("B14", "B", "International application did not enter the national phase", "withdrawn"),
    EventRule("B15", "B", "Application refused after examination", "refused"),
    EventRule("B16", "B", "Application discontinued: revival not allowed", "ceased"),
    EventRule("B17", "B", "Application discontinued after a review before grant", "ceased"),
    EventRule("C11", "C", "Revival of the application requested"),
    EventRule("C12", "C", "Request to revive the application rejected"),
    EventRule("C13", "C", "Application revived", "pending"),
    EventRule("C14", "C", "Right of priority restored"),
    EventRule("F11", "F", "Granted after substantive examination", "in_force"),
    EventRule("F12", "F", "Granted after formal examination", "in_force"),
    EventRule("F13", "F", "Granted in full after a review before grant", "in_force"),
    EventRule("F14", "F", "Granted in amended form after a review before grant", "in_force"),
    EventRule("F15", "F", "Granted: request for review before grant rejected", "in_force"),
    EventRule("F16", "F", "Converted from another right", "in_force"),
    EventRule("F17", "F", "Right entered into force", "in_force"),
    EventRule("G20", "G", "Extension of the term granted"),
    EventRule("H11", "H", "Right ceased: revival not allowed", "ceased"),
    EventRule("H12", "H", "Right ceased after a review", "ceased"),
    EventRule("H13", "H", "Right lapsed", "lapsed"),
    EventRule("H14", "H", "Right expired", "expired"),
    EventRule("H15", "H", "Right surrendered", "surrendered"),
    EventRule("K11", "K", "Revival of the right requested"),
    EventRule("K12", "K", "Request to revive the right rejected"),
    EventRule("K13", "K", "Right revived in full", "in_force"),
    EventRule("K14", "K", "Right revived in amended form", "in_force"),
    EventRule("L11", "L", "Opposition filed after grant"),
    EventRule("L14", "L", "Surrender requested"),
    EventRule("L15", "L", "Invalidation requested"),
    EventRule("M11", "M", "Right maintained in full"),
    EventRule("M12", "M", "Right maintained in amended form"),
    EventRule("N11", "N", "Application terminated", "ceased"),
    EventRule("N12", "N", "Right terminated", "ceased"),
    EventRule("Q12", "Q", "Application published"),
    EventRule("Q13", "Q", "Document of the right published"),
    EventRule("R13", "R", "Change of the holder's name recorded"),
    EventRule("R14", "R", "Transfer of ownership recorded"),
    EventRule("R17", "R", "Change of representative recorded"),
    EventRule("S11", "S", "Licence recorded"),
    EventRule("S13", "S", "Recordal of a licence cancelled"),
    EventRule("S14", "S", "Exclusive licence recorded"),
    EventRule("S17", "S", "Non-exclusive licence recorded"),
    EventRule("S20", "S", "Security interest recorded"),
    EventRule("S23", "S", "Compulsory licence recorded"),
    EventRule("S31", "S", "Sublicence recorded"),
    EventRule("U11", "U", "Renewal or maintenance fee paid"),
    EventRule("U13", "U", "Renewal or maintenance fee not paid"),
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
