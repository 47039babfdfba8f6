"""Marks in ST.96 V6.0: `tmk:Trademark`, read and written.

Reading also takes what the US office delivers under other namespaces and older versions: its own drawing codes, numeric
status codes, dates such as `19960100`, owners told apart by a comment. Persons go into parties or nowhere, never into
the extras, which are public.
"""

from __future__ import annotations

from typing import Final

from comity.registers.domain.record import Classification, Event, Feature, Image, Party, RightRecord, Text
from comity.registers.formats.st96_build import (
    add,
    add_contact,
    add_day,
    add_language,
    add_measures,
    add_owners,
    add_priorities,
    add_publications,
    add_representatives,
    add_some,
    add_texts,
    application_number,
    check,
    image_category,
    image_name,
    is_day,
    named,
    own_number,
    root,
)
from comity.registers.formats.st96_codes import (
    CATEGORY_OF,
    FEATURE_OF,
    MARK_CATEGORIES,
    MARK_FEATURES,
    MARK_STATUS,
    US_DRAWINGS,
    US_STATUS,
    status_of,
)
from comity.registers.formats.st96_common import (
    ROLE_COMMENTS,
    Draft,
    count_of,
    day_of,
    image,
    number_of,
    partial_day,
    parties,
    party,
    priorities,
    publications,
    texts,
)
from comity.registers.formats.st96_goods import nice_classes, write_goods
from comity.registers.formats.xmlsafe import Element, attribute, child, children, descendants, path, text_of, value

_SCHEMES: Final = ("ST.27", "ST.61", "ST.87")
_KEPT: Final = (
    ("MarkRepresentation/MarkReproduction/WordMarkSpecification/MarkTranslationText", "MarkTranslationText"),
    ("MarkRepresentation/MarkReproduction/WordMarkSpecification/MarkTransliteration", "MarkTransliteration"),
    (
        "NationalTrademarkInformation/MarkCurrentStatusExternalDescriptionText",
        "MarkCurrentStatusExternalDescriptionText",
    ),
    ("NationalTrademarkInformation/RegisterCategory", "RegisterCategory"),
    ("NationalTrademarkInformation/AcquiredDistinctivenessClaimText", "AcquiredDistinctivenessClaimText"),
    ("TradeDistinctivenessText", "TradeDistinctivenessText"),
    ("TerminationDate", "TerminationDate"),
    ("OppositionPeriodStartDate", "OppositionPeriodStartDate"),
    ("OppositionPeriodEndDate", "OppositionPeriodEndDate"),
    ("UseLimitationText", "UseLimitationText"),
    ("SpecialCircumstanceText", "SpecialCircumstanceText"),
    ("MarkSeriesTotalQuantity", "MarkSeriesTotalQuantity"),
    ("MarkFeatureDescription", "MarkFeatureDescription"),
)


def read(element: Element, office: str) -> list[RightRecord]:
    """The mark as a record. Raises RecordError without a number or an office."""
    applied = number_of(element, "ApplicationNumber")
    registered = value(element, "RegistrationNumber")
    draft = Draft(
        value(element, "RegistrationOfficeCode")
        or value(element, "ApplicationNumber", "IPOfficeCode")
        or value(element, "ReceivingOfficeCode")
        or office,
        "trademark",
    )
    fields = draft.fields
    fields.update(number=registered or applied, stage="right" if registered else "application")
    fields["application_number"] = applied
    draft.day(
        "filing_date", value(element, "ApplicationDate") or value(element, "ApplicationDateTime"), "ApplicationDate"
    )
    draft.day("registration_date", value(element, "RegistrationDate"), "RegistrationDate")
    draft.day("expiry_date", value(element, "ExpiryDate"), "ExpiryDate")
    fields["language"] = value(element, "ApplicationLanguageCode").lower()
    _status(draft, element)
    _representation(draft, element)
    fields["disclaimers"] = texts(path(element, "MarkDisclaimerBag", "MarkDisclaimerText"))
    goods = path(element, "GoodsServicesBag", "GoodsServices")
    fields["classes"] = nice_classes(draft, goods) + vienna(draft, child(element, "MarkRepresentation"))
    _first_use(draft, [*goods, element])
    fields["parties"] = _parties(draft, element)
    fields["priorities"] = priorities(path(element, "PriorityBag", "Priority"))
    fields["publications"] = publications(path(element, "PublicationBag", "Publication"))
    fields["events"] = _events(element)
    _extras(draft, element)
    return [draft.done()]


