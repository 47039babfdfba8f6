"""What must hold when the storm is over, looked up at the nodes themselves, not in what they say of each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comity.journal.store import Store
from comity.kernel.checkpoint import verify_checkpoint
from comity.kernel.errors import ComityError
from comity.kernel.merkle import EMPTY
from tools.storm import uploads
from tools.storm.dishonest import Lie, key_of
from tools.storm.node import StormNode
from tools.storm.workload import Work

MOST_RSS_KIB = 500 * 1024
FIRST_ENTRIES = 1
BAD_LOG = re.compile(r"nobody foresaw|Traceback|panicked")


def settled(states: dict[str, Any]) -> bool:
    """Whether every node has applied all that the others have sequenced, and all of it is final at each of them."""
    for party, mine in states.items():
        own = mine["journals"][party]
        if own["pending"] or mine["images_missing"] or any(x["final"] != x["size"] for x in mine["journals"].values()):
            return False
        for other, theirs in states.items():
            copy = theirs["journals"].get(party)
            if other != party and (not copy or not copy["applied"] == copy["size"] == own["size"]):
                return False
    return True


def check_facts(nodes: Sequence[StormNode], works: Sequence[Work]) -> list[str]:
    """Every acknowledged fact is at every node, once: its last title, its number of versions, its person or nobody."""
    wrong: list[str] = []
    want: dict[str, tuple[int, str, list[str]]] = {}
    unsure: set[str] = set()
    for work in works:
        for number, fact in work.facts.items():
            key = f"{work.node.party} {work.node.party}/trademark/{number}"
            want[key] = (len(fact.titles), fact.title, [] if fact.redacted else [fact.person])
            if fact.unsure:
                unsure.add(key)
    for node in nodes:
        have = {key: (version, title, names) for key, (version, title, names) in node.ask("facts").items()}
        for key in unsure & set(have):
            if have[key] == (*want[key][:2], []):
                have[key] = want[key]
        different = [key for key in sorted(want) if have.get(key) != want[key]]
        wrong += [f"{node.party}: {key} is {have.get(key)}, not {want[key]}." for key in different[:5]]
        if extra := sorted(set(have) - set(want)):
            wrong.append(f"{node.party}: {len(extra)} rights that nobody entered: {extra[:3]}.")
        counted = node.ask("entries")
        for key, (versions, _, _) in want.items():
            if counted.get(key) != versions:
                wrong.append(
                    f"{node.party}: the journal tells {counted.get(key)} times of {key}, not {versions} times."
                )
                break
    return wrong


def check_agreed(nodes: Sequence[StormNode], works: Sequence[Work]) -> list[str]:
    """What each party told of its law is at every node, a request at the two that it is between and nowhere else."""
    wrong: list[str] = []
    laws = {f"{work.node.party} {code}": act for work in works for code, act in work.laws.items()}
    # What was acknowledged and then lost with a database is entered again: it may have come back besides.
    twice = any(work.restores for work in works)
    for node in nodes:
        known = node.ask("joint")
        if known["laws"] != laws:
            wrong.append(f"{node.party}: of the laws it knows {known['laws']}, not {laws}.")
        for work in works:
            for marked, to in work.requests.items():
                have = len(known["requests"].get(marked, []))
                if node.party not in {work.node.party, to}:
                    if have:
                        wrong.append(f"{node.party} reads {marked}, which is not for it.")
                elif have != 1 and not (twice and have > 1):
                    wrong.append(f"{node.party}: {marked} is there {have} times.")
    return wrong


def check_journals(
    nodes: Sequence[StormNode], notes: dict[tuple[str, bytes], str], forged: set[bytes]
) -> tuple[int, list[str]]:
    """Every checkpoint of a node that ever passed the proxy is a prefix of its journal today (RFC 6962 §2.1.2).

    Returns how many distinct ones were proved, and what was wrong.
    """
    wrong: list[str] = []
    proved: set[tuple[str, int, bytes]] = set()
    for node in nodes:
        key, store = key_of(node, "log").verifier, Store(node.home / "journals" / "own")
        for (origin, raw), where in notes.items():
            if origin != node.origin or any(raw.startswith(lie) for lie in forged):
                continue
            try:
                signed = verify_checkpoint(raw, [key])
            except ComityError as error:
                wrong.append(f"{node.party}: a checkpoint seen at {where}: {error}")
                continue
            if (node.party, signed.size, signed.root) in proved:
                continue
            proved.add((node.party, signed.size, signed.root))
            try:
                root = store.frontier(signed.size).root() if signed.size else EMPTY
            except ComityError as error:
                wrong.append(f"{node.party}: the tree of {signed.size} seen at {where} is not on file: {error}")
                continue
            if root != signed.root:
                wrong.append(
                    f"{node.party} FORKED: its tree of {signed.size} seen at {where} is no prefix of its journal."
                )
    return len(proved), wrong


def check_lies(nodes: Sequence[StormNode], lies: Sequence[Lie], forged: set[bytes]) -> list[str]:
    """Every lie that was told is kept by its victim, and nobody is accused of what he did not do."""
    wrong = []
    for node in nodes:
        shown = {(node.party, liar, text) for liar, text in node.ask("tell")["forks"]}
        for victim, liar, text in sorted({(x.victim, x.liar, x.checkpoint.decode()) for x in lies if x.told}):
            if victim == node.party and (victim, liar, text) not in shown:
                wrong.append(
                    f"{victim} does not know that {liar} signed another tree: {text.split(chr(10))[1]} entries."
                )
        false = sorted((liar, text) for _, liar, text in shown if text.encode() not in forged)
        wrong += [f"{node.party} accuses {liar} without reason: {text[:300]!r}" for liar, text in false]
    return wrong


def check_shown(works: Sequence[Work], lies: Sequence[Lie]) -> list[str]:
    """What is kept of a lie is on the page that its victim's people look at."""
    wrong = []
    for work in works:
        told = {lie.checkpoint.decode() for lie in lies if lie.told and lie.victim == work.node.party}
        if not told:
            continue
        page, home = work.clerk.see("/exchange"), work.clerk.see("/")
        wrong += [f"{work.node.party} does not show: {text[:200]!r}" for text in sorted(told) if text not in page]
        if "/exchange#forks" not in home:
            wrong.append(f"{work.node.party}: the first page says nothing of a fork.")
    return wrong


