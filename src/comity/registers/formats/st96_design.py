"""Designs in ST.96 V6.0: `dgn:DesignApplication` with its designs, read and written.

Designs of one application that have registration numbers of their own are rights of their own; otherwise the
application is one record that counts its designs.
"""

from __future__ import annotations

from comity.registers.domain.record import Classification, Event, Image, Party, RightRecord, Text
from comity.registers.formats.st96_build import (
    VERSION,
    add,
    add_contact,
    add_day,
    add_language,
    add_measures,
    add_owners,
    add_party_identifier,
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
    tag,
)
from comity.registers.formats.st96_codes import DESIGN_STATUS, status_of
from comity.registers.formats.st96_common import (
    ROLE_COMMENTS,
    Draft,
    count_of,
    day_of,
    image,
    number_of,
    parties,
    priorities,
    publications,
    texts,
)
from comity.registers.formats.xmlsafe import Element, child, children, descendants, local, path, text_of, value

_UNDEFINED = "Undefined"


def read(element: Element, office: str) -> list[RightRecord]:
    """The rights of a `DesignApplication`, or of a `Design` that stands alone."""
    if local(element) == "Design":
        return [_record(element, [element], office)]
    designs = path(element, "DesignBag", "Design")
    numbers = [value(item, "RegistrationNumber") for item in designs]
    if len(designs) > 1 and all(numbers) and len(set(numbers)) == len(numbers):
        return [_record(element, [item], office) for item in designs]
    return [_record(element, designs, office)]


def _record(application: Element, designs: list[Element], office: str) -> RightRecord:
    applied = number_of(application, "ApplicationNumber") or next(
        (found for item in designs if (found := number_of(item, "ApplicationNumber"))), ""
    )
    registered = _first(designs, "RegistrationNumber") or value(application, "InternationalRegistrationNumber")
    draft = Draft(
        value(application, "RegistrationOfficeCode")
        or value(application, "ApplicationNumber", "IPOfficeCode")
        or value(application, "ReceivingOfficeCode")
        or office,
        "industrial_design",
    )
    fields = draft.fields
    fields.update(number=registered or applied, stage="right" if registered else "application")
    fields["application_number"] = applied
    filed = value(application, "ApplicationDate") or value(application, "ApplicationDateTime")
    draft.day("filing_date", filed or _first(designs, "ApplicationDate"), "ApplicationDate")
    draft.day("registration_date", _first(designs, "RegistrationDate"), "RegistrationDate")
    draft.day("effect_date", _first(designs, "RightEffectiveDate"), "RightEffectiveDate")
    draft.day("expiry_date", _first(designs, "ExpiryDate"), "ExpiryDate")
    fields["language"] = value(application, "DesignApplicationLanguageCode").lower()
    _status(draft, application, designs)
    fields["titles"] = texts(item for design in designs for item in children(design, "DesignTitleText"))
    fields["description"] = texts(item for design in designs for item in children(design, "DesignDescriptionText"))
    fields["disclaimers"] = texts(item for design in designs for item in children(design, "PartialDisclaimerText"))
    fields["design_count"] = len(designs) if len(designs) > 1 else count_of(value(application, "DesignTotalQuantity"))
    views = [item for design in designs for item in descendants(child(design, "DesignRepresentationBag"), "View")]
    fields["images"] = tuple(seen for view in views if (seen := image(view, "ViewFileFormatCategory")) is not None)
    fields["classes"] = tuple(dict.fromkeys(code for design in designs for code in _locarno(draft, design)))
    fields["parties"] = _parties(application, designs, fields["stage"])
    places = [application, *[item for item in designs if item is not application]]
    claims = [item for place in places for item in path(place, "PriorityBag", "Priority")]
    fields["priorities"] = tuple(dict.fromkeys(priorities(claims)))
    issues = [item for place in places for item in path(place, "PublicationBag", "Publication")]
    fields["publications"] = tuple(dict.fromkeys(publications(issues)))
    fields["events"] = _events(places)
    for design in designs:
        _keep(draft, design)
    return draft.done()


def _first(designs: list[Element], *names: str) -> str:
    return next((text for item in designs if (text := value(item, *names))), "")


