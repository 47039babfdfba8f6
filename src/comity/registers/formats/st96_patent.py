"""Patents and utility models in ST.96 V6.0: `pat:PatentPublication`, `pat:BibliographicData`.

A register says what BibliographicData holds. A publication also demands claims, which a register does not have, so that
an export writes BibliographicData; abstracts then travel in the extension.
"""

from __future__ import annotations

import re
from typing import Final

from comity.registers.domain.record import Classification, Kind, Party, Publication, RightRecord, Text
from comity.registers.formats.st96_build import (
    VERSION,
    add,
    add_contact,
    add_day,
    add_language,
    add_party_identifier,
    application_number,
    check,
    is_day,
    named,
    own_number,
    root,
    tag,
)
from comity.registers.formats.st96_codes import OFFICES
from comity.registers.formats.st96_common import Draft, day_of, number_of, parties, priorities, texts
from comity.registers.formats.xmlsafe import (
    Element,
    attribute,
    child,
    children,
    descendants,
    local,
    path,
    text_of,
    value,
)

_SYMBOL: Final = re.compile(r"([A-HY])(\d{2})([A-Z])\s*(\d{1,4})/(\d{2,})")
_KIND_OF_SUBJECT: Final[dict[str, Kind]] = {"Design": "industrial_design", "Plant": "plant_variety"}


def read(element: Element, office: str) -> list[RightRecord]:
    """The patent or application as a record. Raises RecordError without a number or an office."""
    data = element if local(element) == "BibliographicData" else child(element, "BibliographicData")
    application = child(data, "ApplicationIdentification")
    publication = child(data, "PatentPublicationIdentification")
    grant = child(data, "PatentGrantIdentification")
    draft = Draft(
        value(grant, "IPOfficeCode")
        or value(publication, "IPOfficeCode")
        or value(element, "IPOfficeCode")
        or value(application, "IPOfficeCode")
        or (attribute(data, "officeCode") if data is not None else "")
        or office,
        "invention",
    )
    fields = draft.fields
    kind_code = value(grant, "PatentDocumentKindCode") or value(publication, "PatentDocumentKindCode")
    subject = value(application, "InventionSubjectMatterCategory")
    draft.kind = _KIND_OF_SUBJECT.get(subject, "utility_model" if kind_code[:1] in ("U", "Y") else "invention")
    applied = number_of(application, "ApplicationNumber")
    granted = value(grant, "PatentNumber")
    if not granted and _is_grant(draft.office, kind_code):
        granted = value(publication, "PublicationNumber")
    fields.update(number=granted or applied, stage="right" if granted else "application")
    fields["application_number"] = applied
    draft.day("filing_date", value(application, "FilingDate"), "FilingDate")
    day = value(grant, "GrantDate") or value(data, "GrantPublicationDate")
    if granted and not day and draft.office == "US":
        day = value(publication, "PublicationDate")  # the US office publishes a patent on the day of its grant
    draft.day("registration_date", day, "GrantDate")
    in_force = next((text_of(item) for item in path(data, "RightsEffectiveDateBag", "EnteredIntoForceDate")), "")
    draft.day("effect_date", in_force, "EnteredIntoForceDate")
    _status(draft, data)
    titles = [item for bag in children(data, "InventionTitleBag") for item in children(bag, "InventionTitle")]
    publication_lang = attribute(element, "languageCode") if data is not element else ""
    fields["titles"] = texts(titles, publication_lang)
    fields["abstract"] = texts(children(element, "Abstract"), publication_lang)
    fields["language"] = (value(data, "FilingLanguageCode") or value(application, "FilingLanguageCode")).lower()
    fields["classes"] = _classes(draft, child(data, "PatentClassificationBag"))
    fields["parties"] = _parties(child(data, "PartyBag"))
    fields["priorities"] = priorities(path(data, "PriorityClaimBag", "PriorityClaim"))
    issues = [] if publication is None else [publication]
    for related in descendants(child(data, "RelatedDocumentBag"), "RelatedPublication"):
        issues += descendants(related, "PatentPublicationIdentification")
    fields["publications"] = tuple(
        Publication(date=found, kind=value(item, "PatentDocumentKindCode"), number=value(item, "PublicationNumber"))
        for item in issues
        if (found := day_of(value(item, "PublicationDate")))
    )
    _keep(draft, data)
    return [draft.done()]


