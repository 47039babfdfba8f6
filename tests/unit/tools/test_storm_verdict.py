"""The storm's verdict sees what it is there to see."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from comity.journal.store import Store
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.merkle import Frontier
from comity.kernel.notes import SigningKey
from tools.storm import verdict
from tools.storm.dishonest import Lie
from tools.storm.node import StormNode
from tools.storm.workload import Fact, Work

KEY = SigningKey("office-by.example/journal", 1, b"\x05" * 32)
KEYS = [f"BY BY/trademark/{number}" for number in (1, 2)]


class Told(StormNode):
    """A node whose people answer what they are told to."""

    answers: dict[str, Any]

    def ask(self, what: str, **order: Any) -> Any:
        return self.answers[what]


def node(folder: Path, **answers: Any) -> Told:
    made = Told("BY", folder / "by" / "node", 1)
    made.answers = answers
    (made.home / "keys").mkdir(parents=True)
    (made.home / "keys" / "log.key").write_text(KEY.private())
    return made


def work(at: StormNode) -> Work:
    return Work(at, 1, at.home, {"1": Fact(("old", "a"), "Ружа"), "2": Fact(("b",), "Алесь", redacted=True)})


FACTS = {KEYS[0]: [2, "a", ["Ружа"]], KEYS[1]: [1, "b", []]}
ENTRIES = {KEYS[0]: 2, KEYS[1]: 1}


def test_a_lost_a_doubled_and_a_late_fact_are_seen(tmp_path: Path) -> None:
    at = node(tmp_path, facts=FACTS, entries=ENTRIES)
    assert verdict.check_facts([at], [work(at)]) == []
    for facts in (
        {KEYS[1]: FACTS[KEYS[1]]},
        {**FACTS, KEYS[0]: [3, "a", ["Ружа"]]},
        {**FACTS, KEYS[0]: [2, "old", ["Ружа"]]},
        {**FACTS, KEYS[1]: [1, "b", ["Алесь"]]},
        {**FACTS, "BY BY/trademark/3": [1, "c", []]},
    ):
        at.answers["facts"] = facts
        assert len(verdict.check_facts([at], [work(at)])) == 1
    at.answers = {"facts": FACTS, "entries": {**ENTRIES, KEYS[0]: 3}}
    assert len(verdict.check_facts([at], [work(at)])) == 1


def test_a_signed_fork_is_seen(tmp_path: Path) -> None:
    at = node(tmp_path)
    store, frontier = Store(at.home / "journals" / "own"), Frontier()
    store.root.mkdir(parents=True)
    store.grow(frontier, [b"one", b"two"])
    good = sign_checkpoint(Checkpoint(KEY.name, 2, frontier.root()), KEY)
    bad = sign_checkpoint(Checkpoint(KEY.name, 1, b"\x07" * 32), KEY)
    ahead = sign_checkpoint(Checkpoint(KEY.name, 9, b"\x07" * 32), KEY)
    seen = {(KEY.name, note): "somewhere" for note in (good, bad, ahead)}
    proved, wrong = verdict.check_journals([at], seen, set())
    assert (proved, len(wrong)) == (3, 2)
    assert verdict.check_journals([at], seen, {bad, ahead}) == (1, [])


def test_a_lie_that_nobody_kept_and_a_false_accusation_are_seen(tmp_path: Path) -> None:
    at = node(tmp_path, tell={"forks": [["RU", "shown"]]})
    told, untold = Lie("RU", "BY", b"told\n1\n", told=True), Lie("RU", "BY", b"untold\n1\n")
    assert verdict.check_lies([at], [untold], {b"shown"}) == []
    assert len(verdict.check_lies([at], [told], {b"shown"})) == 1
    assert len(verdict.check_lies([at], [], set())) == 1


def test_nodes_are_settled_only_when_all_is_final_everywhere() -> None:
    def state(**changed: int) -> dict[str, Any]:
        one = {"size": 5, "applied": 5, "pending": 0, "final": 5}
        return {"journals": {"BY": {**one, **changed}, "RU": dict(one)}, "images_missing": 0}

    assert verdict.settled({"BY": state(), "RU": state()})
    for changed in ({"pending": 1}, {"final": 4}, {"size": 6, "final": 6}):
        assert not verdict.settled({"BY": state(**changed), "RU": state()})
    assert not verdict.settled({"BY": state(), "RU": cast(Any, {**state(), "images_missing": 1})})


def test_a_process_that_ended_by_itself_and_an_unforeseen_error_are_seen(tmp_path: Path) -> None:
    from tools.storm.node import Ended

    at = node(tmp_path)
    at.ended = [Ended("serve", 0, 0.0, excused=True)]
    at.log.write_text("all well\n")
    assert verdict.check_logs([at]) == []
    at.ended.append(Ended("serve", 1, 0.0, excused=False))
    at.log.write_text("Traceback (most recent call last):\n")
    assert len(verdict.check_logs([at])) == 2


def test_a_law_that_is_missing_and_a_request_where_it_does_not_belong_are_seen(tmp_path: Path) -> None:
    good = {"laws": {"BY law-1": "Act"}, "requests": {"Request-BY-0": ["sent"]}}
    at = node(tmp_path, joint=good)
    done = Work(at, 1, at.home, laws={"law-1": "Act"}, requests={"Request-BY-0": "RU"})
    assert verdict.check_agreed([at], [done]) == []
    for bad in (
        {**good, "laws": {"BY law-1": "Earlier act"}},
        {**good, "requests": {}},
        {**good, "requests": {"Request-BY-0": ["sent", "sent"]}},
    ):
        at.answers["joint"] = bad
        assert len(verdict.check_agreed([at], [done])) == 1
    stranger = Told("KZ", tmp_path / "kz" / "node", 2)
    stranger.answers = {"joint": good}
    assert len(verdict.check_agreed([stranger], [done])) == 1
