"""What is reckoned of entries before they are applied gives the same as when they are read from the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.federation.follow import Follower
from comity.federation.source import Client
from comity.journal import home
from comity.journal.models import Held, Opening, Redaction
from comity.journal.rebuild import rebuild
from comity.kernel.commitments import commit
from comity.kernel.entry import encode_entry
from comity.registers.models import Right, SearchDoc
from tests import node
from tests.federation.standin import AT, Log, journal_of, right, rights, serving


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "theirs")


@pytest.fixture
def follower(db: None, settings: Any, tmp_path: Path, log: Log) -> Iterator[Follower]:
    node.set_up(settings, tmp_path / "ours")
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        yield Follower(journal_of(), client)
        client.close()


def people() -> dict[str, str]:
    return dict(SearchDoc.objects.values_list("right__number", "people"))


def test_a_right_told_of_as_new_that_is_known_is_refused_alone(follower: Follower, log: Log) -> None:
    log.tell(*rights(range(1, 6)))
    log.publish()
    follower.round()
    log.versions.clear()
    log.tell(right(20), right(3), right(21), right(5), right(22))
    log.publish()
    done = follower.round()
    assert (done.applied, done.held) == (3, 2)
    held = dict(Held.objects.values_list("about", "reason"))
    assert set(held) == {"RU/trademark/3", "RU/trademark/5"}
    assert all(f"Version 1 of {about} does not follow version 1." in reason for about, reason in held.items())
    assert Right.objects.count() == 8


def test_names_behind_commitments_are_found_as_after_a_rebuild(follower: Follower, log: Log) -> None:
    log.tell(*[right(i, person=f"Лицо {i}" if i % 3 else "") for i in range(1, 30)])
    log.publish()
    follower.round()
    ahead = people()
    assert ahead["7"] == "лицо 7"
    assert ahead["9"] == ""
    rebuild(follower.journal)
    assert people() == ahead


def test_a_name_that_was_taken_back_before_it_came_is_not_found(follower: Follower, log: Log) -> None:
    log.tell(right(1, person="Анна Первая"), right(2, person="Борис Второй"))
    log.publish()
    Redaction.objects.create(journal=follower.journal, entry=9, about="RU/trademark/1", index=1, path="", at=AT)
    follower.round()
    assert people() == {"1": "", "2": "борис второй"}
    assert [row.index for row in Opening.objects.all()] == [2]


def test_openings_of_another_shape_are_kept_and_refused_alone(follower: Follower, log: Log) -> None:
    path, value = "/right/parties/0", ["no", "names"]
    party = {"cm": commit(path, value, bytes(32)), "entity": "natural", "role": "holder"}
    record = {"kind": "trademark", "number": "1", "office": "RU", "parties": [party]}
    body = {"about": "RU/trademark/1", "at": AT, "right": record, "version": 1}
    log.openings[log.size] = {path: ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", value]}
    log.add(encode_entry("registers.right", 1, body))
    log.tell(right(2))
    log.publish()
    done = follower.round()
    assert (done.stored, done.applied, done.held) == (3, 2, 1)
    assert Held.objects.get().about == "RU/trademark/1"
