"""Which real files the demonstration loads into which node (`make demo DATA=DIR`), by folder of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Offices whose registers each node relays in the demonstration with real files, beside its own.
OFFICES = {
    "BY": ("BY", "AM", "FR", "KZ", "US", "XX"),
    "RU": ("RU", "CN", "EM", "EP", "FR", "IB", "JP", "KR", "US", "XX"),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file of a source."""

    name: str
    path: Path
    mapping: str


@dataclass(frozen=True, slots=True)
class RealSource:
    """A folder of the data: the files in it that are read, by which mapping (none: the format tells itself)."""

    name: str
    node: str
    folder: str
    pattern: str
    mapping: str = ""

    def deliveries(self, data: Path) -> Iterator[Delivery]:
        for path in sorted((data / self.folder).glob(self.pattern)):
            if path.is_file():
                yield Delivery(self.name, path, self.mapping)


SOURCES = (
    RealSource("Kazakh works, archive", "BY", "kz_copyright", "kazpatentArchive_data.csv", "kz_copyright_archive.toml"),
    RealSource("Kazakh works, recent", "BY", "kz_copyright", "kazpatent_data.csv", "kz_copyright.toml"),
    RealSource("Armenian designs", "BY", "am_designs", "am_designs_ru.json", "am_designs.toml"),
    RealSource("French indications", "BY", "fr_gi", "*.csv.gz", "fr_gi.toml"),
    RealSource("US marks, ST.66", "BY", "uspto_tsdr", "*-ST66.xml"),
    RealSource("Russian programs", "RU", "rospatent_evm", "*.csv", "rospatent_evm.toml"),
    RealSource("ST.96 examples", "RU", "st96_v6_examples", "*.xml"),
    RealSource("US marks, ST.96", "RU", "uspto_tsdr", "*-ST96.xml"),
    RealSource("US grants", "RU", "uspto_patents", "ipgb*.xml"),
    RealSource("Brand names", "RU", "brands_nsi", "brands.tsv.gz", "brands_nsi.toml"),
)
