"""Kill two exchanging nodes at random moments, and see that nothing that was committed is lost and no journal forks.

    python -m tools.quality.kill --kills 200 --seed 1
    python -m tools.quality.kill --database-url postgresql://comity@127.0.0.1/kill_{party}

Both nodes serve, follow and cosign each other while files of new and changed rights are imported into both. At a
random moment one of them is killed with SIGKILL: its whole process group with the import, its parent process alone, or
the import alone; then it is started again. Every checkpoint that could be seen at any time is kept, from both folders.

In the end every record of every delivery is at both nodes; the sums of every import, killed ones too, add up; all
checkpoints ever seen are prefixes of the journals as they are, so that any two agree (RFC 6962 §2.1.2); the digests are
equal; nothing is held; no fork is noted; `comity fsck` finds nothing. Prints one line of counts; exits with 1 on any
violation. The databases that `--database-url` names must exist and be empty; `{party}` stands for by and ru.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.kernel import tiles
from comity.kernel.checkpoint import verify_checkpoint
from comity.kernel.errors import ComityError, NotFoundError
from comity.kernel.identifiers import origin_hash
from comity.kernel.merkle import EMPTY
from comity.kernel.notes import SigningKey, VerifierKey
from tools.quality.nodes import Node, NodeFailedError, pair, wait_until_agreed

MODES = ("group", "parent", "import")
LATEST_S = 1.5


@dataclass(slots=True)
class Watch:
    """Collects every checkpoint that appears in the folders of both nodes, until it is stopped."""

    nodes: tuple[Node, Node]
    seen: dict[tuple[str, bytes], Path] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.look()

    def _run(self) -> None:
        while not self._stop.wait(0.005):
            self.look()

    def look(self) -> None:
        for node in self.nodes:
            for other in self.nodes:
                folder = "own" if node is other else origin_hash(other.origin)
                for name in ("checkpoint", "pending"):
                    path = node.home / "journals" / folder / name
                    with contextlib.suppress(OSError):
                        self.seen.setdefault((other.party, path.read_bytes()), path)


@dataclass(slots=True)
class Register:
    """The register of one office: what was delivered, and what the node must therefore hold."""

    party: str
    random: random.Random
    titles: dict[str, str] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)

    def delivery(self, path: Path, records: int) -> None:
        """Write a file of new records and of changed ones, one in five."""
        with path.open("w", encoding="utf-8") as file:
            for _ in range(records):
                if not self.numbers or self.random.random() >= 0.2:
                    self.numbers.append(f"{len(self.numbers) + 10_000}")
                    number = self.numbers[-1]
                else:
                    number = self.random.choice(self.numbers)
                self.titles[number] = title = f"ЗНАК {number} {self.random.randrange(10**9)}"
                file.write(json.dumps(self._record(number, title), ensure_ascii=False) + "\n")

    def _record(self, number: str, title: str) -> dict[str, Any]:
        holder = {"role": "holder", "entity": "natural", "names": [{"text": f"Лицо {number}"}], "country": self.party}
        return {
            "office": self.party,
            "kind": "trademark",
            "number": number,
            "status": "in_force",
            "titles": [{"text": title}],
            "classes": [{"scheme": "nice", "code": str(int(number) % 45 + 1)}],
            "parties": [holder],
        }


@dataclass(slots=True)
class Importing:
    """The import of one delivery into one node: run again after each kill until it ends by itself."""

    node: Node
    register: Register
    folder: Path
    records: int
    count: int = 0
    again: int = 0
    path: Path | None = None
    process: subprocess.Popen[str] | None = None

    def go_on(self) -> None:
        """See that an import runs: the next delivery, or the one that was cut short."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            said = self.process.communicate()[0]
            if self.process.returncode == 0:
                self.path = None
            elif self.process.returncode != -signal.SIGKILL:
                raise NodeFailedError(f"{self.node.party}: an import failed: {said[-2000:]}")
            else:
                self.again += 1
        if self.path is None:
            self.count += 1
            self.path = self.folder / f"{self.node.party.lower()}-{self.count:04}.jsonl"
            self.register.delivery(self.path, self.records)
        self.process = self.node.start("import", str(self.path), "--source", "kill")

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def finish(self) -> None:
        """Let the present delivery be imported to its end."""
        while self.path is not None:
            if self.process is not None:
                said = self.process.communicate()[0]
                if self.process.returncode == 0:
                    self.path = None
                    return
                if self.process.returncode != -signal.SIGKILL:
                    raise NodeFailedError(f"{self.node.party}: an import failed: {said[-2000:]}")
            self.process = self.node.start("import", str(self.path), "--source", "kill")


def check_checkpoints(node: Node, seen: dict[tuple[str, bytes], Path]) -> tuple[int, list[str]]:
    """Every checkpoint of the node's journal that was ever seen is signed and is a prefix of its journal today."""
    key: VerifierKey = SigningKey.parse((node.home / "keys" / "log.key").read_text().strip()).verifier
    root = node.home / "journals" / "own"

    def fetch(path: str) -> bytes:
        try:
            return (root / path).read_bytes()
        except FileNotFoundError:
            raise NotFoundError("no such file", place=path) from None

    wrong: list[str] = []
    signed: set[tuple[int, bytes]] = set()
    for (party, raw), path in seen.items():
        if party != node.party:
            continue
        try:
            checkpoint = verify_checkpoint(raw, [key])
        except ComityError as error:
            wrong.append(f"{path}: {error}")
            continue
        signed.add((checkpoint.size, checkpoint.root))
    for size, want in sorted(signed):
        have = tiles.frontier(size, fetch).root() if size else EMPTY
        if have != want:
            wrong.append(f"{node.party}: the checkpoint of {size} entries is no prefix of the journal: a fork.")
    return len(signed), wrong


