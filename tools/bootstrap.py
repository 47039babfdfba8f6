"""Build a virtual environment from a lock file, with nothing but the Python that Debian ships.

    python3 tools/bootstrap.py .venv requirements.lock

Exit status 1 and a remedy in words where the interpreter is too old or cannot make environments.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def problem() -> str | None:
    """What keeps this interpreter from making an environment, and what to do about it; None where all is well."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        return (
            f"Comity needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is {version}. "
            "Install one and name it: make PYTHON=/path/to/python3.11 demo"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        return (
            f"{sys.executable} cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv"
        )
    return None


def healthy(python: Path) -> bool:
    """Whether the environment's interpreter runs, is new enough and has pip (a venv broken half-way has none)."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST!r})"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> int:
    folder, lock = Path(sys.argv[1]), sys.argv[2]
    if found := problem():
        print(found, file=sys.stderr)
        return 1
    python = folder / "bin" / "python"
    if not healthy(python):
        print(f"Making the environment in {folder} ...", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=False)
        if made.returncode != 0:
            print("venv failed. On Debian or Ubuntu: sudo apt-get install python3-venv", file=sys.stderr)
            return 1
    print(f"Installing the packages of {lock} ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", lock]
    installed = subprocess.run(pip, check=False)
    if installed.returncode != 0:
        print(
            "pip could not install the packages; see its message above. A second run goes on from here.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
