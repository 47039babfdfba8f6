"""Marks in WIPO ST.66 (`http://www.wipo.int/standards/XMLSchema/trademarks`), read with the deviations of real files.

The US office puts the applicants beside the mark instead of into it, lists every owner there was, adds a time zone to
its dates, writes days that it does not know as `00`, leaves elements empty and keeps much in an extension of its own.
Elements are found by their local names, so any extension's namespace will do. Persons go into parties or nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from comity.kernel.errors import RecordError
from comity.registers.domain.record import (
    Classification,
    Entity,
    Event,
    Feature,
    Image,
    Party,
    Priority,
    Publication,
    RightRecord,
    Role,
    Text,
)
from comity.registers.formats.base import Format, Found, Item, ReadOptions, Rejected, keep, register
from comity.registers.formats.scripts import is_legal
from comity.registers.formats.st96_codes import MARK_CATEGORIES, MARK_FEATURES, US_DRAWINGS, US_STATUS, status_of
from comity.registers.formats.st96_common import Draft, day_of, partial_day
from comity.registers.formats.xmlsafe import (
    Element,
    attribute,
    child,
    children,
    descendants,
    path,
    place,
    raw,
    records,
    text_of,
    value,
)

_WANTED: Final = frozenset({"TransactionData", "TradeMark"})
_ADDRESS: Final = (
    "AddressLine",
    "AddressRoom",
    "AddressBuilding",
    "AddressStreet",
    "AddressCity",
    "AddressCounty",
    "AddressState",
    "AddressPostcode",
)
_KEPT: Final = (
    "MarkTranslation",
    "MarkTransliteration",
    "TradeDistinctivenessText",
    "MarkCurrentStatusExternalDescriptionText",
    "RegisterCategory",
    "RestrictionStatementText",
    "InternationalRegistrationNumber",
)


def read(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    """Every mark of the file. Raises FormatError where the file is no well-formed XML."""
    for record in records(stream, name, _WANTED, max_record_bytes=options.max_record_bytes):
        where = place(name, record.line)
        if record.element is None:
            reason = f"the record is larger than {options.max_record_bytes} bytes"
            yield Rejected(reason, where, b"", "Have it sent without its images, or allow larger records.")
            continue
        marks = (
            [record.element] if record.name == "TradeMark" else path(record.element, "TradeMarkDetails", "TradeMark")
        )
        owners = path(record.element, "ApplicantDetails", "Applicant") if record.name != "TradeMark" else []
        if not marks:
            yield Rejected("the transaction holds no mark", where, keep(raw(record.element)), "Send marks only.")
        for mark in marks:
            source = keep(raw(record.element if len(marks) == 1 else mark))
            try:
                yield Found(_mark(mark, owners if len(marks) == 1 else [], options.office), where, source)
            except RecordError as error:
                yield Rejected(str(error.message), where, source, error.remedy)


def _mark(mark: Element, owners: list[Element], office: str) -> RightRecord:
    draft = Draft(value(mark, "RegistrationOfficeCode") or office, "trademark")
    applied, registered = value(mark, "ApplicationNumber"), value(mark, "RegistrationNumber")
    fields = draft.fields
    fields.update(number=registered or applied, application_number=applied)
    fields["stage"] = "right" if registered else "application"
    for field, element in (
        ("filing_date", "ApplicationDate"),
        ("registration_date", "RegistrationDate"),
        ("expiry_date", "ExpiryDate"),
        ("status_date", "MarkCurrentStatusDate"),
    ):
        draft.day(field, value(mark, element), element)
    fields["language"] = value(mark, "ApplicationLanguageCode").lower()
    _status(draft, mark)
    words = child(mark, "WordMarkSpecification")
    fields["titles"] = _texts(children(words, "MarkVerbalElementText"))
    fields["description"] = _texts(path(mark, "MarkDescriptionDetails", "MarkDescription"))
    fields["disclaimers"] = _texts(path(mark, "MarkDisclaimerDetails", "MarkDisclaimer"))
    fields["features"] = _features(draft, mark)
    _images(draft, mark)
    fields["classes"] = _nice(draft, mark) + _vienna(draft, mark)
    _first_use(draft, mark)
    fields["parties"] = _parties(draft, mark, owners + path(mark, "ApplicantDetails", "Applicant"))
    fields["priorities"] = _priorities(mark)
    fields["publications"] = tuple(
        Publication(date=day, issue=value(item, "PublicationIdentifier"), kind=value(item, "PublicationSection"))
        for item in path(mark, "PublicationDetails", "Publication")
        if (day := day_of(value(item, "PublicationDate")))
    )
    fields["events"] = _events(mark)
    for item in descendants(mark, *_KEPT):
        draft.keep(_label(item), text_of(item))
    for item in descendants(mark, "RenewalDate", "NoticeOfAllowanceDate"):
        draft.keep(_label(item), day_of(text_of(item)) or text_of(item))
    return draft.done()


def _label(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _texts(elements: list[Element]) -> tuple[Text, ...]:
    found = [
        Text(text=text, lang=attribute(item, "languageCode").lower()) for item in elements if (text := text_of(item))
    ]
    return tuple(dict.fromkeys(found))


def _status(draft: Draft, mark: Element) -> None:
    code = value(mark, "MarkCurrentStatusCode")
    status = status_of(code)
    if status == "unknown" and draft.office == "US":
        status = US_STATUS.get(code, "unknown")
    draft.fields["status"] = status
    if status == "unknown" or code.isdecimal():
        draft.keep("MarkCurrentStatusCode", code)


def _features(draft: Draft, mark: Element) -> tuple[Feature, ...]:
    found: list[Feature] = []
    for kind in value(mark, "KindMark").split(","):
        word = kind.strip().casefold()
        if word in MARK_CATEGORIES:
            found += MARK_CATEGORIES[word]
        elif word not in ("", "mark", "trademark", "individual"):
            draft.keep("KindMark", kind.strip())
    drawn = value(mark, "MarkFeature")
    code = next((text_of(item) for item in descendants(mark, "MarkFeatureCode")), "")
    feature = MARK_FEATURES.get(drawn.casefold()) or (US_DRAWINGS.get(code) if draft.office == "US" else None)
    if feature is None:
        draft.keep("MarkFeature", drawn)
    else:
        found.append(feature)
    return tuple(dict.fromkeys(found))


def _images(draft: Draft, mark: Element) -> None:
    images, claims = [], []
    for item in path(mark, "MarkImageDetails", "MarkImage"):
        url = value(item, "MarkImageURI") or value(item, "MarkImageFilename")
        if url:
            images.append(Image(url=url))
        claimed = children(item, "MarkImageColourClaimedText", "MarkImageColourPartClaimedText")
        if value(item, "MarkImageColourIndicator") == "false":
            for claim in claimed:
                draft.keep("MarkImageColourClaimedText", text_of(claim))
        else:
            claims += claimed
    draft.fields["images"] = tuple(images)
    draft.fields["colours"] = _texts(claims)


def _nice(draft: Draft, mark: Element) -> tuple[Classification, ...]:
    """Nice classes in the order of the file, each once, with all goods under it."""
    editions: dict[str, str] = {}
    terms: dict[str, list[Text]] = {}
    for goods in path(mark, "GoodsServicesDetails", "GoodsServices"):
        edition = value(goods, "ClassificationVersion")
        for entry in path(goods, "ClassDescriptionDetails", "ClassDescription"):
            found = _texts(children(entry, "GoodsServicesDescription"))
            code = value(entry, "ClassNumber").lstrip("0")
            if not code.isdecimal() or int(code) > 45:  # the US office's own classes have letters
                draft.keep("class", code)
                for text in found:
                    draft.keep("Goods without a class", text.text)
                continue
            editions[code] = editions.get(code) or edition
            kept = terms.setdefault(code, [])
            kept += [text for text in found if text not in kept]
    return tuple(
        Classification(scheme="nice", code=code, edition=editions[code], texts=tuple(kept))
        for code, kept in terms.items()
    )


def _vienna(draft: Draft, mark: Element) -> tuple[Classification, ...]:
    found = []
    for category in descendants(mark, "MarkImageCategory"):
        edition = value(category, "CategoryVersion")
        for item in path(category, "CategoryCodeDetails", "CategoryCode"):
            parts = [part.strip().lstrip("0") or "0" for part in text_of(item).split(".")]
            found.append(Classification(scheme="vienna", code=".".join(parts), edition=edition))
        for search in descendants(category, "DesignSearchDetails"):
            parts = [text_of(item) for item in children(search, "DesignSearchCode", "DesignSearchDescriptionText")]
            draft.keep("NationalDesignCode", "; ".join(part for part in parts if part))
    return tuple(dict.fromkeys(found))


def _first_use(draft: Draft, mark: Element) -> None:
    found = [text_of(item) for item in descendants(mark, "FirstUseDateNumber", "FirstUseDate")]
    days = sorted(day for text in found if (day := day_of(text)))
    if days:
        draft.fields["first_use_date"] = days[0]
    for text in found:
        if day_of(text) not in days[:1]:
            draft.keep("FirstUsedDate", partial_day(text) or text)
    for item in descendants(mark, "FirstUseInCommerceDate"):
        draft.keep("FirstUsedCommerceDate", partial_day(text_of(item)) or text_of(item))


def _parties(draft: Draft, mark: Element, applicants: list[Element]) -> tuple[Party, ...]:
    found = list(_owners(draft, applicants))
    for item in path(mark, "HolderDetails", "Holder"):
        found += _party(item, "holder")
    for item in path(mark, "RepresentativeDetails", "Representative"):
        correspondent = "correspondent" in value(item, "Comment").casefold()
        found += _party(item, "correspondent" if correspondent else "representative")
    for item in path(mark, "CorrespondenceAddress"):
        found += _party(item, "correspondent")
    return tuple(dict.fromkeys(found))


def _owners(draft: Draft, applicants: list[Element]) -> Iterator[Party]:
    """Whoever is named newest owns the mark; the US office lists all former owners with the time when they were."""
    right = draft.fields["stage"] == "right"
    whens = [value(item, "ApplicantExt", "PartyTypeDescriptionText") for item in applicants]
    for item, when in zip(applicants, whens, strict=True):
        if when == whens[0] and right:
            yield from _party(item, "holder")
        elif when in ("ORIGINAL APPLICANT", whens[0]):
            yield from _party(item, "applicant")
        else:
            for former in _party(item, "holder"):
                if former.entity == "legal":
                    draft.keep("FormerOwner", f"{when}: {former.names[0].text}")


def _party(element: Element, role: Role) -> Iterator[Party]:
    """The party that the element names, if any. One name is written over several lines."""
    lines = [text for item in descendants(element, "FreeFormatNameLine") if (text := text_of(item))]
    person = " ".join(text_of(item) for item in descendants(element, "FirstName", "MiddleName", "LastName"))
    organisation = next((text_of(item) for item in descendants(element, "OrganizationName")), "")
    name = organisation or " ".join(person.split()) or ", ".join(lines)
    if not name:
        return
    yield Party(
        role=role,
        entity=_entity(element, person, lines, organisation),
        names=(Text(text=name),),
        country=next(
            (code for item in descendants(element, "FormattedAddressCountryCode") if (code := text_of(item))), ""
        ),
        address=", ".join(text for key in _ADDRESS for item in descendants(element, key) if (text := text_of(item))),
        identifier=value(element, "ApplicantIdentifier") or value(element, "RepresentativeIdentifier"),
    )


def _entity(element: Element, person: str, lines: list[str], organisation: str) -> Entity:
    form = value(element, "ApplicantLegalEntity").casefold()
    if person.strip() or "individual" in form or "natural" in form:
        return "natural"
    if form or organisation:
        return "legal"
    return "legal" if lines and all(is_legal(line) for line in lines) else "natural"


def _priorities(mark: Element) -> tuple[Priority, ...]:
    found = []
    for item in path(mark, "PriorityDetails", "Priority"):
        filed = next((text_of(day) for day in descendants(item, "ForeignApplicationFilingDate")), "")
        claim = Priority(
            office=value(item, "PriorityCountryCode"),
            number=value(item, "PriorityNumber"),
            date=day_of(value(item, "PriorityDate")) or day_of(filed),
        )
        if claim != Priority():
            found.append(claim)
    return tuple(found)


def _events(mark: Element) -> tuple[Event, ...]:
    found = []
    for item in path(mark, "MarkEventDetails", "MarkEvent"):
        code = value(item, "MarkEventCode")
        if code:
            described = _texts(descendants(item, "MarkEventInternalDescriptionText"))
            found.append(Event(code=code, date=day_of(value(item, "MarkEventDate")), texts=described))
    return tuple(found)


def _sniff(head: bytes) -> bool:
    return b"http://www.wipo.int/standards/XMLSchema/trademarks" in head


ST66: Final = register(
    Format(name="st66", label="WIPO ST.66 (trademarks, XML)", read=read, extensions=(".xml",), sniff=_sniff)
)
