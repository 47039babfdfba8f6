"""WIPO ST.96 V6.0: reading whatever holds rights, writing valid documents.

Read: one XML document (any root: application, bag, transaction, publication) or a ZIP of such documents. Elements are
known by their local names, so that older versions and offices' own namespaces are read too.

Written: the standard's own roots that hold many rights, one document each: `TrademarkTransaction`,
`DesignApplicationBag`, `GITransaction`. For patents it has no root that holds many: each is a `BibliographicData`
document. `write` therefore gives a ZIP of documents; `write_document` gives one document where the rights allow it.
What ST.96 cannot hold travels in our extension (`st96_extension`), in which place it leaves the document valid.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from typing import IO, BinaryIO, Final, cast

from lxml import etree

from comity.kernel.errors import FormatError, RecordError
from comity.registers.domain.record import RightRecord
from comity.registers.formats import (
    st96_copyright,
    st96_design,
    st96_extension,
    st96_gi,
    st96_international,
    st96_patent,
    st96_trademark,
)
from comity.registers.formats.base import Format, Found, Item, ReadOptions, Rejected, keep, register
from comity.registers.formats.st96_build import NSMAP, VERSION, tag
from comity.registers.formats.xmlsafe import Element, open_reference, place, raw, records

_READERS: Final[dict[str, Callable[[Element, str], list[RightRecord]]]] = {
    "Trademark": st96_trademark.read,
    "DesignApplication": st96_design.read,
    "Design": st96_design.read,
    "PatentPublication": st96_patent.read,
    "BibliographicData": st96_patent.read,
    "GIApplication": st96_gi.read,
    "GIData": st96_gi.read,
    "CopyrightOrphanWork": st96_copyright.read,
    "MadridDesignation": st96_international.read_mark,
    "MadridInternationalRegistrationCreation": st96_international.read_mark,
    "HagueRegistration": st96_international.read_design,
}
_WANTED: Final = frozenset(_READERS)
_BUILDERS: Final[dict[str, Callable[[RightRecord], Element]]] = {
    "trademark": st96_trademark.build,
    "industrial_design": st96_design.build,
    "invention": st96_patent.build,
    "utility_model": st96_patent.build,
    "geographical_indication": st96_gi.build,
    "appellation_of_origin": st96_gi.build,
}
_READ_BACK: Final[dict[str, Callable[[Element, str], list[RightRecord]]]] = {
    "trademark": st96_trademark.read,
    "industrial_design": st96_design.read,
    "invention": st96_patent.read,
    "utility_model": st96_patent.read,
    "geographical_indication": st96_gi.read,
    "appellation_of_origin": st96_gi.read,
}
_ZIP: Final = b"PK\x03\x04"
_SPOOL_BYTES: Final = 8 * 1024 * 1024
# Register XML packs 10 to 40 to one; a thousand to one is an attack.
_MAX_RATIO: Final = 1_000
_MAX_MEMBERS: Final = 200_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def read(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    """The rights of an ST.96 document, or of all documents in a ZIP, in their order.

    Raises FormatError, with the line, where a document is broken, and where a document holds no right.
    """
    head = stream.read(len(_ZIP))
    rest = _Rest(head, stream)
    if head != _ZIP:
        yield from _read_document(cast(BinaryIO, rest), name, options)
        return
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        while chunk := rest.read(_SPOOL_BYTES):
            spool.write(chunk)
        spool.seek(0)
        yield from _read_package(cast(BinaryIO, spool), name, options)


class _Rest:
    """A stream whose first bytes were looked at."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.head = head
        self.stream = stream

    def read(self, size: int) -> bytes:
        head, self.head = self.head, b""
        return head or self.stream.read(size)


