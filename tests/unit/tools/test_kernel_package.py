"""The kernel is a package of its own: built apart, it verifies without the node and without Django."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROJECT = ROOT / "packaging" / "kernel"
PROBE = """
import sys
sys.path = [path for path in sys.path if not path.endswith("/src")]
sys.path.insert(0, sys.argv[1])
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
from comity.kernel.__main__ import main
import comity.kernel
assert comity.kernel.__file__.startswith(sys.argv[1]), comity.kernel.__file__
strangers = {name.partition(".")[0] for name in sys.modules} & {"django", "httpx", "lxml", "pydantic", "typer"}
assert not strangers, strangers
sys.exit(main([sys.argv[2]]))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kernel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    [wheel] = folder.glob("comity_kernel-*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_the_package_holds_every_module_of_the_kernel_and_nothing_else(unpacked: Path) -> None:
    def modules(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}

    assert modules(unpacked / "comity") == {f"kernel/{name}" for name in modules(ROOT / "src/comity/kernel")}
    assert (unpacked / "comity/kernel/LICENSE").exists()


def test_the_package_verifies_without_the_node(unpacked: Path, tmp_path: Path) -> None:
    file = tmp_path / "nothing.comity-proof"
    file.write_text("no bundle")
    command = [sys.executable, "-c", PROBE, str(unpacked), str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "is not a proof bundle" in done.stdout


def test_versions_and_dependencies_agree_with_the_node() -> None:
    kernel = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    node = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert kernel["version"] == node["version"]
    assert set(kernel["dependencies"]) <= set(node["dependencies"])