def _status(draft: Draft, element: Element) -> None:
    code = value(element, "MarkCurrentStatusCode")
    status = status_of(code)
    if status == "unknown" and draft.office == "US":
        status = US_STATUS.get(code, "unknown")
    draft.fields["status"] = status
    draft.day("status_date", value(element, "MarkCurrentStatusDate"), "MarkCurrentStatusDate")
    if status == "unknown" or code.isdecimal():
        draft.keep("MarkCurrentStatusCode", code)


def _representation(draft: Draft, element: Element) -> None:
    representation = child(element, "MarkRepresentation")
    words = path(representation, "MarkReproduction", "WordMarkSpecification")
    verbal: list[Element] = []
    for item in words:
        verbal += children(item, "MarkVerbalElementText") + children(item, "MarkSignificantVerbalElementText")
    draft.fields["titles"] = texts(verbal)
    draft.fields["features"] = _features(draft, element, representation)
    bags = path(representation, "MarkReproduction", "MarkImageBag", "MarkImage")
    draft.fields["images"] = tuple(found for item in bags if (found := image(item, "ImageFormatCategory")) is not None)
    claimed: list[Element] = []
    for item in bags:
        claims = children(item, "MarkImageColourClaimedText", "MarkImageColourPartClaimedText")
        if (value(item, "ColourIndicator") or value(item, "ImageColourIndicator")) == "false":
            for claim in claims:
                draft.keep("MarkImageColourClaimedText", text_of(claim))
        else:
            claimed += claims
        for code in descendants(item, "NationalDesignSearchCode", "NationalDesignClassification"):
            parts = [value(code, "NationalDesignCode")]
            parts += [text_of(text) for text in children(code, "NationalDesignCodeDescriptionText")]
            draft.keep("NationalDesignCode", "; ".join(part for part in parts if part))
    draft.fields["colours"] = texts(claimed)
    draft.fields["description"] = texts(
        item
        for bag in children(representation, "MarkDescriptionBag")
        for item in children(bag, "MarkDescriptionText", "MarkVoluntaryDescriptionText")
    )
    for sound in descendants(representation, "MarkSound", "MarkMultimedia"):
        draft.keep("MarkSound", value(sound, "FileName"))


def _features(draft: Draft, element: Element, representation: Element | None) -> tuple[Feature, ...]:
    found: list[Feature] = []
    for item in children(element, "MarkCategory"):
        category = text_of(item)
        found += MARK_CATEGORIES.get(category.casefold(), ())
        if category.casefold() not in MARK_CATEGORIES and category.casefold() not in ("mark", "trademark"):
            draft.keep("MarkCategory", category)
    drawn = value(representation, "MarkFeatureCategory")
    feature = MARK_FEATURES.get(drawn.casefold())
    if feature is None:
        draft.keep("MarkFeatureCategory", drawn)
        code = value(representation, "MarkDescriptionBag", "NationalMarkDescription", "MarkFeatureCode")
        feature = US_DRAWINGS.get(code) if draft.office == "US" else None
        if feature is None:
            draft.keep("MarkFeatureCode", code)
    if feature is not None:
        found.append(feature)
    return tuple(dict.fromkeys(found))


def vienna(draft: Draft, element: Element | None) -> tuple[Classification, ...]:
    """Vienna codes anywhere below the element; an office's own codes go to the extras."""
    found = []
    for bag in descendants(element, "ViennaClassificationBag"):
        edition = value(bag, "ViennaClassificationEdition")
        for item in children(bag, "ViennaClassification", "ViennaClassificationText"):
            parts = [value(item, name) for name in ("ViennaCategory", "ViennaDivision", "ViennaSection")]
            code = ".".join(part for part in parts if part) or text_of(item)
            code = ".".join(part.strip().lstrip("0") or part.strip() for part in code.split("."))
            if code:
                found.append(Classification(scheme="vienna", code=code, edition=edition))
    for item in descendants(element, "NationalFigurativeElementClassification"):
        draft.keep("NationalFigurativeElementClassification", text_of(item))
    return tuple(dict.fromkeys(found))


def _first_use(draft: Draft, places: list[Element]) -> None:
    found = [
        text_of(item)
        for element in places
        for basis in children(element, "NationalFilingBasis")
        for item in children(basis, "FirstUsedDate")
    ]
    days = sorted(day for text in found if (day := day_of(text)))
    if days:
        draft.fields["first_use_date"] = days[0]
    for text in found:
        if day_of(text) not in days[:1]:
            draft.keep("FirstUsedDate", partial_day(text) or text)
    for item in (item for place in places for item in path(place, "NationalFilingBasis", "FirstUsedCommerceDate")):
        draft.keep("FirstUsedCommerceDate", partial_day(text_of(item)) or text_of(item))


