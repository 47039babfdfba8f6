"""The plain sentences that say what the rules found, as templates to be translated and filled in.

A template is an English msgid with named places. `office` and `territory` are ST.3 codes to be shown as names;
`day` is an ISO date to be shown in the reader's way; the rest are numbers as text. Places stand where a name in the
nominative is right in every language.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SENTENCES: dict[str, str] = {
    # Effect in the state of the office itself.
    "own.in_force": "In force. The right has effect in the state of its office (%(office)s).",
    "own.in_force_until": "In force until %(day)s. The right has effect in the state of its office (%(office)s).",
    "own.in_force_until_computed": (
        "In force until %(day)s (computed, not stated by the office). "
        "The right has effect in the state of its office (%(office)s)."
    ),
    "own.pending": "No right yet: the application is pending at the office (%(office)s).",
    "own.unknown": (
        "The status of the right is not known: the source does not state it. "
        "Ask the office (%(office)s) before relying on it."
    ),
    "own.copyright": (
        "Copyright exists without formalities in the state of the office (%(office)s). The entry is evidence only."
    ),
    "own.copyright_unknown": (
        "The source does not state whether the work is still protected in the state of the office (%(office)s). "
        "Copyright arises without formalities; the entry is evidence only."
    ),
    "own.related": (
        "The related right does not depend on registration in the state of the office (%(office)s). "
        "The entry is evidence only."
    ),
    "own.related_unknown": (
        "The source does not state whether the related right still exists in the state of the office (%(office)s). "
        "The entry is evidence only."
    ),
    # No effect anywhere.
    "none.before_filing": "No effect: on the chosen day nothing had been filed.",
    "none.not_yet": "No effect: the application is pending and no right has been granted.",
    "none.expired": "No effect: the term of the right has expired.",
    "none.expired_since": "No effect: the term of the right expired on %(day)s.",
    "none.expired_since_computed": (
        "No effect: the term of the right expired on %(day)s (computed, not stated by the office)."
    ),
    "none.lapsed": "No effect: the right has lapsed.",
    "none.lapsed_since": "No effect: the right lapsed on %(day)s.",
    "none.surrendered": "No effect: the holder has surrendered the right.",
    "none.surrendered_since": "No effect: the holder surrendered the right on %(day)s.",
    "none.invalidated": "No effect: the right has been declared invalid.",
    "none.invalidated_since": "No effect: the right was declared invalid on %(day)s.",
    "none.refused": "No effect: the application has been refused.",
    "none.refused_since": "No effect: the application was refused on %(day)s.",
    "none.withdrawn": "No effect: the application has been withdrawn.",
    "none.withdrawn_since": "No effect: the application was withdrawn on %(day)s.",
    "none.derived": (
        "No effect: this entry was derived from a public list. It is not a registration and gives no right."
    ),
    # National titles elsewhere.
    "none.national": (
        "No effect in this territory. A national registration protects only in the state of its office (%(office)s)."
    ),
    "none.national_application": (
        "No effect in this territory. A national application has effect only in the state of its office (%(office)s)."
    ),
    "none.national_unknown": (
        "No effect in this territory, whatever the status of the right, which is not known. "
        "A national registration protects only in the state of its office (%(office)s)."
    ),
    "none.indication": (
        "No effect in this territory. A geographical indication or appellation of origin protects only where it is "
        "registered (%(office)s)."
    ),
    "none.well_known": (
        "No effect in this territory. Each state decides for itself whether a mark is well known "
        "(Paris Convention, article 6bis); the decision here is that of one office only (%(office)s)."
    ),
    "none.not_member": (
        "No effect in this territory. A regional title protects only in the member states of its system (%(office)s)."
    ),
    "none.not_designated": (
        "No effect in this territory. An international registration protects only where it is designated, "
        "and the record states no designation here."
    ),
    "none.stated": "No effect in this territory, as the record states.",
    "none.other_right": (
        "No effect in this territory. According to the office (%(office)s) there is a national registration here; "
        "that would be another right, to be looked for in the register of this state."
    ),
    "none.ended_here": "No effect in this territory since %(day)s, as the record states.",
    "none.not_begun_here": "No effect in this territory before %(day)s, as the record states.",
    "none.priority": (
        "No effect in this territory. The record gives a right of priority here, which is not yet protection."
    ),
    # Effect across the border.
    "regional.in_force": (
        "In force in this territory as a regional title (%(office)s): the state takes part in the regional system."
    ),
    "regional.unknown": (
        "A regional title (%(office)s) may have effect in this territory: the state takes part in the regional system, "
        "but the record does not state that the title is in force here."
    ),
    "regional.membership_unknown": (
        "Whether this regional title (%(office)s) has effect in this territory is not known: "
        "the record does not state whether the state takes part in the regional system."
    ),
    "regional.stated": "According to the office (%(office)s), in force in this territory as a regional right.",
    "international.stated": (
        "According to the office (%(office)s), in force in this territory by international registration."
    ),
    # What the owner of a record says of another state's territory without being the office of a system that covers it.
    "regional.claimed": (
        "According to the office (%(office)s), in force in this territory as a regional right. "
        "Only the authorities of this state can confirm it."
    ),
    "international.claimed": (
        "According to the office (%(office)s), in force in this territory by international registration. "
        "Only the authorities of this state can confirm it."
    ),
    "national_decision.claimed": (
        "According to the office (%(office)s), this state has recognised the right by a decision. "
        "Only the authorities of this state can confirm it."
    ),
    "treaty.claimed": (
        "According to the office (%(office)s), the right has effect in this territory under a treaty. "
        "Only the authorities of this state can confirm it."
    ),
    "told.elsewhere": (
        "Another party's journal tells of this right: "
        "what effect it has, only the journal of the office (%(office)s) can say."
    ),
    "stated.unknown": (
        "The record states a basis for effect in this territory, but the status of the right itself is not known."
    ),
    "treaty.berne": (
        "Protected in this territory under the Berne Convention without formalities, for the term of the law here. "
        "The entry is evidence only."
    ),
    "treaty.berne_program": (
        "Protected in this territory as a literary work under the Berne Convention without formalities, "
        "for the term of the law here. The entry is evidence only."
    ),
    "treaty.berne_database": (
        "As a collection that is original in its selection or arrangement, the database is protected in this territory "
        "under the Berne Convention without formalities. The contents themselves are not covered by this. "
        "The entry is evidence only."
    ),
    "treaty.berne_unknown": (
        "If the work is still protected, it is protected in this territory under the Berne Convention "
        "without formalities. The source does not state whether it is. The entry is evidence only."
    ),
    "treaty.related": (
        "Protected in this territory under the treaties on related rights that bind both states. "
        "The entry is evidence only."
    ),
    "treaty.related_unknown": (
        "If the related right still exists, it has effect in this territory under the treaties that bind both states. "
        "The source does not state whether it does. The entry is evidence only."
    ),
    "treaty.entry_ended": (
        "The entry in the register has ended. Copyright and related rights do not depend on it: "
        "whether there is protection in this territory must be shown by other evidence."
    ),
    # Notes that go with them.
    "note.window": "Renewal may be asked for from %(day)s.",
    "note.grace": "Late renewal is possible until %(day)s.",
    "note.regional_fees": (
        "Fees are paid for each state separately; the record does not state whether they are paid for this territory."
    ),
    "note.until": "The record states effect here until %(day)s.",
    # What could be done instead.
    "instead.priority_open": (
        "Priority of the first filing may be claimed here until %(day)s "
        "(the next working day where the office is closed on that day)."
    ),
    "instead.priority_passed": "The time to claim priority of the first filing ended on %(day)s.",
    "instead.priority_unknown": (
        "Whether priority may still be claimed cannot be computed: the date of the first filing is not stated."
    ),
    "instead.file_nationally": "A national application may be filed here.",
    "instead.file_nationally_new": (
        "A national application may be filed here only if the subject matter is still new "
        "under the law of this territory."
    ),
    "instead.madrid": "This territory may be designated under the Madrid system, where the state is bound by it.",
    "instead.hague": "This territory may be designated under the Hague system, where the state is bound by it.",
    "instead.eurasian_patent": (
        "A Eurasian application may be filed; a Eurasian patent can have effect in this territory."
    ),
    "instead.eurasian_design": (
        "A Eurasian design application may be filed; a Eurasian design patent can have effect in this territory."
    ),
    "instead.union_mark": (
        "A mark of the Eurasian Economic Union, valid in all member states, "
        "may be filed at any of their national offices."
    ),
    "instead.union_appellation": (
        "An appellation of origin of the Eurasian Economic Union, valid in all member states, "
        "may be filed at any of their national offices."
    ),
    "instead.well_known": "The holder may ask this state to recognise the mark as well known here.",
    "instead.nothing_needed": "Nothing needs to be filed here: protection does not depend on registration.",
    # Terms.
    "term.stated": "The expiry date is stated by the source.",
    "term.application": "An application has no term of protection yet.",
    "term.filing": "%(years)s years from the date of filing; computed, not stated by the source.",
    "term.registration": "%(years)s years from the date of registration; computed, not stated by the source.",
    "term.first_use_or_registration": (
        "%(years)s years from first use or registration, whichever is earlier; computed, not stated by the source."
    ),
    "term.creation": "%(years)s years from creation; computed, not stated by the source.",
    "term.life": (
        "The life of the author and %(years)s years more. "
        "The expiry date is not computed: the register does not hold the date of death."
    ),
    "term.unlimited": "The term of protection is not limited.",
    "term.well_known": (
        "The expiry date is not computed: the term of a registration does not hold for a mark recognised as well known."
    ),
    "term.unknown_office": "The term is not known for this office and this kind of right.",
    "term.unknown_conditions": "The term is not known for this office, kind of right and date.",
    "term.depends_on_species": (
        "The term depends on the kind of plant, which the source does not state: the expiry date is not computed."
    ),
    "term.start_unknown": "The term is %(years)s years, but the source does not state the date from which it runs.",
    "term.extended": "The term has been extended, but the source does not state until when.",
    "term.extension_needs_authorisation": (
        "The term may be extended by up to %(years)s years where use of the invention needs an authorisation."
    ),
    "term.extension_pharma_agro": (
        "The term may be extended by up to %(years)s years for medicines, pesticides and agrochemicals."
    ),
    "term.renewal_needs_opinion": "Renewal needs the opinion of the competent authority.",
    "term.renewal_may_be_shorter": "A renewal may be for less than the longest period that the law allows.",
    "term.fees": (
        "Yearly fees are due from year %(year)s; they may be paid up to %(months)s months late "
        "with a surcharge of %(percent)s per cent."
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key of `SENTENCES` and the values of its named places."""

    key: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


def _noop(text: str) -> str:
    """Marks a text of a rule's table as one to be translated, and changes nothing."""
    return text


def sentence(key: str, **params: str) -> Sentence:
    """The sentence of that key with only the values for which it has a place."""
    template = SENTENCES[key]
    return Sentence(key, {name: value for name, value in params.items() if f"%({name})s" in template})


def render(
    key: str,
    params: Mapping[str, str],
    *,
    translate: Callable[[str], str] = str,
    name_of: Callable[[str], str] = str,
    day_of: Callable[[str], str] = str,
) -> str:
    """The sentence as people read it: translated, `office` and `territory` by name, `day` in the reader's way."""
    shown = {
        place: name_of(value) if place in ("office", "territory") else day_of(value) if place == "day" else value
        for place, value in params.items()
    }
    return translate(SENTENCES[key]) % shown