def _is_grant(office: str, kind_code: str) -> bool:
    """ST.16: second and later levels of publication are grants; `A` was one in the USSR, and in the US before 2001."""
    if kind_code[:1] == "A" and office in ("US", "SU"):
        return office == "SU" or kind_code == "A"
    return kind_code[:1] in ("B", "C", "E", "S", "U", "Y") or (office == "US" and kind_code[:2] in ("P2", "P3"))


def _status(draft: Draft, data: Element | None) -> None:
    revoked = day_of(value(data, "PatentRevocationDate"))
    withdrawn = day_of(value(data, "ApplicationWithdrawnDate") or value(data, "ApplicationDeemedWithdrawnDate"))
    if revoked:
        draft.fields.update(status="invalidated", status_date=revoked)
    elif withdrawn:
        draft.fields.update(status="withdrawn", status_date=withdrawn)


def _classes(draft: Draft, bag: Element | None) -> tuple[Classification, ...]:
    found = [
        Classification(scheme="ipc", code=_symbol(item), edition=_version(item))
        for item in path(bag, "IPCRClassificationBag", "IPCRClassification")
    ]
    found += [
        Classification(scheme="ipc", code=_spaced(text_of(item)), edition=value(old, "Edition"))
        for old in children(bag, "IPCClassification")
        for item in children(old, "MainClassification", "FurtherClassification")
    ]
    found += [
        Classification(scheme="cpc", code=_symbol(item), edition=_version(item))
        for item in descendants(child(bag, "CPCClassificationBag"), "CPCClassification")
    ]
    found += [
        Classification(scheme="locarno", code=text_of(item), edition=value(old, "LocarnoClassificationEdition"))
        for old in children(bag, "LocarnoClassificationBag")
        for item in children(old, "LocarnoClassificationText")
    ]
    for national in children(bag, "NationalClassification"):
        us = value(national, "IPOfficeCode") == "US"
        for item in children(national, "MainNationalClassification", "FurtherNationalClassification"):
            parts = [value(item, "NationalClass"), value(item, "NationalSubclass")]
            code = "/".join(part for part in parts if part) or text_of(item)
            if us:
                found.append(Classification(scheme="uspc", code=code))
            else:
                draft.keep("NationalClassification", code)
    return tuple(item for item in dict.fromkeys(found) if item.code)


def _symbol(item: Element) -> str:
    section = value(item, "Section") or value(item, "CPCSection")
    if not section:
        return _spaced(value(item, "PatentClassificationSymbolText") or value(item, "PatentClassificationText"))
    group = "/".join(part for part in (value(item, "MainGroup"), value(item, "Subgroup")) if part)
    return f"{section}{value(item, 'Class')}{value(item, 'Subclass')} {group}".strip()


def _spaced(text: str) -> str:
    match = _SYMBOL.match(text)
    return f"{match[1]}{match[2]}{match[3]} {match[4]}/{match[5]}" if match else text


def _version(item: Element) -> str:
    return value(item, "ClassificationVersionDate")


def _parties(bag: Element | None) -> tuple[Party, ...]:
    found: list[Party] = []
    found += parties(path(bag, "ApplicantBag", "Applicant"), "applicant")
    found += parties(path(bag, "OwnerBag", "Owner"), "holder")
    found += parties(path(bag, "AssigneeBag", "Assignee"), "holder")
    found += parties(
        [
            item
            for inventors in children(bag, "InventorBag")
            for item in children(inventors, "Inventor", "DeceasedInventor")
        ],
        "author",
    )
    for item in path(bag, "ApplicantBag", "Applicant"):
        if value(item, "ApplicantCategory") == "Applicant_Inventor":
            found += parties([item], "author")
    found += parties(path(bag, "RegisteredPractitionerBag", "RegisteredPractitioner"), "representative")
    found += parties(children(bag, "CorrespondenceAddress"), "correspondent")
    return tuple(dict.fromkeys(found))


def _keep(draft: Draft, data: Element | None) -> None:
    draft.keep("ClaimTotalQuantity", value(data, "ClaimTotalQuantity"))
    draft.keep("GrantLengthQuantity", value(data, "GrantTerm", "GrantLengthQuantity"))
    for item in descendants(child(data, "RelatedDocumentBag"), "ParentDocument"):
        for number in descendants(item, "ApplicationNumberText"):
            draft.keep("ParentApplication", text_of(number))
    for name in ("InternationalFilingData", "RegionalFilingData", "InternationalPublishingData"):
        for item in descendants(child(data, name), "ApplicationNumberText", "PublicationNumber"):
            draft.keep(name, text_of(item))
    cited = []
    for item in descendants(child(data, "ReferenceCitationBag"), "CitedPatentDocumentIdentification"):
        parts = [value(item, name) for name in ("IPOfficeCode", "DocumentNumber", "PatentDocumentKindCode")]
        cited.append(" ".join(part for part in parts if part))
    draft.keep("PatentCitation", "; ".join(cited))


