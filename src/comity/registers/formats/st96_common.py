"""What the readers of all ST.96 kinds share: dates, texts, parties, priorities, images, and the record under way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from comity.kernel.errors import RecordError
from comity.registers.domain.record import (
    Entity,
    Extra,
    Image,
    Kind,
    Party,
    Priority,
    Publication,
    RightRecord,
    Role,
    Text,
)
from comity.registers.formats.scripts import is_legal
from comity.registers.formats.st96_codes import OFFICES
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

# What an applicant is besides, as our own export says it in the comment.
ROLE_COMMENTS: Final = {"Applicant": "applicant", "Holder": "holder"}
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*|Z|[+-]\d{2}:\d{2})?")
_MONTH = re.compile(r"(\d{4})-?(\d{2})(?:-?00)?")
_YEAR = re.compile(r"(\d{4})(?:-?00-?00)?")
_HASHED = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]+)?")
_MEDIA = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".png": "image/png",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
}
_CATEGORY_MEDIA = {
    "JPEG": "image/jpeg",
    "TIFF": "image/tiff",
    "PNG": "image/png",
    "GIF": "image/gif",
    "SVG": "image/svg+xml",
}


@dataclass(slots=True)
class Draft:
    """A record under way; `place` is the document that an error is about."""

    office: str
    kind: Kind
    fields: dict[str, Any] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)

    def keep(self, name: str, text: str) -> None:
        """Keep what no field holds; empty texts and repetitions are left out."""
        item = Extra(name=name, value=text)
        if text and item not in self.extras:
            self.extras.append(item)

    def day(self, field_name: str, text: str, source: str) -> None:
        """Set a date field; what is not a full day goes to the extras under the name of its element."""
        found = day_of(text)
        if found:
            self.fields[field_name] = found
        else:
            self.keep(source, text)

    def done(self) -> RightRecord:
        """The record. Raises RecordError where its identity is not complete."""
        if not self.fields.get("number"):
            raise RecordError(
                "the record has neither a registration number nor an application number",
                remedy="Complete the number in the source.",
            )
        if not self.office:
            raise RecordError("the record does not name its office", remedy="Name the office for the whole import.")
        if self.office not in OFFICES:
            raise RecordError(f"{self.office!r} is no office code of ST.3", remedy="Correct it in the source.")
        return RightRecord(office=self.office, kind=self.kind, extras=tuple(self.extras), **self.fields)


def day_of(text: str) -> str:
    """A date as ST.96 files write it (with a time zone or time, or without hyphens) as `YYYY-MM-DD`; else empty."""
    match = _DAY.fullmatch(text)
    if match is None:
        return ""
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        return ""


def partial_day(text: str) -> str:
    """The same, but `YYYY-MM` and `YYYY` stand, also where they are written with zeros for the day or month."""
    if found := day_of(text):
        return found
    if (match := _MONTH.fullmatch(text)) and 1 <= int(match[2]) <= 12:
        return f"{match[1]}-{match[2]}"
    return match[1] if (match := _YEAR.fullmatch(text)) else ""


def count_of(text: str) -> int:
    """A number of things; 0 for a text that is none, or that is no plausible one."""
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def lang_of(element: Element, default: str = "") -> str:
    """The element's language, else that of the nearest element around it that says one, else `default`."""
    node: Element | None = element
    while node is not None:
        if lang := attribute(node, "languageCode"):
            return lang.lower()
        node = node.getparent()
    return default


def texts(elements: Iterable[Element], default: str = "") -> tuple[Text, ...]:
    """The elements' texts with their languages; empty ones and repetitions left out."""
    found = []
    for element in elements:
        text = text_of(element)
        item = Text(text=text, lang=lang_of(element, default))
        if text and item not in found:
            found.append(item)
    return tuple(found)


def number_of(element: Element | None, *names: str) -> str:
    """An application number by a path of names: ST.13 or plain."""
    for item in path(element, *names):
        found = value(item, "ApplicationNumberText") or value(item, "ST13ApplicationNumber") or text_of(item)
        if found:
            return found
    return ""


def parties(elements: Iterable[Element], role: Role) -> tuple[Party, ...]:
    """The elements as parties of one role; those that name nobody are left out."""
    return tuple(found for element in elements if (found := party(element, role)) is not None)


