"""The web server's processes are forked: what was opened while the disk took nothing must not go on in each of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WEB = """
from comity.node import commands_run
from django.db import connections
commands_run._serve_web = lambda: print("open" if connections["default"].connection else "closed")
commands_run.web()
"""


def test_comity_web_lets_go_of_its_database_before_it_serves(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMITY_", "DJANGO_"))}
    environment = {**kept, "COMITY_HOME": str(tmp_path / "node"), "COMITY_MEMORY_FOLDER": str(tmp_path)}
    init = [sys.executable, "-m", "comity", "init", "--party", "BY", "--origin", "office-by.example/journal"]
    subprocess.run(init, env=environment, check=True, capture_output=True, timeout=120)
    served = subprocess.run([sys.executable, "-c", WEB], env=environment, capture_output=True, text=True, timeout=120)
    assert (served.returncode, served.stdout.strip()) == (0, "closed"), served.stderr
