"""Single facts, each in a transaction of its own: until the partner has applied it, and until it is final."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from comity.node.demo.run import _pair, _serve, _stop
from tools.bench.exchange_parts.comity import WAIT, nodes_of
from tools.bench.exchange_parts.world import World

FACTS = """
import json, sys, time
import django
django.setup()
from comity.journal.models import Journal
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
    titles = (Text(text=f"ФАКТ {number}"),)
    record = RightRecord(office=journal.party, kind="trademark", number=f"9{number:08}", titles=titles)
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
        size = Journal.objects.values_list("applied", flat=True).get(own=False)
    if size != last:
        seen.append((size, time.time()))
        last = size
    time.sleep(0.01)
print(json.dumps(seen))
"""


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
