"""What the International Bureau sends to offices in ST.96 V6.0: Madrid designations and Hague registrations.

An international registration is a right of office `WO`; it has effect in a designated territory through that treaty,
and each office may still refuse it, which another message says. Those other messages (renewals, changes, refusals) are
no rights and are not read here.
"""

from __future__ import annotations

from itertools import chain

from comity.registers.domain.record import Classification, Effect, Feature, Image, Party, RightRecord, Text
from comity.registers.formats.st96_codes import MARK_CATEGORIES, MARK_FEATURES
from comity.registers.formats.st96_common import Draft, count_of, day_of, image, number_of, parties, priorities, texts
from comity.registers.formats.st96_goods import nice_classes
from comity.registers.formats.st96_trademark import vienna
from comity.registers.formats.xmlsafe import Element, children, path, text_of, value

OFFICE = "WO"
_NOTE = "The designated office may refuse."


def read_mark(element: Element, office: str) -> list[RightRecord]:
    """A Madrid designation or a new international registration. Raises RecordError without its number."""
    draft = Draft(OFFICE, "trademark")
    fields = draft.fields
    fields.update(number=value(element, "InternationalRegistrationNumber"), stage="right")
    draft.day("registration_date", value(element, "InternationalRegistrationDate"), "InternationalRegistrationDate")
    draft.day("expiry_date", value(element, "ExpiryDate"), "ExpiryDate")
    fields["language"] = value(element, "NotificationLanguage").lower()
    words = children(element, "MarkSignificantVerbalElementText", "MarkVerbalElementText")
    fields["titles"] = texts(words)
    fields["features"] = _features(draft, element)
    fields["images"] = _images(children(element, "MarkImage"), "ImageFormatCategory")
    claims = path(element, "MarkImageColourClaimedTextBag", "MarkImageColourClaimedText")
    fields["colours"] = texts(claims + path(element, "MarkImage", "MarkImageColourClaimedText"))
    fields["description"] = texts(path(element, "MarkDescriptionBag", "MarkDescriptionText"))
    fields["disclaimers"] = texts(path(element, "MarkDisclaimerBag", "MarkDisclaimerText"))
    fields["classes"] = nice_classes(draft, path(element, "GoodsServicesBag", "GoodsServices")) + vienna(draft, element)
    fields["parties"] = _parties(element)
    fields["priorities"] = priorities(path(element, "PriorityBag", "Priority"))
    fields["effects"] = _effects(element, value(element, "RecordEffectiveDate"))
    draft.keep("OfficeOriginCode", value(element, "OfficeOriginCode"))
    draft.keep("MarkTransliteration", value(element, "MarkTransliteration"))
    for item in path(element, "MarkTranslationTextBag", "MarkTranslationText"):
        draft.keep("MarkTranslationText", text_of(item))
    for basic in path(element, "BasicRegistrationApplicationBag", "BasicRegistrationApplication"):
        for number in basic.iterdescendants("{*}BasicRegistrationNumber", "{*}ApplicationNumberText"):
            draft.keep("BasicRegistrationApplication", text_of(number))
    return [draft.done()]


def read_design(element: Element, office: str) -> list[RightRecord]:
    """A Hague registration with all its designs. Raises RecordError without its number."""
    draft = Draft(OFFICE, "industrial_design")
    fields = draft.fields
    fields.update(number=value(element, "InternationalRegistrationNumber"), stage="right")
    fields["application_number"] = number_of(element, "ApplicationNumber")
    draft.day("registration_date", value(element, "InternationalRegistrationDate"), "InternationalRegistrationDate")
    draft.day("filing_date", value(element, "InternationalFilingDate"), "InternationalFilingDate")
    draft.day("expiry_date", value(element, "ExpiryDate"), "ExpiryDate")
    fields["language"] = value(element, "FilingLanguageCode").lower()
    designs = path(element, "HagueDesignBag", "HagueDesign")
    fields["design_count"] = count_of(value(element, "DesignTotalQuantity")) or len(designs)
    fields["titles"] = _texts(designs, "ProductDescriptionTextBag", "ProductDescriptionText")
    fields["description"] = _texts(designs, "DesignDescriptionTextBag", "DesignDescriptionText")
    fields["images"] = _images(
        list(chain.from_iterable(path(design, "ViewBag", "View") for design in designs)), "ViewFileFormatCategory"
    )
    fields["classes"] = tuple(
        dict.fromkeys(
            Classification(scheme="locarno", code=code, edition=value(bag, "LocarnoClassificationEdition"))
            for design in designs
            for bag in children(design, "LocarnoClassificationBag")
            for item in children(bag, "LocarnoClassificationText")
            if (code := text_of(item))
        )
    )
    authors = chain.from_iterable(path(design, "DesignerBag", "Designer") for design in designs)
    fields["parties"] = tuple(dict.fromkeys(_parties(element) + parties(authors, "author")))
    claims = chain.from_iterable(path(design, "PriorityBag", "Priority") for design in designs)
    fields["priorities"] = tuple(dict.fromkeys(priorities(claims)))
    fields["effects"] = _effects(element, value(element, "InternationalRegistrationDate"))
    draft.keep("DefermentExpiryDate", value(element, "DefermentExpiryDate"))
    return [draft.done()]


def _texts(designs: list[Element], bag: str, name: str) -> tuple[Text, ...]:
    return texts(chain.from_iterable(path(design, bag, name) for design in designs))


def _images(elements: list[Element], category: str) -> tuple[Image, ...]:
    return tuple(found for item in elements if (found := image(item, category)) is not None)


def _features(draft: Draft, element: Element) -> tuple[Feature, ...]:
    found: list[Feature] = []
    for item in children(element, "MarkCategory"):
        found += MARK_CATEGORIES.get(text_of(item).casefold(), ())
    for item in path(element, "MarkFeatureCategoryBag", "MarkFeatureCategory"):
        feature = MARK_FEATURES.get(text_of(item).casefold())
        if feature is None:
            draft.keep("MarkFeatureCategory", text_of(item))
        else:
            found.append(feature)
    return tuple(dict.fromkeys(found))


def _parties(element: Element) -> tuple[Party, ...]:
    agents = children(element, "Representative") + path(element, "RepresentativeBag", "Representative")
    found = parties(path(element, "HolderBag", "Holder"), "holder") + parties(agents, "representative")
    return found + parties(children(element, "CorrespondenceAddress"), "correspondent")


def _effects(element: Element, since: str) -> tuple[Effect, ...]:
    found = []
    for item in path(element, "DesignatedCountryBag", "DesignatedCountry"):
        if territory := value(item, "DesignatedCountryCode"):
            limit = value(item, "TerritoryLimitationText")
            found.append(
                Effect(
                    territory=territory,
                    basis="international",
                    since=day_of(since),
                    note=f"{_NOTE} {limit}".strip(),
                )
            )
    return tuple(found)
