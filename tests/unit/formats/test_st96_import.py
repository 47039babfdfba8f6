"""What ST.96 files say becomes a record: the standard's own examples, the US office's real files, and small cases."""

from __future__ import annotations

import io

import pytest

from comity.kernel.errors import FormatError
from comity.registers.domain.record import (
    Classification,
    Event,
    Image,
    Party,
    Priority,
    Publication,
    RightRecord,
    Text,
)
from comity.registers.formats import st96
from comity.registers.formats.base import Found, Item, ReadOptions, Rejected
from tests.shared import shared_data

TMK = (
    '<t:TrademarkBag xmlns:t="http://www.wipo.int/standards/XMLSchema/ST96/Trademark" '
    'xmlns:c="http://www.wipo.int/standards/XMLSchema/ST96/Common">'
)


def items_of(text: str, **options: str) -> list[Item]:
    return list(st96.read(io.BytesIO(text.encode()), "file.xml", ReadOptions(**options)))  # type: ignore[arg-type]


def mark(inner: str, **options: str) -> RightRecord:
    body = f"{TMK}<t:Trademark><c:RegistrationOfficeCode>BY</c:RegistrationOfficeCode>{inner}</t:Trademark>"
    (item,) = items_of(body + "</t:TrademarkBag>", **options)
    assert isinstance(item, Found), item
    return item.record


def file_record(folder: str, name: str) -> RightRecord:
    with (shared_data(folder) / name).open("rb") as stream:
        (item,) = st96.read(stream, name, ReadOptions())
    assert isinstance(item, Found), item
    return item.record


def extras(record: RightRecord) -> dict[str, str]:
    return {item.name: item.value for item in record.extras}


def test_the_standard_s_trademark_example() -> None:
    record = file_record("st96_v6_examples", "TrademarkApplication_Example.xml")
    assert (record.office, record.kind, record.stage, record.number) == ("US", "trademark", "right", "5169753")
    assert (record.application_number, record.filing_date) == ("87035559", "2016-05-12")
    assert (record.registration_date, record.status, record.status_date) == ("2017-03-28", "in_force", "2017-03-28")
    assert record.titles == (Text(text="LANYI"),)
    assert record.features == ("combined",)
    assert record.images == (Image(media_type="image/png", url="87035559.png"),)
    assert [item.code for item in record.classes] == ["9"]
    assert record.classes[0].texts[0].text.startswith("Audio cables; Bags for cameras")
    assert [(item.role, item.entity, item.country) for item in record.parties] == [
        ("applicant", "legal", "CN"),
        ("holder", "legal", "CN"),
        ("correspondent", "natural", ""),
    ]
    assert len(record.events) == 17
    assert record.events[0] == Event(
        code="R.PRA", date="2017-03-28", texts=(Text(text="REGISTERED-PRINCIPAL REGISTER"),)
    )
    assert record.publications[0].date == "2017-01-10"


def test_the_standard_s_design_example() -> None:
    record = file_record("st96_v6_examples", "DesignApplication_Example.xml")
    assert (record.office, record.kind, record.number) == ("XX", "industrial_design", "123456")
    assert (record.application_number, record.expiry_date) == ("35503842", "2034-01-29")
    assert (record.effect_date, record.registration_date) == ("2019-01-29", "2017-08-29")
    assert (record.status, record.status_date) == ("in_force", "2019-01-29")
    assert record.titles == (Text(text="Chair", lang="en"),)
    assert record.classes == (Classification(scheme="locarno", code="06-01", edition="11"),)
    assert [image.url for image in record.images] == [f"m001_00{number}.jpg" for number in range(1, 8)]
    assert [item.names[0].text for item in record.parties if item.role == "author"] == [
        "Emma Francis",
        "Jeannette Altova",
        "Manuel Ho",
    ]
    assert record.priorities == (Priority(office="WO", number="DM/096824", date="2017-03-31"),)
    assert len(record.events) == 28
    assert record.design_count == 1


def test_the_standard_s_patent_example() -> None:
    record = file_record("st96_v6_examples", "PatentPublication_Example.xml")
    assert (record.office, record.kind, record.stage, record.number) == ("US", "invention", "right", "08936998")
    assert record.status == "unknown"
    assert record.priorities == (Priority(office="JP", number="2007-290922", date="2007-11-08"),)
    assert record.classes[0] == Classification(scheme="ipc", code="H01L 21/30", edition="2006-01-01")
    assert {item.scheme for item in record.classes} == {"ipc", "cpc"}
    assert record.publications[0] == Publication(date="2015-01-20", kind="B2", number="08936998")
    assert record.abstract[0].text.startswith("A device is provided with: a first substrate")
    assert {item.role for item in record.parties} >= {"applicant", "holder", "author"}


