"""The rooms of the house: import-linter's contracts hold, and would notice a breach."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "comity"
KERNEL_MAY_IMPORT = {"comity", "cryptography", "nacl", "orjson", "rfc8785"}
DOMAIN_MAY_IMPORT = {"comity"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # A folder of its own for the cache, so that two runs at once do not meet.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    environment = {"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def house(folder: Path, files: dict[str, str]) -> Path:
    """A small house under the real contracts: every present room, empty but for `files`."""
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    rooms = [path.relative_to(ROOT) for path in SOURCE.iterdir() if (path / "__init__.py").exists()]
    for room in [Path("src/comity"), *rooms, Path("src/comity/registers/domain")]:
        (folder / room).mkdir(parents=True, exist_ok=True)
        (folder / room / "__init__.py").touch()
    for name, source in files.items():
        path = folder / "src" / "comity" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name != "__init__.py":
            (path.parent / "__init__.py").touch()
        path.write_text(source)
    return folder


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_an_empty_house_keeps_the_contracts(tmp_path: Path) -> None:
    result = lint(house(tmp_path, {}))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("contract", "files"),
    [
        ("go down only", {"journal/services.py": "import comity.registers\n"}),
        ("go down only", {"web/views.py": "import comity.api\n"}),
        ("go down only", {"registers/services.py": "import comity.federation\n"}),
        ("go down only", {"kernel/merkle.py": "import comity.jobs\n"}),
        ("kernel knows neither", {"kernel/merkle.py": "import django\n"}),
        ("kernel knows neither", {"kernel/merkle.py": "import lxml\n"}),
        ("Rules are pure", {"registers/domain/terms.py": "import django\n"}),
        ("Rules are pure", {"journal/domain.py": "import httpx\n"}),
        ("never tables", {"web/views.py": "import comity.journal.models\n", "journal/models.py": ""}),
        ("never tables", {"api/v1/rights.py": "import comity.registers.models\n", "registers/models.py": ""}),
        (
            "chooses adapters",
            {"registers/adapters/smtp.py": "", "registers/services.py": "import comity.registers.adapters.smtp\n"},
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_breach_is_found(tmp_path: Path, contract: str, files: dict[str, str]) -> None:
    result = lint(house(tmp_path, files))
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(contract in line for line in broken), result.stdout


def test_a_room_that_no_contract_knows_is_found(tmp_path: Path) -> None:
    result = lint(house(tmp_path, {"annex/services.py": ""}))
    assert result.returncode == 1
    assert "annex" in result.stdout + result.stderr


def test_kernel_imports_the_standard_library_and_four_packages() -> None:
    strangers = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (SOURCE / "kernel").rglob("*.py")
        for name in imports(path) - KERNEL_MAY_IMPORT - sys.stdlib_module_names
    }
    assert strangers == set()


def test_domain_modules_import_the_standard_library_and_the_kernel() -> None:
    modules = [*SOURCE.glob("*/domain.py"), *SOURCE.glob("*/domain/**/*.py")]
    assert modules
    strangers = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules
        for name in imports(path) - DOMAIN_MAY_IMPORT - sys.stdlib_module_names
    }
    assert strangers == set()
