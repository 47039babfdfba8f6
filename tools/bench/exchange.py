"""Comity's exchange beside others, in one run, on the same machine and rows; nothing is asserted, figures are printed.

Parts: comity-sqlite, comity-postgresql (a node imports, its partner pulls, verifies, stores, applies, cosigns), facts
(single facts at a rate), singles (as many single facts as go), replication (PostgreSQL's logical replication: initial
copy and streamed changes, with the tables and indexes of a node), copy (COPY piped from server to server), nats
(JetStream mirror, sync always), as2 (signed single messages with signed receipts; a stand-in). The figures of a part
are kept in FOLDER: --missing measures only what no earlier run has, and prints all.

    python tools/bench/exchange.py [--source renewals|marks] [--rows N] [--only PART,PART] [--seconds S] [--rate R]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bench.exchange_parts import as2, comity, facts, nats, postgres
from tools.bench.exchange_parts.world import Databases, World

out = Console(width=170)
Figures = dict[str, float]


def comity_postgresql(world: World, rows: Path) -> Figures:
    """Two servers, one a node; the rows are kept for the parts that send them as rows."""
    with Databases() as first, Databases() as second:
        here, there = first.create("ru"), second.create("by")
        return comity.bulk(world, [here, there], (first.pid, second.pid), lambda: postgres.save(here, rows))


def with_rows(part: Callable[[World, Path], Figures]) -> Callable[[World, Path, argparse.Namespace], Figures]:
    def run(world: World, rows: Path, asked: argparse.Namespace) -> Figures:
        postgres.rows(world, rows)
        return part(world, rows)

    return run


PARTS: dict[str, Callable[[World, Path, argparse.Namespace], Figures]] = {
    "comity-sqlite": lambda world, rows, asked: comity.bulk(world, ["", ""]),
    "comity-postgresql": lambda world, rows, asked: comity_postgresql(world, rows),
    "facts": lambda world, rows, asked: facts.facts(world, asked.rate, asked.seconds),
    "singles": lambda world, rows, asked: facts.facts(world, 0, min(asked.seconds, 20)),
    "replication": with_rows(postgres.replication),
    "copy": with_rows(postgres.copy_pipe),
    "nats": with_rows(nats.mirror),
    "as2": with_rows(as2.single),
}


def table(results: dict[str, Figures]) -> Table:
    shown = Table("", *results, box=None)
    for name in dict.fromkeys(name for figures in results.values() for name in figures):
        values = (figures.get(name) for figures in results.values())
        shown.add_row(name, *("" if value is None else f"{value:,.2f}".removesuffix(".00") for value in values))
    return shown


def ratios(results: dict[str, Figures]) -> list[str]:
    """The figures that have a target, as far as both of their sides were measured."""
    found = []
    for name, mine, field, other, beside in (
        ("bulk, of the initial copy", "comity-postgresql", "exchange /s", "replication", "exchange /s"),
        ("bulk on SQLite, of the initial copy", "comity-sqlite", "exchange /s", "replication", "exchange /s"),
        ("bulk, of streamed changes", "comity-postgresql", "exchange /s", "replication", "streamed /s"),
        ("bulk, of COPY", "comity-postgresql", "exchange /s", "copy", "exchange /s"),
        ("bulk, of NATS", "comity-postgresql", "exchange /s", "nats", "exchange /s"),
        ("facts in bulk, each with its proof, of AS2", "comity-postgresql", "exchange /s", "as2", "exchange /s"),
        ("single facts, of AS2", "singles", "facts to the partner /s", "as2", "exchange /s"),
    ):
        one, two = results.get(mine, {}).get(field), results.get(other, {}).get(beside)
        if one and two:
            found.append(f"{name}: {one / two:.2f} x ({one:,.0f} to {two:,.0f} /s)")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", choices=["renewals", "marks"], default="renewals")
    parser.add_argument("--rows", type=int, default=0, help="how many; 0: all renewals, a million marks")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas")
    parser.add_argument("--rate", type=float, default=200, help="facts a second in the part `facts`")
    parser.add_argument("--seconds", type=float, default=60, help="how long the part `facts` goes on")
    parser.add_argument("--folder", type=Path, default=Path("var/bench-exchange"))
    parser.add_argument("--missing", action="store_true", help="measure only what an earlier run has not")
    asked = parser.parse_args()
    if asked.source == "marks" and not asked.rows:
        asked.rows = 1_000_000
    if asked.source == "renewals" and not (comity.SHARED / comity.DATA).is_file():
        out.print("SKIPPED: the renewals are not here; --source marks needs nothing.", style="bold yellow")
        return 0
    wanted = asked.only.split(",")
    if unknown := sorted(set(wanted) - set(PARTS)):
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    kept = (asked.folder / f"{asked.source}-{asked.rows or 'all'}").absolute()
    kept.mkdir(parents=True, exist_ok=True)
    notes = kept / "figures.json"
    results: dict[str, Figures] = json.loads(notes.read_text()) if notes.is_file() else {}
    failed = 0
    for name in wanted:
        if name in results and asked.missing:
            continue
        work = Path(tempfile.mkdtemp(prefix=f"comity-bench-{name}-"))
        load = os.getloadavg()[0]
        try:
            figures = PARTS[name](World(asked.source, asked.rows, work), kept / "rows", asked)
        except Exception as error:  # noqa: BLE001 - one part that fails must not cost the figures of the others
            out.print(f"{name} failed: {type(error).__name__}: {error}", style="bold red")
            failed += 1
            continue
        finally:
            shutil.rmtree(work, ignore_errors=True)
        results[name] = {**figures, "load before": load}
        notes.write_text(json.dumps(results, indent=1))
        out.print(f"{name}: done")
    out.print(table({name: results[name] for name in PARTS if name in results}))
    for line in ratios(results):
        out.print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
