"""What tests that drive real nodes have in common."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path


def delivery(path: Path, party: str, numbers: range, person: str = "Лицо") -> Path:
    """A file of marks held by natural persons."""
    with path.open("w", encoding="utf-8") as file:
        for number in numbers:
            record = {
                "office": party,
                "kind": "trademark",
                "number": str(number),
                "titles": [{"text": f"ЗНАК {number}"}],
                "parties": [
                    {"role": "holder", "entity": "natural", "names": [{"text": f"{person} {number}"}], "country": party}
                ],
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def filled(path: str, **values: str | int) -> str:
    """An address of the API with values for the parts that it names; `1` for one that is not given."""
    return re.sub(r"\{(\w+)\}", lambda part: str(values.get(part[1], "1")), path)


def until(done: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.2)
