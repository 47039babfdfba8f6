"""Hostile and broken files end in a clear error with its place, soon and in bounded memory."""

from __future__ import annotations

import io
import resource
import time
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from comity.kernel.errors import FormatError
from comity.registers.formats import st96
from comity.registers.formats.base import FORMATS, Found, Item, ReadOptions, Rejected, detect

NS = 'xmlns="http://www.wipo.int/standards/XMLSchema/ST96/Trademark"'
OFFICE = "<RegistrationOfficeCode>BY</RegistrationOfficeCode>"
GOOD = f"<Trademark>{OFFICE}<RegistrationNumber>{{}}</RegistrationNumber></Trademark>"


class Endless:
    """A stream that is made while it is read."""

    def __init__(self, head: bytes, body: bytes, times: int, tail: bytes) -> None:
        self.parts = iter([head, *[body] * times, tail])
        self.left = b""

    def read(self, size: int) -> bytes:
        while len(self.left) < size and (part := next(self.parts, None)) is not None:
            self.left += part
        found, self.left = self.left[:size], self.left[size:]
        return found


def read(data: bytes | Endless, limit: int = 4 * 1024 * 1024) -> Iterator[Item]:
    stream = cast(BinaryIO, data) if isinstance(data, Endless) else io.BytesIO(data)
    return st96.read(stream, "file.xml", ReadOptions(max_record_bytes=limit))


def fails(data: bytes | Endless, match: str, place: str) -> None:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FormatError, match=match) as caught:
        list(read(data))
    assert caught.value.place == place
    assert caught.value.remedy
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_billion_laughs() -> None:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    text = f'<!DOCTYPE b [<!ENTITY l0 "lol">{levels}]><TrademarkBag {NS}><Trademark>&l9;</Trademark></TrademarkBag>'
    fails(text.encode(), "declares entities", "file.xml, line 1")


def test_billion_laughs_in_an_attribute() -> None:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    text = f'<!DOCTYPE b [<!ENTITY l0 "lol">{levels}]><TrademarkBag {NS} a="&l9;"/>'
    fails(text.encode(), "declares entities|not well-formed", "file.xml, line 1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_external_entity(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE b [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        f"<TrademarkBag {NS}><Trademark><RegistrationNumber>&e;</RegistrationNumber></Trademark></TrademarkBag>"
    )
    fails(text.encode(encoding), "declares entities", "file.xml, line 1")


def test_an_external_dtd_is_not_loaded(tmp_path: Path) -> None:
    dtd = tmp_path / "x.dtd"
    dtd.write_text('<!ENTITY e "loaded"><!ATTLIST TrademarkBag a CDATA "loaded">')
    for address in (dtd.as_uri(), str(dtd), "http://127.0.0.1:9/x.dtd"):
        bag = f"<TrademarkBag {NS}>{GOOD.format(1)}{GOOD.format('1&e;')}</TrademarkBag>"
        whole, referring = read(f'<!DOCTYPE TrademarkBag SYSTEM "{address}">{bag}'.encode())
        assert isinstance(whole, Found)
        assert isinstance(referring, Rejected)
        assert "refers to the entity &e;" in referring.reason


def test_parameter_entity() -> None:
    text = f'<!DOCTYPE b [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><TrademarkBag {NS}/>'
    fails(text.encode(), "declares entities|not well-formed", "file.xml, line 1")


def test_elements_nested_200_deep() -> None:
    text = f"<TrademarkBag {NS}>\n" + "<a>" * 200 + "</a>" * 200 + "</TrademarkBag>"
    fails(text.encode(), "nest deeper than 100", "file.xml, line 2")


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b""), (b"<!--", b"-->"), (b"<![CDATA[", b"]]>")],
    ids=["text", "comment", "cdata"],
)
def test_a_text_of_100_megabytes(before: bytes, after: bytes) -> None:
    head = f"<TrademarkBag {NS}><Trademark>".encode() + before
    data = Endless(head, b"x" * 1_048_576, 100, after + b"</Trademark></TrademarkBag>")
    with pytest.raises(FormatError) as caught:
        list(read(data))
    assert caught.value.place.startswith("file.xml, ")


