"""One storm: nodes brought up, faults, healing, quiet, verdict."""

from __future__ import annotations

import contextlib
import math
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.quality.nodes import NodeFailedError, free_port
from tools.storm import attacks, clerk, copies, dishonest, uploads, verdict
from tools.storm.copies import CopyFailedError
from tools.storm.dishonest import Lie
from tools.storm.machine import fill
from tools.storm.node import OfficeFailedError, StormNode
from tools.storm.proxy import LINK_FAULTS, Proxy, Rule
from tools.storm.results import Result
from tools.storm.schedule import Fault
from tools.storm.workload import Work

PARTIES = ("BY", "RU", "KZ")
QUIET_S = 120.0
CLOCK_STEP_S = 2 * 86_400
# How long after its disk was mended a process may still end of what it met before; starting takes most of it.
EXCUSED_S = 12.0
# Between two looks at the nodes: each costs them more than a moment of waiting costs the storm.
PAUSE_S = 0.3


@dataclass(slots=True)
class Storm:
    """One run of a schedule in a folder of its own.

    `databases`: one for each node; none for SQLite. `tables`: an SQLite file with tables, to begin with.
    """

    seed: int
    faults: Sequence[Fault]
    parties: Sequence[str]
    folder: Path
    databases: Sequence[str] = ()
    shim: Path | None = None
    mount: bool = False
    tables: Path | None = None
    nodes: dict[str, StormNode] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    lies: list[Lie] = field(default_factory=list)
    snapshots: dict[str, list[Path]] = field(default_factory=lambda: {party: [] for party in PARTIES})
    forged: set[bytes] = field(default_factory=set)
    result: Result = field(init=False)
    proxy: Proxy = field(init=False)
    _forks: list[tuple[Lie, Rule]] = field(default_factory=list)
    _undo: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _watching: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _makers: list[threading.Thread] = field(default_factory=list)

    def run(self) -> Result:
        started = time.monotonic()
        self.result = Result(self.seed)
        chance = random.Random(f"{self.seed} shape")
        for at, party in enumerate(self.parties):
            self.nodes[party] = StormNode(
                party,
                self.folder / party.lower() / "node",
                free_port(),
                self.databases[at] if self.databases else "",
                apart=chance.random() < 0.4,
            )
        origins = {party: node.origin for party, node in self.nodes.items()}
        self.proxy = Proxy({party: node.port for party, node in self.nodes.items()}, origins).start()
        try:
            self._bring_up()
            self.result.made_s = time.monotonic() - started
            self._rage()
            self._heal()
            judging = time.monotonic()
            self._judge()
            self.result.judged_s = time.monotonic() - judging
        except (NodeFailedError, OfficeFailedError, CopyFailedError, subprocess.CalledProcessError) as error:
            self.result.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            self._watching.set()
            for thread in self._makers:
                thread.join()
            for node in self.nodes.values():
                node.wanted = False
                node.signal_all(signal.SIGCONT)
            if self.result.wrong:
                said = "".join(f"seed {self.seed}: {line}\n" for line in self.result.wrong)
                verdict.evidence(list(self.nodes.values()), self.folder / "evidence", said)
            for node in self.nodes.values():
                node.leave()
            self.proxy.stop()
        self.result.seconds = time.monotonic() - started
        return self.result

    # Bringing up.

    def _bring_up(self) -> None:
        def prepare(node: StormNode) -> None:
            try:
                node.address = f"http://127.0.0.1:{self.proxy.ports[node.party]}"
                node.prepare(self.shim, None if self.databases else self.tables, mount=self.mount)
                node.start_all()
                node.ask("hire", name=clerk.NAME, password=clerk.PASSWORD)
            except (NodeFailedError, OfficeFailedError, subprocess.CalledProcessError, OSError) as error:
                self.result.wrong.append(f"{node.party} could not be made: {error}")

        self._makers = [threading.Thread(target=prepare, args=(node,)) for node in self.nodes.values()]
        for thread in self._makers:
            thread.start()
        for thread in self._makers:
            thread.join()
        if self.result.wrong:
            raise NodeFailedError("The nodes could not be made.")
        self._wait(lambda: all(node.answers() for node in self.nodes.values()), 90, "The nodes do not answer.")
        for at, inviting in enumerate(self.parties):
            for accepting in self.parties[at + 1 :]:
                one, other = self.nodes[inviting], self.nodes[accepting]
                shown = other.ask("accept", invitation=one.ask("invite", party=accepting))
                one.ask("confirm", party=accepting, fingerprint=shown)
                other.ask("confirm", party=inviting, fingerprint=shown)
        self._wait(self._settled, QUIET_S, "The nodes did not come together before the storm.")
        for node in self.nodes.values():
            node.ask("agree", parties=list(self.parties))
        self._wait(self._in_force, QUIET_S, "The agreement did not come into force before the storm.")
        for node in self.nodes.values():
            others = tuple(party for party in self.parties if party != node.party)
            self.works.append(Work(node, self.seed, self.folder / "deliveries", partners=others))
        for turn, pause in ((self._supervise, 0.1), (self._measure, 1.0)):
            thread = threading.Thread(target=self._keep, args=(turn, pause), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _keep(self, turn: Callable[[], None], pause: float) -> None:
        while not self._watching.wait(pause):
            turn()

    def _supervise(self) -> None:
        for node in self.nodes.values():
            node.watch()

    def _measure(self) -> None:
        for node in self.nodes.values():
            node.measure()

    def _wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until:
                raise NodeFailedError(what)
            time.sleep(PAUSE_S)

    def _settled(self) -> bool:
        return verdict.settled({party: node.ask("tell") for party, node in self.nodes.items()})

    def _in_force(self) -> bool:
        pairs = [(node, other) for node in self.nodes.values() for other in self.parties if other != node.party]
        return all(node.ask("in_force", partner=other) for node, other in pairs)

    # The storm.

    def _rage(self) -> None:
        started = time.monotonic()
        for work in self.works:
            work.start()
        for fault in self.faults:
            if fault.step % 12 == 0:
                self._snapshot(fault.step)
            while (left := started + fault.at_s - time.monotonic()) > 0:
                self._undo_due()
                time.sleep(min(left, 0.05))
            self._undo_due()
            if self._strike(fault):
                self.result.faults[fault.kind] += 1
            else:
                self.result.skipped[fault.kind] += 1
        while self._undo or any(rule.active() for rule in self.proxy.rules):
            self._undo_due()
            time.sleep(0.05)
        for lie, rule in self._forks:
            lie.told = rule.whole > 0
        for rule in self.proxy.rules:
            if not rule.hits:
                # Nothing passed over the line while it was broken: that is no fault.
                self.result.faults[rule.kind] -= 1
                self.result.skipped[rule.kind] += 1
        self.result.storm_s = time.monotonic() - started

    def _after(self, seconds: float, undo: Callable[[], None]) -> None:
        self._undo.append((time.monotonic() + seconds, undo))

    def _undo_due(self) -> None:
        now = time.monotonic()
        for item in [item for item in self._undo if item[0] <= now]:
            self._undo.remove(item)
            item[1]()

    def _strike(self, fault: Fault) -> bool:
        """Let one fault happen; False where this machine or this moment does not allow it."""
        node, chance = self.nodes[fault.node], random.Random(fault.seed)
        if fault.kind in LINK_FAULTS:
            return self._break_line(fault, chance)
        if fault.kind.startswith("kill_"):
            self._kill(fault.kind, node, chance)
            return True
        if fault.kind == "stop":
            node.signal_all(signal.SIGSTOP)
            self._after(fault.lasts_s, lambda: node.signal_all(signal.SIGCONT))
            return True
        if fault.kind == "clock":
            if self.shim is None:
                return False
            node.step_clock(chance.choice((-1, 1)) * CLOCK_STEP_S)
            self._after(2 * fault.lasts_s, lambda: node.step_clock(0))
            return True
        if fault.kind == "restore":
            return self._restore(node, chance)
        if fault.kind in {"disk_full", "disk_readonly"}:
            return node.mounted and self._spoil_disk(fault, node)
        if fault.kind in dishonest.SHOWN_TO:
            self.proxy.spared.add((fault.other, fault.node))
            lie = dishonest.show(fault.kind, self.nodes[fault.other], node, node.address, chance, self.forged)
            self.proxy.spared.clear()
            if lie is not None:
                self.lies.append(lie)
            return lie is not None
        if fault.kind == "upload":
            self.proxy.spared.add((fault.other, fault.node))
            wrong = uploads.upload(self.nodes[fault.other], fault.node, node.address, chance, self.forged)
            self.proxy.spared.clear()
            self.result.wrong += wrong or []
            return wrong is not None
        self.result.wrong += attacks.attack(fault, node, self.proxy, chance)
        return True

    def _break_line(self, fault: Fault, chance: random.Random) -> bool:
        rule = Rule(fault.kind, fault.node, fault.other, time.monotonic() + fault.lasts_s, chance)
        if fault.kind == "fork":
            folder = self.folder / "lies" / str(fault.step)
            lie = dishonest.fork(self.nodes[fault.other], self.nodes[fault.node], chance, folder, self.forged)
            if lie is None:
                return False
            rule.answers = lie.answers
            self.lies.append(lie)
            self._forks.append((lie, rule))
        self.proxy.add(rule)
        return True

    def _kill(self, kind: str, node: StormNode, chance: random.Random) -> None:
        if kind == "kill_all":
            node.kill_all()
        elif kind == "kill_office":
            node.kill_office()
        elif kind == "kill_web":
            node.kill_web()
        elif kind == "kill_worker":
            node.kill_role(node.roles[-1])
        else:
            node.kill_role(chance.choice(node.roles), group=False)

    def _restore(self, node: StormNode, chance: random.Random) -> bool:
        """Put a database of earlier in the place of a node's own; the next one to be put there is of now."""
        if node.spoiled or not self.snapshots[node.party]:
            return False
        earlier = chance.choice(self.snapshots[node.party])
        with node.lock:
            node.kill_all()
            with node.asking:
                node.kill_office()
                next(work for work in self.works if work.node is node).restored.set()
                copies.put_back(node, earlier)
                node.interrupted = True
        # What it had taken from partners is forgotten with the database: once more is once there.
        self.proxy.forget(node.party)
        for lie in self.lies:
            # Evidence that came since the copy went with the database; it is told anew only where it can be.
            lie.told = lie.told and (lie.victim != node.party or bool(lie.answers))
        return True

    def _snapshot(self, step: int) -> None:
        """Copy the databases that are put back later, as a backup does."""
        for party, node in self.nodes.items():
            if not node.spoiled and any(one.kind == "restore" and one.node == party for one in self.faults[step:]):
                target = self.folder / f"{party.lower()}-{len(self.snapshots[party])}.copy"
                with contextlib.suppress(copies.CopyFailedError):
                    copies.copy(node, target)
                    self.snapshots[party].append(target)

    def _spoil_disk(self, fault: Fault, node: StormNode) -> bool:
        if node.spoiled:
            return False
        node.excused_until = math.inf
        if fault.kind == "disk_full":
            ballast = node.disk / "ballast"
            fill(ballast)
            node.spoiled = True
            self._after(fault.lasts_s, lambda: self._mend_disk(node))
            return True
        # A file system with files open for writing cannot be made read-only: the machine came up again with it so.
        node.kill_all()
        remount = ["mount", "-o", "remount,ro", str(node.disk)]
        if subprocess.run(remount, check=False, capture_output=True).returncode:
            node.excused_until = time.monotonic() + EXCUSED_S
            return False
        node.spoiled = True
        self._after(2 * fault.lasts_s, lambda: self._mend_disk(node))
        return True

    def _mend_disk(self, node: StormNode) -> None:
        subprocess.run(["mount", "-o", "remount,rw", str(node.disk)], check=True)
        (node.disk / "ballast").unlink(missing_ok=True)
        node.spoiled, node.excused_until = False, time.monotonic() + EXCUSED_S

    # Afterwards.

    def _heal(self) -> None:
        """No more faults; nobody does anything but what the people's work and the service manager do."""
        self.proxy.clear()
        healed = time.monotonic()
        for work in self.works:
            if not work.end(QUIET_S):
                self.result.wrong.append(f"{work.node.party}: an order is never acknowledged: {work.last_refusal}")
        states: dict[str, object] = {}

        def quiet() -> bool:
            with contextlib.suppress(OfficeFailedError):
                states.update({party: node.ask("tell") for party, node in self.nodes.items()})
                return all(node.answers() for node in self.nodes.values()) and verdict.settled(states)
            return False

        try:
            self._wait(quiet, QUIET_S, "The nodes do not come together after the storm")
        except NodeFailedError as error:
            self.result.wrong.append(f"{error}: {states}")
        self.result.quiet_s = time.monotonic() - healed

    def _judge(self) -> None:
        nodes, result = list(self.nodes.values()), self.result
        result.wrong += self._listen_again()
        result.wrong += verdict.check_facts(nodes, self.works)
        result.wrong += verdict.check_agreed(nodes, self.works)
        result.wrong += verdict.check_digests(nodes)
        result.checkpoints, forked = verdict.check_journals(nodes, dict(self.proxy.notes), self.forged)
        result.wrong += forked
        result.wrong += verdict.check_lies(nodes, self.lies, self.forged)
        result.wrong += verdict.check_shown(self.works, self.lies)
        result.wrong += verdict.check_pictures(nodes, self.works)
        self._watching.set()
        for thread in self._threads:
            thread.join()
        for node in nodes:
            node.measure()
            result.wrong += node.finish()
            result.wrong += [f"{node.party}: fsck: {finding}" for finding in node.ask("check")[:5]]
            if bad := node.ask("sums"):
                result.wrong.append(f"{node.party}: the sums of the imports {bad} do not add up.")
        result.wrong += verdict.check_files(nodes)
        result.wrong += verdict.check_logs(nodes)
        for work in self.works:
            result.wrong += work.wrong
            result.facts += work.acknowledged
            result.repeated += work.repeated
            result.uploads += work.uploads
            result.pictures += sum(bool(fact.picture) for fact in work.facts.values())
        result.restarts = sum(node.starts - len(node.roles) for node in nodes)
        result.requests, result.lies = self.proxy.requests, sum(lie.told for lie in self.lies)
        result.peak_mib = max(node.peak_kib for node in nodes) // 1024

    def _listen_again(self) -> list[str]:
        """A lie that came while its victim was being killed is told once more: then it must be kept."""
        for lie in self.lies:
            if not lie.told or not lie.answers:
                continue
            victim = self.nodes[lie.victim]
            text = lie.checkpoint.decode()

            def kept(victim: StormNode = victim, liar: str = lie.liar, text: str = text) -> bool:
                return [liar, text] in victim.ask("tell")["forks"]

            if kept():
                continue
            until = time.monotonic() + 20
            rule = Rule("fork", lie.victim, lie.liar, until, random.Random(0), lie.answers)
            self.proxy.add(rule)
            with contextlib.suppress(NodeFailedError):  # the check of lies says it
                self._wait(kept, 20, "")
            self.proxy.clear()
        self._wait(self._settled, 30, "The nodes do not come together again after a lie.")
        return []
