"""XML from strangers: read as a stream, one record in memory at a time, within bounds.

No entity is ever expanded into the text, no DTD is loaded, nothing is fetched; a document that declares entities is
refused. Depth, the size of a record and (by libxml2: 10,000,000 characters) of one text or attribute are bounded. Every
error is a FormatError with the line. Names are compared without their namespace: real files carry many of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from comity.kernel.errors import FormatError

Element = etree._Element

CHUNK_BYTES = 65_536
MAX_DEPTH = 100
MAX_RECORD_BYTES = 4 * 1024 * 1024
MAX_SILENCE_BYTES = 12 * 1024 * 1024  # libxml2 admits texts of 10 MB; it buffers an endless tag for much longer
NO_ENTITIES = "Remove the entity declarations and send the file again."


@dataclass(frozen=True, slots=True)
class Record:
    """One wanted element, whole, with the line of its start tag (0: not known) and its number in the file, from 1.

    `element` is None where the record was larger than allowed: its content was dropped while it was read.
    The element is emptied as soon as the next record is asked for.
    """

    element: Element | None
    name: str
    line: int
    number: int


def records(
    stream: BinaryIO,
    name: str,
    wanted: frozenset[str],
    *,
    max_record_bytes: int = MAX_RECORD_BYTES,
    max_depth: int = MAX_DEPTH,
) -> Iterator[Record]:
    """The outermost elements whose local name is in `wanted`, in the order of the file.

    What lies outside them is dropped as it is read, so memory holds one record. Sizes are counted in whole chunks of
    64 KiB. Raises FormatError, with the file's name and the line, where the file is not well-formed, is cut short, is
    empty, declares entities or nests deeper than `max_depth`; records before that place have been yielded.
    """
    walk = _Walk(name, wanted, max_record_bytes, max_depth)
    # Never `collect_ids=False`: lxml then has libxml2 load the external DTD, whatever `load_dtd` says.
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        collect_ids=False,
        recover=False,
    )
    while chunk := stream.read(CHUNK_BYTES):
        broken = _feed(parser, chunk)
        yield from walk.take(parser, len(chunk))
        if broken is not None:
            raise walk.error(broken)
    if not walk.fed:
        raise FormatError("the file is empty", place=name, remedy="Check the transfer and send the file again.")
    broken = _close(parser)
    yield from walk.take(parser, 0)
    if broken is not None:
        raise walk.error(broken)


def _feed(parser: etree.XMLPullParser, chunk: bytes) -> etree.XMLSyntaxError | None:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        return error
    return None


def _close(parser: etree.XMLPullParser) -> etree.XMLSyntaxError | None:
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        return error
    return None


class _Walk:
    """Where the walk through one document stands."""

    def __init__(self, name: str, wanted: frozenset[str], max_record_bytes: int, max_depth: int) -> None:
        self.name = name
        self.wanted = wanted
        self.max_record_bytes = max_record_bytes
        self.max_depth = max_depth
        self.fed = 0
        self.depth = 0
        self.number = 0
        self.inside: Element | None = None
        self.began_at = 0
        self.oversize = False
        self.heard_at = 0

    def take(self, parser: etree.XMLPullParser, size: int) -> Iterator[Record]:
        before, self.fed = self.fed, self.fed + size
        for event, element in parser.read_events():
            if not isinstance(element, Element):
                continue
            self.heard_at = self.fed
            if event == "start":
                self._start(element, before)
            else:
                yield from self._end(element)
        if self.inside is not None and self.fed - self.began_at > self.max_record_bytes:
            self.oversize = True
        if self.fed - self.heard_at > MAX_SILENCE_BYTES:
            raise FormatError(
                f"no tag ends within {MAX_SILENCE_BYTES} bytes",
                place=f"{self.name}, byte {self.heard_at}",
                remedy="No register needs such a text: check what the file is.",
            )

    def _start(self, element: Element, before: int) -> None:
        self.depth += 1
        if self.depth == 1:
            self._refuse_entities(element)
        if self.depth > self.max_depth:
            raise FormatError(
                f"elements nest deeper than {self.max_depth} levels",
                place=place(self.name, line_of(element)),
                remedy="No format read here needs such depth: check what the file is.",
            )
        if self.inside is None and local(element) in self.wanted:
            self.inside, self.began_at, self.oversize = element, before, False

    def _end(self, element: Element) -> Iterator[Record]:
        self.depth -= 1
        if element is self.inside:
            self.inside = None
            self.number += 1
            yield Record(None if self.oversize else element, local(element), line_of(element), self.number)
            _drop(element)
        elif self.inside is None or self.oversize:
            _drop(element)

    def _refuse_entities(self, root: Element) -> None:
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is not None and any(True for _ in dtd.iterentities()):  # type: ignore[attr-defined]
            raise FormatError("the document declares entities", place=place(self.name, 1), remedy=NO_ENTITIES)

    def error(self, error: etree.XMLSyntaxError) -> FormatError:
        return syntax_error(error, self.name)


def syntax_error(error: etree.XMLSyntaxError, name: str) -> FormatError:
    """libxml2's complaint as a FormatError: what, file and line, what to do."""
    line = error.lineno or 1
    message = (error.msg or "not well-formed XML").split(", line ")[0]
    return FormatError(
        f"not well-formed XML: {message}",
        place=place(name, line),
        remedy="The file is damaged, cut short or in another encoding than it says: have it sent again.",
    )