def test_a_tag_that_never_ends() -> None:
    data = Endless(f"<TrademarkBag {NS} a='".encode(), b"x" * 1_048_576, 100, b"'/>")
    with pytest.raises(FormatError, match="no tag ends within"):
        list(read(data))


def test_a_record_past_the_limit_is_rejected_and_the_next_one_is_read() -> None:
    head = f"<TrademarkBag {NS}>{GOOD.format(1)}<Trademark>".encode()
    tail = f"</Trademark>{GOOD.format(3)}</TrademarkBag>".encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = list(read(Endless(head, b"<a>xxxxxxxxxxxxxxxx</a>" * 1000, 1000, tail), limit=1024 * 1024))
    assert [type(item) for item in found] == [Found, Rejected, Found]
    assert isinstance(found[1], Rejected)
    assert found[1].reason == "the record is larger than 1048576 bytes"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


def test_a_file_cut_short_gives_what_came_before_the_cut() -> None:
    text = f"<TrademarkBag {NS}>\n{GOOD.format(1)}\n{GOOD.format(2)}\n<Trademark><Regist"
    found: list[Item] = []
    with pytest.raises(FormatError, match="not well-formed") as caught:
        found.extend(read(text.encode()))
    assert caught.value.place == "file.xml, line 4"
    items = read(text.encode())
    assert isinstance(next(items), Found)
    assert isinstance(next(items), Found)


def test_another_encoding_than_the_file_says() -> None:
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<TrademarkBag {NS}>\n<a>Знак</a></TrademarkBag>'
    fails(text.encode("cp1251"), "encoding", "file.xml, line 3")


def test_an_encoding_that_nobody_knows() -> None:
    fails(b'<?xml version="1.0" encoding="x-none"?><a/>', "encoding", "file.xml, line 1")


def test_an_empty_file() -> None:
    fails(b"", "the file is empty", "file.xml")


def test_a_file_that_is_no_xml() -> None:
    fails(b"hello", "not well-formed", "file.xml, line 1")


def packed(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in content.items():
            package.writestr(name, data)
    return out.getvalue()


def test_a_package_that_is_packed_too_tight_is_refused() -> None:
    with pytest.raises(FormatError, match="1000 to one"):
        list(read(packed({"a.xml": b" " * 50_000_000})))


def test_a_damaged_package_is_refused() -> None:
    data = packed({"a.xml": f"<TrademarkBag {NS}>{GOOD.format(1) * 500}</TrademarkBag>".encode()})
    with pytest.raises(FormatError, match="damaged"):
        list(read(data[: len(data) // 2]))
    flipped = bytearray(data)
    flipped[60] ^= 0xFF
    with pytest.raises(FormatError):
        list(read(bytes(flipped)))


def test_a_package_without_documents_is_refused() -> None:
    with pytest.raises(FormatError, match="0 XML documents"):
        list(read(packed({"readme.txt": b"nothing"})))


def test_lines_are_right_in_a_long_file() -> None:
    good = GOOD.format(1) + "\n"
    text = f"<TrademarkBag {NS}>\n{good * 70_000}</TrademarkBag>"
    (last,) = deque(read(text.encode()), maxlen=1)
    assert isinstance(last, Found)
    assert last.place == "file.xml, line 70001, record 70000"


def test_the_format_is_known_by_content() -> None:
    assert detect(f"<TrademarkBag {NS}>".encode(), "a.bin").name == "st96"
    old = b'<tmk:Transaction xmlns:tmk="http://www.wipo.int/standards/XMLSchema/Trademark/1">'
    assert FORMATS["st96"].sniff(old)
    assert not FORMATS["st96"].sniff(b"<html>")
    assert not FORMATS["st96"].sniff(b"number,title\n1,a\n")
