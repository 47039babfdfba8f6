"""What happens when: a row of faults that follows from a seed alone and can be written down."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.storm.proxy import LINK_FAULTS

# How often each fault comes beside the others.
NODE_FAULTS = {
    "kill_all": 2,
    "kill_parent": 1,
    "kill_web": 1,
    "kill_worker": 1,
    "kill_office": 1,
    "stop": 2,
    "clock": 3,
    "disk_full": 2,
    "disk_readonly": 1,
    "restore": 1,
}
ATTACKS = {"slow_loris": 1, "flood": 1, "resend": 1, "fork_witness": 1, "fork_mirror": 1, "upload": 2}
GAP_S = 0.32
LONGEST_S = 2.5


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `at_s` after the start, for `lasts_s`, at a node or on the link from it (`node`) to `other`.

    For a fault of a link `node` calls and `other` answers; for an attack `other` attacks `node`.
    """

    step: int
    at_s: float
    kind: str
    node: str
    other: str
    lasts_s: float
    seed: int


def weights(kinds: Sequence[str] = ()) -> dict[str, int]:
    """All kinds of faults with their weights, or those asked for. Raises ValueError for one that does not exist."""
    known = {**{kind: 2 if kind == "fork" else 1 for kind in LINK_FAULTS}, **NODE_FAULTS, **ATTACKS}
    if unknown := set(kinds) - set(known):
        raise ValueError(f"There is no fault {min(unknown)!r}. Known: {', '.join(known)}.")
    if not kinds:
        return {kind: weight for kind, weight in known.items() if weight}
    return {kind: weight or 1 for kind, weight in known.items() if kind in kinds}


def schedule(seed: int, parties: Sequence[str], count: int, kinds: Sequence[str] = ()) -> list[Fault]:
    """The faults of a seed."""
    chance = random.Random(seed)
    known = weights(kinds)
    faults = []
    for step in range(count):
        kind = chance.choices(list(known), list(known.values()))[0]
        node, other = chance.sample(list(parties), 2)
        at_s = round((step + chance.random()) * GAP_S, 3)
        lasts_s = round(chance.uniform(0.3, LONGEST_S), 3)
        faults.append(Fault(step, at_s, kind, node, other, lasts_s, chance.randrange(2**31)))
    return faults


def write(faults: Iterable[Fault], path: Path) -> None:
    path.write_text("".join(json.dumps(asdict(fault)) + "\n" for fault in faults), "utf-8")


def read(path: Path) -> list[Fault]:
    """Faults that `write` wrote: a schedule that was cut down by hand runs as well."""
    return [Fault(**json.loads(line)) for line in path.read_text("utf-8").splitlines() if line]
