"""Fetching, writing and applying go on beside each other; whatever stops one of them, what was done stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.federation import follow, pull
from comity.federation.ahead import ahead
from comity.federation.follow import Follower
from comity.federation.pull import Puller
from comity.federation.source import Client
from comity.journal import home, services, vault
from comity.journal.fsck import fsck
from comity.journal.models import Held, Journal, Opening
from comity.journal.store import Store
from comity.kernel.entry import encode_entry
from comity.kernel.errors import PartnerError
from comity.registers.models import Right, SearchDoc
from tests import node
from tests.federation.standin import Log, flip, journal_of, right, serving

SIZE = 5 * 256 + 7
BATCHES = 6


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.tell(*[right(i, person=f"Лицо {i}" if i % 50 == 0 else "") for i in range(1, SIZE)])
    made.publish()
    return made


@pytest.fixture
def follower(db: None, settings: Any, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    monkeypatch.setattr(pull, "BUNDLES_AT_ONCE", 1)
    node.set_up(settings, tmp_path / "ours")
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        yield Follower(journal_of(), client)
        client.close()


def whole(follower: Follower, held: int = 0) -> None:
    journal = Journal.objects.get(pk=follower.journal.pk)
    assert (journal.next_index, journal.applied, journal.size) == (SIZE, SIZE, SIZE)
    assert Right.objects.count() == SearchDoc.objects.count() == SIZE - 1 - held
    assert Opening.objects.count() == (SIZE - 1) // 50
    assert [finding for finding in fsck().findings if not finding.warning] == []


class Killed(BaseException):
    """Nobody catches it, as nobody catches a kill."""


STAGES: dict[str, tuple[Any, str]] = {
    "while it is fetched and proved": (Puller, "take"),
    "while its files are written": (Store, "grow"),
    "between its files and its openings": (vault, "replace"),
    "while it is applied": (services.Applier, "apply_read"),
}


@pytest.mark.parametrize("batch", [2, BATCHES])
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_cut_off_at_any_stage_goes_on_from_there(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, stage: str, batch: int
) -> None:
    place, name = STAGES[stage]
    real, seen = getattr(place, name), 0

    def cut(*args: Any, **kwargs: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == batch:
            raise Killed
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(place, name, cut)
        with pytest.raises(Killed):
            follower.round()
    journal = Journal.objects.get(pk=follower.journal.pk)
    done = batch if stage == "while it is applied" else batch - 1
    assert (journal.next_index, journal.applied) == (done * 256 if done < BATCHES else SIZE, (batch - 1) * 256)
    assert Right.objects.count() == max(0, journal.applied - 1)
    follower.round()
    whole(follower)


@pytest.mark.parametrize("bundle", [0, 3, 5])
def test_a_lie_in_a_later_bundle_leaves_what_came_before_it(follower: Follower, log: Log, bundle: int) -> None:
    path = f"tile/entries/{bundle:03d}" + (".p/7" if bundle == 5 else "")
    log.answers[f"journal/{path}"] = flip((log.store.root / path).read_bytes())
    with pytest.raises(PartnerError, match=r"does not lead to the root|parse"):
        follower.round()
    journal = Journal.objects.get(pk=follower.journal.pk)
    assert (journal.next_index, journal.applied) == (bundle * 256, bundle * 256)
    assert not (follower.store.root / path).exists()
    log.answers.clear()
    follower.round()
    whole(follower)


def test_bad_entries_in_later_batches_are_held_with_the_same_reasons(
    follower: Follower, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.add(b"rubbish", b"comity/registers.right/1\n{}\n", b"\x00" * 9)
    log.versions.pop("RU/trademark/300")
    log.tell(right(300), right(5000))
    log.add(encode_entry("no.such", 1, {"about": "x", "at": "2026-11-22T15:00:00Z"}))
    log.publish()
    follower.round()
    beside = list(Held.objects.order_by("index").values_list("index", "kind", "about", "state", "reason"))
    assert len(beside) == 5
    Held.objects.all().delete()
    last = Journal.objects.get(pk=follower.journal.pk)
    services.Applier(last).apply(home.store(last).entries(SIZE, SIZE + 3))
    again = list(Held.objects.order_by("index").values_list("index", "kind", "about", "state", "reason"))
    assert again == beside[:3]


def test_one_item_is_made_ahead_and_no_more() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1, 6):
            made.append(number)
            yield number

    gone_on = ahead(items())  # type: ignore[arg-type]
    assert next(gone_on) == 1
    gone_on.close()
    assert made == [1, 2]
    assert list(ahead(items())) == [1, 2, 3, 4, 5]  # type: ignore[arg-type]
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]


def test_a_small_round_needs_no_thread(follower: Follower, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    follower.round()

    def never(*args: Any) -> Any:
        raise AssertionError("A thread was begun.")

    monkeypatch.setattr(follow, "ahead", never)
    log.tell(right(9000))
    log.publish()
    assert follower.round().applied == 1
