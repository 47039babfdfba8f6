"""The mappings that are shipped read their sources whole: right + quarantined = read, and identities do not collide."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from comity.registers.domain.record import RightRecord
from comity.registers.formats.base import Found
from comity.registers.formats.mapping import load_mapping, read_path
from tests.shared import shared_data

FOLDER = Path(__file__).resolve().parents[3] / "docs/use/mappings"


@dataclass
class Count:
    rights: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    first: RightRecord | None = None


def count(mapping_name: str, folder: str, file: str) -> Count:
    path = shared_data(folder) / file
    mapping = load_mapping(FOLDER / f"{mapping_name}.toml")
    assert mapping.reads(file)
    result, seen = Count(), set()
    for item in read_path(mapping, path):
        assert item.place.startswith(f"{file}, line ")
        if not isinstance(item, Found):
            result.reasons[item.reason] += 1
            continue
        record = item.record
        result.rights += 1
        result.kinds[record.kind] += 1
        result.first = result.first or record
        identity = hash((record.kind, record.stage, record.number))
        result.repeated += identity in seen
        seen.add(identity)
    return result


def test_russian_computer_programs() -> None:
    found = count("rospatent_evm", "rospatent_evm", "rospatent_evm_sample.csv")
    assert (found.rights, found.reasons.total(), found.repeated) == (885, 0, 0)
    assert found.first is not None
    assert (found.first.number, found.first.registration_date) == ("940274", "1994-07-11")
    assert [party.entity for party in found.first.parties] == ["natural"] * 3 + ["legal"]
    assert not any("273-31-97" in extra.value for extra in found.first.extras)


def test_kazakh_works_of_both_registers() -> None:
    archive = count("kz_copyright_archive", "kz_copyright", "kazpatentArchive_data.csv")
    present = count("kz_copyright", "kz_copyright", "kazpatent_data.csv")
    assert (archive.rights, present.rights) == (1576, 8)
    assert archive.reasons.total() + present.reasons.total() == 0
    assert archive.kinds == {"computer_program": 568, "database": 6, "copyright_work": 1002}
    assert present.repeated == 0
    assert archive.repeated <= 13  # the same work entered twice with its spelling corrected


def test_armenian_designs_with_titles_of_both_files() -> None:
    found = count("am_designs", "am_designs", "am_designs_ru.json")
    assert (found.rights, found.reasons.total(), found.repeated) == (640, 0, 0)
    mapping = load_mapping(FOLDER / "am_designs.toml")
    records = [
        item.record
        for item in read_path(mapping, shared_data("am_designs") / "am_designs_ru.json")
        if isinstance(item, Found)
    ]
    assert all("hy" in {text.lang for text in record.titles} for record in records)
    assert sum("ru" in {text.lang for text in record.titles} for record in records) == 627
    assert sum(bool(record.priorities) for record in records) == 102


def test_french_indications_and_the_labels_that_are_none() -> None:
    found = count("fr_gi", "fr_gi", "registered_quality_and_origin_signs_0.csv.gz")
    assert (found.rights, found.reasons.total(), found.repeated) == (4802, 431, 0)
    assert found.kinds == {"appellation_of_origin": 3318, "geographical_indication": 1484}
    assert sorted(found.reasons.values()) == [4, 427]


def test_brand_names_as_a_derived_register() -> None:
    found = count("brands_nsi", "brands_nsi", "brands.tsv.gz")
    assert (found.rights, found.reasons.total(), found.repeated) == (19119, 0, 0)
    assert found.first is not None
    assert (found.first.office, found.first.features, found.first.status) == ("XX", ("derived",), "unknown")


def test_renewals_of_copyright_at_full_size() -> None:
    found = count("us_copyright_renewals", "us_copyright_renewals", "renewals_1950_1991.tsv.xz")
    assert found.rights + found.reasons.total() == 445_386
    assert found.reasons == {"number: is missing": 1693}
    assert found.repeated == 218  # the same row printed in two catalogs, or one registration listed twice
    assert found.first is not None
    assert found.first.number == "R59809/A695089/1922-12-30"
    assert [event.code for event in found.first.events] == ["original_registration", "renewal"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_loads_and_has_a_title(path: Path) -> None:
    assert load_mapping(path).title