def check_pictures(nodes: Sequence[StormNode], works: Sequence[Work]) -> list[str]:
    """Every picture is at every node, whole."""
    names = {fact.picture for work in works for fact in work.facts.values() if fact.picture}
    wrong = []
    for node in nodes:
        for name in sorted(names):
            path = node.home / "files" / name[:2] / name[2:4] / name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != name:
                wrong.append(f"{node.party} does not hold the picture {name}, or not whole.")
    return wrong


def check_digests(nodes: Sequence[StormNode]) -> list[str]:
    found = {node.party: node.ask("digests") for node in nodes}
    if len({each["total"] for each in found.values()}) == 1:
        return []
    return [f"The digests differ: {found}"]


def check_files(nodes: Sequence[StormNode]) -> list[str]:
    """What a kill or a full disk left behind does not pile up."""
    wrong = []
    for node in nodes:
        left = [path for path in node.home.rglob("*") if path.is_file() and path.name.endswith((".tmp", ".part"))]
        if len(left) > 3:
            wrong.append(f"{node.party}: {len(left)} temporary files are left: {', '.join(p.name for p in left[:8])}.")
        inbox = [path for path in (node.home / "inbox").rglob("*") if path.is_file()]
        if inbox:
            wrong.append(f"{node.party}: {len(inbox)} files are left in the inbox.")
        wrong += [f"{node.party} keeps an entry of a lie: {path}" for path in uploads.kept(node.home)]
        if node.peak_kib > MOST_RSS_KIB:
            wrong.append(f"{node.party}: a process took {node.peak_kib // 1024} MiB.")
    return wrong


def check_logs(nodes: Sequence[StormNode]) -> list[str]:
    """No process ended by itself, and none met what nobody foresaw."""
    wrong = []
    for node in nodes:
        alone = [one for one in node.ended if not one.excused]
        wrong += [f"{node.party}: {one.role} ended by itself with {one.code}." for one in alone]
        lines = node.log.read_text(errors="replace").splitlines() if node.log.exists() else []
        bad = [number for number, line in enumerate(lines) if BAD_LOG.search(line)]
        if bad:
            wrong.append(f"{node.party} logged: {' | '.join(lines[bad[0] : bad[0] + 40])[-1500:]}")
    return wrong


def evidence(nodes: Sequence[StormNode], folder: Path, said: str) -> None:
    """Keep of a run that went wrong what a person needs who looks for the cause."""
    import shutil

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "violations.txt").write_text(said, "utf-8")
    for node in nodes:
        # The bell is a pipe: what copies it would wait for who rings.
        pipes = shutil.ignore_patterns("bell")
        shutil.copytree(node.home, folder / node.party.lower(), dirs_exist_ok=True, ignore=pipes)
        for log in (node.log, node.log.with_suffix(".office.log")):
            if log.exists():
                shutil.copy(log, folder / log.name)
