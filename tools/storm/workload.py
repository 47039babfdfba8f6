"""What people enter while the storm goes on, and what each of them was told is done."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tools.storm.clerk import Clerk
from tools.storm.node import OfficeFailedError, StormNode

PAUSE_S = (0.1, 0.5)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(slots=True)
class Fact:
    """What a register says of one right: the titles that were entered one after another, the person or nobody.

    `picture`: SHA-256 of its image, empty for none.
    `unsure`: the person was entered, and a database from before was put in place: a partner may not have fetched it.
    """

    titles: tuple[str, ...]
    person: str
    redacted: bool = False
    unsure: bool = False
    picture: str = ""

    @property
    def title(self) -> str:
        return self.titles[-1]


class _RestoredError(Exception):
    """Another database from before was put in place while people entered anew what the last one lacked."""


@dataclass(slots=True)
class Work:
    """The work at one node, in a thread of its own: each order is repeated until it is acknowledged."""

    node: StormNode
    seed: int
    folder: Path
    facts: dict[str, Fact] = field(default_factory=dict)
    # By their codes what the party told of changes of its law; its requests for assistance, and to whom each went.
    laws: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    partners: tuple[str, ...] = ()
    clerk: Clerk = field(init=False)
    uploads: int = 0
    deliveries: int = 0
    acknowledged: int = 0
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)
    last_refusal: str = ""
    restores: int = 0
    restored: threading.Event = field(default_factory=threading.Event)
    _anew: bool = False
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.clerk = Clerk(self.node)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._run, name=f"work {self.node.party}", daemon=True)
        self._thread.start()

    def end(self, timeout_s: float) -> bool:
        """Let the present order be acknowledged; whether it was in time."""
        self._ending.set()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        chance = random.Random(f"{self.seed} {self.node.party}")
        while not self._ending.is_set():
            what = chance.random()
            open_facts = sorted(number for number, fact in self.facts.items() if not fact.redacted)
            if what < 0.12 and open_facts:
                self._redact(chance.choice(open_facts))
            elif what < 0.2:
                self._tell_of_law(chance)
            elif what < 0.25:
                self._request(chance)
            elif what < 0.3:
                self._order("answer", most=3)
            else:
                self._deliver(chance, again=what > 0.9)
            self._ending.wait(chance.uniform(*PAUSE_S))

    def _order(self, what: str, **order: Any) -> Any:
        return self._until_done(lambda: self.node.ask(what, **order))

    def _until_done(self, what: Callable[[], Any]) -> Any:
        """Repeat an order until it is acknowledged; what a restore took away is entered anew before."""
        while True:
            while self.restored.is_set():
                if self._anew:
                    raise _RestoredError
                self.restored.clear()
                self.restores += 1
                self._anew = True
                with contextlib.suppress(_RestoredError):
                    self._enter_anew()
                self._anew = False
            try:
                return what()
            except OfficeFailedError as error:
                self.repeated += 1
                self.last_refusal = str(error)
                time.sleep(0.2)

    def _enter_anew(self) -> None:
        """See what an earlier database left out once the node has come back, and enter that again, in its order."""
        while not self._order("standing", signed=self.node.signed_size()):
            time.sleep(0.2)
        have = self._order("facts")
        party = self.node.party
        left = {
            number: list(fact.titles[have.get(f"{party} {party}/trademark/{number}", [0])[0] :])
            for number, fact in self.facts.items()
        }
        for fact in self.facts.values():
            fact.unsure = True
        while left := {number: titles for number, titles in left.items() if titles}:
            again = {number: replace(self.facts[number], titles=(titles.pop(0),)) for number, titles in left.items()}
            self._import(again, "anew")
        for number, fact in self.facts.items():
            if fact.redacted:
                self._order("redact", key=f"{party}/trademark/{number}")
        for code, act in self.laws.items():
            self._order("law", code=code, act=act)
        for marked, to in self.requests.items():
            self._order("request", facts=marked, to=to)

    def _import(self, facts: dict[str, Fact], name: str, *, by_page: bool = False) -> None:
        self.deliveries += 1
        path = self.folder / f"{self.node.party.lower()}-{self.deliveries:05}-{name}.jsonl"
        lines = [json.dumps(self._record(number, fact), ensure_ascii=False) + "\n" for number, fact in facts.items()]
        path.write_text("".join(lines), "utf-8")
        pictures = [str(self.folder / fact.picture) for fact in facts.values() if fact.picture]
        if by_page and not pictures:
            self.uploads += 1
            done = self._until_done(lambda: self.clerk.take(path))
        else:
            done = self._order("take", path=str(path), pictures=pictures)
        if done["read"] != len(facts) or done["quarantined"]:
            self.wrong.append(f"{self.node.party}: {path.name}: {len(facts)} records were delivered, taken: {done}.")

    def _redact(self, number: str) -> None:
        self._order("redact", key=f"{self.node.party}/trademark/{number}")
        self.facts[number].redacted = True
        self.acknowledged += 1

    def _tell_of_law(self, chance: random.Random) -> None:
        """A change of the law, or once more of an earlier one."""
        code, act = f"law-{chance.randrange(12)}", f"Act {chance.randrange(10**9)}"
        self._order("law", code=code, act=act)
        self.laws[code] = act
        self.acknowledged += 1

    def _request(self, chance: random.Random) -> None:
        marked, to = f"Request-{self.node.party}-{len(self.requests)}", chance.choice(self.partners)
        self._order("request", facts=marked, to=to)
        self.requests[marked] = to
        self.acknowledged += 1

    def _deliver(self, chance: random.Random, *, again: bool) -> None:
        """Import a file of new rights and changed ones; `again`: once more after it was acknowledged."""
        new: dict[str, Fact] = {}
        for _ in range(chance.randint(1, 25)):
            numbers = sorted(set(self.facts) - set(new))
            if numbers and chance.random() < 0.3:
                number = chance.choice(numbers)
                old = self.facts[number]
            else:
                number = f"{10_000 + len(set(self.facts) | set(new))}"
                old = Fact((), f"Лицо-{self.node.party}-{number}", picture=self._picture(chance))
            new[number] = replace(old, titles=(*old.titles, f"ЗНАК {number} {chance.randrange(10**9)}"))
        by_page = chance.random() < 0.25
        restores = self.restores
        for _ in range(2 if again else 1):
            self._import(new, "new", by_page=by_page)
        for number, fact in new.items():
            # An earlier database may have been put in place meanwhile.
            fact.unsure = number in self.facts and self.facts[number].unsure
        if restores != self.restores:
            self._count_versions(new)
        self.facts |= new
        self.acknowledged += len(new)
        # Who was taken back since a copy that was put in place is unknown there: docs/operate/backup.md.
        for number in (number for number, fact in new.items() if fact.redacted and fact.unsure):
            self._order("redact", key=f"{self.node.party}/trademark/{number}")

    def _count_versions(self, facts: dict[str, Fact]) -> None:
        """Of a delivery that was repeated after a restore, the entries may have come back and their openings not.

        Then the persons are told once more, in one version more with the same title.
        """
        have = self._order("facts")
        party = self.node.party
        for number, fact in facts.items():
            if have[f"{party} {party}/trademark/{number}"][0] == len(fact.titles) + 1:
                fact.titles = (*fact.titles, fact.title)

    def _picture(self, chance: random.Random) -> str:
        """Now and then an image, once in a while one of more than one chunk; its SHA-256."""
        if chance.random() > 0.02:
            return ""
        size = chance.randint(4_200_000, 5_000_000) if chance.random() < 0.08 else chance.randint(100, 40_000)
        data = PNG + chance.randbytes(size)
        name = hashlib.sha256(data).hexdigest()
        (self.folder / name).write_bytes(data)
        return name

    def _record(self, number: str, fact: Fact) -> dict[str, Any]:
        party = self.node.party
        holder = {"role": "holder", "entity": "natural", "names": [{"text": fact.person}], "country": party}
        return {
            "office": party,
            "kind": "trademark",
            "number": number,
            "status": "in_force",
            "titles": [{"text": fact.title}],
            "classes": [{"scheme": "nice", "code": str(int(number) % 45 + 1)}],
            "parties": [holder],
            "images": [{"sha256": fact.picture, "media_type": "image/png"}] if fact.picture else [],
        }
