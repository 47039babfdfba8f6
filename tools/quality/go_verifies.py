"""Let the stock Go code verify a journal that this node's mirror holds and serves.

    python -m tools.quality.go_verifies --entries 100000

A log of so many entries is uploaded to a node's mirror (C2SP tlog-mirror), witnessed and served over HTTP. Go's
`sumdb/note` opens the checkpoint with the signatures of log, witness and mirror; `sumdb/tlog` hashes every entry to the
signed root and proves samples from the served tiles. Prints one line; exits with 1 when Go refuses.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tools.quality.golang import build

PROGRAM = Path(__file__).with_name("served_journal.go")
ORIGIN = "office-ru.example/journal"
A_REQUEST = 32 * 256


def fill(folder: Path, entries: int) -> Any:
    """Upload a log of `entries` entries to this node's mirror and have it witnessed. Returns its log key."""
    from comity.federation import mirror_uploads, witness
    from comity.journal.models import Journal
    from comity.journal.store import Store
    from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
    from comity.kernel.merkle import Frontier
    from comity.kernel.mirror import AddEntries, format_add_entries, make_package, stretches
    from comity.kernel.notes import SigningKey
    from comity.kernel.witness import format_add_checkpoint

    key = SigningKey(ORIGIN, 1, b"\x05" * 32)
    data = [f"entry {i}: ".encode() + bytes([32 + i % 90]) * (i % 400) for i in range(entries)]
    store, frontier = Store(folder), Frontier()
    store.grow(frontier, data)
    raw = sign_checkpoint(Checkpoint(ORIGIN, entries, frontier.root()), key)
    journal, _ = Journal.objects.get_or_create(origin=ORIGIN, defaults={"vkey": str(key.verifier)})
    known = {ORIGIN: journal}
    asked = format_add_checkpoint(0, [], raw)
    answers = [mirror_uploads.add_checkpoint(asked, known), witness.add_checkpoint(asked, known)]
    reader = store.reader(entries)
    for first in range(0, entries, A_REQUEST):
        stop = min(entries, first + A_REQUEST)
        packages = tuple(make_package(s, data[s:e], entries, reader.hash) for s, e in stretches(first, stop))
        body = format_add_entries(AddEntries(ORIGIN, first, entries, b"", packages))
        answers.append(mirror_uploads.add_entries(body, known))
    assert [answer.status for answer in answers] == [200, 200, *[202] * (len(answers) - 3), 200], answers
    return key


@contextmanager
def serving(client: Any) -> Iterator[str]:
    """The address at which the node's own pages are served to who reads as `client`."""
    from django.db import connection

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = client.get(self.path)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)

    def serve() -> None:
        server.serve_forever(0.02)
        connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(url: str, log: Any, samples: int = 50) -> subprocess.CompletedProcess[bytes]:
    """What Go says of the journal served at `url`."""
    from comity.journal import home
    from comity.kernel.identifiers import origin_hash

    digest = origin_hash(ORIGIN)
    question = {
        "mirror": f"{url}mirror/{digest}/",
        "witness": f"{url}witness/{digest}/checkpoint",
        "log": str(log.verifier),
        "cosigners": [str(home.signing_key(role).verifier) for role in ("witness", "mirror")],
        "samples": samples,
    }
    return subprocess.run([build(PROGRAM)], input=json.dumps(question).encode(), capture_output=True, timeout=900)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comity-go-") as folder:
        os.environ.update(COMITY_HOME=str(Path(folder) / "by"), DJANGO_SETTINGS_MODULE="comity.node.settings")
        os.environ.pop("COMITY_DATABASE_URL", None)
        (Path(folder) / "by").mkdir()
        import django

        django.setup()
        from django.core.management import call_command
        from django.test.utils import setup_test_environment

        call_command("migrate", verbosity=0)
        setup_test_environment()
        from django.conf import settings
        from django.test import Client

        from tests import node

        node.set_up(settings, Path(folder) / "by")
        build(PROGRAM)
        started = time.monotonic()
        log = fill(Path(folder) / "theirs", given.entries)
        uploaded = time.monotonic()
        client = Client()
        client.force_login(node.user("reader", "viewer"))
        with serving(client) as url:
            done = ask(url, log)
        ended = time.monotonic()
    if done.returncode:
        print(done.stderr.decode().strip())
        return 1
    said = json.loads(done.stdout)
    print(
        f"{said['entries']:,} entries: uploaded, mirrored and witnessed in {uploaded - started:.1f} s; verified by Go "
        f"in {ended - uploaded:.1f} s with {len(said['signed'])} signatures and {said['inclusions']} inclusion proofs"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
