"""Run storms by their seeds.

    python -m tools.storm 1 2 3 --nodes 3 --faults 50 --database postgresql
    python -m tools.storm 7 --kinds clock,kill_all
    python -m tools.storm 7 --schedule var/storm/7/schedule.jsonl
    python -m tools.storm 1-100 --results var/storm.jsonl
    python -m tools.storm --summary var/storm.jsonl

Ends with one line of counts and exits with 1 on a violation, whose evidence is kept in the folder of its seed.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from tools.storm import results, schedule
from tools.storm.databases import Databases
from tools.storm.machine import compile_shim, give_back, may_mount
from tools.storm.results import Result
from tools.storm.run import PARTIES, Storm


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", default=["1"], help="numbers, ranges such as 1-100, or both by comma")
    parser.add_argument("--nodes", type=int, choices=(2, 3), default=2)
    parser.add_argument("--faults", type=int, default=50, help="faults in one storm")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kinds", default="", help="only these faults, by comma")
    parser.add_argument("--schedule", type=Path, help="a schedule that was written down, in place of the seed's")
    parser.add_argument("--folder", type=Path, default=Path("var/storm"), help="where each seed has its folder")
    parser.add_argument("--results", type=Path, help="a file that gets a line of JSON for each storm")
    parser.add_argument("--pause", type=Path, help="while this file exists, no further storm begins")
    parser.add_argument("--summary", type=Path, help="run nothing; add up such a file")
    given = parser.parse_args()
    if given.summary:
        return summary(given.summary)
    kinds = [kind for kind in given.kinds.split(",") if kind]
    try:
        schedule.weights(kinds)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, _end)
    folder: Path = given.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    shim, mount = compile_shim(folder), may_mount(folder)
    if shim is None:
        print("NO CLOCK STEPS: this machine has no C compiler (cc).", file=sys.stderr)
    if not mount:
        print("NO DISK FAULTS: this user may not mount a small file system.", file=sys.stderr)
    parties = PARTIES[: given.nodes]
    done: list[Result] = []
    started = time.monotonic()
    with Databases(given.database) as databases:
        for seed in numbers(given.seeds):
            while given.pause and given.pause.exists():
                time.sleep(1)
            place = folder / str(seed)
            give_back(place)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            faults = schedule.read(given.schedule) if given.schedule else None
            faults = faults or schedule.schedule(seed, parties, given.faults, kinds)
            schedule.write(faults, place / "schedule.jsonl")
            urls = databases.empty(len(parties))
            storm = Storm(seed, faults, parties, place, urls, shim, mount, databases.file)
            done.append(result := storm.run())
            if given.results:
                results.append(given.results, result, given.nodes, given.database)
            print(line(f"seed {seed}", [result]), flush=True)
            for each in result.wrong:
                print(f"VIOLATION seed {seed}: {each[:2000]}", flush=True)
            if result.wrong:
                print(f"Evidence: {place}", flush=True)
            else:
                shutil.rmtree(place)
    print(line(f"{len(done)} storms, {given.nodes} nodes, {given.database}", done, time.monotonic() - started))
    return 1 if any(result.wrong for result in done) else 0


def _end(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends a storm as Ctrl-C does: its nodes end, its disks are given back."""
    raise KeyboardInterrupt


def summary(path: Path) -> int:
    """The line of counts of each mix, then of all; what was found before a seed ran clean is named."""
    last, found = results.read(path)
    for nodes, database in sorted({(each["nodes"], each["database"]) for each in last}):
        some = [results.restored(x) for x in last if (x["nodes"], x["database"]) == (nodes, database)]
        print(line(f"{len(some)} storms, {nodes} nodes, {database}", some))
    for each in found:
        print(f"found before, source {each['source']}: seed {each['seed']}, {each['nodes']} nodes, {each['database']}:")
        print("".join(f"    {text}\n" for text in each["wrong"]), end="")
    for each in last:
        for text in each["wrong"]:
            print(f"VIOLATION seed {each['seed']}, {each['nodes']} nodes, {each['database']}: {text}")
    print(line(f"{len(last)} storms", [results.restored(each) for each in last]))
    return 1 if any(each["wrong"] for each in last) else 0


def numbers(given: list[str]) -> list[int]:
    """`1 2`, `1,2`, `5-8`: the seeds."""
    found: list[int] = []
    for part in ",".join(given).split(","):
        first, _, last = part.partition("-")
        if part:
            found += range(int(first), int(last or first) + 1)
    return found


def line(name: str, done: list[Result], seconds: float = 0.0) -> str:
    """The line of counts."""
    faults: Counter[str] = sum((result.faults for result in done), Counter())
    skipped: Counter[str] = sum((result.skipped for result in done), Counter())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(faults.items()))
    left_out = (
        f" ({', '.join(f'{count} {kind}' for kind, count in sorted(skipped.items()))} without effect)"
        if skipped
        else ""
    )
    spent = " + ".join(
        f"{sum(getattr(result, phase) for result in done):.0f}"
        for phase in ("made_s", "storm_s", "quiet_s", "judged_s")
    )
    return (
        f"{name}: {faults.total()} faults ({kinds}){left_out},"
        f" {sum(r.facts for r in done)} facts acknowledged, {sum(r.repeated for r in done)} orders repeated,"
        f" {sum(r.uploads for r in done)} uploads, {sum(r.pictures for r in done)} pictures,"
        f" {sum(r.restarts for r in done)} restarts, {sum(r.requests for r in done)} requests,"
        f" {sum(r.lies for r in done)} lies, {sum(r.checkpoints for r in done)} checkpoints proved,"
        f" {max((r.peak_mib for r in done), default=0)} MiB peak,"
        f" {max((r.quiet_s for r in done), default=0.0):.0f} s to quiet,"
        f" {sum(len(r.wrong) for r in done)} violations,"
        f" {seconds or sum(r.seconds for r in done):.0f} s ({spent}: making, storm, quiet, judging)"
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Ended before it was done; its nodes and disks are gone.", file=sys.stderr)
        sys.exit(130)
