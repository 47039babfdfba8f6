"""A hostile mapping or a packed file cannot keep the node busy for ever."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import subprocess
import sys
from typing import Any

import pytest

from comity.kernel.errors import ConfigurationError, FormatError
from comity.registers.formats import jsonlines
from comity.registers.formats.base import DEFAULTS
from comity.registers.formats.mapping import parse_mapping
from comity.registers.formats.patterns import compiled
from comity.registers.formats.tabular import unpacked


def mapping(pattern: str) -> dict[str, Any]:
    number = {"column": "n", "match": pattern}
    right = {"office": "BY", "kind": "trademark", "number": number}
    return {"title": "t", "source": {"format": "csv"}, "right": right}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|ab)*$",
        r"(?:\s*x\s*)+$",
        r"((a?){20})*$",
        r"(a{1,30}){1,30}$",
        r"(?=(a+)+$)b",
        r"(?:(a+)+|x)$",
        r"(a)?(?(1)(b+)+|c)$",
    ],
)
def test_pattern_that_could_run_for_ever_is_refused_with_the_mapping(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="in several ways"):
        parse_mapping(mapping(pattern), "hostile.toml")


@pytest.mark.parametrize("pattern", ["a" * 1001, "a{1,99999999999999999999}", "("])
def test_pattern_that_is_none_is_refused_with_the_mapping(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="regular expression"):
        parse_mapping(mapping(pattern), "hostile.toml")


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d+$",
        r"\((\d+) вариант",
        r"(?P<number>\S.*?)\s+(?P<date>\d{4}-\d\d-\d\d)\s+(?P<office>[A-Z]{2})",
        r"(?:ab)+c?",
    ],
)
def test_patterns_of_registers_are_taken(pattern: str) -> None:
    assert compiled(pattern) == re.compile(pattern)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_file_that_swells_without_measure_is_refused(pack: Any) -> None:
    bomb = pack(b"\n" * (100 * 1024 * 1024))
    with pytest.raises(FormatError, match="packed file"):
        list(jsonlines.read(io.BytesIO(bomb), "bomb.jsonl", DEFAULTS))


def test_packed_file_that_is_only_well_packed_is_read() -> None:
    data = b'{"office":"BY","kind":"trademark","number":"1"}\n' * 100_000
    assert unpacked(io.BytesIO(gzip.compress(data))).read() == data


def test_xz_file_that_asks_for_much_memory_is_refused() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
    # Packing needs the memory that reading is refused: in a process of its own.
    code = f"import lzma,sys;sys.stdout.buffer.write(lzma.compress(b'x\\n',filters={filters!r}))"
    packed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    with pytest.raises(FormatError, match="packed file"):
        list(jsonlines.read(io.BytesIO(packed), "greedy.jsonl", DEFAULTS))
