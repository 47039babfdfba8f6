"""The mirror cosigns what it durably holds, moves forward only, and both ways of telling the owner suffice."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from comity.federation import cosignatures, mirror, mirror_steps, services, signing, witness
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.rounds import Round
from comity.federation.source import Client
from comity.journal import finality, home, rotation
from comity.journal.models import Cosignature, Fork, Journal, Mirrored
from comity.kernel import tiles
from comity.kernel.checkpoint import verify_checkpoint
from comity.kernel.cosignature import add_lines, cosign, verify_cosignature
from comity.kernel.errors import (
    ComityError,
    ConflictError,
    ForkError,
    IntegrityError,
    NotFoundError,
    PartnerError,
    SignatureError,
)
from comity.kernel.identifiers import origin_hash
from comity.kernel.notes import SigningKey, parse_note
from comity.kernel.sealing import SealingKey
from tests import node
from tests.federation.standin import KEY, ORIGIN, Log, journal_of, rights, serving
from tests.federation.test_signed_requests import KEYS, card, headers, paired

SIZE = 601
HASH = origin_hash(ORIGIN)


class Direct:
    def __init__(self, log: Log) -> None:
        self.log = log

    def get(self, path: str) -> bytes:
        answer = self.log.get(path)
        if answer == 404:
            raise NotFoundError("Nothing is served there.", place=path)
        assert isinstance(answer, bytes), path
        return answer


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs")
    made.tell(*rights(range(SIZE - 1)))
    made.publish()
    return made


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    node.set_up(settings, tmp_path / "ours")
    return journal_of()


def follow(log: Log, journal: Journal) -> None:
    Follower(journal, Direct(log)).round()


def test_what_was_followed_is_committed_and_cosigned(log: Log, journal: Journal) -> None:
    assert mirror.commit_copy(journal) is None
    follow(log, journal)
    held = mirror.commit_copy(journal)
    assert held is not None
    assert held.size == SIZE
    key = home.signing_key("mirror").verifier
    assert key.name == f"{node.ORIGIN}/mirror"
    signed = verify_checkpoint(held.note.encode(), [KEY.verifier])
    line = next(s for s in parse_note(held.note.encode()).signatures if s.name == key.name)
    verify_cosignature(signed.text(), line, key)
    assert mirror.commit_copy(journal) == held  # Once is enough; the time of the first stays.
    assert Cosignature.objects.get().party == "BY"
    assert finality.final_size(Journal.objects.get(origin=ORIGIN)) == SIZE


def test_nothing_is_cosigned_before_every_entry_is_here(log: Log, journal: Journal) -> None:
    with pytest.raises(ConflictError, match="Of 601 entries 0 are here"):
        mirror.commit(journal, log.sign())
    log.answers["journal/openings/0-601"] = b"rubbish\n"
    with pytest.raises(PartnerError):
        follow(log, journal)
    # The files lie there, and a pending checkpoint; the cursor says that nothing counts yet.
    assert mirror.commit_copy(journal) is None
    assert not Cosignature.objects.exists()
    assert mirror.by_hash(HASH) is None


def test_it_never_goes_back_and_restarts_forget_nothing(log: Log, journal: Journal) -> None:
    follow(log, journal)
    mirror.commit_copy(journal)
    assert mirror.commit(Journal.objects.get(origin=ORIGIN), log.sign(300)) is None
    assert Mirrored.objects.get().size == SIZE
    assert list(Cosignature.objects.values_list("size", flat=True)) == [SIZE]


def test_another_tree_of_what_is_held_is_a_fork(log: Log, journal: Journal) -> None:
    follow(log, journal)
    mirror.commit(journal, log.sign(300))
    with pytest.raises(ForkError):
        mirror.commit(journal, log.sign(SIZE, b"\x07" * 32))
    assert Fork.objects.get().held == log.sign(300).decode()
    assert Mirrored.objects.get().size == 300


def test_a_copy_that_lost_what_was_cosigned_is_not_cosigned_on(log: Log, journal: Journal) -> None:
    follow(log, journal)
    mirror.commit(journal, log.sign(300))
    Mirrored.objects.update(root="00" * 32)
    with pytest.raises(IntegrityError, match="no longer holds the 300"):
        mirror.commit_copy(journal)


def test_a_checkpoint_that_the_log_did_not_sign_is_refused(log: Log, journal: Journal) -> None:
    follow(log, journal)
    with pytest.raises(SignatureError):
        mirror.commit(journal, log.sign()[:-9] + b"AAAAAAA=\n")
    assert not Cosignature.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_racing_commits_end_at_the_largest(settings: Any, tmp_path: Path, log: Log) -> None:
    node.set_up(settings, tmp_path / "ours")
    journal = journal_of()
    follow(log, journal)
    sizes = (200, 300, 400, SIZE)
    start = threading.Barrier(len(sizes))
    failed: list[BaseException] = []

    def work(size: int) -> None:
        try:
            start.wait()
            mirror.commit(Journal.objects.get(origin=ORIGIN), log.sign(size))
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    row = Mirrored.objects.get()
    assert (row.size, row.root) == (SIZE, log.store.frontier(SIZE).root().hex())
    held = mirror.committed(journal)
    assert held is not None
    assert held.size == SIZE


# The monitoring side.


def read(path: str, key: SigningKey = KEYS["transport"]) -> tuple[int, bytes]:
    answer = Browser().get(f"/{path}", headers=headers("GET", path, key=key))
    return answer.status_code, answer.content


def test_the_owner_third_parties_and_staff_read_what_is_held(log: Log, journal: Journal) -> None:
    paths = [f"mirror/{HASH}/checkpoint", *(f"mirror/{HASH}/{tiles.tile_path(*t)}" for t in tiles.tiles_of(300))]
    bundle = f"mirror/{HASH}/{tiles.bundle_path(0)}"
    owner = paired()
    assert read(paths[0])[0] == 404
    follow(log, journal)
    held = mirror.commit(journal, log.sign(300))
    assert held is not None
    assert [read(path)[0] for path in paths] == [200] * len(paths)
    assert read(paths[0])[1].decode() == held.note
    assert read(bundle) == (200, log.store.fetch(tiles.bundle_path(0)))
    # Beyond what is committed nothing is given, though it lies there.
    assert read(f"mirror/{HASH}/{tiles.tile_path(0, 1)}")[0] == 404
    assert read(f"mirror/{HASH}/tile/0/00")[0] == 404
    assert read(f"mirror/{origin_hash(node.ORIGIN)}/checkpoint")[0] == 404
    assert Browser().get(f"/{paths[0]}").status_code == 401
    staff = Browser()
    staff.force_login(node.user("viewer", "viewer"))
    assert [staff.get(f"/{path}").status_code for path in paths] == [200] * len(paths)
    third = Partner.objects.create(party="KZ", state=Partner.State.PAIRED, card=other_card())
    assert [read(path, OTHER["transport"])[0] for path in [*paths, bundle]] == [200] * (len(paths) + 1)
    services.stop(third)
    assert read(paths[0], OTHER["transport"])[0] == 401
    services.stop(owner)
    assert read(paths[0])[0] == 401


OTHER = {
    role: SigningKey(key.name.replace("-ru", "-kz"), key.kind, b"\x40" + key.seed[1:]) for role, key in KEYS.items()
}


def other_card() -> str:
    from comity.federation import domain

    sealing = SealingKey(f"{OTHER['log'].name}/sealing", b"\x44" * 32)
    keys = {**{role: str(key.verifier) for role, key in OTHER.items()}, "sealing": str(sealing.public)}
    url = "https://office-kz.example/"
    fields = {"origin": OTHER["log"].name, "party": "KZ", "name": "Kazpatent", "url": url, "role": "party", **keys}
    return domain.write_card(domain.Card(**fields), OTHER["log"])


# How the owner learns of it.


@pytest.fixture
def own(journal: Journal) -> Journal:
    mine = Journal.objects.get(own=True)
    node.tell(mine, node.MARK)
    node.sequence(mine)
    return mine


def cosigned_by(role: str, own: Journal, key: SigningKey | None = None) -> bytes:
    raw = home.store(own).checkpoint()
    assert raw is not None
    text = verify_checkpoint(raw, [home.signing_key("log").verifier]).text()
    return add_lines(raw, [cosign(text, key or KEYS[role], node.SEEN_S)])


def put(body: bytes) -> int:
    path = "federation/v1/inbox/mirror/cosignature"
    signed = headers("PUT", path, body)
    return Browser().put(f"/{path}", body, content_type="application/octet-stream", headers=signed).status_code


def test_a_partner_brings_its_mirrors_cosignature(own: Journal) -> None:
    paired()
    assert finality.final_size(own) == 0
    assert put(cosigned_by("mirror", own)) == 204
    assert finality.final_size(own) == 2
    row = Cosignature.objects.get()
    assert (row.name, row.party, row.size) == (f"{ORIGIN}/mirror", "RU", 2)


def test_what_is_no_cosignature_of_the_partner_is_not_kept(own: Journal, log: Log) -> None:
    paired()
    stranger = SigningKey(f"{ORIGIN}/mirror", 4, b"\x77" * 32)
    bad = cosigned_by("mirror", own)
    for body in (
        cosigned_by("mirror", own, stranger),
        bad[:-6] + b"AAAA=\n",
        log.sign(),
        b"",
        b"rubbish\n" * 9,
        home.store(own).checkpoint() or b"",
    ):
        assert put(body) in {400, 401}
    assert not Cosignature.objects.exists()


def test_the_owner_fetches_what_the_partners_mirror_serves(own: Journal, log: Log) -> None:
    partner = paired()
    done = Round("RU")
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        mirror_steps.be_held(partner, client, done)
        assert done.mirrored == 0
        log.answers[f"mirror/{origin_hash(node.ORIGIN)}/checkpoint"] = cosigned_by("mirror", own)
        mirror_steps.be_held(partner, client, done)
        assert (done.mirrored, finality.final_size(own)) == (2, 2)
        asked = len(log.asked)
        mirror_steps.be_held(partner, client, done)
        assert len(log.asked) == asked  # It is known: nobody is asked again.
        client.close()


def test_a_mirror_that_holds_more_than_we_have_is_said_aloud(own: Journal, log: Log) -> None:
    partner = paired()
    more = cosigned_by("mirror", own)
    folder = home.journal_folder(own)
    node.tell(own, replace(node.MARK, number="5"))
    node.sequence(own)
    served = cosigned_by("mirror", own)
    (folder / "checkpoint").write_bytes(b"".join(more.splitlines(keepends=True)[:-1]))
    log.answers[f"mirror/{origin_hash(node.ORIGIN)}/checkpoint"] = served
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        with pytest.raises(PartnerError, match="holds 3 entries of our journal; it has 2"):
            mirror_steps.be_held(partner, client, Round("RU"))
        client.close()
    assert not Cosignature.objects.exists()


class Owner:
    """A client whose partner does not answer, then does."""

    def __init__(self) -> None:
        self.status = 503
        self.bodies: list[bytes] = []

    def send(self, method: str, path: str, body: bytes = b"", *, signed: bool = True) -> tuple[int, bytes, str]:
        assert (method, path) == ("PUT", "federation/v1/inbox/mirror/cosignature")
        self.bodies.append(body)
        return self.status, b"", ""


def test_a_cosignature_that_did_not_arrive_is_brought_with_the_next_round(log: Log, journal: Journal) -> None:
    partner = paired()
    follow(log, journal)
    owner: Any = Owner()
    with pytest.raises(ComityError, match="did not take"):
        mirror_steps.hold(partner, owner, Round("RU"))
    owner.status = 204
    mirror_steps.hold(partner, owner, Round("RU"))
    mirror_steps.hold(partner, owner, Round("RU"))
    assert len(owner.bodies) == 2
    held = mirror.committed(journal)
    assert held is not None
    # The witness's line comes with it: the owner need not ask for that.
    lines = witness.cosign_copy(journal, held.signed)
    assert lines.startswith(f"— {node.ORIGIN}/witness ")
    assert owner.bodies == [f"{held.note}{lines}".encode()] * 2


def test_what_is_brought_is_what_the_other_side_takes(log: Log, journal: Journal, own: Journal) -> None:
    """The bytes that `bring` sends satisfy `take` at a node whose journal it is."""
    from comity.federation.domain import read_card

    assert read_card(card()).key("mirror") == KEYS["mirror"].verifier
    assert cosignatures.take(own, read_card(card()), cosigned_by("mirror", own)) == 2
    assert signing.TAG == "comity"


def test_while_the_mirrors_key_is_exchanged_it_signs_with_both(log: Log, journal: Journal) -> None:
    mine = Journal.objects.get(own=True)
    rotation.announce(mine)
    follow(log, journal)
    mirror.commit_copy(journal)
    new = rotation.rotate(Journal.objects.get(own=True), "mirror")
    held = mirror.committed(journal)
    assert held is not None
    lines = [s for s in parse_note(held.note.encode()).signatures if s.name == f"{node.ORIGIN}/mirror"]
    assert len(lines) == 2
    assert new.keyid in {line.keyid.hex() for line in lines}
