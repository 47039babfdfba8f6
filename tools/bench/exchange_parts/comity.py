"""Comity itself: one node imports and signs, its partner pulls, verifies, stores, applies and cosigns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from comity.node.demo.run import Node, _pair, _serve, _stop
from tools.bench.exchange_parts.world import (
    REPOSITORY,
    World,
    free_port,
    loopback_bytes,
    peak_mb,
    renewals,
    write_marks,
)

DATA = Path("data") / "us_copyright_renewals" / "renewals_1950_1991.tsv.xz"
SHARED = Path(os.environ.get("COMITY_SHARED", REPOSITORY.parent / "shared"))
MAPPING = REPOSITORY / "docs" / "use" / "mappings" / "us_copyright_renewals.toml"
MARKS = """\
title = "Fictional marks"
[source]
format = "csv"
files = ["marks.csv"]
[right]
office = "RU"
kind = "trademark"
number = "number"
filing_date = { column = "filed" }
[[titles]]
column = "name"
lang = "ru"
[[classes]]
scheme = "nice"
column = "class"
[[parties]]
role = "holder"
entity = "legal"
column = "holder"
[[parties]]
role = "representative"
column = "agent"
"""
WAIT = """
import sys, time
import django
django.setup()
from comity.journal.models import Journal
size, until = int(sys.argv[1]), time.monotonic() + 7200
while time.monotonic() < until:
    if Journal.objects.get(party="RU").applied >= size:
        break
    time.sleep(0.05)
"""
FACTS = """
import json, sys, time
import django
django.setup()
from comity.journal import services
from comity.journal.models import Cosignature, Journal
from comity.registers.domain.record import RightRecord, Text
from comity.registers import writing
rate, seconds = float(sys.argv[1]), float(sys.argv[2])
journal = Journal.objects.get(own=True)
started, made = time.time(), []
number = 0
while time.time() - started < seconds:
    due = started + number / rate if rate else 0.0
    if due > time.time():
        time.sleep(due - time.time())
    record = RightRecord(office="RU", kind="trademark", number=f"9{number:08}", titles=(Text(text=f"ФАКТ {number}"),))
    writing.write_records(journal, [record], source="bench")
    made.append((Journal.objects.values_list("next_index", flat=True).get(pk=journal.pk) - 1, time.time()))
    number += 1
print(json.dumps(made))
"""
SEEN = """
import json, sys, time
import django
django.setup()
from comity.journal.models import Cosignature, Journal
role, stop = sys.argv[1], sys.argv[2]
from pathlib import Path
seen, last = [], -1
while not Path(stop).exists():
    if role == "final":
        rows = Cosignature.objects.filter(journal__own=True, name__endswith="/mirror")
        size = rows.order_by("-size").values_list("size", flat=True).first() or 0
    else:
        size = Journal.objects.values_list("applied", flat=True).get(party="RU")
    if size != last:
        seen.append((size, time.time()))
        last = size
    time.sleep(0.01)
