"""What the writers of all ST.96 kinds share: elements, dates, names and contacts in the order of the V6.0 schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from lxml import etree

from comity.kernel.errors import RecordError
from comity.registers.domain.record import Image, Party, Priority, Publication, RightRecord, Text
from comity.registers.formats.st96_codes import COUNTRIES, LANGUAGES, OFFICES, PUBLICATION_SECTIONS
from comity.registers.formats.xmlsafe import Element

_BASE: Final = "http://www.wipo.int/standards/XMLSchema/ST96/"
NSMAP: Final = {
    "com": _BASE + "Common",
    "tmk": _BASE + "Trademark",
    "dgn": _BASE + "Design",
    "pat": _BASE + "Patent",
    "gin": _BASE + "GeographicalIndication",
}
VERSION: Final = "V6_0"
_TAGS: dict[str, str] = {}
_FULL = re.compile(r"\d{4}-\d{2}-\d{2}")
_SUFFIX: Final = {
    "image/jpeg": (".jpg", "JPEG"),
    "image/tiff": (".tif", "TIFF"),
    "image/png": (".png", "PNG"),
    "image/gif": (".gif", "GIF"),
    "image/svg+xml": (".svg", "SVG"),
}


def tag(name: str) -> str:
    """`com:Name` in Clark notation."""
    if name not in _TAGS:
        prefix, _, rest = name.partition(":")
        _TAGS[name] = f"{{{NSMAP[prefix]}}}{rest}"
    return _TAGS[name]


def root(name: str, *prefixes: str) -> Element:
    return etree.Element(tag(name), nsmap={prefix: NSMAP[prefix] for prefix in (name.split(":")[0], "com", *prefixes)})


def add(parent: Element, name: str, text: str | None = None, *, lang: str = "", sequence: int = 0) -> Element:
    """Append an element. Raises RecordError for a text with characters that XML 1.0 does not have."""
    element = etree.SubElement(parent, tag(name))
    if text is not None:
        try:
            element.text = text
        except ValueError:
            raise RecordError(
                f"a text holds characters that no XML can hold: {text[:60]!r}",
                remedy="Remove the control characters, or export as JSON lines.",
            ) from None
    if lang in LANGUAGES:
        element.set(tag("com:languageCode"), lang)
    if sequence:
        element.set(tag("com:sequenceNumber"), str(sequence))
    return element


def add_some(parent: Element, name: str, text: str) -> None:
    """Append an element if there is something to say."""
    if text:
        add(parent, name, text)


def add_day(parent: Element, name: str, text: str) -> None:
    """Append a date if it is a day of the calendar."""
    if is_day(text):
        add(parent, name, text)


def add_language(parent: Element, name: str, code: str) -> None:
    if code in LANGUAGES:
        add(parent, name, code)


def add_texts(parent: Element, name: str, items: Iterable[Text]) -> None:
    for item in items:
        add(parent, name, item.text, lang=item.lang)


def is_day(text: str) -> bool:
    if not _FULL.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return not text.startswith("0000")


def application_number(parent: Element, office: str, number: str) -> None:
    if number:
        element = add(parent, "com:ApplicationNumber")
        if office in OFFICES:
            add(element, "com:IPOfficeCode", office)
        add(element, "com:ApplicationNumberText", number)


def own_number(record: RightRecord) -> str:
    """The application number of a record: its own if it is an application."""
    return record.application_number or (record.number if record.stage == "application" else "")


def check(record: RightRecord) -> None:
    """Raises RecordError where a record has no identity that ST.96 can hold."""
    if record.office not in OFFICES:
        raise RecordError(
            f"{record.office!r} is no office code of ST.3",
            place=f"{record.kind} {record.number}",
            remedy="Correct the office, or export as JSON lines.",
        )
    if not record.number:
        raise RecordError("a record has no number", place=f"{record.office} {record.kind}")


def named(parties: Iterable[Party], *roles: str) -> list[Party]:
    """The parties of these roles that have something to be named by."""
    return [party for party in parties if party.role in roles and party.names]


def add_party_identifier(parent: Element, party: Party) -> None:
    add_some(parent, "com:PartyIdentifier", party.identifier)


def add_contact(parent: Element, party: Party) -> None:
    """A party's names, as of an organisation or a person, with what is known of address and country."""
    contact = add(parent, "com:Contact")
    name = add(contact, "com:Name")
    for item in party.names:
        if party.entity == "legal":
            holder, inner = "com:OrganizationName", "com:OrganizationStandardName"
        else:
            holder, inner = "com:PersonName", "com:PersonFullName"
        add(add(name, holder, lang=item.lang), inner, item.text)
    country = party.country if party.country in COUNTRIES else ""
    if not country and not party.address:
        return
    address = add(add(contact, "com:PostalAddressBag"), "com:PostalAddress")
    if country:
        structured = add(address, "com:PostalStructuredAddress")
        add(structured, "com:AddressLineText", party.address, sequence=1)
        add(structured, "com:CountryCode", country)
    else:
        add(address, "com:PostalAddressText", party.address)


