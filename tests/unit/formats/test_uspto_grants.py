"""Patent documents of the US office: v4 grants and applications are read, everything else is refused by name."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError
from comity.registers.domain.record import RightRecord
from comity.registers.formats import uspto_grant
from comity.registers.formats.base import DEFAULTS, Found, Item, ReadOptions, Rejected, detect
from tests.shared import shared_data

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE us-patent-grant SYSTEM "x.dtd" [ ]>\n'


def items(path: Path, options: ReadOptions = DEFAULTS) -> list[Item]:
    with path.open("rb") as stream:
        return list(uspto_grant.read(stream, path.name, options))


def records(path: Path) -> list[RightRecord]:
    return [item.record for item in items(path) if isinstance(item, Found)]


def small(data: str | bytes) -> list[Item]:
    raw = data.encode() if isinstance(data, str) else data
    return list(uspto_grant.read(io.BytesIO(raw), "small.xml", DEFAULTS))


def grant(number: str = "D0000012", kind: str = "S1", more: str = "") -> str:
    return (
        f'{HEAD}<us-patent-grant lang="EN"><us-bibliographic-data-grant><publication-reference><document-id>'
        f"<country>US</country><doc-number>{number}</doc-number><kind>{kind}</kind><date>20230404</date></document-id>"
        f"</publication-reference>{more}</us-bibliographic-data-grant></us-patent-grant>\n"
    )


def test_concatenated_files_are_read_document_by_document() -> None:
    folder = shared_data("uspto_patents")
    found = items(folder / "ipgb20221025.xml") + items(folder / "ipgb20230404.xml")
    rights = [item.record for item in found if isinstance(item, Found)]
    assert len(found) == len(rights) == 14
    assert Counter(each.kind for each in rights) == {"invention": 9, "industrial_design": 4, "plant_variety": 1}
    assert found[1].place == "ipgb20221025.xml, line 1347"


def test_a_design_has_its_locarno_class_and_its_short_number() -> None:
    record = records(shared_data("uspto_patents") / "ipgb20230404.xml")[0]
    assert (record.kind, record.number, record.application_number) == ("industrial_design", "D982278", "29832268")
    assert (record.filing_date, record.registration_date) == ("2022-03-25", "2023-04-04")
    assert ("locarno", "02-01", "14") in {(each.scheme, each.code, each.edition) for each in record.classes}
    assert [each.entity for each in record.parties if each.role == "author"] == ["natural"] * 3


def test_a_plant_patent_and_a_reissue_say_what_they_are() -> None:
    rights = {each.number: each for each in records(shared_data("uspto_patents") / "ipgb20221025.xml")}
    assert [extra.value for extra in rights["PP34694"].extras[:2]] == ["P2", "plant patent"]
    assert rights["PP34694"].titles[0].text == "Portulaca plant named ‘DPORMPZPUP’"
    assert [extra.value for extra in rights["RE49257"].extras[:2]] == ["E1", "reissue"]
    assert rights["RE49258"].priorities[0].office == "GB"


@pytest.mark.parametrize(
    ("path", "number", "ipc", "parties"),
    [
        ("xml2004/US06859910.xml", "6859910", "G06F 15/00", 5),
        ("xml2004/US06970935.xml", "6970935", "G06F 15/16", 5),
        ("xml2006/US07272630B2.xml", "7272630", "G06F 15/13", 0),
        ("xml2014/US08926509.xml", "8926509", "A61B 5/00", 0),
        ("xml2014/US08927118.xml", "8927118", "H05B 33/14", 0),
        ("xml2014/US08930553.xml", "8930553", "G06F 15/16", 0),
    ],
)
def test_grants_of_every_v4_generation_are_read(path: str, number: str, ipc: str, parties: int) -> None:
    (record,) = records(shared_data("uspto_patents") / "patentpublicdata_samples" / path)
    assert (record.number, record.stage, record.kind) == (number, "right", "invention")
    assert next(each.code for each in record.classes if each.scheme == "ipc") == ipc
    assert record.abstract
    assert len(record.parties) >= parties


@pytest.mark.parametrize("name", ["US20050004437A1", "US20050004974A1"])
def test_published_applications_are_applications(name: str) -> None:
    path = shared_data("uspto_patents") / f"patentpublicdata_samples/xmlApp2004/{name}.xml"
    (record,) = records(path)
    assert (record.stage, record.number) == ("application", record.application_number)
    assert (record.publications[0].kind, record.publications[0].number) == ("A1", name[2:-2])
    assert not record.registration_date


@pytest.mark.parametrize(
    ("folder", "reason"), [("sgml", "ST.32"), ("pap", "2001 to 2004"), ("cpcScheme", "neither a grant")]
)
def test_older_forms_are_rejected_by_their_name(folder: str, reason: str) -> None:
    for path in sorted((shared_data("uspto_patents") / "patentpublicdata_samples" / folder).iterdir()):
        (item,) = items(path)
        assert isinstance(item, Rejected)
        assert reason in item.reason
        assert item.remedy


def test_the_form_before_xml_is_refused() -> None:
    for path in sorted((shared_data("uspto_patents") / "patentpublicdata_samples/greenbook").iterdir()):
        with pytest.raises(FormatError, match="PATN"):
            items(path)


def test_a_broken_document_does_not_take_the_next_with_it() -> None:
    found = small(grant("D1")[:-30] + "\n" + grant("D2"))
    assert [type(each) for each in found] == [Rejected, Found]
    assert isinstance(found[0], Rejected)
    assert found[0].reason.startswith("not well-formed XML")


def test_a_document_that_is_too_large_is_rejected_and_the_next_is_read() -> None:
    data = (grant("D1", more=f"<x>{'y' * 3000}</x>") + grant("D2")).encode()
    found = list(uspto_grant.read(io.BytesIO(data), "small.xml", ReadOptions(max_record_bytes=2000)))
    assert [type(each) for each in found] == [Rejected, Found]


def test_a_character_that_only_the_dtd_defines_rejects_the_document() -> None:
    (item,) = small(grant(more="<invention-title>Caf&eacute;</invention-title>"))
    assert isinstance(item, Rejected)
    assert "DTD" in item.reason


def test_entities_are_not_expanded() -> None:
    bomb = grant(more="<invention-title>&a;</invention-title>").replace("[ ]", '[<!ENTITY a SYSTEM "/etc/passwd">]')
    (item,) = small(bomb)
    assert isinstance(item, Rejected)
    assert "declares entities" in item.reason


def test_an_unknown_kind_is_rejected() -> None:
    (item,) = small(grant(kind="H1"))
    assert isinstance(item, Rejected)
    assert "'H1'" in item.reason


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_break_the_reader(noise: bytes, inside: bool) -> None:
    data = grant().encode().replace(b"D0000012", noise) if inside else b"<?xml" + noise
    try:
        found = small(data)
    except FormatError:
        return
    assert all(isinstance(item, Found | Rejected) for item in found)


def test_the_form_is_recognised() -> None:
    assert detect(grant().encode(), "ipg230404.xml").name == "uspto_grant"