print(json.dumps(seen))
"""


def rows_of(world: World, node: Node) -> list[str]:
    """The command line that imports the rows."""
    if world.source == "renewals":
        return [
            "import",
            str(renewals(SHARED / DATA, world.folder / "renewals.tsv", world.rows)),
            "--mapping",
            str(MAPPING),
        ]
    mapping = world.folder / "marks.toml"
    mapping.write_text(MARKS)
    return ["import", str(write_marks(world.folder / "marks.csv", world.rows)), "--mapping", str(mapping)]


def nodes_of(folder: Path, urls: list[str]) -> list[Node]:
    made = [Node("RU", "Rospatent", folder / "ru", free_port()), Node("BY", "NCIP", folder / "by", free_port())]
    for node, url in zip(made, urls, strict=True):
        arguments = ["--party", node.party, "--origin", f"{node.party.lower()}.bench.example/journal"]
        arguments += [
            "--offices",
            "RU,US" if node.party == "RU" else "BY",
            "--url",
            f"{node.url}/",
            "--port",
            str(node.port),
        ]
        node.run("init", *arguments, *(["--database", url] if url else []))
    return made


def bulk(world: World, urls: list[str], loaded: Callable[[], None] = lambda: None) -> dict[str, float]:
    """Import, sequencing, and the partner's pull to its end. `loaded` is called when all rows are in the first node."""
    ru, by = nodes = nodes_of(world.folder, urls)
    figures: dict[str, float] = {}
    started = time.monotonic()
    process = subprocess.Popen(ru.command(*rows_of(world, ru)), env=ru.environment(), stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, peak_mb(process.pid))
        time.sleep(0.2)
    imported = time.monotonic() - started
    started = time.monotonic()
    ru.run("sequence")
    sequenced = time.monotonic() - started
    entries = ru.state()["journals"]["RU"]["size"]
    loaded()
    figures |= {
        "entries": entries,
        "import /s": entries / imported,
        "import MB": peak,
        "sequencing /s": entries / sequenced,
    }
    try:
        for node in nodes:
            _serve(node, world.folder)
        before = loopback_bytes()
        _pair([by, ru], world.folder)
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", WAIT, str(entries)], env=by.environment(), check=True)
        seconds = time.monotonic() - started
        assert by.process is not None
        assert ru.process is not None
        figures["exchange /s"] = entries / seconds
        figures["exchange us/record"] = seconds / entries * 1e6
        figures["partner MB"], figures["owner MB"] = peak_mb(by.process.pid), peak_mb(ru.process.pid)
        if not urls[0]:
            figures["wire B/record"] = (loopback_bytes() - before) / entries
    finally:
        for node in nodes:
            _stop(node)
    copies = sum(file.stat().st_size for file in (world.folder / "by" / "journals").rglob("*") if file.is_file())
    figures["journal B/record"] = copies / entries
    figures["digests equal"] = float(len({node.run("digest").split()[-2] for node in nodes}) == 1)
    return figures


def facts(world: World, rate: float, seconds: float) -> dict[str, float]:
    """Single facts, each in a transaction of its own: until the partner has applied it, and until it is final."""
    ru, by = nodes = nodes_of(world.folder, ["", ""])
    stop = world.folder / "stop"
    try:
        for node in nodes:
            _serve(node, world.folder)
        _pair([by, ru], world.folder)
        watches = [
            subprocess.Popen(
                [sys.executable, "-c", SEEN, role, str(stop)], env=node.environment(), stdout=subprocess.PIPE, text=True
            )
            for role, node in (("applied", by), ("final", ru))
        ]
        time.sleep(5)  # the watches start, the nodes settle
        command = [sys.executable, "-c", FACTS, str(rate), str(seconds)]
        done = subprocess.run(command, env=ru.environment(), capture_output=True, text=True, check=True)
        made = json.loads(done.stdout.splitlines()[-1])
        last = made[-1][0]
        subprocess.run([sys.executable, "-c", WAIT, str(last + 1)], env=by.environment(), check=True, timeout=120)
        time.sleep(5)  # for the cosignature on the last of them
        stop.touch()
        seen = [json.loads(watch.communicate(timeout=30)[0].splitlines()[-1]) for watch in watches]
    finally:
        stop.touch()
        for node in nodes:
            _stop(node)
    figures = {"facts": float(len(made)), "facts /s": len(made) / (made[-1][1] - made[0][1])}
    for name, steps in zip(("visible", "final"), seen, strict=True):
        waits = []
        for index, at in made:
            when = next((moment for size, moment in steps if size > index), None)
            if when is not None:
                waits.append(max(0.0, when - at))
        waits.sort()
        figures[f"{name} of"] = float(len(waits))
        if waits:
            figures[f"{name} p50 s"] = waits[len(waits) // 2]
            figures[f"{name} p99 s"] = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
            arrived = next(moment for size, moment in steps if size > last) if name == "visible" else 0.0
            if arrived:
                figures["facts to the partner /s"] = len(made) / (arrived - made[0][1])
    return figures