def build(record: RightRecord) -> Element:
    """The record as `pat:BibliographicData`. Raises RecordError where ST.96 cannot hold its identity."""
    check(record)
    data = root("pat:BibliographicData")
    data.set(tag("com:officeCode"), record.office)
    data.set(tag("com:st96Version"), VERSION)
    published = next((item for item in record.publications if item.number and is_day(item.date)), None)
    if published is not None:
        element = add(data, "pat:PatentPublicationIdentification")
        add(element, "com:IPOfficeCode", record.office)
        add(element, "pat:PublicationNumber", published.number)
        if published.kind:
            add(element, "com:PatentDocumentKindCode", published.kind)
        add(element, "com:PublicationDate", published.date)
    element = add(data, "pat:ApplicationIdentification")
    add(element, "com:IPOfficeCode", record.office)
    application_number(element, "", own_number(record))
    if not own_number(record):
        add(add(element, "com:ApplicationNumber"), "com:ApplicationNumberText", "")
    add_day(element, "pat:FilingDate", record.filing_date)
    if record.stage == "right":
        element = add(data, "pat:PatentGrantIdentification")
        add(element, "com:IPOfficeCode", record.office)
        add(element, "pat:PatentNumber", record.number)
        if record.kind == "utility_model":
            add(element, "com:PatentDocumentKindCode", "U")
        add_day(element, "pat:GrantDate", record.registration_date)
    _build_priorities(data, record)
    _build_classes(data, record)
    bag = add(data, "pat:InventionTitleBag")
    for title in record.titles or (Text(text=""),):
        add(bag, "pat:InventionTitle", title.text, lang=title.lang)
    _build_parties(add(data, "pat:PartyBag"), record)
    add_language(data, "com:FilingLanguageCode", record.language)
    if is_day(record.effect_date):
        add(add(data, "pat:RightsEffectiveDateBag"), "pat:EnteredIntoForceDate", record.effect_date)
    if record.status == "withdrawn":
        add_day(data, "pat:ApplicationWithdrawnDate", record.status_date)
    elif record.status == "invalidated":
        add_day(data, "pat:PatentRevocationDate", record.status_date)
    return data


def _build_priorities(data: Element, record: RightRecord) -> None:
    found = [item for item in record.priorities if item.office in OFFICES and is_day(item.date)]
    if found:
        bag = add(data, "pat:PriorityClaimBag")
        for position, item in enumerate(found, 1):
            claim = add(bag, "pat:PriorityClaim", sequence=position)
            add(claim, "com:IPOfficeCode", item.office)
            application_number(claim, "", item.number)
            add(claim, "pat:FilingDate", item.date)


def _build_classes(data: Element, record: RightRecord) -> None:
    ipc = [item for item in record.classes if item.scheme == "ipc"]
    if ipc:
        bag = add(add(data, "pat:PatentClassificationBag"), "pat:IPCRClassificationBag")
        for item in ipc:
            entry = add(bag, "pat:IPCRClassification")
            if is_day(item.edition):
                add(entry, "pat:ClassificationVersionDate", item.edition)
                add(entry, "pat:PatentClassificationSymbolText", item.code)
            else:
                add(entry, "pat:PatentClassificationText", item.code)


def _build_parties(bag: Element, record: RightRecord) -> None:
    groups = (
        ("applicant", "pat:ApplicantBag", "pat:Applicant"),
        ("holder", "pat:OwnerBag", "pat:Owner"),
        ("author", "pat:InventorBag", "pat:Inventor"),
    )
    written = False
    for role, bag_name, name in groups:
        found = named(record.parties, role)
        if found:
            group = add(bag, bag_name)
            for item in found:
                element = add(group, name)
                add_party_identifier(element, item)
                add_contact(element, item)
            written = True
    agents = named(record.parties, "representative")
    if agents:
        group = add(bag, "pat:RegisteredPractitionerBag")
        for position, item in enumerate(agents, 1):
            element = add(group, "pat:RegisteredPractitioner", sequence=position)
            add(element, "pat:RegisteredPractitionerCategory", "Agent")
            add_contact(element, item)
        written = True
    if not written:
        add(add(add(add(bag, "pat:OwnerBag"), "pat:Owner"), "com:Contact"), "com:ContactText", "")
