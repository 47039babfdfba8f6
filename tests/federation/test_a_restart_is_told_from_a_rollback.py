"""What the machine remembers tells an ordinary start from one of an old folder; without it a partner is asked first."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from comity.federation import brought, recovery
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import finality, fsck, home, machine, standing
from comity.journal.models import Journal
from comity.journal.sequencer import Sequencer
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.errors import ConflictError, NotFoundError, PartnerError
from comity.kernel.notes import SigningKey
from tests import node
from tests.federation import test_signed_requests as ru
from tests.federation.standin import Log, serving
from tests.federation.test_keys_succession_redacts import card

pytestmark = pytest.mark.django_db(transaction=True)

INBOX = "federation/v1/inbox"


@pytest.fixture
def own(settings: Any, tmp_path: Path) -> Iterator[Journal]:
    journal = node.set_up(settings, tmp_path / "home")
    settings.COMITY.memory_folder = tmp_path / "memory"
    node.tell(journal, node.MARK)
    node.sequence(journal)
    Partner.objects.create(party="RU", url="http://127.0.0.1:9/", state=Partner.State.PAIRED)
    yield journal
    assert not list(tmp_path.rglob("*.tmp"))


def start(own: Journal) -> standing.Standing | None:
    with Sequencer(own, home.signing_key("log")) as sequencer:
        recovery.stand(sequencer)
    return standing.read()


def answers(monkeypatch: pytest.MonkeyPatch, body: bytes | None) -> None:
    """The partner says that it has seen this checkpoint; None: nothing."""

    def get(self: Client, path: str) -> bytes:
        if body is None:
            raise NotFoundError("none")
        return body

    monkeypatch.setattr(Client, "get", get)


def test_an_ordinary_restart_waits_for_nobody(own: Journal) -> None:
    assert start(own) is None


def test_a_machine_that_was_started_anew_has_to_ask(own: Journal, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "memory")
    mark = start(own)
    assert mark is not None
    assert (mark.why, "RU" in mark.waits_for) == (standing.UNSURE, True)
    with pytest.raises(ConflictError, match="reads only"):
        node.tell(own, node.MARK, version=2)


def test_what_was_noted_before_the_machine_started_does_not_count(
    own: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine.remembered(own, own.origin) is not None
    monkeypatch.setattr(machine, "_boot", lambda: "another")
    assert machine.remembered(own, own.origin) is None


def test_a_memory_that_others_may_write_is_none(own: Journal, tmp_path: Path) -> None:
    [folder] = (tmp_path / "memory").iterdir()
    folder.chmod(0o777)
    assert machine.remembered(own, own.origin) is None


def test_without_a_memory_the_one_partner_is_asked(
    own: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tmp_path / "memory")
    answers(monkeypatch, None)
    assert start(own) is None
    # From now on it is known again.
    monkeypatch.undo()
    assert start(own) is None


ORIGINS = {"RU": "office-ru.example/journal", "KZ": "office-kz.example/journal", "UZ": "office-uz.example/journal"}


@pytest.fixture
def three(own: Journal, tmp_path: Path) -> None:
    """Three partners, and a machine that was started anew."""
    Partner.objects.all().delete()
    for party, origin in ORIGINS.items():
        Partner.objects.create(
            party=party,
            url=f"http://{party.lower()}.example/",
            card=card(origin, SigningKey(origin, 1, party.encode() * 16), party, ord(party[0])),
            state=Partner.State.PAIRED,
        )
    shutil.rmtree(tmp_path / "memory")


def policy(quorum: str) -> None:
    witnesses = [
        f"witness {party} {SigningKey(f'{origin}/mirror', 4, bytes([ord(party[0]) + 1]) * 32).verifier}"
        for party, origin in ORIGINS.items()
    ]
    third = f"witness third {SigningKey('third.example/w', 4, bytes(32)).verifier}"
    finality.path().write_text("\n".join([*witnesses, third, f"group states {quorum}", "quorum states", ""]))


def some_answer(monkeypatch: pytest.MonkeyPatch, *parties: str) -> None:
    def get(self: Client, path: str) -> bytes:
        if not any(f"{party.lower()}.example" in self.url for party in parties):
            raise PartnerError("It does not answer.")
        raise NotFoundError("none")

    monkeypatch.setattr(Client, "get", get)


def waits(own: Journal) -> bool:
    return start(own) is not None


def test_without_a_memory_every_partner_is_waited_for(
    own: Journal, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_answer(monkeypatch, "RU", "KZ")
    mark = start(own)
    assert mark is not None
    assert mark.waits_for == "Not asked yet what this node had signed: UZ."
    with Sequencer(own, home.signing_key("log")) as sequencer:
        with pytest.raises(PartnerError, match=r"do not answer: UZ \("):
            recovery.recover(sequencer)
        some_answer(monkeypatch, "RU", "KZ", "UZ")
        assert recovery.recover(sequencer).asked == ["RU", "KZ", "UZ"]
    assert standing.read() is None


def test_an_operator_may_say_who_is_not_waited_for(own: Journal, three: None, monkeypatch: pytest.MonkeyPatch) -> None:
    some_answer(monkeypatch, "RU")
    assert waits(own)
    with Sequencer(own, home.signing_key("log")) as sequencer:
        with pytest.raises(PartnerError, match="UZ"):
            recovery.recover(sequencer, without=["KZ"])
        assert recovery.recover(sequencer, without=["KZ", "UZ"]).asked == ["RU"]
    [line] = (home.home() / standing.RECOVERIES).read_text().splitlines()
    assert '"without": ["KZ", "UZ"]' in line


@pytest.mark.parametrize(
    ("states", "answering", "enough"),
    [
        ("2 RU KZ UZ", ("RU", "KZ"), True),
        ("2 RU KZ UZ", ("RU",), False),
        ("all RU KZ UZ", ("RU", "KZ"), False),
        # What one makes final, each of the silent ones may know of alone.
        ("any RU KZ UZ", ("RU", "KZ"), False),
        ("any RU KZ UZ", ("RU", "KZ", "UZ"), True),
        # A witness that is no partner is not asked: whatever it has seen is not known.
        ("2 RU KZ third", ("RU", "KZ"), True),
        ("2 RU UZ third", ("RU", "KZ"), False),
    ],
)
def test_a_policy_on_file_says_whose_answers_are_enough(
    own: Journal,
    three: None,
    monkeypatch: pytest.MonkeyPatch,
    states: str,
    answering: tuple[str, ...],
    enough: bool,
) -> None:
    policy(states)
    assert finality.rule_of(own).policy is not None
    some_answer(monkeypatch, *answering)
    assert waits(own) is not enough


def test_with_a_policy_that_cannot_be_read_all_are_waited_for(
    own: Journal, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    finality.path().write_text("quorum nobody\n")
    some_answer(monkeypatch, "RU", "KZ")
    assert waits(own)


def test_one_that_is_ahead_makes_all_be_asked_whatever_the_policy(
    own: Journal, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy("2 RU KZ UZ")
    more = sign_checkpoint(Checkpoint(own.origin, 99, b"\x07" * 32), home.signing_key("log"))

    def get(self: Client, path: str) -> bytes:
        if "uz.example" in self.url:
            raise PartnerError("It does not answer.")
        return more

    some_answer(monkeypatch)
    assert waits(own)
    monkeypatch.setattr(Client, "get", get)
    with Sequencer(own, home.signing_key("log")) as sequencer, pytest.raises(PartnerError, match="UZ"):
        recovery.recover(sequencer)


class KilledError(Exception):
    """Stands for the end of the process."""


def kill_before_it_signs(own: Journal) -> None:
    """What the database was told is rolled back, as if a copy of before had been put in its place."""

    def kill(done: str) -> None:
        raise KilledError(done)

    with Sequencer(own, home.signing_key("log")) as sequencer, transaction.atomic():
        sequencer.after = kill
        node.tell(own, node.MARK, version=2)
        sequencer.step()


def test_what_was_written_and_not_signed_makes_way_for_what_a_database_of_before_adds(
    own: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 302 of the storm: a step was killed before it signed, and the database of before knows nothing of it."""
    with pytest.raises(KilledError, match="written"):
        kill_before_it_signs(own)
    answers(monkeypatch, None)
    with Sequencer(own, home.signing_key("log")) as sequencer:
        standing.mark(standing.DATABASE)
        recovery.recover(sequencer)
    own.refresh_from_db()
    node.tell(own, replace(node.MARK, number="90001"))
    node.sequence(own)
    assert own.size == own.next_index == 3
    assert len(list((home.home() / "aside").rglob("3"))) == 2
    assert [str(each) for each in fsck.fsck().findings if each.place.startswith("journals/own")] == []