def _status(draft: Draft, application: Element, designs: list[Element]) -> None:
    word = _first(designs, "DesignCurrentStatusCategory")
    day = _first(designs, "DesignCurrentStatusDate")
    if not word:
        word = value(application, "DesignApplicationCurrentStatusCategory")
        day = value(application, "DesignApplicationCurrentStatusDate")
    draft.fields["status"] = status_of(word)
    draft.day("status_date", day, "DesignCurrentStatusDate")
    if draft.fields["status"] == "unknown" and word != _UNDEFINED:
        draft.keep("DesignCurrentStatusCategory", word)


def _locarno(draft: Draft, design: Element) -> list[Classification]:
    found = []
    for bag in descendants(child(design, "DesignClassificationBag"), "LocarnoClassificationBag"):
        edition = value(bag, "LocarnoClassificationEdition")
        for item in children(bag, "LocarnoClassification", "LocarnoClassificationText"):
            products: tuple[Text, ...] = ()
            code = text_of(item)
            if local(item) == "LocarnoClassification":
                below = [text_of(sub) for sub in descendants(item, "LocarnoSubclass")]
                code = "-".join(part for part in (value(item, "LocarnoClass"), *below[:1]) if part)
                products = texts(descendants(item, "LocarnoClassDescriptionText", "LocarnoSubclassDescriptionText"))
            if code:
                found.append(Classification(scheme="locarno", code=_symbol(code), edition=edition, texts=products))
    for item in descendants(child(design, "DesignClassificationBag"), "NationalDesignClassification"):
        draft.keep("NationalDesignClassification", text_of(item))
    return found


def _symbol(code: str) -> str:
    """`0601`, `6-1`, `06.01` → `06-01`; anything else as it is."""
    digits = code.replace(".", "-").split("-")
    if len(digits) == 1 and code.isdecimal() and len(code) == 4:
        digits = [code[:2], code[2:]]
    return "-".join(part.zfill(2) for part in digits) if all(part.isdecimal() for part in digits) else code


def _parties(application: Element, designs: list[Element], stage: str) -> tuple[Party, ...]:
    found: list[Party] = []
    places = [application, *[item for item in designs if item is not application]]
    plain = "holder" if stage == "right" else "applicant"
    for place in places:
        for item in path(place, "ApplicantBag", "Applicant"):
            role = ROLE_COMMENTS.get(value(item, "CommentText"), plain)
            found += parties([item], "holder" if role == "holder" else "applicant")
        found += parties(path(place, "HolderBag", "Holder"), "holder")
    for place in places:
        found += parties(path(place, "DesignerBag", "Designer"), "author")
    for place in places:
        found += parties(path(place, "RepresentativeBag", "Representative"), "representative")
    for place in places:
        found += parties(children(place, "CorrespondenceAddress"), "correspondent")
    return tuple(dict.fromkeys(found))


def _events(places: list[Element]) -> tuple[Event, ...]:
    """ST.96 says four words of a design's events; what the office itself called the event stands in the comment."""
    found = []
    for place in places:
        for name in ("DesignApplicationEvent", "DesignEvent"):
            for item in path(place, f"{name}Bag", name):
                category = value(item, f"{name}Category")
                code, _, comment = value(item, "CommentText").rpartition(" | ")
                day = day_of(value(item, f"{name}Date") or value(item, f"{name}DateTime"))
                scheme, _, own = code.rpartition(" ")
                said = Text(text=comment)
                found.append(
                    Event(
                        code=own or (comment if category == _UNDEFINED and comment else category),
                        scheme=scheme if scheme in ("ST.27", "ST.61", "ST.87") else "local",  # type: ignore[arg-type]
                        date=day,
                        texts=(said,) if comment and (own or category != _UNDEFINED) else (),
                    )
                )
    return tuple(item for item in dict.fromkeys(found) if item.code)


def _keep(draft: Draft, design: Element) -> None:
    for name in ("DesignIdentifier", "DesignReference", "NoveltyStatementText", "PublicationKindDescription"):
        draft.keep(name, value(design, name))
    for item in path(design, "DesignClaim", "DesignClaimTextBag", "DesignClaimText"):
        draft.keep("DesignClaimText", text_of(item))
    for item in descendants(child(design, "PatentIdentificationBag"), "CitedPatentDocumentIdentification"):
        parts = [value(item, name) for name in ("IPOfficeCode", "DocumentNumber", "PatentDocumentKindCode")]
        draft.keep("CitedPatentDocument", " ".join(part for part in parts if part))