def test_the_standard_s_indication_example() -> None:
    record = file_record("st96_v6_examples", "GIApplication_Example.xml")
    assert (record.office, record.kind, record.stage) == ("FR", "geographical_indication", "application")
    assert (record.number, record.filing_date) == ("IG 18-002", "2018-03-19")
    assert record.titles == (Text(text="Tapisserie d'Aubusson", lang="fr"), Text(text="Aubusson tapestry", lang="en"))
    assert [item.code for item in record.classes] == ["24", "27"]
    assert [item.role for item in record.parties].count("holder") == 10
    assert extras(record)["GeographicRegionDescriptionText"] == "Département de la Creuse"


US_MARKS = {
    "rn2178784": ("2178784", "74631225", "1995-02-07", "1998-08-04", "JAVA", ["9"], 33),
    "rn2713476": ("2713476", "78002299", "2000-04-03", "2003-05-06", "MYSQL", ["9"], 30),
    "rn3886986": (
        "3886986",
        "77658723",
        "2009-01-28",
        "2010-12-07",
        "THE BLUEBOOK A UNIFORM SYSTEM OF CITATION",
        ["41", "16"],
        34,
    ),
    "sn77478018": ("3717416", "77478018", "2008-05-19", "2009-12-01", "", ["30", "25", "14"], 40),
    "sn85334015": ("4281391", "85334015", "2011-05-31", "2013-01-29", "ULTRABOOK", ["9"], 35),
    "sn87881347": ("87881347", "87881347", "2018-04-17", "", "BURGER ADDICT", ["43"], 19),
}


@pytest.mark.parametrize("name", US_MARKS)
def test_real_files_of_the_us_office_are_read_whatever_their_namespaces(name: str) -> None:
    number, applied, filed, registered, words, nice, events = US_MARKS[name]
    record = file_record("uspto_tsdr", f"{name}-ST96.xml")
    assert (record.office, record.kind, record.number) == ("US", "trademark", number)
    assert record.stage == ("right" if registered else "application")
    assert (record.application_number, record.filing_date) == (applied, filed)
    assert record.registration_date == registered
    assert record.status == ("in_force" if registered else "pending")
    assert "".join(title.text for title in record.titles) == words
    assert [item.code for item in record.classes] == nice
    assert all(item.texts for item in record.classes)
    assert len(record.events) == events
    assert all(event.scheme == "local" and event.date and event.texts for event in record.events)
    wanted = "holder" if registered else "applicant"
    assert [item.entity for item in record.parties if item.role == wanted][:1] == ["legal"]


@pytest.mark.parametrize("name", ["rn2178784", "rn2713476"])
def test_the_older_variant_of_a_us_file_says_the_same_of_the_mark(name: str) -> None:
    new = file_record("uspto_tsdr", f"{name}-ST96.xml")
    old = file_record("uspto_tsdr", f"{name}-ST96-old.xml")
    for field in ("number", "stage", "status", "filing_date", "registration_date", "titles", "classes", "features"):
        assert getattr(old, field) == getattr(new, field), field


