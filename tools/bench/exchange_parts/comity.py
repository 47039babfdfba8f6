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
    cpu_s,
    database_size,
    loopback_bytes,
    peak_mb,
    renewals,
    size_of,
    write_marks,
)
from tools.quality.nodes import free_port

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
number = { column = "number" }
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
import json, sys, time
import django
django.setup()
from comity.journal.models import Journal
size, until, seen = int(sys.argv[1]), time.monotonic() + 7200, [(0, time.time())]
while time.monotonic() < until and seen[-1][0] < size:
    # Until its first entry is applied the journal does not say whose it is.
    applied = Journal.objects.filter(party="RU").values_list("applied", flat=True).first() or 0
    if applied > seen[-1][0]:
        seen.append((applied, time.time()))
    time.sleep(0.05)
print(json.dumps(seen))
"""
# After how many records the time is told, so that it shows whether the cost of one grows with those before it.
STEPS = (10_000, 100_000, 1_000_000)


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


def bulk(
    world: World,
    urls: list[str],
    servers: tuple[int, int] = (0, 0),
    loaded: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Import, sequencing, and the partner's pull to its end.

    `servers`: the processes of the nodes' database servers. `loaded` is called when all rows are in the first node.
    """
    ru, by = nodes = nodes_of(world.folder, urls)
    started, spent = time.monotonic(), cpu_s(servers[0])
    with (world.folder / "import.log").open("wb") as log:
        process = subprocess.Popen(ru.command(*rows_of(world, ru)), env=ru.environment(), stdout=log, stderr=log)
    peak = used = 0.0
    while process.poll() is None:
        peak, used = max(peak, peak_mb(process.pid)), max(used, cpu_s(process.pid))
        time.sleep(0.2)
    if process.returncode:
        raise RuntimeError((world.folder / "import.log").read_text(errors="replace")[-1500:])
    imported, importing = time.monotonic() - started, used + cpu_s(servers[0]) - spent
    started = time.monotonic()
    ru.run("sequence")
    sequenced = time.monotonic() - started
    entries = ru.state()["journals"]["RU"]["size"]
    loaded()
    figures = {
        "entries": entries,
        "import /s": entries / imported,
        "import cpu us/record": importing / entries * 1e6,
        "import MB": peak,
        "sequencing /s": entries / sequenced,
    }
    try:
        for node in nodes:
            _serve(node, world.folder)
        pids = [node.process.pid if node.process else 0 for node in (by, ru)] + [servers[1], servers[0]]
        before, spent_by = loopback_bytes(), [cpu_s(pid) for pid in pids]
        # The pairing takes a second or two, of which the exchange cannot use any: it begins with the last confirmation.
        _pair([by, ru], world.folder)
        started, began = time.monotonic(), time.time()
        command = [sys.executable, "-c", WAIT, str(entries)]
        done = subprocess.run(command, env=by.environment(), stdout=subprocess.PIPE, check=True)
        seconds = time.monotonic() - started
        seen = json.loads(done.stdout)
        for step in STEPS:
            if reached := next((item for item in seen if item[0] >= step), None):
                figures[f"us/record to {step:,}"] = (reached[1] - began) / reached[0] * 1e6
        near = next(item for item in seen if item[0] >= entries * 0.9)
        if near[0] < entries:
            figures["us/record, last tenth"] = (seen[-1][1] - near[1]) / (entries - near[0]) * 1e6
        figures |= {"exchange /s": entries / seconds, "exchange us/record": seconds / entries * 1e6}
        shares = [(cpu_s(pid) - was) / entries * 1e6 for pid, was in zip(pids, spent_by, strict=True)]
        figures["exchange cpu us/record"] = sum(shares)
        for name, share in zip(("partner", "owner", "partner's server", "owner's server"), shares, strict=True):
            figures[f"{name} cpu us/record"] = share
        figures["partner MB"], figures["owner MB"] = peak_mb(pids[0]), peak_mb(pids[1])
        if not urls[0]:
            figures["wire B/record"] = (loopback_bytes() - before) / entries
    finally:
        for node in nodes:
            _stop(node)
    copies = size_of(world.folder / "by" / "journals")
    figures["journal B/record"] = copies / entries
    figures["disk B/record"] = (size_of(world.folder / "by") + (database_size(urls[1]) if urls[1] else 0)) / entries
    figures["digests equal"] = float(len({node.run("digest").split()[-2] for node in nodes}) == 1)
    return figures
