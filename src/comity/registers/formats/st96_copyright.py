"""Copyright in ST.96 V6.0. It knows orphan works only: `cpy:CopyrightOrphanWork`, read here and never written.

A register of works, programs or databases does not fit: each element of the schema says that a work is orphaned, that a
diligent search was made, and how somebody uses it. To write a deposited work so would be untrue.
"""

from __future__ import annotations

from typing import Final

from comity.kernel.errors import RecordError
from comity.registers.domain.record import Classification, RightRecord
from comity.registers.formats.st96_common import Draft, partial_day, parties, texts
from comity.registers.formats.xmlsafe import Element, attribute, child, children, descendants, text_of, value

_WORKS: Final = {
    "AC": "architectural",
    "AV": "audiovisual",
    "DW": "dramatic",
    "LW": "literary",
    "MM": "multimedia",
    "MW": "musical",
    "PH": "photographic",
    "SR": "sound recording",
    "WA": "artistic",
}


def read(element: Element, office: str) -> list[RightRecord]:
    """The work as a record. Raises RecordError without an identifier or an office."""
    kind_code = value(element, "OrphanWorkKindCode")
    draft = Draft(
        attribute(element, "officeCode") or office, "related_right" if kind_code == "SR" else "copyright_work"
    )
    fields = draft.fields
    fields["number"] = value(element, "OrphanWorkIdentifier")
    fields["application_number"] = value(element, "ApplicationNumberText")
    draft.day("filing_date", value(element, "ApplicationDate"), "ApplicationDate")
    titles = descendants(child(element, "OrphanWorkTitleTextBag"), "OrphanWorkTitleText")
    titles += descendants(child(element, "OrphanWorkAlternativeTitleBag"), "OrphanWorkTitleText")
    fields["titles"] = texts(titles)
    fields["description"] = texts(
        descendants(child(element, "OrphanWorkDescriptionTextBag"), "OrphanWorkDescriptionText")
    )
    if kind_code:
        fields["classes"] = (Classification(scheme="work", code=_WORKS.get(kind_code, kind_code)),)
    bag = child(element, "OrphanWorkPartyBag")
    fields["parties"] = tuple(
        dict.fromkeys(
            parties(descendants(bag, "Applicant"), "applicant")
            + parties(descendants(bag, "RightsHolder"), "holder")
            + parties(descendants(bag, "InterestedParty"), "claimant")
            + parties(descendants(bag, "OrphanWorkLicensee"), "licensee")
        )
    )
    created = [text_of(item) for item in descendants(element, "CreationDate")]
    fields["created"] = next((day for text in created if (day := partial_day(text))), "")
    draft.keep("OrphanWorkApplicationStatus", value(element, "OrphanWorkApplicationStatus"))
    draft.keep("DiligenceSearchStatusCategory", value(element, "DiligenceSearch", "DiligenceSearchStatusCategory"))
    draft.keep("OrphanWorkPublicationCategory", value(element, "OrphanWorkPublicationCategory"))
    for item in children(child(element, "CreativeWorkIdentificationBag"), "CreativeWorkIdentification"):
        draft.keep("CreativeWorkIdentifier", value(item, "CreativeWorkIdentifier"))
    return [draft.done()]


def refuse(record: RightRecord) -> RecordError:
    """What to answer when a kind that ST.96 does not know is to be written."""
    return RecordError(
        f"ST.96 V6.0 has no document for a right of kind {record.kind}",
        place=f"{record.office} {record.number}",
        remedy="Export these as CSV or as JSON lines, which hold every kind.",
    )