def _parties(draft: Draft, element: Element) -> tuple[Party, ...]:
    found = list(_owners(draft, path(element, "ApplicantBag", "Applicant")))
    found += parties(path(element, "HolderBag", "Holder"), "holder")
    found += parties(path(element, "RepresentativeBag", "Representative"), "representative")
    found += parties(children(element, "NationalRepresentative", "RecordAttorney"), "representative")
    found += parties(path(element, "MarkUserBag", "Contact"), "licensee")
    found += parties(children(element, "NationalCorrespondent"), "correspondent")
    found += parties(path(element, "CorrespondenceAddress"), "correspondent")
    return tuple(dict.fromkeys(found))


def _owners(draft: Draft, applicants: list[Element]) -> list[Party]:
    """ST.96 has one bag for both: of a registered mark it names holders, unless a comment says more."""
    default = "holder" if draft.fields["stage"] == "right" else "applicant"
    comments = [value(item, "CommentText") or value(item, "Version", "CommentText") for item in applicants]
    if any("REGISTRANT" in text or "ORIGINAL APPLICANT" in text or "OWNER" in text for text in comments):
        return _us_owners(draft, applicants, comments)
    found = []
    for item, comment in zip(applicants, comments, strict=True):
        who = party(item, "applicant" if ROLE_COMMENTS.get(comment, default) == "applicant" else "holder")
        if who is not None:
            found.append(who)
        if comment not in ROLE_COMMENTS and who is not None and who.entity == "legal":
            draft.keep("ApplicantComment", comment)
    return found


def _us_owners(draft: Draft, applicants: list[Element], comments: list[str]) -> list[Party]:
    """The US office lists every owner there was; the highest sequence numbers are the latest, the comment says when."""
    sequence = [count_of(attribute(item, "sequenceNumber")) for item in applicants]
    latest = comments[sequence.index(max(sequence))]
    found: list[Party] = []
    for item, comment in zip(applicants, comments, strict=True):
        if comment == latest and draft.fields["stage"] == "right":
            who = party(item, "holder")
        elif comment in ("ORIGINAL APPLICANT", latest):
            who = party(item, "applicant")
        else:
            who = None
            former = party(item, "holder")
            if former is not None and former.entity == "legal":
                draft.keep("FormerOwner", f"{comment}: {former.names[0].text if former.names else former.identifier}")
        if who is not None:
            found.append(who)
    return found


def _events(element: Element) -> tuple[Event, ...]:
    found = []
    for item in path(element, "MarkEventBag", "MarkEvent"):
        national = child(item, "NationalMarkEvent")
        category = value(item, "MarkEventCategory")
        code = value(national, "MarkEventCode") or category
        scheme = value(national, "MarkEventAdditionalText")
        if code:
            found.append(
                Event(
                    code=code,
                    scheme=scheme if scheme in _SCHEMES else "local",  # type: ignore[arg-type]
                    date=day_of(value(item, "MarkEventDate") or value(item, "MarkEventDateTime")),
                    texts=texts(children(national, "MarkEventDescriptionText")),
                )
            )
    return tuple(found)


def _extras(draft: Draft, element: Element) -> None:
    for names, label in _KEPT:
        for item in path(element, *names.split("/")):
            draft.keep(label, text_of(item))
    for item in path(element, "AssignmentBag", "Assignment"):
        parts = [
            value(item, "AssignmentConveyanceCategory"),
            f"recorded {day}" if (day := day_of(value(item, "AssignmentRecordedDate"))) else "",
            value(item, "AssignmentIdentifier"),
        ]
        draft.keep("Assignment", ", ".join(part for part in parts if part))
    for item in descendants(child(element, "AssociatedMarkBag"), "ApplicationNumberText", "RegistrationNumber"):
        draft.keep("AssociatedMark", text_of(item))
    for item in descendants(child(element, "PreviousRegistrationBag"), "RegistrationNumber"):
        draft.keep("PreviousRegistration", text_of(item))
    for item in descendants(child(element, "LegalProceedingsBag"), "OppositionIdentifier", "LegalProceedingIdentifier"):
        draft.keep("LegalProceeding", text_of(item))
    for item in descendants(child(element, "InternationalMarkIdentifierBag"), "InternationalRegistrationNumber"):
        draft.keep("InternationalRegistrationNumber", text_of(item))


