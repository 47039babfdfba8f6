"""After a redaction no byte of the person is left in the node's folder, whoever else has the database open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

WORDS = ("Zykwhorbel", "Quintarny", "Unobtaniumgata")
RECORD = {
    "office": "BY",
    "kind": "computer_program",
    "number": "990001",
    "status": "in_force",
    "titles": [{"text": "Probe"}],
    "parties": [{"role": "author", "names": [{"text": f"{WORDS[0]} {WORDS[1]}"}], "address": f"{WORDS[2]} 7"}],
}


def comity(home: Path, *arguments: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COMITY_", "DJANGO_"))}
    environment |= {"COMITY_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "comity", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


def left(home: Path) -> list[str]:
    """The files of the folder in which a word of the person can be read, as written or folded."""
    spelled = [word.encode() for name in WORDS for word in (name, name.lower())]
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in spelled)
    ]


def test_write_ahead_log_of_a_running_node_keeps_no_person(tmp_path: Path) -> None:
    home, delivery = tmp_path / "by", tmp_path / "delivery.jsonl"
    delivery.write_text(json.dumps(RECORD) + "\n")
    comity(home, "init", "--party", "BY", "--origin", "office-by.example/journal")
    # As a web server does: while anybody has the database open, SQLite keeps its write-ahead log. A process of its own,
    # since reading the file's bytes here would let go of the locks that this process has on it.
    code = (
        f"import sqlite3, sys; c = sqlite3.connect({str(home / 'comity.sqlite3')!r});"
        "c.execute('SELECT count(*) FROM registers_right').fetchone(); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        comity(home, "import", str(delivery))
        comity(home, "sequence")
        assert left(home)
        comity(home, "redact", "BY/computer_program/990001", "--yes")
        assert left(home) == []
        assert (home / "comity.sqlite3-wal").exists()
        other.communicate()