def _drop(element: Element) -> None:
    """Free the element's content and what stands before it; its own node stays as its parent's last child."""
    element.clear(keep_tail=False)  # type: ignore[call-arg]
    parent = element.getparent()
    if parent is not None:
        while (previous := element.getprevious()) is not None:
            parent.remove(previous)


def place(name: str, line: int) -> str:
    return f"{name}, line {line}" if line else name


def line_of(element: Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0


def local(element: Element) -> str:
    """The element's name without its namespace; empty for a comment or a processing instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class _Patterns(dict[str, str]):
    """The patterns by which lxml itself finds a name in any namespace or none: far faster than comparing here."""

    def __missing__(self, name: str) -> str:
        self[name] = f"{{*}}{name}"
        return self[name]


_ANY = _Patterns()


def children(element: Element | None, *names: str) -> list[Element]:
    """The element's own children of these local names, in document order."""
    return [] if element is None else list(element.iterchildren(*[_ANY[name] for name in names]))


def child(element: Element | None, *names: str) -> Element | None:
    """The first of the element's own children of any of these local names."""
    return None if element is None else next(element.iterchildren(*[_ANY[name] for name in names]), None)


def descendants(element: Element | None, *names: str) -> list[Element]:
    """All elements below (not the element itself) of these local names, in document order."""
    return [] if element is None else list(element.iterdescendants(*[_ANY[name] for name in names]))


def path(element: Element | None, *names: str) -> list[Element]:
    """All elements reached by going down child by child through these local names."""
    level = [] if element is None else [element]
    for name in names:
        if not level:
            break
        pattern = _ANY[name]
        level = [item for parent in level for item in parent.iterchildren(pattern)]
    return level


def text_of(element: Element | None) -> str:
    """All text of the element and below, its ends trimmed, runs of white space made one space."""
    if element is None:
        return ""
    if len(element) == 0:
        return " ".join((element.text or "").split())
    return " ".join("".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[str]:
    if not isinstance(element.tag, str):
        return
    if element.text:
        yield element.text
    for item in element:
        yield from _texts(item)
        if item.tail:
            yield item.tail


def value(element: Element | None, *names: str) -> str:
    """The text of the first element, not empty, that the path of local names reaches."""
    if element is None:
        return ""
    for item in path(element, *names) if len(names) > 1 else element.iterchildren(_ANY[names[0]]):
        if text := text_of(item):
            return text
    return ""


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name."""
    for key, item in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(item)
    return ""


def open_reference(element: Element) -> str:
    """The name of an entity that the element's text refers to and that is not expanded; empty if there is none.

    A text with such a reference is not whole: whoever reads on would read something else than the source says.
    """
    found = next(element.iter(etree.Entity), None)
    return "" if found is None else str(getattr(found, "name", "") or "?")


def raw(element: Element) -> bytes:
    """The element as XML in UTF-8: the record's source, for quarantine."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)
