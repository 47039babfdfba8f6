"""Marks in ST.66 as the US office delivers them, and the same marks in ST.96."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from comity.kernel.errors import FormatError
from comity.registers.domain.record import RightRecord
from comity.registers.formats import st66, st96
from comity.registers.formats.base import DEFAULTS, FORMATS, Found, Item, Rejected, detect
from tests.shared import shared_data

NAMES = ("rn2178784", "rn2713476", "rn3886986", "sn77478018", "sn85334015", "sn87881347")


def items(data: bytes) -> list[Item]:
    return list(st66.read(io.BytesIO(data), "marks.xml", DEFAULTS))


def only(found: list[Item]) -> RightRecord:
    (item,) = found
    assert isinstance(item, Found), item
    return item.record


def file(name: str, form: str) -> Path:
    return shared_data("uspto_tsdr") / f"{name}-{form}.xml"


@pytest.mark.parametrize("name", NAMES)
def test_each_real_file_is_one_mark(name: str) -> None:
    record = only(items(file(name, "ST66").read_bytes()))
    assert (record.office, record.kind) == ("US", "trademark")
    assert record.filing_date
    assert record.events
    assert {party.role for party in record.parties} >= {"applicant", "correspondent"}


@pytest.mark.parametrize("name", NAMES)
def test_st66_and_st96_tell_the_same(name: str) -> None:
    old = only(items(file(name, "ST66").read_bytes()))
    with file(name, "ST96").open("rb") as stream:
        new = only(list(FORMATS[st96.ST96.name].read(stream, "st96.xml", DEFAULTS)))
    for field in (
        *("office", "kind", "stage", "number", "status", "status_date", "features"),
        *("application_number", "filing_date", "registration_date", "first_use_date"),
    ):
        assert getattr(old, field) == getattr(new, field), field
    assert [text.text for text in old.titles] == [text.text for text in new.titles]
    assert [(each.scheme, each.code) for each in old.classes] == [(each.scheme, each.code) for each in new.classes]
    assert [text.text for each in old.classes for text in each.texts] == [
        text.text for each in new.classes for text in each.texts
    ]
    assert [text.text for text in old.disclaimers] == [text.text for text in new.disclaimers]
    assert [text.text for text in old.description] == [text.text for text in new.description]
    # One ST.96 file is younger than its twin: two events more, in front. In ST.96 the office also puts the letter of
    # the kind of entry behind its code: CNSA, CNSAO.
    newest = new.events[-len(old.events) :]
    assert [(each.date, each.texts) for each in old.events] == [(each.date, each.texts) for each in newest]
    assert [each.code for each in old.events] == [each.code[:-1] for each in newest]
    assert [each.date for each in old.publications] == [each.date for each in new.publications]
    assert old.priorities == new.priorities
    for role in ("holder", "applicant"):
        assert [each.names[0].text for each in old.parties if each.role == role] == [
            each.names[0].text for each in new.parties if each.role == role
        ]


def test_the_newest_owner_holds_and_the_first_applied() -> None:
    record = only(items(file("rn2178784", "ST66").read_bytes()))
    assert [(each.role, each.names[0].text) for each in record.parties[:2]] == [
        ("holder", "Oracle America, Inc."),
        ("applicant", "Sun Microsystems, Inc."),
    ]


def test_names_and_telephones_of_staff_and_people_stay_out_of_the_extras() -> None:
    for name in NAMES:
        record = only(items(file(name, "ST66").read_bytes()))
        kept = " ".join(extra.value for extra in record.extras)
        people = [each.names[0].text.split(",")[0] for each in record.parties if each.entity == "natural"]
        assert not any(person in kept for person in [*people, "SANTOMARTINO", "@"])


def mark(body: str, around: str = "") -> bytes:
    return (
        '<Transaction xmlns="http://www.wipo.int/standards/XMLSchema/trademarks"><TradeMarkTransactionBody>'
        "<TransactionContentDetails><TransactionData><TradeMarkDetails><TradeMark>"
        f"{body}</TradeMark></TradeMarkDetails>{around}</TransactionData></TransactionContentDetails>"
        "</TradeMarkTransactionBody></Transaction>"
    ).encode()


def test_a_mark_as_the_standard_writes_it() -> None:
    record = only(
        items(
            mark(
                "<RegistrationOfficeCode>BY</RegistrationOfficeCode><ApplicationNumber>20230001</ApplicationNumber>"
                "<ApplicationDate>2023-01-09</ApplicationDate><MarkCurrentStatusCode>Application filed"
                "</MarkCurrentStatusCode><KindMark>Collective</KindMark><MarkFeature>Combined</MarkFeature>"
                '<WordMarkSpecification><MarkVerbalElementText languageCode="BE">Зубр</MarkVerbalElementText>'
                "</WordMarkSpecification><MarkImageDetails><MarkImage><MarkImageFilename>1.png</MarkImageFilename>"
                "<MarkImageCategory><CategoryCodeDetails><CategoryCode>03.04.01</CategoryCode></CategoryCodeDetails>"
                "</MarkImageCategory></MarkImage></MarkImageDetails>"
            )
        )
    )
    assert (record.office, record.stage, record.number, record.status) == ("BY", "application", "20230001", "pending")
    assert (record.titles[0].lang, record.titles[0].text) == ("be", "Зубр")
    assert [(each.scheme, each.code) for each in record.classes] == [("vienna", "3.4.1")]
    assert record.features == ("combined",)


def test_a_mark_without_a_number_is_rejected_and_the_file_goes_on() -> None:
    (item,) = items(mark("<RegistrationOfficeCode>BY</RegistrationOfficeCode>"))
    assert isinstance(item, Rejected)
    assert "number" in item.reason
    assert item.place == "marks.xml, line 1"


def test_a_file_that_is_cut_short_is_refused() -> None:
    with pytest.raises(FormatError, match="not well-formed"):
        items(mark("<ApplicationNumber>1</ApplicationNumber>")[:-40])


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE Transaction [<!ENTITY a "aaaa">]>' + mark("<ApplicationNumber>&a;</ApplicationNumber>")
    with pytest.raises(FormatError, match="entities"):
        items(bomb)


def test_the_form_is_recognised_and_not_taken_for_st96() -> None:
    assert detect(file("rn2178784", "ST66").read_bytes()[:4096], "x.xml").name == "st66"
    assert detect(file("rn2178784", "ST96").read_bytes()[:4096], "x.xml").name != "st66"