def test_no_natural_person_is_named_outside_the_parties() -> None:
    for name in US_MARKS:
        record = file_record("uspto_tsdr", f"{name}-ST96.xml")
        people = [item for item in record.parties if item.entity == "natural"]
        public = " ".join(item.value for item in record.extras)
        assert not [text.text for party in people for text in party.names if text.text in public]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Application refused", "refused"),
        ("Registration surrendered", "surrendered"),
        ("Opposition pending", "pending"),
        ("Registration cancelled", "unknown"),
        ("800", "unknown"),
        ("something new", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_status_is_never_guessed(word: str, status: str) -> None:
    record = mark(
        f"<c:RegistrationNumber>1</c:RegistrationNumber><t:MarkCurrentStatusCode>{word}</t:MarkCurrentStatusCode>"
    )
    assert record.status == status
    if status == "unknown" and word:
        assert extras(record)["MarkCurrentStatusCode"] == word


def test_verbal_elements_keep_their_languages() -> None:
    words = "".join(
        f"<t:WordMarkSpecification><t:MarkVerbalElementText c:languageCode='{lang}'>{text}</t:MarkVerbalElementText>"
        f"<t:MarkSignificantVerbalElementText c:languageCode='{lang}'>{text}</t:MarkSignificantVerbalElementText>"
        "</t:WordMarkSpecification>"
        for lang, text in (("be", "Зубр"), ("ru", "Зубр"), ("en", "Bison"))
    )
    record = mark(
        "<c:RegistrationNumber>1</c:RegistrationNumber>"
        f"<t:MarkRepresentation><t:MarkReproduction>{words}</t:MarkReproduction></t:MarkRepresentation>"
    )
    assert record.titles == (
        Text(text="Зубр", lang="be"),
        Text(text="Зубр", lang="ru"),
        Text(text="Bison", lang="en"),
    )


def test_vienna_codes_are_read_from_parts_and_from_text() -> None:
    codes = (
        "<c:ViennaClassification><c:ViennaCategory>26</c:ViennaCategory><c:ViennaDivision>01</c:ViennaDivision>"
        "<c:ViennaSection>03</c:ViennaSection></c:ViennaClassification>"
        "<c:ViennaClassificationText>05.03.11</c:ViennaClassificationText>"
    )
    record = mark(
        "<c:RegistrationNumber>1</c:RegistrationNumber><t:MarkRepresentation><t:MarkReproduction><t:MarkImageBag>"
        "<t:MarkImage><c:FileName>1.png</c:FileName><t:MarkImageClassification>"
        "<c:FigurativeElementClassificationBag><c:ViennaClassificationBag>"
        f"<c:ViennaClassificationEdition>9</c:ViennaClassificationEdition>{codes}</c:ViennaClassificationBag>"
        "</c:FigurativeElementClassificationBag></t:MarkImageClassification></t:MarkImage></t:MarkImageBag>"
        "</t:MarkReproduction></t:MarkRepresentation>"
    )
    assert record.classes == (
        Classification(scheme="vienna", code="26.1.3", edition="9"),
        Classification(scheme="vienna", code="5.3.11", edition="9"),
    )


def test_a_party_without_a_sure_sign_of_a_legal_entity_is_a_person() -> None:
    def owner(name: str, before: str = "") -> Party:
        contact = f"<c:Contact><c:Name>{name}</c:Name></c:Contact>"
        record = mark(
            "<c:RegistrationNumber>1</c:RegistrationNumber>"
            f"<t:ApplicantBag><t:Applicant>{before}{contact}</t:Applicant></t:ApplicantBag>"
        )
        return record.parties[0]

    assert owner("<c:EntityName>Иван Петров</c:EntityName>").entity == "natural"
    assert owner("<c:EntityName>Oracle America, Inc.</c:EntityName>").entity == "legal"
    form = "<c:LegalEntityName>INDIVIDUAL</c:LegalEntityName>"
    assert owner("<c:OrganizationName>Studio</c:OrganizationName>", form).entity == "natural"
    standard = "<c:OrganizationName><c:OrganizationStandardName>Зубр</c:OrganizationStandardName></c:OrganizationName>"
    assert owner(standard) == Party(role="holder", entity="legal", names=(Text(text="Зубр"),))


def test_a_record_without_a_number_is_rejected_and_the_rest_is_read() -> None:
    office = "<c:RegistrationOfficeCode>BY</c:RegistrationOfficeCode>"
    good = f"<t:Trademark>{office}<c:RegistrationNumber>{{}}</c:RegistrationNumber></t:Trademark>\n"
    bad = f"<t:Trademark>{office}</t:Trademark>\n"
    found = items_of(f"{TMK}\n{good.format(1)}{bad}{good.format(2)}</t:TrademarkBag>")
    assert [type(item) for item in found] == [Found, Rejected, Found]
    rejected = found[1]
    assert isinstance(rejected, Rejected)
    assert rejected.place == "file.xml, line 3, record 2"
    assert "neither a registration number nor an application number" in rejected.reason
    assert b"<t:Trademark" in rejected.raw
    assert rejected.remedy


def test_the_office_of_the_import_stands_in_where_the_file_names_none() -> None:
    body = f"{TMK}<t:Trademark><c:RegistrationNumber>1</c:RegistrationNumber></t:Trademark></t:TrademarkBag>"
    (without,) = items_of(body)
    assert isinstance(without, Rejected)
    assert "does not name its office" in without.reason
    (item,) = items_of(body, office="KZ")
    assert isinstance(item, Found)
    assert item.record.office == "KZ"


def test_an_office_outside_st3_rejects_its_record() -> None:
    inner = "<c:RegistrationOfficeCode>USPTO</c:RegistrationOfficeCode><c:RegistrationNumber>1</c:RegistrationNumber>"
    (item,) = items_of(f"{TMK}<t:Trademark>{inner}</t:Trademark></t:TrademarkBag>")
    assert isinstance(item, Rejected)
    assert "'USPTO' is no office code of ST.3" in item.reason


def test_designs_with_numbers_of_their_own_are_rights_of_their_own() -> None:
    def application(numbers: list[str]) -> list[RightRecord]:
        designs = "".join(f"<d:Design>{number}</d:Design>" for number in numbers)
        text = (
            '<d:DesignApplicationBag xmlns:d="urn:design/ST96" xmlns:c="urn:common"><d:DesignApplication>'
            "<c:RegistrationOfficeCode>RU</c:RegistrationOfficeCode><c:ApplicationNumber><c:ApplicationNumberText>"
            "2023500001</c:ApplicationNumberText></c:ApplicationNumber>"
            f"<d:DesignBag>{designs}</d:DesignBag></d:DesignApplication></d:DesignApplicationBag>"
        )
        return [item.record for item in items_of(text) if isinstance(item, Found)]

    numbered = application(
        [f"<c:RegistrationNumber>{number}</c:RegistrationNumber>" for number in ("130001", "130002")]
    )
    assert [(item.number, item.stage) for item in numbered] == [("130001", "right"), ("130002", "right")]
    (single,) = application(["", "", ""])
    assert (single.number, single.stage, single.design_count) == ("2023500001", "application", 3)


def test_an_orphan_work_is_read() -> None:
    (item,) = items_of(
        '<w:CopyrightOrphanWork xmlns:w="http://www.wipo.int/standards/XMLSchema/ST96/Copyright" '
        'xmlns:c="http://www.wipo.int/standards/XMLSchema/ST96/Common" c:officeCode="GB">'
        "<w:OrphanWorkIdentifier>OWLS000123</w:OrphanWorkIdentifier><w:OrphanWorkTitleTextBag>"
        '<w:OrphanWorkTitleText c:languageCode="en">A song</w:OrphanWorkTitleText></w:OrphanWorkTitleTextBag>'
        "<w:OrphanWorkKindCode>MW</w:OrphanWorkKindCode></w:CopyrightOrphanWork>"
    )
    assert isinstance(item, Found)
    assert (item.record.kind, item.record.number) == ("copyright_work", "OWLS000123")
    assert item.record.classes == (Classification(scheme="work", code="musical"),)


def test_a_madrid_designation_has_effect_where_it_designates() -> None:
    (item,) = items_of(
        '<t:MadridIBToOfficeTransaction xmlns:t="http://www.wipo.int/standards/XMLSchema/ST96/Trademark" '
        'xmlns:c="http://www.wipo.int/standards/XMLSchema/ST96/Common"><t:MadridIBToOfficeBag><t:MadridDesignation>'
        "<c:NotificationLanguage>en</c:NotificationLanguage><t:OfficeOriginCode>RU</t:OfficeOriginCode>"
        "<c:RecordEffectiveDate>2024-03-04</c:RecordEffectiveDate><c:ExpiryDate>2034-01-02</c:ExpiryDate>"
        "<c:InternationalRegistrationDate>2024-01-02</c:InternationalRegistrationDate>"
        "<c:InternationalRegistrationNumber>1765432</c:InternationalRegistrationNumber>"
        "<t:HolderBag><t:Holder><c:Contact><c:Name><c:EntityName>ООО Волна</c:EntityName></c:Name></c:Contact>"
        "</t:Holder></t:HolderBag><t:MarkImage><c:FileName>1765432.png</c:FileName></t:MarkImage>"
        "<t:MarkVerbalElementText>VOLNA</t:MarkVerbalElementText><t:DesignatedCountryBag><t:DesignatedCountry>"
        "<c:DesignatedCountryCode>BY</c:DesignatedCountryCode></t:DesignatedCountry></t:DesignatedCountryBag>"
        "</t:MadridDesignation></t:MadridIBToOfficeBag></t:MadridIBToOfficeTransaction>"
    )
    assert isinstance(item, Found)
    record = item.record
    assert (record.office, record.kind, record.number, record.stage) == ("WO", "trademark", "1765432", "right")
    assert record.titles == (Text(text="VOLNA"),)
    assert record.parties[0].role == "holder"
    (effect,) = record.effects
    assert (effect.territory, effect.basis, effect.since) == ("BY", "international", "2024-03-04")
    assert "may refuse" in effect.note


def test_a_hague_registration_is_one_right_with_all_its_designs() -> None:
    design = (
        "<d:HagueDesign><d:DesignIdentifier>{0}</d:DesignIdentifier><c:LocarnoClassificationBag>"
        "<c:LocarnoClassificationEdition>14</c:LocarnoClassificationEdition>"
        "<c:LocarnoClassificationText>06-01</c:LocarnoClassificationText></c:LocarnoClassificationBag>"
        "<c:ProductDescriptionTextBag><c:ProductDescriptionText>Chair {0}</c:ProductDescriptionText>"
        "</c:ProductDescriptionTextBag><d:ViewBag><d:View><c:FileName>{0}.jpg</c:FileName></d:View></d:ViewBag>"
        "</d:HagueDesign>"
    )
    (item,) = items_of(
        '<d:HagueIBToOfficeTransaction xmlns:d="http://www.wipo.int/standards/XMLSchema/ST96/Design" '
        'xmlns:c="http://www.wipo.int/standards/XMLSchema/ST96/Common"><d:HagueIBToOfficeBag><d:HagueRegistration>'
        "<c:InternationalRegistrationNumber>DM/200001</c:InternationalRegistrationNumber>"
        "<c:InternationalRegistrationDate>2022-05-06</c:InternationalRegistrationDate><d:DesignatedCountryBag>"
        "<d:DesignatedCountry><c:DesignatedCountryCode>BY</c:DesignatedCountryCode></d:DesignatedCountry>"
        f"</d:DesignatedCountryBag><d:DesignTotalQuantity>2</d:DesignTotalQuantity><d:HagueDesignBag>{design.format(1)}"
        f"{design.format(2)}</d:HagueDesignBag></d:HagueRegistration></d:HagueIBToOfficeBag>"
        "</d:HagueIBToOfficeTransaction>"
    )
    assert isinstance(item, Found)
    record = item.record
    assert (record.office, record.kind, record.number) == ("WO", "industrial_design", "DM/200001")
    assert record.design_count == 2
    assert [text.text for text in record.titles] == ["Chair 1", "Chair 2"]
    assert [picture.url for picture in record.images] == ["1.jpg", "2.jpg"]
    assert record.classes == (Classification(scheme="locarno", code="06-01", edition="14"),)
    assert [(effect.territory, effect.basis) for effect in record.effects] == [("BY", "international")]


@pytest.mark.parametrize(
    ("office", "kind_code", "kind", "stage", "number"),
    [
        ("RU", "C1", "invention", "right", "2700001"),
        ("RU", "U1", "utility_model", "right", "2700001"),
        ("RU", "A", "invention", "application", "2018100001"),
        ("US", "A1", "invention", "application", "2018100001"),
        ("US", "A", "invention", "right", "2700001"),
        ("SU", "A1", "invention", "right", "2700001"),
        ("EA", "B1", "invention", "right", "2700001"),
    ],
)
def test_the_kind_code_of_a_patent_document_tells_a_grant(
    office: str, kind_code: str, kind: str, stage: str, number: str
) -> None:
    (item,) = items_of(
        '<p:BibliographicData xmlns:p="http://www.wipo.int/standards/XMLSchema/ST96/Patent" '
        'xmlns:c="http://www.wipo.int/standards/XMLSchema/ST96/Common"><p:PatentPublicationIdentification>'
        f"<c:IPOfficeCode>{office}</c:IPOfficeCode><p:PublicationNumber>2700001</p:PublicationNumber>"
        f"<c:PatentDocumentKindCode>{kind_code}</c:PatentDocumentKindCode></p:PatentPublicationIdentification>"
        f"<p:ApplicationIdentification><c:IPOfficeCode>{office}</c:IPOfficeCode><c:ApplicationNumber>"
        "<c:ApplicationNumberText>2018100001</c:ApplicationNumberText></c:ApplicationNumber>"
        "</p:ApplicationIdentification></p:BibliographicData>"
    )
    assert isinstance(item, Found)
    assert (item.record.kind, item.record.stage, item.record.number) == (kind, stage, number)


def test_a_document_without_a_right_says_what_is_looked_for() -> None:
    with pytest.raises(FormatError, match="holds no right") as caught:
        items_of("<root><x/></root>")
    assert "Trademark" in caught.value.remedy


def test_a_broken_extension_rejects_its_record_only() -> None:
    inner = "<c:RegistrationOfficeCode>BY</c:RegistrationOfficeCode><c:RegistrationNumber>1</c:RegistrationNumber>"
    broken = f"<t:Trademark>{inner}<?comity-st96 <x:Right?></t:Trademark>"
    foreign = f"<t:Trademark>{inner}<?comity-st96 <Right/>?></t:Trademark>"
    whole = f"<t:Trademark>{inner}<?another-tool <Right/>?></t:Trademark>"
    found = items_of(f"{TMK}{broken}{foreign}{whole}</t:TrademarkBag>")
    assert [type(item) for item in found] == [Rejected, Rejected, Found]
