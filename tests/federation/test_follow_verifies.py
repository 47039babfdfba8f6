"""What a partner serves is verified before it is stored: a lie is refused by its name, and nothing of it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.federation import source
from comity.federation.follow import Follower
from comity.federation.source import Client
from comity.journal import home
from comity.journal.models import Fork, Held, Journal, Opening
from comity.kernel import tiles
from comity.kernel.errors import ComityError, ForkError, NotFoundError, PartnerError
from comity.kernel.notes import SigningKey
from comity.registers.models import Right
from tests import node
from tests.federation.standin import ORIGIN, Log, flip, journal_of, right, rights, serving, slowly

SIZE = 601


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.tell(*[right(i, person=f"Лицо {i}" if i % 50 == 0 else "") for i in range(SIZE - 1)])
    made.publish()
    return made


@pytest.fixture
def follower(db: None, settings: Any, tmp_path: Path, log: Log) -> Iterator[Follower]:
    node.set_up(settings, tmp_path / "ours")
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        yield Follower(journal_of(), client)
        client.close()


def nothing_kept(stored: int = 0) -> bool:
    journal = Journal.objects.get(origin=ORIGIN)
    rights_kept = max(0, stored - 1)
    return (journal.next_index, journal.applied, Right.objects.count()) == (stored, stored, rights_kept)


def test_an_honest_journal_is_followed_to_its_end(follower: Follower, log: Log) -> None:
    done = follower.round()
    assert (done.size, done.stored, done.applied, done.held) == (SIZE, SIZE, SIZE, 0)
    assert Opening.objects.count() == 12
    assert list(home.store(follower.journal).entries(0, SIZE)) == list(enumerate(log.data))
    assert home.store(follower.journal).checkpoint() == log.sign()
    assert follower.round().stored == 0


def test_only_what_is_new_is_fetched(follower: Follower, log: Log) -> None:
    follower.round()
    log.asked.clear()
    log.tell(*rights(range(9000, 9010)))
    log.publish()
    assert follower.round().stored == 10
    assert "journal/tile/entries/000" not in log.asked
    assert "journal/tile/entries/001" not in log.asked
    assert len(log.asked) < 10


LIES = {
    "bundle, last byte": ("tile/entries/001", flip, "does not lead to the root|parse"),
    "bundle, first length": ("tile/entries/001", lambda d: flip(d, 0), "parse"),
    "bundle, an entry inside": ("tile/entries/000", lambda d: flip(d, 5000), "does not lead to the root"),
    "bundle cut": ("tile/entries/001", lambda d: d[:-1], "parse"),
    "bundle too long": ("tile/entries/002.p/89", lambda d: d + b"\x00", "parse"),
    "tile at the edge": ("tile/0/002.p/89", flip, "do not lead to the root"),
    "tile of the upper level": ("tile/1/000.p/2", flip, "do not lead to the root"),
    "edge tile cut": ("tile/0/002.p/89", lambda d: d[:-32], "cut or too long|parse"),
    "checkpoint, signature": ("checkpoint", lambda d: flip(d, -10), "does not verify"),
    "checkpoint, size": ("checkpoint", lambda d: d.replace(b"\n601\n", b"\n600\n"), "does not verify"),
    "checkpoint, rubbish": ("checkpoint", lambda d: b"\xff\x00rubbish", "does not verify"),
    "checkpoint, empty": ("checkpoint", lambda d: b"", "does not verify"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_changed_file_is_refused_by_name(follower: Follower, log: Log, name: str) -> None:
    path, change, message = LIES[name]
    true = (log.store.root / path).read_bytes()
    log.answers[f"journal/{path}"] = change(true)
    with pytest.raises(PartnerError, match=message):
        follower.round()
    assert nothing_kept()
    assert not (follower.store.root / "tile").exists()
    # And once it tells the truth again, all is well.
    log.answers.clear()
    assert follower.round().applied == SIZE


LEAF_LIES = {
    "changed": (flip, "does not lead to the root"),
    "cut": (lambda d: d[:-32], "cut or too long"),
    "too long": (lambda d: d + d[:32], "cut or too long"),
    "not served": (lambda d: 404, "does not serve a tile"),
}


@pytest.mark.parametrize("name", LEAF_LIES)
def test_leaves_of_a_full_bundle_are_reckoned_and_asked_for_only_where_it_lies(
    follower: Follower, log: Log, name: str
) -> None:
    change, message = LEAF_LIES[name]
    log.answers["journal/tile/0/001"] = change((log.store.root / "tile/0/001").read_bytes())
    log.answers["journal/tile/entries/001"] = flip((log.store.root / "tile/entries/001").read_bytes(), 5000)
    with pytest.raises(PartnerError, match=message):
        follower.round()
    assert nothing_kept()
    del log.answers["journal/tile/entries/001"]
    log.asked.clear()
    assert follower.round().applied == SIZE
    assert "journal/tile/0/001" not in log.asked


AT_ONCE_LIES = {
    "flipped": (lambda d: flip(d, 5000), "does not lead to the root"),
    "cut": (lambda d: d[:-1], "cut short"),
    "empty": (lambda d: b"", "does not give the bundles"),
    "more than asked for": (lambda d: d + d, "does not give the bundles"),
    "in another order": (lambda d: d[len(d) // 2 :] + d[: len(d) // 2], "does not lead to the root|cut short"),
}


def bundles_at_once(log: Log) -> bytes:
    return b"".join((log.store.root / f"tile/entries/00{n}").read_bytes() for n in range(2))


def test_full_bundles_come_in_one_answer_where_the_partner_can(follower: Follower, log: Log) -> None:
    log.answers["journal/bundles/0-2"] = bundles_at_once(log)
    assert follower.round().applied == SIZE
    assert "journal/tile/entries/000" not in log.asked
    assert list(home.store(follower.journal).entries(0, SIZE)) == list(enumerate(log.data))


@pytest.mark.parametrize("name", AT_ONCE_LIES)
def test_a_lie_in_bundles_at_once_is_refused(follower: Follower, log: Log, name: str) -> None:
    change, message = AT_ONCE_LIES[name]
    log.answers["journal/bundles/0-2"] = change(bundles_at_once(log))
    with pytest.raises(PartnerError, match=message):
        follower.round()
    assert nothing_kept()


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/1/000.p/2", "tile/0/002.p/89"])
def test_a_file_that_is_not_served_is_named(follower: Follower, log: Log, path: str) -> None:
    log.answers[f"journal/{path}"] = 404
    with pytest.raises((PartnerError, NotFoundError), match=r"tile|bundle|served|serve|no such file"):
        follower.round()
    assert nothing_kept()


def test_a_partial_file_that_became_full_is_taken_from_the_full_one(follower: Follower, log: Log) -> None:
    log.answers["journal/checkpoint"] = log.sign(300)
    assert not (log.store.root / tiles.bundle_path(1, 44)).exists()
    assert follower.round().applied == 300


def test_a_checkpoint_of_another_key_is_refused(follower: Follower, log: Log) -> None:
    log.answers["journal/checkpoint"] = Log(
        log.store.root.parent / "x", key=SigningKey(ORIGIN, 1, b"\x06" * 32), opened=False
    ).sign()
    with pytest.raises(PartnerError, match="does not verify"):
        follower.round()


def opening_lies(log: Log) -> dict[str, tuple[dict[str, Any], str]]:
    index = 51
    path, (salt, value) = next(iter(log.openings[index].items()))
    other = log.openings[101][path]
    return {
        "another name": ({"index": index, "openings": {path: [salt, {"names": [{"text": "X"}]}]}}, "commitment"),
        "another salt": ({"index": index, "openings": {path: [other[0], value]}}, "commitment"),
        "another path": ({"index": index, "openings": {"/right/parties/1": [salt, value]}}, "commitment"),
        "another entry": ({"index": index + 1, "openings": {path: [salt, value]}}, "commitment"),
        "an index before": ({"index": -1, "openings": log.openings[551]}, "not asked for"),
        "an index beyond": ({"index": SIZE, "openings": {path: [salt, value]}}, "not asked for"),
        "no number": ({"index": True, "openings": {path: [salt, value]}}, "not asked for"),
        "no salt": ({"index": index, "openings": {path: value}}, "parse"),
        "a bad path": ({"index": index, "openings": {"/right/parties/x/y": [salt, value]}}, "commitment"),
    }


OPENING_LIES = (
    *("another name", "another salt", "another path", "another entry", "a bad path"),
    *("an index before", "an index beyond", "no number", "no salt"),
)


@pytest.mark.parametrize("name", OPENING_LIES)
def test_a_false_opening_is_refused(follower: Follower, log: Log, name: str) -> None:
    body, message = opening_lies(log)[name]
    log.answers[f"journal/openings/0-{SIZE}"] = log.seal(0, SIZE, json.dumps(body).encode() + b"\n")
    with pytest.raises(PartnerError, match=message):
        follower.round()
    assert nothing_kept()
    assert not Opening.objects.exists()


def test_an_opening_for_an_earlier_entry_cannot_replace_one(follower: Follower, log: Log) -> None:
    log.answers["journal/checkpoint"] = log.sign(300)
    follower.round()
    before = dict(Opening.objects.values_list("index", "data"))
    log.answers.clear()
    # Negative from the start of the round: the last entry's opening under the number of an entry before it.
    false = {"index": 299, "openings": log.openings[551]}
    log.answers["journal/openings/300-601"] = log.seal(300, 601, json.dumps(false).encode() + b"\n")
    with pytest.raises(PartnerError):
        follower.round()
    assert dict(Opening.objects.values_list("index", "data")) == before


def test_an_answer_without_end_is_cut(follower: Follower, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 10_000)
    with pytest.raises(PartnerError, match="longer than 10000 bytes"):
        follower.round()
    assert nothing_kept()


def test_silence_is_not_waited_for(follower: Follower, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(follower.source, Client)
    monkeypatch.setattr(follower.source._http, "timeout", httpx.Timeout(0.2))
    log.answers["journal/checkpoint"] = slowly(log.sign(), 1.0)
    with pytest.raises(PartnerError, match="cannot be reached: ReadTimeout"):
        follower.round()


def test_an_answer_that_drips_is_cut(follower: Follower, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_SECONDS", 0.1)
    log.answers["journal/checkpoint"] = slowly(log.sign(), 0.3)
    with pytest.raises(PartnerError, match="takes longer"):
        follower.round()


def test_an_old_checkpoint_does_no_harm(follower: Follower, log: Log) -> None:
    follower.round()
    log.answers["journal/checkpoint"] = log.sign(300)
    done = follower.round()
    follower.journal.refresh_from_db()
    assert (done.size, done.stored, follower.journal.size, Fork.objects.count()) == (300, 0, SIZE, 0)
    assert home.store(follower.journal).checkpoint() == log.sign()


def forked(folder: Path, log: Log, size: int) -> Log:
    """The same journal up to 400 entries, then another one, under the same key."""
    other = Log(folder, opened=False)
    other.add(*log.data[:400])
    other.versions = dict(log.versions)
    other.tell(*[right(i, f"ДРУГОЙ {i}") for i in range(10_000, 10_000 + size - 400)])
    other.publish()
    return other


@pytest.mark.parametrize("size", [SIZE, SIZE - 100, SIZE + 100])
def test_a_fork_is_kept_as_evidence_and_stops_the_following(
    follower: Follower, log: Log, tmp_path: Path, size: int
) -> None:
    follower.round()
    other = forked(tmp_path / "fork", log, size)
    with serving(other) as url:
        client = Client(url, home.signing_key("transport"))
        lied_to = Follower(Journal.objects.get(origin=ORIGIN), client)
        for _ in range(2):
            with pytest.raises(ForkError):
                lied_to.round()
        client.close()
    fork = Fork.objects.get()
    assert (fork.held, fork.shown) == (log.sign().decode(), other.sign().decode())
    assert nothing_kept(SIZE)
    # What it honestly goes on with is still taken.
    log.tell(right(7777))
    log.publish()
    assert follower.round().applied == 1


def test_a_fork_is_seen_against_a_checkpoint_under_which_a_round_was_cut_off(
    follower: Follower, log: Log, tmp_path: Path
) -> None:
    log.answers[f"journal/openings/0-{SIZE}"] = b"rubbish\n"
    with pytest.raises(PartnerError):
        follower.round()
    assert nothing_kept()
    other = forked(tmp_path / "fork", log, SIZE + 5)
    with serving(other) as url:
        client = Client(url, home.signing_key("transport"))
        with pytest.raises(ForkError, match=f"the {SIZE} that it signed before"):
            Follower(follower.journal, client).round()
        client.close()
    assert Fork.objects.get().held == log.sign().decode()
    assert nothing_kept()


def test_an_older_checkpoint_while_a_round_is_open_is_refused(follower: Follower, log: Log) -> None:
    log.answers[f"journal/openings/0-{SIZE}"] = b"rubbish\n"
    with pytest.raises(PartnerError):
        follower.round()
    log.answers.clear()
    log.answers["journal/checkpoint"] = log.sign(300)
    with pytest.raises(PartnerError, match="has signed 601 before"):
        follower.round()
    log.answers.clear()
    assert follower.round().applied == SIZE


def test_bad_entries_are_held_and_the_rest_goes_on(follower: Follower, log: Log) -> None:
    log.add(b"rubbish", b"", b"\x00" * 50, b"comity/registers.right/1\n{}\n")
    log.tell(right(8888))
    log.publish()
    done = follower.round()
    assert (done.applied, done.held) == (SIZE + 1, 4)
    assert [row.state for row in Held.objects.order_by("index")] == ["quarantined"] * 4
    assert Right.objects.filter(number="8888").exists()


def test_a_kill_between_files_and_cursor_is_made_good(
    follower: Follower, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comity.federation import follow

    def killed(*args: Any) -> None:
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(follow.vault, "replace", killed)
        with pytest.raises(InterruptedError):
            follower.round()
    assert nothing_kept()
    assert (follower.store.root / "tile" / "entries" / "000").is_file()
    assert follower.round().applied == SIZE
    assert Opening.objects.count() == 12


def test_every_error_is_ours(follower: Follower, log: Log) -> None:
    """Whatever one byte of any answer is changed to, no error but ours comes, and the state is that of before."""
    paths = [p.relative_to(log.store.root).as_posix() for p in log.store.root.rglob("*") if p.is_file()]
    for path in sorted(paths):
        true = (log.store.root / path).read_bytes()
        for at in (0, len(true) // 2):
            log.answers = {f"journal/{path}": flip(true, at)}
            try:
                follower.round()
            except ComityError:
                continue
            journal = Journal.objects.get(origin=ORIGIN)
            assert (journal.next_index, Right.objects.count()) == (SIZE, SIZE - 1)