def build(record: RightRecord) -> Element:
    """The record as `tmk:Trademark`. Raises RecordError where ST.96 cannot hold its identity."""
    check(record)
    mark = root("tmk:Trademark")
    add(mark, "com:RegistrationOfficeCode", record.office)
    application_number(mark, record.office, own_number(record))
    if record.stage == "right":
        add(mark, "com:RegistrationNumber", record.number)
    add_day(mark, "com:ApplicationDate", record.filing_date)
    add_day(mark, "com:RegistrationDate", record.registration_date)
    add_language(mark, "com:ApplicationLanguageCode", record.language)
    add_day(mark, "com:ExpiryDate", record.expiry_date)
    add_some(mark, "tmk:MarkCurrentStatusCode", MARK_STATUS.get(record.status, ""))
    add_day(mark, "tmk:MarkCurrentStatusDate", record.status_date)
    categories = [name for feature in record.features if (name := CATEGORY_OF.get(feature))]
    for name in categories or ["Trademark"]:
        add(mark, "tmk:MarkCategory", name)
    _build_representation(mark, record)
    if record.disclaimers:
        add_texts(add(mark, "tmk:MarkDisclaimerBag"), "tmk:MarkDisclaimerText", record.disclaimers)
    nice = [item for item in record.classes if item.scheme == "nice"]
    if nice:
        write_goods(add(mark, "tmk:GoodsServicesBag"), nice)
    add_priorities(mark, "tmk:PriorityBag", "tmk:Priority", record.priorities)
    add_publications(mark, "tmk", record.publications)
    add_owners(mark, "tmk", record)
    add_representatives(mark, record.parties)
    for item in named(record.parties, "correspondent")[:1]:
        add_contact(add(mark, "tmk:NationalCorrespondent"), item)
    _build_events(mark, record)
    users = named(record.parties, "licensee")
    if users:
        bag = add(mark, "tmk:MarkUserBag")
        for item in users:
            add_contact(bag, item)
    if is_day(record.first_use_date):
        add(add(mark, "tmk:NationalFilingBasis"), "tmk:FirstUsedDate", record.first_use_date)
    return mark


def _build_representation(mark: Element, record: RightRecord) -> None:
    feature = next((name for item in record.features if (name := FEATURE_OF.get(item))), "")
    figures = [item for item in record.classes if item.scheme == "vienna"]
    images = list(record.images)
    if not (record.titles or images or figures or feature or record.description):
        return
    representation = add(mark, "tmk:MarkRepresentation")
    add_some(representation, "tmk:MarkFeatureCategory", feature)
    reproduction = add(representation, "tmk:MarkReproduction")
    for title in record.titles or (() if images or figures else (Text(text=""),)):
        words = add(reproduction, "tmk:WordMarkSpecification")
        for name in ("tmk:MarkVerbalElementText", "tmk:MarkSignificantVerbalElementText"):
            add(words, name, title.text, lang=title.lang)
    if images or figures:
        bag = add(reproduction, "tmk:MarkImageBag")
        for position, item in enumerate(images or [Image()]):
            first = position == 0
            _build_image(add(bag, "tmk:MarkImage"), item, record.colours if first else (), figures if first else [])
    if record.description:
        bag = add(representation, "tmk:MarkDescriptionBag")
        add_texts(bag, "tmk:MarkDescriptionText", record.description)


def _build_image(element: Element, item: Image, colours: tuple[Text, ...], figures: list[Classification]) -> None:
    add(element, "com:FileName", image_name(item))
    add_some(element, "com:ImageFormatCategory", image_category(item))
    add_texts(element, "tmk:MarkImageColourClaimedText", colours)
    add_measures(element, item)
    if figures:
        bag = add(add(element, "tmk:MarkImageClassification"), "com:FigurativeElementClassificationBag")
        editions = dict.fromkeys(item.edition for item in figures)
        for edition in editions:
            inner = add(bag, "com:ViennaClassificationBag")
            add_some(inner, "com:ViennaClassificationEdition", edition)
            for code in figures:
                if code.edition == edition:
                    add(inner, "com:ViennaClassificationText", code.code)


def _build_events(mark: Element, record: RightRecord) -> None:
    if not record.events:
        return
    bag = add(mark, "tmk:MarkEventBag")
    for item in record.events:
        event = add(bag, "tmk:MarkEvent")
        add(event, "tmk:MarkEventCategory", "National prosecution history entry")
        national = add(event, "tmk:NationalMarkEvent")
        add(national, "tmk:MarkEventCode", item.code)
        for text in item.texts or (Text(text=""),):
            add(national, "tmk:MarkEventDescriptionText", text.text)
        if item.scheme != "local":
            add(national, "tmk:MarkEventAdditionalText", item.scheme)
        add_day(event, "tmk:MarkEventDate", item.date)
