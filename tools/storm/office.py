"""The people of one node, as a process that does what it is told: a line of JSON in, a line of JSON out.

Runs in the node's environment beside its processes and is killed with them; what it answered `ok` to is committed.
Started as `office NAME` it only listens at the abstract socket NAME, and forks one such process for each who calls.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import DatabaseError, close_old_connections, connections  # noqa: E402

from comity.evidence import files  # noqa: E402
from comity.federation import services as federation  # noqa: E402
from comity.federation.models import Partner  # noqa: E402
from comity.journal import digest, fsck, home  # noqa: E402
from comity.journal import selectors as journals  # noqa: E402
from comity.journal import standing as marks  # noqa: E402
from comity.journal.models import Fork, Held, Journal  # noqa: E402
from comity.kernel.entry import parse_entry  # noqa: E402
from comity.kernel.errors import ComityError  # noqa: E402
from comity.node import folder, setup  # noqa: E402
from comity.node.demo import state  # noqa: E402
from comity.registers import selectors  # noqa: E402
from comity.registers import services as registers  # noqa: E402
from comity.registers.models import Import, Right  # noqa: E402
from tools.storm import agreed  # noqa: E402


def hire(order: dict[str, Any]) -> Any:
    """An account for the person who uploads deliveries."""
    return setup.make_user(order["name"], order["password"], ["operator"]).pk


def take(order: dict[str, Any]) -> Any:
    """Import a delivery with its pictures, as `comity import` does."""
    for picture in order["pictures"]:
        files.put(Path(picture).read_bytes())
    run = registers.open_import(Path(order["path"]), format_name="jsonlines", source="storm")
    run = registers.run_import(run.pk)
    if run.error:
        raise ComityError(run.error)
    return {"read": run.read, "added": run.added, "changed": run.changed, "quarantined": run.quarantined}


def redact(order: dict[str, Any]) -> Any:
    return registers.redact(order["key"], ground="storm").persons


def invite(order: dict[str, Any]) -> Any:
    return federation.invite(order["party"])


def accept(order: dict[str, Any]) -> Any:
    return federation.accept(order["invitation"]).fingerprint


def confirm(order: dict[str, Any]) -> Any:
    row = Partner.objects.filter(party=order["party"], state=Partner.State.UNCONFIRMED).latest("pk")
    return federation.confirm(row, order["fingerprint"]).state


def tell(order: dict[str, Any]) -> Any:
    """How far the node is, and what its operator would see of its partners."""
    shown = [[row.journal.party, row.shown] for row in Fork.objects.select_related("journal")]
    errors = {row.party: [row.last_error, row.failures] for row in Partner.objects.all()}
    held = [[row.journal.party, row.index, row.reason] for row in Held.objects.select_related("journal")[:20]]
    said = state.state()
    final = {view.party: view.final for view in journals.overview()}
    for party, journal in said["journals"].items():
        journal["final"] = final.get(party, 0)
    return {**said, "forks": shown, "errors": errors, "held": held}


def facts(order: dict[str, Any]) -> Any:
    """Each right that the node holds, by party and key: version, title, names of its persons."""
    found: dict[str, Any] = {}
    rows = {(row.journal.party, row.key): row.version for row in Right.objects.select_related("journal")}
    for party, record in selectors.records_of(selectors.export_rows(own=False)):
        key = f"{record.office}/{record.kind}/{record.number}"
        names = [name.text for each in record.parties for name in each.names]
        found[f"{party} {key}"] = [rows[party, key], record.titles[0].text if record.titles else "", names]
    return found


def entries(order: dict[str, Any]) -> Any:
    """How many entries of each journal's files tell of each right."""
    found: Counter[str] = Counter()
    for journal in Journal.objects.all():
        for _, data in home.store(journal).entries(0, journal.size):
            entry = parse_entry(data)
            if entry.kind == "registers.right":
                found[f"{journal.party} {entry.body['about']}"] += 1
    return found


def standing(order: dict[str, Any]) -> Any:
    """Whether the node writes, and its database knows and has applied all `signed` entries of its own journal."""
    journal = Journal.objects.get(own=True)
    return marks.read() is None and journal.applied >= journal.size >= order["signed"]


def check(order: dict[str, Any]) -> Any:
    return [str(finding) for finding in fsck.fsck().findings if not finding.warning]


def digests(order: dict[str, Any]) -> Any:
    found = digest.digest()
    tables = {o: {name: [t.rows, t.sha256] for name, t in one.tables.items()} for o, one in found.journals.items()}
    return {"total": found.total, "journals": tables}


def sums(order: dict[str, Any]) -> Any:
    """Runs of imports whose sums do not add up."""
    rows = Import.objects.all()
    return [i.pk for i in rows if i.read != i.added + i.changed + i.unchanged + i.quarantined]


_ALL = (
    *(hire, take, redact, invite, accept, confirm, tell, facts, entries, standing, check, digests, sums),
    *(agreed.agree, agreed.in_force, agreed.law, agreed.request, agreed.answer, agreed.joint),
)
ORDERS = {one.__name__: one for one in _ALL}


def main() -> None:
    folder.umask()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{sys.argv[1]}")
        listener.listen()
        print("ready", flush=True)
        while True:
            line, _ = listener.accept()
            with line:
                if os.fork() == 0:
                    listener.close()
                    work(line)
                    os._exit(0)


def work(call: socket.socket) -> None:
    """Say who works here, then carry out orders until nobody gives any more."""
    lines = call.makefile("rw", encoding="utf-8")
    print(os.getpid(), file=lines, flush=True)
    for line in lines:
        order = json.loads(line)
        close_old_connections()
        try:
            answer = {"ok": ORDERS[order["do"]](order)}
        except (ComityError, DatabaseError, OSError) as error:
            connections.close_all()
            answer = {"error": re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:2000]}
        print(json.dumps(answer), file=lines, flush=True)


if __name__ == "__main__":
    main()