def check_records(node: Node, registers: list[Register], folder: Path) -> tuple[int, list[str]]:
    """Every record of every delivery is at the node, as it was last delivered."""
    target = folder / f"export-{node.party.lower()}.jsonl"
    node.run("export", str(target), "--partners")
    have: dict[tuple[str, str], str] = {}
    for line in target.read_text("utf-8").splitlines():
        record = json.loads(line)
        have[record["office"], record["number"]] = record["titles"][0]["text"]
        if not record["parties"][0].get("names"):
            return len(have), [f"{node.party}: the person of {record['number']} did not arrive."]
    want = {(r.party, number): title for r in registers for number, title in r.titles.items()}
    wrong = [
        f"{node.party}: {key} is {have.get(key)!r}, not {title!r}."
        for key, title in want.items()
        if have.get(key) != title
    ]
    if extra := set(have) - set(want):
        wrong.append(f"{node.party}: {len(extra)} records that nobody delivered.")
    return len(want), wrong[:5]


def check_imports(node: Node) -> list[str]:
    """The sums of every run of an import, also of those that were killed, add up."""
    script = (
        "import django; django.setup()\n"
        "from comity.registers.models import Import\n"
        "print([i.pk for i in Import.objects.all() if i.read != i.added + i.changed + i.unchanged + i.quarantined])\n"
    )
    environment = {**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    wrong = done.stdout.strip()
    return [f"{node.party}: the sums of the imports {wrong} do not add up."] if wrong != "[]" else []


def run(
    folder: Path, *, kills: int, seed: int, records: int, port: int, databases: dict[str, str], say: bool = True
) -> list[str]:
    """Kill `kills` times; the violations found. One line of counts goes to standard output."""
    started = time.monotonic()
    chance = random.Random(seed)
    nodes = (
        Node("BY", folder / "by", port, databases.get("by", "")),
        Node("RU", folder / "ru", port + 1, databases.get("ru", "")),
    )
    registers = [Register(node.party, random.Random(f"{seed} {node.party}")) for node in nodes]
    imports = [Importing(node, register, folder, records) for node, register in zip(nodes, registers, strict=True)]
    watch = Watch(nodes)
    done = dict.fromkeys(MODES, 0)
    wrong: list[str] = []
    checkpoints = 0
    try:
        for node in nodes:
            node.init()
            node.serve()
        pair(nodes[0], nodes[1], folder)
        watch.start()
        for turn in range(kills):
            for one in imports:
                one.go_on()
            time.sleep(chance.random() * LATEST_S)
            mode, which = chance.choice(MODES), chance.randrange(2)
            if mode == "import":
                imports[which].kill()
            else:
                nodes[which].kill(group=mode == "group")
                if mode == "group":
                    imports[which].kill()
                # Now and then the partner is without it for a while, or both are down at once.
                if chance.random() < 0.2:
                    nodes[1 - which].kill(group=True)
                    nodes[1 - which].serve()
                nodes[which].serve()
            done[mode] += 1
            if say and sys.stderr.isatty():
                print(f"\r{turn + 1}/{kills} kills, {len(watch.seen)} checkpoints seen", end="", file=sys.stderr)
        for one in imports:
            one.finish()
        wait_until_agreed(nodes, 600)
        watch.stop()
        for node in nodes:
            count, found = check_checkpoints(node, watch.seen)
            checkpoints += count
            wrong += found
        held = [state["held"] for node in nodes for state in node.state()["journals"].values()]
        if any(held):
            wrong.append(f"Entries are held: {held}.")
        digests = [node.digest() for node in nodes]
        if len(set(digests)) != 1:
            wrong.append(f"The digests differ: {digests}.")
        for node in nodes:
            wrong += check_records(node, registers, folder)[1]
            wrong += check_imports(node)
            for line in node.log.read_text(errors="replace").splitlines():
                if re.search(r"forked|CRITICAL|nobody foresaw|Traceback", line):
                    wrong.append(f"{node.party} logged: {line[:300]}")
                    break
            node.stop()
            checked = node.run("fsck", ok=(0, 1))
            if " 0 findings" not in checked:
                wrong.append(f"{node.party}: comity fsck: {checked[-1000:]}")
    except (NodeFailedError, subprocess.CalledProcessError) as error:
        wrong.append(str(error))
    finally:
        watch.stop()
        for one in imports:
            one.kill()
        for node in nodes:
            node.kill()
    kinds = ", ".join(f"{count} {mode}" for mode, count in done.items())
    print(
        f"seed {seed}: {sum(done.values())} kills ({kinds}),"
        f" {sum(len(r.titles) for r in registers)} records in {sum(i.count for i in imports)} deliveries,"
        f" {sum(i.again for i in imports)} imports run again, {len(watch.seen)} checkpoints seen,"
        f" {checkpoints} of them distinct and proved, {len(wrong)} violations, {time.monotonic() - started:.0f} s"
    )
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=1500, help="records in one delivery")
    parser.add_argument("--port", type=int, default=8480, help="port of the first node; the second has the next")
    parser.add_argument("--database-url", default="", help="database of each node, {party} for by and ru; else SQLite")
    parser.add_argument("--folder", type=Path, help="an empty folder to work in, kept; else a temporary one")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="comity-kill-"))
    folder.mkdir(parents=True, exist_ok=True)
    databases = {party: given.database_url.format(party=party) for party in ("by", "ru")}
    wrong = run(folder, kills=given.kills, seed=given.seed, records=given.records, port=given.port, databases=databases)
    for line in wrong:
        print(f"VIOLATION {line}")
    if given.folder is None and not wrong:
        shutil.rmtree(folder)
    elif wrong:
        print(f"The folder is kept: {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
