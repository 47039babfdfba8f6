"""Goods and services under the Nice classification in ST.96: of marks and of indications."""

from __future__ import annotations

from collections.abc import Iterable

from comity.registers.domain.record import Classification, Text
from comity.registers.formats.st96_build import add, add_some, add_texts
from comity.registers.formats.st96_common import Draft, texts
from comity.registers.formats.xmlsafe import Element, path, value


def nice_classes(draft: Draft, goods: Iterable[Element]) -> tuple[Classification, ...]:
    """Nice classes in the order of the file, each once, with all texts under it; national classes go to the extras."""
    editions: dict[str, str] = {}
    terms: dict[str, list[Text]] = {}
    for item in goods:
        for entry in path(item, "GoodsServicesClassificationBag", "GoodsServicesClassification"):
            kind = value(entry, "ClassificationKindCode") or value(item, "ClassificationKindCode")
            code = value(entry, "ClassNumber").lstrip("0")
            if code and kind.casefold() in ("nice", "primary", ""):
                terms.setdefault(code, [])
                edition = value(entry, "ClassificationVersion") or value(item, "ClassificationVersion")
                editions[code] = editions.get(code) or edition
            elif kind:
                number = value(entry, "NationalClassNumber") or value(entry, "ClassNumber")
                draft.keep(f"{kind} class", number)
        for entry in path(item, "ClassDescriptionBag", "ClassDescription"):
            found = texts(path(entry, "GoodsServicesDescriptionText"))
            code = value(entry, "ClassNumber").lstrip("0") or (next(iter(terms)) if len(terms) == 1 else "")
            if not code:
                for text in found:
                    draft.keep("Goods without a class", text.text)
                continue
            editions[code] = editions.get(code) or value(entry, "ClassificationVersion")
            kept = terms.setdefault(code, [])
            kept += [text for text in found if text not in kept]
    return tuple(
        Classification(scheme="nice", code=code, edition=editions.get(code, ""), texts=tuple(kept))
        for code, kept in terms.items()
    )


def write_goods(bag: Element, classes: Iterable[Classification]) -> None:
    """One `tmk:GoodsServices` a class."""
    for item in classes:
        goods = add(bag, "tmk:GoodsServices")
        entry = add(add(goods, "tmk:GoodsServicesClassificationBag"), "tmk:GoodsServicesClassification")
        add(entry, "tmk:ClassificationKindCode", "Nice")
        add_some(entry, "com:ClassificationVersion", item.edition)
        add(entry, "tmk:ClassNumber", item.code)
        if item.texts:
            description = add(add(goods, "tmk:ClassDescriptionBag"), "tmk:ClassDescription")
            add(description, "tmk:ClassNumber", item.code)
            add_texts(description, "tmk:GoodsServicesDescriptionText", item.texts)
