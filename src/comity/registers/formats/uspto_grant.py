"""Patent documents of the US office in XML v4.0 to v4.7: grants (`us-patent-grant`) and published applications.

A weekly file holds many documents one after the other, each with its own XML declaration. No DTD is loaded: v4
documents write characters as numbers; one that names a character which only its DTD defines is rejected, not read with
gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from lxml import etree

from comity.kernel.errors import FormatError, RecordError
from comity.registers.domain.record import (
    Classification,
    Extra,
    Kind,
    Party,
    Priority,
    Publication,
    RightRecord,
    Role,
    Scheme,
    Text,
)
from comity.registers.formats.base import Format, Found, Item, ReadOptions, Rejected, keep, register
from comity.registers.formats.scripts import is_legal
from comity.registers.formats.st96_common import day_of
from comity.registers.formats.xmlsafe import (
    MAX_DEPTH,
    Element,
    child,
    children,
    descendants,
    path,
    place,
    text_of,
    value,
)

_READ_BYTES: Final = 65_536
_ROOT: Final = re.compile(
    rb"<(us-patent-grant|us-patent-application|PATDOC|patent-application-publication|sequence-cwu)[\s>]"
)
_OLD: Final = {
    "PATDOC": "a grant in the office's ST.32 form of 2001 to 2004",
    "patent-application-publication": "an application in the office's form of 2001 to 2004",
    "sequence-cwu": "a sequence listing, which is part of another document",
}
_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("B1", "B2", "E", "E1", "A1", "A2", "A9"), "invention"),
    **dict.fromkeys(("S", "S1"), "industrial_design"),
    **dict.fromkeys(("P2", "P3", "P1", "P4", "P9"), "plant_variety"),
}
_INDIVIDUALS: Final = ("04", "05")  # assignees' codes of individuals, of the United States and foreign


def read(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    """Every document of the file. Raises FormatError for a file that holds no XML at all."""
    for line, source, size in _documents(stream, name, options.max_record_bytes):
        where = place(name, line)
        if size > options.max_record_bytes:
            reason = f"the document is larger than {options.max_record_bytes} bytes"
            yield Rejected(reason, where, keep(source), "Allow larger records for this import.")
            continue
        try:
            yield Found(_right(source), where, keep(source))
        except RecordError as error:
            yield Rejected(error.message, where, keep(source), error.remedy)


def _documents(stream: BinaryIO, name: str, limit: int) -> Iterator[tuple[int, bytes, int]]:
    """Each document: its first line, its bytes (what is over `limit` is dropped) and its size."""
    parts: list[bytes] = []
    size = line = 0
    first, begins = 1, True
    while part := stream.readline(_READ_BYTES):
        if begins:
            line += 1
            if part.startswith(b"<?xml") and size:
                yield first, b"".join(parts), size
                parts, size, first = [], 0, line
            if not size and part.strip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"<", b""):
                raise FormatError(
                    "not XML: the forms of before 2005 that begin with tags such as PATN are not read",
                    place=place(name, line),
                    remedy="Take the same documents in XML v4 from the office.",
                )
        begins = part.endswith(b"\n")
        if size or part.strip():
            size += len(part)
            if size <= limit:
                parts.append(part)
    if size:
        yield first, b"".join(parts), size


def _parse(source: bytes) -> Element:
    found = _ROOT.search(source)
    root = found[1].decode() if found else ""
    if root in _OLD:
        raise RecordError(f"{_OLD[root]} is not read here", remedy="Take the document in XML v4 from the office.")
    if not root:
        raise RecordError("neither a grant nor an application of the US office", remedy="Check what the file is.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        element = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise RecordError(f"not well-formed XML: {error.msg}", remedy="Have the file sent again.") from None
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):  # type: ignore[union-attr]
        raise RecordError("the document declares entities", remedy="Remove the entity declarations.")
    if next(element.iter(etree.Entity), None) is not None:
        raise RecordError("names characters that only its DTD defines", remedy="Have them written as numbers.")
    if _deep(element):
        raise RecordError(f"elements nest deeper than {MAX_DEPTH} levels", remedy="Check what the file is.")
    return element


def _deep(root: Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _right(source: bytes) -> RightRecord:
    root = _parse(source)
    body = child(root, "us-bibliographic-data-grant", "us-bibliographic-data-application")
    published = next(iter(path(body, "publication-reference", "document-id")), None)
    applied = next(iter(path(body, "application-reference", "document-id")), None)
    code = value(published, "kind")
    kind = _KINDS.get(code)
    if kind is None:
        raise RecordError(f"a document of the kind {code!r} is no right that is read here")
    granted = value(published, "doc-number")
    filed = value(applied, "doc-number")
    stage = "right" if str(root.tag) == "us-patent-grant" else "application"
    number = _short(granted) if stage == "right" else filed
    if not number:
        raise RecordError("the document has no number", remedy="Complete it in the source.")
    lang = root.get("lang", "").lower()
    day = day_of(value(published, "date"))
    return RightRecord(
        office=value(published, "country") or "US",
        kind=kind,
        number=number,
        stage=stage,  # type: ignore[arg-type]
        application_number=filed,
        filing_date=day_of(value(applied, "date")),
        registration_date=day if stage == "right" else "",
        titles=_texts(children(body, "invention-title"), lang),
        abstract=_texts(children(root, "abstract"), lang),
        classes=_classes(body),
        parties=_parties(body),
        priorities=tuple(
            Priority(office=value(item, "country"), number=value(item, "doc-number"), date=day_of(value(item, "date")))
            for item in path(body, "priority-claims", "priority-claim")
        ),
        publications=(Publication(date=day, kind=code, number=_short(granted)),) if day else (),
        extras=_extras(body, code, kind),
        language=lang,
    )


def _short(number: str) -> str:
    """A document's number without the zeros that fill it up: D0982278 is D982278."""
    letters = number[: len(number) - len(number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
    return letters + number[len(letters) :].lstrip("0")


def _texts(elements: list[Element], lang: str) -> tuple[Text, ...]:
    return tuple(Text(text=text, lang=lang) for item in elements if (text := text_of(item)))


def _classes(body: Element | None) -> tuple[Classification, ...]:
    found = []
    for item in children(body, "classification-locarno"):
        code = value(item, "main-classification")
        code = f"{code[:2]}-{code[2:]}" if len(code) == 4 and code.isdecimal() else code
        found.append(Classification(scheme="locarno", code=code, edition=value(item, "edition")))
    for item in path(body, "classifications-ipcr", "classification-ipcr"):
        found += _symbol("ipc", item, value(item, "ipc-version-indicator", "date"))
    for item in children(body, "classification-ipc"):
        edition = value(item, "edition")
        for entry in children(item, "main-classification", "further-classification"):
            found.append(Classification(scheme="ipc", code=_ipc7(entry), edition=edition))
    cpc = child(body, "classifications-cpc")
    for item in path(cpc, "main-cpc", "classification-cpc") + path(cpc, "further-cpc", "classification-cpc"):
        found += _symbol("cpc", item, value(item, "cpc-version-indicator", "date"))
    for item in children(body, "classification-national"):
        for entry in children(item, "main-classification", "further-classification"):
            if code := text_of(entry):
                found.append(Classification(scheme="uspc", code=code))
    return tuple(dict.fromkeys(each for each in found if each.code))


def _symbol(scheme: Scheme, item: Element, version: str) -> list[Classification]:
    code = "".join(value(item, key) for key in ("section", "class", "subclass"))
    group, subgroup = value(item, "main-group"), value(item, "subgroup")
    if group:
        code += f" {group}/{subgroup}"
    edition = f"{version[:4]}.{version[4:6]}" if len(version) == 8 else version
    return [Classification(scheme=scheme, code=code, edition=edition)]


def _ipc7(element: Element) -> str:
    """IPC 7 as it was written: `H04L  928` (three places for the group) and `G06F015/16` are H04L 9/28, G06F 15/16."""
    written = "".join(text for text in element.itertext() if isinstance(text, str))
    group, subgroup = written[4:7].strip().lstrip("0"), written[7:].strip().lstrip("/")
    if group.isdecimal() and subgroup.isdecimal():
        return f"{written[:4]} {group}/{subgroup}"
    return " ".join(written.split())


def _parties(body: Element | None) -> tuple[Party, ...]:
    found: list[Party] = []
    parties = children(body, "us-parties", "parties")
    applicants = [item for each in parties for item in path(each, "us-applicants", "us-applicant")]
    applicants += [item for each in parties for item in path(each, "applicants", "applicant")]
    for item in applicants:
        found += _party(item, "applicant")
        if item.get("app-type") == "applicant-inventor":
            found += _party(item, "author")
    for each in parties:
        for item in path(each, "inventors", "inventor"):
            found += _party(item, "author")
        for item in path(each, "agents", "agent"):
            found += _party(item, "representative")
    for item in path(body, "assignees", "assignee"):
        found += _party(item, "holder")
    return tuple(dict.fromkeys(found))


def _party(element: Element, role: Role) -> Iterator[Party]:
    book = child(element, "addressbook")
    book = element if book is None else book
    organisation = value(book, "orgname")
    person = " ".join(text for key in ("first-name", "middle-name", "last-name") if (text := value(book, key)))
    name = organisation or person
    if not name:
        return
    # An agent's "organisation" is often a person's own name.
    legal = bool(organisation) and not person and (role != "representative" or is_legal(organisation))
    country = value(book, "address", "country") or value(element, "residence", "country")
    parts = [value(book, "address", key) for key in ("street", "city", "state", "postcode")]
    yield Party(
        role=role,
        entity="legal" if legal and value(book, "role") not in _INDIVIDUALS else "natural",
        names=(Text(text=name),),
        country=country if len(country) == 2 else "",
        address=", ".join(part for part in parts if part),
    )


def _extras(body: Element | None, code: str, kind: Kind) -> tuple[Extra, ...]:
    found = [Extra(name="kind_code", value=code)]
    if kind == "plant_variety":
        found.append(Extra(name="title_of_protection", value="plant patent"))
    elif code.startswith("E"):
        found.append(Extra(name="title_of_protection", value="reissue"))
    term = child(body, "us-term-of-grant")
    for name, text in (
        ("term_years", value(term, "length-of-grant")),
        ("term_extension_days", value(term, "us-term-extension")),
        ("disclaimer", value(term, "disclaimer", "text")),
        ("latin_name", value(body, "us-botanic", "latin-name")),
        ("variety", value(body, "us-botanic", "variety")),
        ("number_of_claims", value(body, "number-of-claims")),
    ):
        if text:
            found.append(Extra(name=name, value=text))
    for item in descendants(child(body, "us-related-documents"), "parent-doc"):
        number = next((value(entry, "doc-number") for entry in children(item, "document-id")), "")
        if number:
            found.append(Extra(name="parent_document", value=number))
    return tuple(dict.fromkeys(found))


def _sniff(head: bytes) -> bool:
    return re.search(rb"<(?:!DOCTYPE\s+)?us-patent-(?:grant|application)[\s>]", head) is not None


USPTO_GRANT: Final = register(
    Format(
        name="uspto_grant",
        label="US patents, designs and plants (XML v4)",
        read=read,
        extensions=(".xml",),
        sniff=_sniff,
    )
)
