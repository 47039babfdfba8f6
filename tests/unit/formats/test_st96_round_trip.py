"""What is written as ST.96 is valid, and reads back as the same rights."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from comity.kernel.errors import RecordError
from comity.registers.domain.record import KINDS, Classification, Party, RightRecord, Text
from comity.registers.formats import st96
from comity.registers.formats.base import Found, ReadOptions
from tests.shared import shared_data
from tests.strategies import rights

SCHEMAS = {
    "TrademarkTransaction": "TrademarkTransaction_V6_0.xsd",
    "DesignApplicationBag": "DesignApplicationBag_V6_0.xsd",
    "GITransaction": "GITransaction_V6_0.xsd",
    "BibliographicData": "BibliographicData_V6_0.xsd",
}
GROUPS = {
    "marks": ("trademark",),
    "designs": ("industrial_design",),
    "indications": ("geographical_indication", "appellation_of_origin"),
    "patents": ("invention", "utility_model"),
}
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@lru_cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared_data("st96_v6_xsd") / SCHEMAS[name]))


def assert_valid(document: bytes) -> None:
    root = etree.fromstring(document)
    found = schema(etree.QName(root).localname)
    assert found.validate(root), found.error_log


def read_back(document: bytes, name: str = "out.xml") -> list[RightRecord]:
    items = list(st96.read(io.BytesIO(document), name, ReadOptions()))
    assert all(isinstance(item, Found) for item in items), items
    return [item.record for item in items if isinstance(item, Found)]


def package(records: list[RightRecord]) -> bytes:
    out = io.BytesIO()
    st96.write(records, out)
    return out.getvalue()


@pytest.mark.parametrize("group", GROUPS)
def test_every_right_is_written_valid_and_reads_back_the_same(group: str) -> None:
    @relaxed
    @given(rights(kinds=GROUPS[group]))
    def holds(record: RightRecord) -> None:
        out = io.BytesIO()
        st96.write_document([record], out)
        assert_valid(out.getvalue())
        assert read_back(out.getvalue()) == [record]

    holds()


@settings(parent=relaxed, max_examples=25)
@given(st.lists(rights(kinds=sorted(st96.ST96.kinds)), min_size=1, max_size=6))
def test_a_package_holds_any_mix_of_kinds(records: list[RightRecord]) -> None:
    data = package(records)
    with zipfile.ZipFile(io.BytesIO(data)) as content:
        for name in content.namelist():
            assert_valid(content.read(name))
    back = read_back(data, "out.zip")
    assert sorted(back, key=repr) == sorted(records, key=repr)


def test_the_same_rights_give_the_same_bytes() -> None:
    assert package(list(SOME)) == package(list(SOME))


def test_rights_keep_their_order_within_a_document() -> None:
    marks = [RightRecord(office="RU", kind="trademark", number=str(number)) for number in range(50)]
    out = io.BytesIO()
    st96.write_document(iter(marks), out)
    assert read_back(out.getvalue()) == marks


def test_what_st96_holds_is_said_in_st96_and_nowhere_else() -> None:
    out = io.BytesIO()
    st96.write_document([SOME[0]], out)
    root = etree.fromstring(out.getvalue())
    assert [item.text for item in root.iter("{*}MarkVerbalElementText")] == ["ЗУБР"]
    assert [item.text for item in root.iter("{*}ClassNumber")] == ["32", "32"]
    assert [item.text for item in root.iter("{*}OrganizationStandardName")] == ["ОАО «Зубр»"]
    assert not list(root.iter(etree.ProcessingInstruction))


def test_the_extension_is_xml_of_our_namespace_and_says_the_difference_only() -> None:
    out = io.BytesIO()
    st96.write_document([SOME[1]], out)
    (found,) = etree.fromstring(out.getvalue()).iter(etree.ProcessingInstruction)
    extension = etree.fromstring(found.text or "")
    assert etree.QName(extension).namespace == "https://comity.example/ns/st96-extension/1"
    assert {etree.QName(item).localname for item in extension} == {"abstract", "source_url"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - st96.ST96.kinds))
def test_a_kind_that_st96_does_not_know_is_refused_with_the_formats_that_hold_it(kind: str) -> None:
    record = RightRecord(office="RU", kind=kind, number="1")  # type: ignore[arg-type]
    with pytest.raises(RecordError, match=r"no document for a right of kind .* CSV or as JSON lines"):
        package([record])


def test_a_mix_of_kinds_in_one_document_is_refused() -> None:
    with pytest.raises(RecordError, match=r"one ST\.96 document cannot hold trademarks"):
        st96.write_document([SOME[0], RightRecord(office="RU", kind="industrial_design", number="1")], io.BytesIO())


def test_a_text_that_no_xml_can_hold_is_refused_by_name() -> None:
    record = RightRecord(office="RU", kind="trademark", number="7", titles=(Text(text="a\x00b"),))
    with pytest.raises(RecordError, match="no XML can hold"):
        package([record])


def test_an_office_that_st3_does_not_know_is_refused() -> None:
    with pytest.raises(RecordError, match=r"'ZZ' is no office code of ST\.3"):
        package([RightRecord(office="ZZ", kind="trademark", number="7")])


def test_nothing_to_write_is_an_error_not_an_empty_file() -> None:
    with pytest.raises(RecordError, match="no right to write"):
        package([])


SOME = (
    RightRecord(
        office="BY",
        kind="trademark",
        number="70123",
        features=("word",),
        status="in_force",
        application_number="20200001",
        filing_date="2020-01-09",
        registration_date="2021-05-03",
        titles=(Text(text="ЗУБР", lang="be"),),
        classes=(Classification(scheme="nice", code="32", texts=(Text(text="піва", lang="be"),)),),
        parties=(Party(role="holder", entity="legal", names=(Text(text="ОАО «Зубр»", lang="ru"),), country="BY"),),
    ),
    RightRecord(
        office="RU",
        kind="invention",
        number="2700001",
        application_number="2018100001",
        filing_date="2018-01-09",
        titles=(Text(text="Способ сварки", lang="ru"),),
        abstract=(Text(text="Изобретение относится к сварке.", lang="ru"),),
        classes=(Classification(scheme="ipc", code="B23K 9/00", edition="2006-01-01"),),
        source_url="https://office.example/2700001",
    ),
)
