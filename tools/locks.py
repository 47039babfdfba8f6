"""Write the lock files: exact versions for every platform, without addresses of any package index.

requirements.lock          what runs, without hashes: any index that serves these versions will do
requirements.hashed.lock   the same with hashes, for `pip install --require-hashes` in production
requirements-dev.lock      what tests and checks need besides
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = [
    "--universal",
    "--python-version=3.11",
    "--no-emit-index-url",
    "--custom-compile-command=make locks",
    "--quiet",
    "--upgrade",
]


def main() -> int:
    beside = Path(sys.executable).with_name("uv")
    in_venv = ROOT / ".venv" / "bin" / "uv"
    uv = shutil.which("uv") or next((str(path) for path in (beside, in_venv) if path.exists()), None)
    if uv is None:
        print("uv is not installed; try: pip install uv", file=sys.stderr)
        return 1
    compile_ = [uv, "pip", "compile", *COMMON]
    for command in (
        ["pyproject.toml", "--output-file=requirements.lock"],
        # The same versions, whatever was published in between.
        [
            "pyproject.toml",
            "--constraints=requirements.lock",
            "--generate-hashes",
            "--output-file=requirements.hashed.lock",
        ],
        ["--group=dev", "--constraints=requirements.lock", "--output-file=requirements-dev.lock"],
    ):
        subprocess.run([*compile_, *command], cwd=ROOT, check=True)
    for name in ("requirements.lock", "requirements.hashed.lock", "requirements-dev.lock"):
        if "://" in (ROOT / name).read_text():
            print(f"{name} holds an address; it must not.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