def test_an_operator_may_say_that_nothing_was_put_back(own: Journal, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "memory")
    with Sequencer(own, home.signing_key("log")) as sequencer:
        recovery.stand(sequencer)
        with pytest.raises(PartnerError, match="do not answer"):
            recovery.recover(sequencer)
        recovery.recover(sequencer, alone=True)
    assert standing.read() is None
    assert '"why": "unsure"' in (home.home() / standing.RECOVERIES).read_text()


def test_a_folder_that_the_machine_knows_to_be_old_is_told_at_once(own: Journal, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(home.journal_folder(own), older)
    row = Journal.objects.values().get(pk=own.pk)
    node.tell(own, node.MARK, version=2)
    node.sequence(own)
    shutil.rmtree(home.journal_folder(own))
    shutil.copytree(older, home.journal_folder(own))
    Journal.objects.filter(pk=own.pk).update(**row)
    own.refresh_from_db()
    mark = start(own)
    assert mark is not None
    assert mark.why == standing.FOLDER
    with Sequencer(own, home.signing_key("log")) as sequencer, pytest.raises(ConflictError, match="they are asked"):
        recovery.recover(sequencer, alone=True)
    assert standing.mark(standing.UNSURE).why == standing.FOLDER
    assert standing.mark(standing.FORK).why == standing.FORK


def test_what_is_known_for_certain_stands_in_place_of_a_doubt(own: Journal) -> None:
    standing.mark(standing.UNSURE)
    assert standing.mark(standing.PARTNER).why == standing.PARTNER


def test_a_partner_that_cannot_be_called_is_asked_in_its_inbox(own: Journal, tmp_path: Path) -> None:
    Partner.objects.all().delete()
    ru.paired("")
    shutil.rmtree(tmp_path / "memory")
    assert start(own) is not None
    word = get_inbox()["newest"]
    assert word == brought.asked()
    raw = home.store(own).checkpoint() or b""
    with Sequencer(own, home.signing_key("log")) as sequencer:
        for body, what in ((b"", "has not told yet"), (b"2001-01-01T00:00:00Z\n" + raw, "has not told yet")):
            if body:
                assert put_newest(body) == 204
            with pytest.raises(PartnerError, match=what):
                recovery.recover(sequencer)
        assert put_newest(word.encode() + b"\n" + raw) == 204
        recovery.recover(sequencer)
    assert standing.read() is None
    assert get_inbox()["newest"] == ""


def test_such_a_partner_that_has_seen_more_keeps_the_node_from_signing(own: Journal, tmp_path: Path) -> None:
    Partner.objects.all().delete()
    ru.paired("")
    shutil.rmtree(tmp_path / "memory")
    assert start(own) is not None
    more = sign_checkpoint(Checkpoint(own.origin, 99, b"\x07" * 32), home.signing_key("log"))
    assert put_newest(brought.asked().encode() + b"\n" + more) == 204
    with Sequencer(own, home.signing_key("log")) as sequencer, pytest.raises(ConflictError, match="99 entries"):
        recovery.recover(sequencer)
    mark = standing.read()
    assert mark is not None
    assert mark.why == standing.PARTNER


def get_inbox() -> Any:
    return Browser().get(f"/{INBOX}", headers=ru.headers("GET", INBOX)).json()


def put_newest(body: bytes) -> int:
    path = f"{INBOX}/{brought.PATH}"
    headers = ru.headers("PUT", path, body)
    return Browser().put(f"/{path}", body, content_type="text/plain", headers=headers).status_code


def test_who_cannot_be_called_brings_what_it_has_seen_where_it_is_asked(own: Journal, tmp_path: Path) -> None:
    log = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    log.publish()
    log.answers[f"{INBOX}/{brought.PATH}"] = 204
    with serving(log) as url:
        Partner.objects.all().delete()
        partner = ru.paired(url)
        assert partner.journal is not None
        client = Client(url, home.signing_key("transport"))
        Follower(partner.journal, client).round()
        assert brought.bring(partner, client, "") == 0
        assert brought.bring(partner, client, "2026-11-22T15:00:00Z") == 1
        client.close()
    assert log.brought[f"{INBOX}/{brought.PATH}"] == b"2026-11-22T15:00:00Z\n" + log.sign()