def _read_package(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    try:
        package = zipfile.ZipFile(stream)
    except zipfile.BadZipFile as error:
        raise FormatError(f"the ZIP file is damaged: {error}", place=name, remedy="Have it sent again.") from None
    with package:
        members = [item for item in package.infolist() if item.filename.lower().endswith(".xml")]
        if not members or len(members) > _MAX_MEMBERS:
            raise FormatError(
                f"the ZIP file holds {len(members)} XML documents; 1 to {_MAX_MEMBERS} are read", place=name
            )
        for item in members:
            inner = f"{name}/{item.filename}"
            if item.file_size > max(item.compress_size, 1) * _MAX_RATIO or item.flag_bits & 1:
                raise FormatError("the document is encrypted or packed more than 1000 to one", place=inner)
            try:
                with package.open(item) as document:
                    yield from _read_document(cast(BinaryIO, document), inner, options)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                raise FormatError(f"the ZIP file is damaged: {error}", place=inner) from None


def _read_document(stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Item]:
    found = False
    for record in records(stream, name, _WANTED, max_record_bytes=options.max_record_bytes):
        found = True
        where = f"{place(name, record.line)}, record {record.number}"
        element = record.element
        if element is None:
            yield Rejected(
                reason=f"the record is larger than {options.max_record_bytes} bytes",
                place=where,
                raw=b"",
                remedy="Raise the limit for this import if the record is what it should be.",
            )
            continue
        source = keep(raw(element))
        try:
            if name_of_entity := open_reference(element):
                raise RecordError(
                    f"the record refers to the entity &{name_of_entity};, which is not expanded",
                    remedy="Have the text itself written in its place.",
                )
            rights = _READERS[record.name](element, options.office)
            if len(rights) == 1:
                rights = [st96_extension.apply(element, rights[0])]
        except RecordError as error:
            yield Rejected(reason=error.message, place=where, raw=source, remedy=error.remedy)
            continue
        for right in rights:
            yield Found(record=right, place=where, raw=source)
    if not found:
        raise FormatError(
            "the document holds no right",
            place=name,
            remedy=f"A document of ST.96 holds one of: {', '.join(sorted(_WANTED))}.",
        )


def element_of(record: RightRecord) -> Element:
    """The ST.96 element of a right, with the extension that makes it whole.

    Raises RecordError for a kind that ST.96 does not know and for a record without an office of ST.3 or a number.
    """
    builder = _BUILDERS.get(record.kind)
    if builder is None:
        raise st96_copyright.refuse(record)
    try:
        element = builder(record)
        st96_extension.attach(element, record, _READ_BACK[record.kind](element, "")[0])
    except ValueError:
        raise RecordError(
            "a text holds characters that no XML can hold",
            place=f"{record.office} {record.kind} {record.number}",
            remedy="Remove the control characters, or export as JSON lines.",
        ) from None
    return element


class _Document:
    """One document that takes rights one by one and keeps none of them."""

    # kind of document: the elements around the rights, from the root inwards
    AROUND: Final = {
        "trademarks": ("tmk:TrademarkTransaction", "tmk:TrademarkTransactionBody", "tmk:TransactionContentBag"),
        "designs": ("dgn:DesignApplicationBag",),
        "geographical-indications": ("gin:GITransaction",),
    }

    def __init__(self, out: IO[bytes], kind: str) -> None:
        self.kind = kind
        self.count = 0
        self.stack = ExitStack()
        file = self.stack.enter_context(etree.xmlfile(out, encoding="utf-8"))
        file.write_declaration()
        self.file = file
        prefix = self.AROUND[kind][0].partition(":")[0]
        prefixes = {"com", prefix} | ({"tmk"} if prefix == "gin" else set())
        nsmap = {key: NSMAP[key] for key in sorted(prefixes)}
        for name in self.AROUND[kind]:
            self._open(name, nsmap)
        if kind == "trademarks":
            self._say("com:TransactionIdentifier", "1")
            self._say("com:TransactionCategory", "Trademark Information")
            self._say("com:TransactionSubCode", "Normal")
            self._open("tmk:TransactionData", nsmap)
            self.stack.enter_context(file.element(tag("tmk:TrademarkBag")))

    def _open(self, name: str, nsmap: dict[str, str]) -> None:
        attributes = {tag("com:st96Version"): VERSION}
        self.stack.enter_context(self.file.element(tag(name), attributes, nsmap))

    def _say(self, name: str, text: str) -> None:
        with self.file.element(tag(name)):
            self.file.write(text)

    def add(self, element: Element) -> None:
        self.count += 1
        self.file.write(self._transaction(element) if self.kind == "geographical-indications" else element)
        self.file.write("\n")

    def _transaction(self, application: Element) -> Element:
        body = etree.Element(tag("gin:GITransactionBody"), nsmap={key: NSMAP[key] for key in ("com", "gin", "tmk")})
        content = etree.SubElement(body, tag("gin:TransactionContentBag"))
        for name, text in (
            ("com:TransactionIdentifier", str(self.count)),
            ("com:TransactionCategory", "Application information"),
            ("com:TransactionSubCode", "Normal"),
        ):
            etree.SubElement(content, tag(name)).text = text
        data = etree.SubElement(content, tag("gin:TransactionData"))
        for item in (body, content, data):
            item.set(tag("com:st96Version"), VERSION)
        data.append(application)
        return body

    def close(self) -> None:
        self.stack.close()


def _document_kind(record: RightRecord) -> str:
    if record.kind in ("invention", "utility_model"):
        return "patents"
    if record.kind in ("geographical_indication", "appellation_of_origin"):
        return "geographical-indications"
    return "designs" if record.kind == "industrial_design" else "trademarks"


def write_document(rights: Iterable[RightRecord], out: IO[bytes]) -> None:
    """One XML document of marks, of designs, of indications, or of one patent.

    Raises RecordError where the rights are of more than one of these groups, are more than one patent or none at all,
    or are of a kind that ST.96 does not know; what was written up to there is to be thrown away.
    """
    remaining = iter(rights)
    first = next(remaining, None)
    if first is None:
        raise RecordError("there is no right to write", remedy="ST.96 has no document without a right.")
    element, kind = element_of(first), _document_kind(first)
    if kind == "patents":
        if next(remaining, None) is not None:
            raise RecordError("one ST.96 document holds one patent", remedy="Export the rights as a ZIP of documents.")
        _write_patent(element, out)
        return
    document = _Document(out, kind)
    document.add(element)
    for record in remaining:
        if record.kind not in _BUILDERS:
            raise st96_copyright.refuse(record)
        if _document_kind(record) != kind:
            raise RecordError(
                f"one ST.96 document cannot hold {kind} and a right of kind {record.kind}",
                place=f"{record.office} {record.number}",
                remedy="Export the rights as a ZIP of documents.",
            )
        document.add(element_of(record))
    document.close()


def _write_patent(element: Element, out: IO[bytes]) -> None:
    out.write(etree.tostring(element, encoding="utf-8", xml_declaration=True))


def write(rights: Iterable[RightRecord], out: BinaryIO) -> None:
    """A ZIP of ST.96 documents: `trademarks.xml`, `designs.xml`, `geographical-indications.xml`, `patents/….xml`.

    Memory holds one right at a time; what is not a patent passes through a temporary file. The same rights give the
    same bytes. Raises RecordError as `element_of` does, and where there is no right at all.
    """
    remaining = iter(rights)
    first = next(remaining, None)
    if first is None:
        raise RecordError("there is no right to write", remedy="ST.96 has no document without a right.")
    patents = 0
    with ExitStack() as stack:
        package = stack.enter_context(zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED))
        open_documents: dict[str, tuple[_Document, IO[bytes]]] = {}
        for record in chain([first], remaining):
            element = element_of(record)
            kind = _document_kind(record)
            if kind == "patents":
                patents += 1
                number = re.sub(r"[^A-Za-z0-9.-]", "_", record.number)[:80]
                with package.open(_member(f"patents/{patents:07d}-{record.office}-{number}.xml"), "w") as member:
                    _write_patent(element, member)
                continue
            if kind not in open_documents:
                opened = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES))
                open_documents[kind] = (_Document(opened, kind), opened)
            open_documents[kind][0].add(element)
        for kind, (document, spool) in sorted(open_documents.items()):
            document.close()
            spool.seek(0)
            with package.open(_member(f"{kind}.xml"), "w", force_zip64=True) as member:
                while chunk := spool.read(_SPOOL_BYTES):
                    member.write(chunk)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _sniff(head: bytes) -> bool:
    if head.startswith(_ZIP):
        return b".xml" in head
    text = head.replace(b"\x00", b"")
    return b"XMLSchema/ST96" in text or re.search(rb"wipo\.int/standards/XMLSchema/[A-Z]", text) is not None


ST96: Final = register(
    Format(
        name="st96",
        label="WIPO ST.96 V6.0 (XML)",
        read=read,
        write=write,
        extensions=(".xml", ".zip"),
        kinds=frozenset(_BUILDERS),
        sniff=_sniff,
    )
)
