"""What Comity runs on is under licences that it may rest on."""

from __future__ import annotations

import pytest

from tools.licences import Package, runtime


def test_every_runtime_package_states_an_admissible_licence() -> None:
    packages = runtime()
    assert {"django", "pynacl", "typst", "http-sf"} <= {package.name for package in packages}
    assert [package for package in packages if not package.licence or package.binding] == []


@pytest.mark.parametrize(
    ("licence", "binding"),
    [
        ("MIT", False),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GPL-3.0-or-later", True),
        ("GNU Affero General Public License v3", True),
        ("AGPL-3.0-only", True),
        ("MIT OR GPL-2.0-only", False),
        ("MIT AND GPL-2.0-only", True),
        ("SSPL-1.0", True),
    ],
)
def test_a_licence_that_would_bind_us_is_known(licence: str, binding: bool) -> None:
    assert Package("x", "1", licence).binding is binding