def add_owners(parent: Element, prefix: str, record: RightRecord) -> None:
    """Applicants and holders; whoever is not what the stage makes plain is named by a comment."""
    owners = named(record.parties, "applicant", "holder")
    if not owners:
        return
    plain = "holder" if record.stage == "right" else "applicant"
    bag = add(parent, f"{prefix}:ApplicantBag")
    for item in owners:
        element = add(bag, f"{prefix}:Applicant")
        comment = "" if item.role == plain else item.role.capitalize()
        if prefix == "dgn":
            add_some(element, "com:CommentText", comment)
        add_party_identifier(element, item)
        add_contact(element, item)
        if prefix == "tmk":
            add_some(element, "com:CommentText", comment)


def add_representatives(parent: Element, parties: Iterable[Party]) -> None:
    found = named(parties, "representative")
    if found:
        bag = add(parent, "com:RepresentativeBag")
        for party in found:
            element = add(bag, "com:Representative")
            add_party_identifier(element, party)
            add_contact(element, party)


def add_priorities(parent: Element, bag_name: str, name: str, items: Iterable[Priority]) -> None:
    """Priorities with an office and a day; ST.96 holds no others."""
    found = [item for item in items if item.office in OFFICES and is_day(item.date)]
    if found:
        bag = add(parent, bag_name)
        for item in found:
            element = add(bag, name)
            add(element, "com:PriorityCountryCode", item.office)
            application_number(element, "", item.number)
            add(element, "com:PriorityApplicationFilingDate", item.date)


def add_publications(parent: Element, prefix: str, items: Iterable[Publication]) -> None:
    """Marks and designs: issue, section and day."""
    found = [item for item in items if is_day(item.date)]
    if found:
        bag = add(parent, f"{prefix}:PublicationBag")
        for item in found:
            element = add(bag, f"{prefix}:Publication")
            add(element, "com:PublicationIdentifier", item.issue)
            if item.kind in PUBLICATION_SECTIONS:
                add(element, f"{prefix}:PublicationSectionCategory", item.kind)
            else:
                add_some(element, "com:PublicationSubsection", item.kind)
            add(element, "com:PublicationDate", item.date)


def image_name(image: Image) -> str:
    """The file name that stands for an image: where it is kept, else its content hash with the suffix of its type."""
    return image.url or image.sha256 + _SUFFIX.get(image.media_type, ("", ""))[0]


def image_category(image: Image) -> str:
    return _SUFFIX.get(image.media_type, ("", ""))[1]


def add_measures(parent: Element, image: Image) -> None:
    if image.width > 0 and image.height > 0:
        for name, size in (("com:HeightMeasure", image.height), ("com:WidthMeasure", image.width)):
            add(parent, name, str(size)).set(tag("com:measureUnitCode"), "Px")
