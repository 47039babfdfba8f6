"""Bytes of SQLite's own file, changed beneath it: fsck says so and does not fall over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NODE = """
import json, sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from comity.journal.fsck import fsck
from tools.quality import fsck_world
folder = Path(sys.argv[1])
call_command("migrate", verbosity=0)
fsck_world.make(folder, 60)
file = folder / "by" / "comity.sqlite3"
def check(at):
    connection.close()
    before = file.read_bytes()
    if at is not None:
        file.write_bytes(before[:at] + bytes([before[at] ^ 0xFF]) + before[at + 1:])
    found = [str(finding) for finding in fsck().findings]
    connection.close()
    file.write_bytes(before)
    return found
connection.close()
data = file.read_bytes()
leaves = [at for at in range(4096, len(data), 4096) if data[at] == 13]
print(json.dumps([check(None), check(5), *(check(at) for at in leaves[:: len(leaves) // 8])]))
"""


def test_a_change_beneath_the_database_is_told(tmp_path: Path) -> None:
    home = tmp_path / "by"
    home.mkdir()
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COMITY_")},
        "COMITY_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "comity.node.settings",
        "PYTHONPATH": path,
    }
    command = [sys.executable, "-c", NODE, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    clean, *changed = json.loads(done.stdout.splitlines()[-1])
    assert clean == []
    assert len(changed) >= 9
    assert all(any("database file" in line for line in findings) for findings in changed), changed
