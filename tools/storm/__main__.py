"""Run storms by their seeds.

    python -m tools.storm 1 2 3 --nodes 3 --faults 50 --database postgresql
    python -m tools.storm 7 --kinds clock,kill_all
    python -m tools.storm 7 --schedule var/storm/7/schedule.jsonl

Ends with one line of counts and exits with 1 on a violation, whose evidence is kept in the folder of its seed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from tools.storm import schedule
from tools.storm.databases import Databases
from tools.storm.machine import compile_shim, may_mount
from tools.storm.run import PARTIES, Result, Storm


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", default=["1"], help="numbers, ranges such as 1-100, or both by comma")
    parser.add_argument("--nodes", type=int, choices=(2, 3), default=2)
    parser.add_argument("--faults", type=int, default=50, help="faults in one storm")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kinds", default="", help="only these faults, by comma")
    parser.add_argument("--schedule", type=Path, help="a schedule that was written down, in place of the seed's")
    parser.add_argument("--folder", type=Path, default=Path("var/storm"), help="where each seed has its folder")
    given = parser.parse_args()
    kinds = [kind for kind in given.kinds.split(",") if kind]
    try:
        schedule.weights(kinds)
    except ValueError as error:
        parser.error(str(error))
    folder: Path = given.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    shim, mount = compile_shim(folder), may_mount(folder)
    if shim is None:
        print("NO CLOCK STEPS: this machine has no C compiler (cc).", file=sys.stderr)
    if not mount:
        print("NO DISK FAULTS: this user may not mount a small file system.", file=sys.stderr)
    parties = PARTIES[: given.nodes]
    results: list[Result] = []
    started = time.monotonic()
    with Databases(given.database) as databases:
        for seed in numbers(given.seeds):
            place = folder / str(seed)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            faults = schedule.read(given.schedule) if given.schedule else None
            faults = faults or schedule.schedule(seed, parties, given.faults, kinds)
            schedule.write(faults, place / "schedule.jsonl")
            urls = databases.empty(len(parties))
            storm = Storm(seed, faults, parties, place, urls, shim, mount)
            results.append(result := storm.run())
            print(line(f"seed {seed}", [result]), flush=True)
            for each in result.wrong:
                print(f"VIOLATION seed {seed}: {each[:2000]}", flush=True)
            if result.wrong:
                print(f"Evidence: {place}", flush=True)
            else:
                shutil.rmtree(place)
    print(line(f"{len(results)} storms, {given.nodes} nodes, {given.database}", results, time.monotonic() - started))
    return 1 if any(result.wrong for result in results) else 0


def numbers(given: list[str]) -> list[int]:
    """`1 2`, `1,2`, `5-8`: the seeds."""
    found: list[int] = []
    for part in ",".join(given).split(","):
        first, _, last = part.partition("-")
        if part:
            found += range(int(first), int(last or first) + 1)
    return found


def line(name: str, results: list[Result], seconds: float = 0.0) -> str:
    """The line of counts."""
    faults: Counter[str] = sum((result.faults for result in results), Counter())
    skipped: Counter[str] = sum((result.skipped for result in results), Counter())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(faults.items()))
    left_out = (
        f" ({', '.join(f'{count} {kind}' for kind, count in sorted(skipped.items()))} without effect)"
        if skipped
        else ""
    )
    return (
        f"{name}: {faults.total()} faults ({kinds}){left_out},"
        f" {sum(r.facts for r in results)} facts acknowledged, {sum(r.repeated for r in results)} orders repeated,"
        f" {sum(r.restarts for r in results)} restarts, {sum(r.requests for r in results)} requests,"
        f" {sum(r.lies for r in results)} lies, {sum(r.checkpoints for r in results)} checkpoints proved,"
        f" {max((r.peak_mib for r in results), default=0)} MiB peak,"
        f" {max((r.quiet_s for r in results), default=0.0):.0f} s to quiet,"
        f" {sum(len(r.wrong) for r in results)} violations,"
        f" {seconds or sum(r.seconds for r in results):.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
