"""Geographical indications and appellations of origin in ST.96 V6.0: `gin:GIApplication`, `gin:GIData`."""

from __future__ import annotations

from typing import Final

from comity.registers.domain.record import Classification, Kind, Party, Publication, RightRecord, Text
from comity.registers.formats.st96_build import (
    VERSION,
    add,
    add_contact,
    add_day,
    add_party_identifier,
    add_priorities,
    add_representatives,
    add_some,
    add_texts,
    application_number,
    check,
    is_day,
    named,
    own_number,
    root,
    tag,
)
from comity.registers.formats.st96_codes import GI_STATUS, LANGUAGES, status_of
from comity.registers.formats.st96_common import Draft, day_of, number_of, parties, priorities, texts
from comity.registers.formats.st96_goods import nice_classes, write_goods
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

_KINDS: Final[dict[str, Kind]] = {
    "geographical indication": "geographical_indication",
    "protected geographical indication": "geographical_indication",
    "protected designation of origin": "appellation_of_origin",
    "appellation of origin": "appellation_of_origin",
}


def read(element: Element, office: str) -> list[RightRecord]:
    """The indication as a record. Raises RecordError without a number, an office, or a category that is known."""
    application: Element | None = element
    data = child(element, "GIData")
    if local(element) == "GIData":
        data, application = element, None
    category = value(data, "GICategory")
    draft = Draft(
        (attribute(data, "officeCode") if data is not None else "")
        or attribute(element, "officeCode")
        or value(data, "ApplicationNumber", "IPOfficeCode")
        or office,
        _KINDS.get(category.casefold(), "geographical_indication"),
    )
    places = [item for item in (data, application) if item is not None]
    applied = next((found for item in places if (found := number_of(item, "ApplicationNumber"))), "")
    registered = value(data, "RegistrationNumber")
    fields = draft.fields
    fields.update(number=registered or applied, stage="right" if registered else "application")
    fields["application_number"] = applied
    filed = next((text for item in places if (text := value(item, "ApplicationDate"))), "")
    draft.day("filing_date", filed, "ApplicationDate")
    draft.day("registration_date", value(data, "RegistrationDate"), "RegistrationDate")
    draft.day("expiry_date", value(data, "ExpiryDate"), "ExpiryDate")
    _status(draft, data)
    fields["titles"] = _names(data)
    fields["description"] = texts(
        item
        for bag in descendants(data, "FeatureDescription")
        for item in children(bag, "FeatureDescriptionText", "MainFeatureDescriptionText", "ProductionDescriptionText")
    )
    fields["disclaimers"] = texts(path(application, "GIDisclaimerBag", "GIDisclaimerText"))
    fields["classes"] = nice_classes(draft, path(data, "ProductIndicationBag", "GoodsServices")) + tuple(
        Classification(scheme="product", code=code)
        for item in path(data, "ProductIndicationBag", "ProductCategory")
        if (code := text_of(item))
    )
    fields["parties"] = _parties(places)
    fields["priorities"] = priorities(path(application, "GIPriorityBag", "GIPriority"))
    fields["publications"] = tuple(dict.fromkeys(found for place in places for found in _publications(place)))
    fields["source_url"] = value(data, "WebURI")
    _keep(draft, data, application, category)
    return [draft.done()]


def _status(draft: Draft, data: Element | None) -> None:
    word = value(data, "GIStatusCategory")
    withdrawn = day_of(value(data, "WithdrawalDate"))
    draft.fields["status"] = "withdrawn" if withdrawn else status_of(word)
    if withdrawn:
        draft.fields["status_date"] = withdrawn
    elif draft.fields["status"] == "unknown":
        draft.keep("GIStatusCategory", word)


def _names(data: Element | None) -> tuple[Text, ...]:
    names = ("GINameText", "GINameRichText", "GINameTransliterationText", "GINameTranslationText")
    return texts(item for bag in children(data, "GINameBag") for item in children(bag, *names))


def _parties(places: list[Element]) -> tuple[Party, ...]:
    """Whoever is entitled to use an indication holds the right to it."""
    found: list[Party] = []
    for place in places:
        found += parties(path(place, "ApplicantBag", "Applicant"), "applicant")
    for place in places:
        found += parties(children(place, "AuthorizedUser"), "holder")
    for place in places:
        found += parties(path(place, "RepresentativeBag", "Representative"), "representative")
        found += parties(children(place, "CorrespondenceAddress"), "correspondent")
    return tuple(dict.fromkeys(found))