def party(element: Element, role: Role) -> Party | None:
    """A party from its element or contact; its country is that of its address, else of residence, seat, nationality."""
    contacts = [element] if local(element) == "Contact" else children(element, "Contact", "PublicationContact")
    names: list[Text] = []
    for contact in contacts:
        names += [name for name in _names(contact) if name not in names]
    identifier = value(element, "PartyIdentifier")
    if not names and not identifier:
        return None
    country = next((code for item in contacts if (code := _country(item))), "") or next(
        (
            code
            for source in ("ResidenceCountryCode", "IncorporationCountryCode", "NationalityCode")
            if (code := value(element, source))
        ),
        "",
    )
    return Party(
        role=role,
        entity=_entity(element, contacts, names),
        names=tuple(names),
        country=country if len(country) == 2 else "",
        address=next((line for item in contacts if (line := _address(item))), ""),
        identifier=identifier,
    )


def _names(contact: Element) -> list[Text]:
    found: list[Text] = []
    for name in children(contact, "Name"):
        for item in name:
            text = {
                "OrganizationName": _organization,
                "PersonName": _person,
                "EntityName": text_of,
            }.get(local(item), lambda _: "")(item)
            entry = Text(text=text, lang=lang_of(item))
            if text and entry not in found:
                found.append(entry)
    if not found and (text := value(contact, "ContactText")):
        found.append(Text(text=text, lang=lang_of(contact)))
    return found


def _organization(element: Element) -> str:
    return value(element, "OrganizationStandardName") or " ".join((element.text or "").split())


def _person(element: Element) -> str:
    if full := value(element, "PersonFullName"):
        return full
    parts = child(element, "PersonStructuredName")
    order = (
        "NamePrefix",
        "FirstName",
        "MiddleName",
        "LastName",
        "FirstLastName",
        "SecondLastName",
        "NameSuffix",
    )
    return " ".join(text for name in order if (text := value(parts, name)))


def _entity(element: Element, contacts: list[Element], names: list[Text]) -> Entity:
    """Legal only where that is sure: no person is named, and a form, an organisation's element or the name says so."""
    if any(text_of(item) for contact in contacts for item in descendants(contact, "PersonName")):
        return "natural"
    form = value(element, "LegalEntityName")
    if form:
        return "natural" if "individual" in form.casefold() else "legal"
    if any(text_of(item) for contact in contacts for item in descendants(contact, "OrganizationName")):
        return "legal"
    return "legal" if names and all(is_legal(name.text) for name in names) else "natural"


def _country(contact: Element) -> str:
    return next((code for item in descendants(contact, "CountryCode") if (code := text_of(item))), "")


def _address(contact: Element) -> str:
    for address in descendants(contact, "PostalAddress"):
        plain = [text for item in children(address, "PostalAddressText") if (text := text_of(item))]
        if plain:
            return ", ".join(plain)
        if text := _structured(child(address, "PostalStructuredAddress")):
            return text
    return _structured(contact) if local(contact) == "PublicationContact" else ""


def _structured(element: Element | None) -> str:
    order = ("AddressLineText", "CityName", "GeographicRegionName", "PostalCode")
    found = [text for name in order for item in children(element, name) if (text := text_of(item))]
    return ", ".join(found)


def priorities(elements: Iterable[Element]) -> tuple[Priority, ...]:
    """Paris priorities; those of which nothing is said are left out."""
    found = []
    for element in elements:
        item = Priority(
            office=value(element, "PriorityCountryCode") or value(element, "IPOfficeCode"),
            number=number_of(element, "ApplicationNumber"),
            date=day_of(value(element, "PriorityApplicationFilingDate") or value(element, "FilingDate")),
        )
        if item != Priority():
            found.append(item)
    return tuple(found)


def publications(elements: list[Element]) -> tuple[Publication, ...]:
    """Publications that have a day."""
    return tuple(
        Publication(
            date=day,
            issue=value(item, "PublicationIdentifier"),
            kind=value(item, "PublicationSectionCategory")
            or value(item, "DesignPublicationCategory")
            or value(item, "PublicationSubsection"),
        )
        for item in elements
        if (day := day_of(value(item, "PublicationDate")))
    )


def image(element: Element, category: str) -> Image | None:
    """An image by its file name: a content hash, or where the source keeps it. Sizes in pixels only."""
    name = value(element, "FileName") or value(element, "ImageFileName")
    if not name or name.casefold() == "no image available":
        return None
    hashed = _HASHED.fullmatch(name)
    suffix = (hashed[2] or "") if hashed else re.sub(r".*(?=\.)", "", name).lower()
    return Image(
        sha256=hashed[1] if hashed else "",
        media_type=_CATEGORY_MEDIA.get(value(element, category), "") or _MEDIA.get(suffix, ""),
        width=_pixels(child(element, "WidthMeasure")),
        height=_pixels(child(element, "HeightMeasure")),
        url="" if hashed else name,
    )


def _pixels(element: Element | None) -> int:
    if element is None or attribute(element, "measureUnitCode") != "Px":
        return 0
    return count_of(text_of(element))
