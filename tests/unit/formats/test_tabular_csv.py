"""CSV from strangers: every record ends as cells or as a problem with its line, and no bad one takes others with it."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError
from comity.registers.formats.base import DEFAULTS, Found, Rejected
from comity.registers.formats.mapping import parse_mapping
from comity.registers.formats.tabular import Source, csv_sources, unpacked


def read(data: bytes, *, encoding: str = "utf-8", quote: str = '"', limit: int = 100_000) -> list[Source]:
    stream = unpacked(io.BytesIO(data))
    return list(csv_sources(stream, "t.csv", encoding=encoding, delimiter=",", quote=quote, max_record_bytes=limit))


def test_a_field_may_hold_line_ends() -> None:
    found = read(b'a,b\r\n1,"x\r\ny"\r\n2,z\r\n')
    assert [(each.line, each.cells) for each in found] == [(1, ["a", "b"]), (2, ["1", "x\r\ny"]), (4, ["2", "z"])]
    assert found[1].raw == b'1,"x\r\ny"\r\n'


def test_byte_order_marks_are_taken_off_wherever_a_line_begins() -> None:
    assert [each.cells for each in read(b"\xef\xbb\xbfa,b\n\xef\xbb\xbf1,2\n")] == [["a", "b"], ["1", "2"]]


def test_empty_lines_are_no_records() -> None:
    assert [each.cells for each in read(b"a\n\n\nb\n")] == [["a"], ["b"]]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_packed_files_are_read_as_they_are(pack: Callable[[bytes], bytes]) -> None:
    assert [each.cells for each in read(pack(b"a,b\n1,2\n"))] == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_file_that_is_cut_short_is_refused(pack: Callable[[bytes], bytes]) -> None:
    rows = b"".join(b"%d,%d\n" % (number * 7919 % 100_003, number) for number in range(60_000))
    with pytest.raises(FormatError, match="damaged"):
        read(pack(rows)[:-2_000])


def test_an_open_quotation_mark_costs_one_line_only() -> None:
    found = read(b'1,a\n2,"b\n3,c\n4,d\n')
    assert [(each.line, bool(each.problem)) for each in found] == [(1, False), (2, True), (3, False), (4, False)]
    assert found[1].raw == b'2,"b\n'
    assert found[3].cells == ["4", "d"]


def test_bytes_of_another_encoding_are_told_with_their_line() -> None:
    found = read("1,да\n".encode() + "2,да\n".encode("cp1251") + "3,да\n".encode())
    assert [each.problem for each in found] == ["", "holds bytes that are not utf-8", ""]


def test_other_encodings_are_read() -> None:
    assert read("1,да\n".encode("cp1251"), encoding="cp1251")[0].cells == ["1", "да"]


def test_a_nul_character_is_no_text() -> None:
    assert "NUL" in read(b"1,a\0b\n")[0].problem


def test_without_quoting_a_quotation_mark_is_a_character() -> None:
    assert read(b'1,"a\n', quote="")[0].cells == ["1", '"a']


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    with pytest.raises(FormatError, match="longer than 1000 bytes"):
        read(b"1,2\n" + b"x" * 5000, limit=1000)


def test_an_open_quotation_mark_does_not_fill_the_memory() -> None:
    found = read(b'1,"a\n' + b"2,b\n" * 2000, limit=1000)
    assert found[0].problem.endswith("longer than 1000 bytes")
    assert [each.cells for each in found[1:]] == [["2", "b"]] * 2000


def test_memory_does_not_grow_with_the_file() -> None:
    class Endless(io.RawIOBase):
        left = 3_000_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            size = min(len(buffer), 30_000, self.left) // 10 * 10
            buffer[:size] = b"123,4567,\n" * (size // 10)
            self.left -= size
            return size

    def rows() -> Iterator[Source]:
        stream = unpacked(Endless())  # type: ignore[arg-type]
        return csv_sources(stream, "t", encoding="utf-8", delimiter=",", quote='"', max_record_bytes=1000)

    assert sum(1 for _ in rows()) == 300_000


def test_a_wrong_number_of_columns_rejects_the_row() -> None:
    body = {"source": {"format": "csv"}, "right": {"office": "XX", "kind": "trademark", "number": {"column": "a"}}}
    found = list(parse_mapping(body, "m").read(io.BytesIO(b"a,b\n1,2,3\n4,5\n6\n"), "t.csv", DEFAULTS))
    assert [type(each) for each in found] == [Rejected, Found, Rejected]
    assert isinstance(found[0], Rejected)
    assert found[0].reason == "has 3 columns where 2 were expected"
    assert (found[0].place, found[0].raw) == ("t.csv, line 2", b"1,2,3\n")


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=20)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), max_size=8))
def test_whatever_a_spreadsheet_writes_is_read_back(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    assert [each.cells for each in read(text.getvalue().encode())] == rows


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for each in read(data, limit=100) if not data.startswith((b"\x1f\x8b", b"\xfd7zXZ")) else []:
        assert each.problem or each.cells