def build(record: RightRecord) -> Element:
    """The record as `dgn:DesignApplication`. Raises RecordError where ST.96 cannot hold its identity."""
    check(record)
    application = root("dgn:DesignApplication")
    application.set(tag("com:st96Version"), VERSION)
    add(application, "com:RegistrationOfficeCode", record.office)
    application_number(application, record.office, own_number(record))
    add_language(application, "dgn:DesignApplicationLanguageCode", record.language)
    if record.design_count > 0:
        add(application, "dgn:DesignTotalQuantity", str(record.design_count))
    _build_design(add(add(application, "dgn:DesignBag"), "dgn:Design"), record)
    _owners(application, record)
    if record.events:
        bag = add(application, "dgn:DesignApplicationEventBag")
        for item in record.events:
            event = add(bag, "dgn:DesignApplicationEvent")
            add(event, "dgn:DesignApplicationEventCategory", _UNDEFINED)
            code = item.code if item.scheme == "local" else f"{item.scheme} {item.code}"
            said = item.texts[0].text if item.texts else ""
            add(event, "com:CommentText", f"{code} | {said}" if said or item.scheme != "local" else item.code)
            add_day(event, "dgn:DesignApplicationEventDate", item.date)
    add_day(application, "com:ApplicationDate", record.filing_date)
    return application


def _owners(parent: Element, record: RightRecord) -> None:
    """The schema demands a bag at both levels; where nobody can be named it holds an empty identifier."""
    if named(record.parties, "applicant", "holder"):
        add_owners(parent, "dgn", record)
    else:
        add(add(add(parent, "dgn:ApplicantBag"), "com:PartyIdentifierBag"), "com:PartyIdentifier", "")


def _build_design(design: Element, record: RightRecord) -> None:
    add_day(design, "com:RightEffectiveDate", record.effect_date)
    if record.stage == "right":
        add(design, "com:RegistrationNumber", record.number)
    add_day(design, "com:RegistrationDate", record.registration_date)
    add_texts(design, "dgn:DesignTitleText", record.titles[:1])
    add_texts(design, "dgn:DesignDescriptionText", record.description)
    add_texts(design, "dgn:PartialDisclaimerText", record.disclaimers[:1])
    add_day(design, "com:ExpiryDate", record.expiry_date)
    add_some(design, "dgn:DesignCurrentStatusCategory", DESIGN_STATUS.get(record.status, ""))
    add_day(design, "dgn:DesignCurrentStatusDate", record.status_date)
    if record.images:
        representation = add(add(design, "dgn:DesignRepresentationBag"), "dgn:DesignRepresentation")
        bag = add(representation, "dgn:ViewBag")
        for position, item in enumerate(record.images, 1):
            _build_view(add(bag, "dgn:View"), item, position)
    _build_locarno(design, [item for item in record.classes if item.scheme == "locarno"])
    add_priorities(design, "dgn:PriorityBag", "dgn:Priority", record.priorities)
    if any(is_day(item.date) for item in record.publications):
        add_publications(design, "dgn", record.publications)
    _owners(design, record)
    add_representatives(design, record.parties)
    authors = named(record.parties, "author")
    if authors:
        bag = add(design, "dgn:DesignerBag")
        for author in authors:
            designer = add(bag, "dgn:Designer")
            add_party_identifier(designer, author)
            add_contact(designer, author)


def _build_view(view: Element, item: Image, position: int) -> None:
    add(view, "com:FileName", image_name(item))
    add(view, "dgn:ViewIdentifier", str(position))
    add_some(view, "dgn:ViewFileFormatCategory", image_category(item))
    add_measures(view, item)


def _build_locarno(design: Element, classes: list[Classification]) -> None:
    """The schema demands a classification; a design without one says an empty symbol. One bag: one edition."""
    bag = add(add(design, "com:DesignClassificationBag"), "com:LocarnoClassificationBag")
    add(bag, "com:LocarnoClassificationEdition", classes[0].edition if classes else "")
    for item in classes or [Classification(scheme="locarno", code="")]:
        add(bag, "com:LocarnoClassificationText", item.code)
