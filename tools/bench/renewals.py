"""A real register at scale: 445,386 US renewals through one node to its partner, then searched.

For SQLite and PostgreSQL (with fsync): import rate, peak memory of the import, entries, the time until the partner has
applied and cosigned everything, peak memory of the partner's node, then 200 searches and 60 pages. Nothing is asserted:
the figures are printed.

    python tools/bench/renewals.py [--database sqlite|postgresql|both] [--rows N] [--keep]
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from comity.node.demo.run import Node, _pair, _serve, _stop
from tests.plugins.postgresql import Cluster

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("COMITY_SHARED", REPOSITORY.parent / "shared"))
DATA = SHARED / "data" / "us_copyright_renewals" / "renewals_1950_1991.tsv.xz"
MAPPING = REPOSITORY / "docs" / "use" / "mappings" / "us_copyright_renewals.toml"
PASSWORD = "bench-bench-bench"
out = Console(width=140)


def peak_mb(pid: int) -> float:
    """Peak resident memory of a process, from the kernel's account."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def run(database: str, rows: int, folder: Path, urls: list[str]) -> dict[str, str]:
    nodes = [Node("RU", "Rospatent", folder / "ru", 8301), Node("BY", "NCIP", folder / "by", 8302)]
    for node, url in zip(nodes, urls, strict=True):
        offices = "RU,US" if node.party == "RU" else "BY"
        arguments = ["--party", node.party, "--origin", f"{node.party.lower()}.bench.example/journal"]
        arguments += ["--offices", offices, "--url", f"{node.url}/", "--port", str(node.port)]
        node.run("init", *arguments, *(["--database", url] if url else []))
        command = node.command("user", "bench", "--role", "examiner", "--ask")
        subprocess.run(command, env=node.environment(), input=PASSWORD, text=True, check=True, capture_output=True)
    data = DATA
    if rows:
        data = folder / "renewals.tsv"
        with lzma.open(DATA, "rb") as source, data.open("wb") as target:
            for _, line in zip(range(rows + 1), source, strict=False):
                target.write(line)
    figures: dict[str, str] = {}
    started = time.monotonic()
    command = nodes[0].command("import", str(data), "--mapping", str(MAPPING))
    process = subprocess.Popen(command, env=nodes[0].environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peak, curve = 0.0, []
    while process.poll() is None:
        try:
            peak = peak_mb(process.pid)
        except FileNotFoundError:
            break
        curve.append(peak)
        time.sleep(0.5)
    process.wait()
    seconds = time.monotonic() - started
    told = process.stdout.read().decode() if process.stdout else ""
    out.print(told.strip())
    read = int(told.strip().splitlines()[-1].split()[1].replace(",", ""))
    figures["records read"] = f"{read:,}"
    figures["import"] = f"{seconds:.1f} s, {read / seconds:,.0f} records/s"
    figures["peak memory of the import"] = f"{peak:.0f} MB; at a quarter of the time {curve[len(curve) // 4]:.0f} MB"
    started = time.monotonic()
    nodes[0].run("sequence")
    seconds = time.monotonic() - started
    entries = nodes[0].state()["journals"]["RU"]["size"]
    figures["entries"] = f"{entries:,}"
    figures["sequencing"] = f"{seconds:.1f} s, {entries / seconds:,.0f} entries/s"
    try:
        for node in nodes:
            _serve(node, folder)
        _pair([nodes[1], nodes[0]], folder)
        started = time.monotonic()
        waits = [subprocess.Popen([sys.executable, "-c", WAIT, str(entries)], env=node.environment()) for node in nodes]
        for wait in waits:
            wait.wait()
        seconds = time.monotonic() - started
        figures["until the partner has all"] = f"{seconds:.1f} s, {entries / seconds:,.0f} entries/s"
        assert nodes[1].process is not None
        figures["peak memory of the partner's worker"] = f"{peak_mb(nodes[1].process.pid):.0f} MB"
        figures.update(search(nodes[1]))
        figures.update(pages(nodes[1]))
    finally:
        for node in nodes:
            _stop(node)
    sizes = sum(file.stat().st_size for file in (folder / "by" / "journals").rglob("*") if file.is_file())
    figures["bytes of the copy per entry"] = f"{sizes / entries:,.0f}"
    digests = {node.run("digest").split()[-2] for node in nodes}
    figures["digests"] = "equal" if len(digests) == 1 else "DIFFERENT"
    return figures


def queries() -> list[dict[str, str]]:
    """200 searches: words of real titles, one, two and three of them, with and without filters; common words too."""
    dice = random.Random(7)
    words: list[str] = []
    with lzma.open(DATA, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number % 997 == 1:
                words += [word.strip(".,;:()[]&\"'") for word in line.split("\t")[6].split() if len(word) > 2]
    words = [word for word in words if word.isalpha()] or ["the"]
    common = ["the", "of", "history", "music", "love", "new york", "john", "a", "de"]
    made = []
    for i in range(200):
        text = dice.choice(common) if i % 10 == 0 else " ".join(dice.sample(words, 1 + i % 3))
        query = {"q": text}
        if i % 7 == 0:
            query["kind"] = "copyright_work"
        if i % 11 == 0:
            query["territory"] = "BY"
        if i % 13 == 0:
            query["registered_from"] = "1960-01-01"
        made.append(query)
    return made


WAIT = """
import sys, time
import django
django.setup()
from comity.journal.models import Cosignature, Journal
size = int(sys.argv[1])
while True:
    journal = Journal.objects.get(party="RU")
    if journal.applied == size and (not journal.own or Cosignature.objects.filter(journal=journal, size=size)):
        break
    time.sleep(0.25)
"""

SEARCH = """
import json, sys, time
import django
django.setup()
from django.contrib.auth.models import User
from comity.registers import selectors
from comity.registers.query import Query
user = User.objects.get(username="bench")
asked = json.loads(sys.argv[1])
times = []
selectors.search_rights(user, Query())
for query in asked:
    started = time.perf_counter()
    selectors.search_rights(user, Query.read({name: [value] for name, value in query.items()}))
    times.append(((time.perf_counter() - started) * 1000, query))
print(json.dumps(times))
"""


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def search(node: Node) -> dict[str, str]:
    command = [sys.executable, "-c", SEARCH, json.dumps(queries())]
    done = subprocess.run(command, env=node.environment(), capture_output=True, text=True, check=True)
    timed = json.loads(done.stdout)
    times = [ms for ms, _ in timed]
    slowest = sorted(timed, key=lambda pair: -pair[0])[:3]
    out.print("slowest searches:", slowest)
    return {"search, 200 queries": f"p50 {statistics.median(times):.1f} ms, p95 {percentile(times, 0.95):.1f} ms"}


def pages(node: Node) -> dict[str, str]:
    with httpx.Client(base_url=node.url, trust_env=False, follow_redirects=True, timeout=30) as client:
        client.get("/sign-in/")
        form = {"username": "bench", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies.get("comity-csrf-by")}
        client.post("/sign-in/", data=form, headers={"Referer": f"{node.url}/sign-in/"}).raise_for_status()
        timed: list[float] = []
        for query in queries()[:60]:
            started = time.perf_counter()
            client.get("/search", params=query).raise_for_status()
            timed.append((time.perf_counter() - started) * 1000)
    return {"search page, 60 requests": f"p50 {statistics.median(timed):.1f} ms, p95 {percentile(timed, 0.95):.1f} ms"}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--keep", action="store_true", help="leave the nodes' folders and print where they are")
    arguments = parser.parse_args()
    if not DATA.is_file():
        out.print(f"SKIPPED: {DATA} is not here.", style="bold yellow")
        return 0
    wanted = ["sqlite", "postgresql"] if arguments.database == "both" else [arguments.database]
    results: dict[str, dict[str, str]] = {}
    for database in wanted:
        folder = Path(tempfile.mkdtemp(prefix="comity-bench-"))
        cluster = Cluster(durable=True) if database == "postgresql" else None
        try:
            urls = ["", ""]
            if cluster is not None:
                import psycopg

                with psycopg.connect(cluster.url(), autocommit=True) as connection:
                    for name in ("ru", "by"):
                        connection.execute(f"CREATE DATABASE {name}")
                urls = [cluster.url("ru"), cluster.url("by")]
            results[database] = run(database, arguments.rows, folder, urls)
        finally:
            if cluster is not None:
                cluster.stop()
            if arguments.keep:
                out.print(f"kept: {folder}")
            else:
                shutil.rmtree(folder, ignore_errors=True)
    table = Table("", *results, box=None)
    for name in next(iter(results.values())):
        table.add_row(name, *(results[database].get(name, "") for database in results))
    out.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