def _publications(place: Element) -> list[Publication]:
    return [
        Publication(date=day, issue=value(item, "PublicationIdentifier"), kind=value(item, "PublicationSubsection"))
        for item in path(place, "GIPublicationBag", "GIPublication")
        if (day := day_of(value(item, "PublicationDate")))
    ]


def _keep(draft: Draft, data: Element | None, application: Element | None, category: str) -> None:
    if category.casefold() not in ("geographical indication", "appellation of origin"):
        draft.keep("GICategory", category)
    for item in descendants(child(data, "GeographicRegionDescriptionBag"), "GeographicRegionDescriptionText"):
        draft.keep("GeographicRegionDescriptionText", text_of(item))
    for name in ("CausalInteractionText", "ReputationFactorText", "QualityFactorText"):
        draft.keep(name, value(child(data, "GeographicRegionDescriptionBag"), name))
    draft.keep("ContractingPartyOriginCode", value(application, "ContractingPartyOriginCode"))


def build(record: RightRecord) -> Element:
    """The record as `gin:GIApplication`. Raises RecordError where ST.96 cannot hold its identity.

    The schema demands products, features and a region; where the record says nothing of them the elements are empty.
    """
    check(record)
    application = root("gin:GIApplication", "tmk")
    application.set(tag("com:st96Version"), VERSION)
    data = add(application, "gin:GIData")
    data.set(tag("com:officeCode"), record.office)
    default = next((item.lang for item in record.titles if item.lang in LANGUAGES), "en")
    data.set(tag("com:languageCode"), record.language if record.language in LANGUAGES else default)
    _build_data(data, record)
    for item in named(record.parties, "holder"):
        add_contact(add(application, "gin:AuthorizedUser"), item)
    bag = add(application, "gin:ApplicantBag")
    applicants = named(record.parties, "applicant")
    for item in applicants:
        element = add(bag, "gin:Applicant")
        add_party_identifier(element, item)
        add_contact(element, item)
    if not applicants:
        add(add(add(bag, "gin:Applicant"), "com:Contact"), "com:ContactText", "")
    add_representatives(application, record.parties)
    add_priorities(application, "gin:GIPriorityBag", "gin:GIPriority", record.priorities)
    if record.disclaimers:
        add_texts(add(application, "gin:GIDisclaimerBag"), "gin:GIDisclaimerText", record.disclaimers)
    return application


def _build_data(data: Element, record: RightRecord) -> None:
    number = own_number(record)
    if number and is_day(record.filing_date):
        application_number(data, record.office, number)
        add(data, "com:ApplicationDate", record.filing_date)
    elif number:
        _number_without_date(data, record.office, number)
    if record.stage == "right":
        add(data, "com:RegistrationNumber", record.number)
        add_day(data, "com:RegistrationDate", record.registration_date)
    names = add(data, "gin:GINameBag")
    add_texts(names, "gin:GINameText", record.titles or (Text(text=""),))
    products = add(data, "gin:ProductIndicationBag")
    nice = [item for item in record.classes if item.scheme == "nice"]
    write_goods(products, nice or [Classification(scheme="nice", code="")])
    features = add(data, "gin:FeatureDescriptionBag")
    for item in record.description or (Text(text=""),):
        add_texts(add(features, "gin:FeatureDescription"), "gin:FeatureDescriptionText", [item])
    region = add(add(data, "gin:GeographicRegionDescriptionBag"), "gin:GeographicRegionDescription")
    add(region, "gin:GeographicRegionDescriptionText", "")
    appellation = record.kind == "appellation_of_origin"
    add(data, "gin:GICategory", "Appellation of Origin" if appellation else "Geographical Indication")
    days = [item for item in record.publications if is_day(item.date)]
    if days:
        bag = add(data, "gin:GIPublicationBag")
        for issue in days:
            element = add(bag, "gin:GIPublication")
            add(element, "com:PublicationIdentifier", issue.issue)
            add(element, "com:PublicationDate", issue.date)
            add_some(element, "com:PublicationSubsection", issue.kind)
    add_some(data, "gin:GIStatusCategory", GI_STATUS.get(record.status, ""))
    add_day(data, "com:ExpiryDate", record.expiry_date)


def _number_without_date(data: Element, office: str, number: str) -> None:
    """`gin:GIData` takes an application number only with its date; without one it stands on the application itself."""
    application = data.getparent()
    if application is not None:
        application_number(application, office, number)
        application.insert(0, application[-1])
