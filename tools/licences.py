"""The licences of what Comity runs on: every runtime dependency, and what those need in turn.

    python -m tools.licences list    a table: package, version, licence
    python -m tools.licences check   exit 1 where a licence is unknown or would bind Comity itself (GPL, AGPL, SSPL)

LGPL is admitted: psycopg is imported unchanged and can be replaced by its user (LGPL 3.0 §4).
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
BINDING = re.compile(r"\b(A?GPL|GNU (Affero )?General Public|SSPL|Server Side Public|EUPL|BUSL|Commons Clause)", re.I)
WEAK = re.compile(r"\bLGPL|Lesser General Public", re.I)


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str

    @property
    def binding(self) -> bool:
        """Whether every one of its alternatives would bind Comity. `MIT OR GPL-2.0` would not."""
        alternatives = re.split(r"\s+OR\s+", self.licence)
        return all(BINDING.search(WEAK.sub("", one)) for one in alternatives)


def licence_of(distribution: metadata.Distribution) -> str:
    """As the package states it: SPDX expression, else classifiers, else its licence field's first line; "" if none."""
    facts = distribution.metadata
    if "License-Expression" in facts:
        return facts["License-Expression"]
    classified = [
        line.rpartition(" :: ")[2] for line in facts.get_all("Classifier") or [] if line.startswith("License :: ")
    ]
    named = [name for name in classified if name != "OSI Approved"]
    if named:
        return " AND ".join(named)
    lines = "\n".join(facts.get_all("License") or []).strip().splitlines()
    return lines[0] if lines else ""


def direct() -> list[Requirement]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def runtime() -> list[Package]:
    """Every installed package that a running node may import, by name."""
    found: dict[str, Package] = {}
    queue = direct()
    seen: set[tuple[str, frozenset[str]]] = set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        extras = frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        distribution = metadata.distribution(name)
        found[name] = Package(name, distribution.version, licence_of(distribution))
        for line in distribution.requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in (extras or {""})):
                queue.append(needed)
    return [found[name] for name in sorted(found)]


def main(arguments: list[str]) -> int:
    packages = runtime()
    match arguments:
        case ["list"]:
            for package in packages:
                print(f"| {package.name} | {package.version} | {package.licence} |")
        case ["check"]:
            bad = [package for package in packages if not package.licence or package.binding]
            for package in bad:
                print(
                    f"{package.name} {package.version}: {package.licence or 'states no licence'}: see tools/licences.py"
                )
            if bad:
                return 1
            print(f"{len(packages)} packages, all under licences that Apache-2.0 software may rest on")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
