"""A letter reaches the parties and bodies that it names, sealed; its label goes with every reference to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from comity.accounts.services import give_role
from comity.confidential import sealed, selectors, services
from comity.confidential.domain import Attachment, Content, Reference, write_content
from comity.confidential.models import Body, Letter, SealedBytes
from comity.confidential.sealed import Recipient
from comity.federation import waiting
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.openings import leaves_of, open_segment, openings_of, segments
from comity.federation.source import Client
from comity.journal import home, keystore, vault
from comity.journal.models import Journal, Opening
from comity.kernel.entry import encode_entry, parse_entry
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PartnerError, PolicyError
from comity.kernel.handling import AMBER, GREEN, RED, STRICT, Label
from comity.kernel.sealing import SealingKey
from tests import node
from tests.federation.standin import AT, ORIGIN, Log, serving
from tests.federation.test_signed_requests import KEYS, SEALING, paired

COURT = SealingKey(f"{ORIGIN}/sealing/court", b"\x41" * 32)
SECRET = "Сакрэтная прычына"


def letter(to: list[str], subject: str = SECRET, label: Label | None = None, reference: Reference | None = None) -> Any:
    """A letter by the stand-in: its entry and the dumped openings."""
    content = write_content(Content(subject, "text", reference))
    body, openings = sealed.close(content, label or Label(AMBER), [sealed.read_recipient(one) for one in to])
    data = encode_entry("confidential.letter", 1, {"by": "", "sealed": body, "about": "letter:1", "at": AT})
    return data, vault.dump(openings)


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "ours")


@pytest.fixture
def log(own: Journal, tmp_path: Path) -> Log:
    made = Log(tmp_path / "theirs", key=KEYS["log"])
    body = {"code": "court", "name": "Суд", "key": str(COURT.public)}
    made.add(encode_entry("confidential.bodies", 1, {"bodies": [body], "about": f"bodies:{ORIGIN}", "at": AT}))
    made.publish()
    return made


@pytest.fixture
def partner(log: Log) -> Iterator[Partner]:
    row = paired()
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        assert row.journal is not None
        Follower(row.journal, client).round()
        row.journal.refresh_from_db()
        yield row
        client.close()


def follow(partner: Partner, log: Log) -> None:
    log.publish()
    assert partner.journal is not None
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        partner.journal.refresh_from_db()
        Follower(partner.journal, client).round()
        client.close()


def given(own: Journal, keys: list[SealingKey], party: str = "RU") -> dict[int, Any]:
    node.sequence(own)
    [part] = segments(openings_of(own, 0, own.size, SEALING.public, party))
    return {item.index: item for item in open_segment(keys, own.origin, part, leaves_of(home.store(own), own.size))}


def test_a_letter_to_the_party_is_given_to_it_and_to_nobody_else(own: Journal, partner: Partner) -> None:
    examiner = node.user("e", "examiner")
    party, index = services.send(examiner, to=["RU"], label=Label(AMBER), subject=SECRET, text="Т" * 100)
    assert (party, Letter.objects.get().to) == ("BY", " RU ")
    entry = home.store(own)
    told = given(own, [SEALING])
    assert told[index].openings["/sealed"][1]["subject"] == SECRET
    assert SECRET.encode() not in entry.entry(index, own.size)
    assert index not in given(own, [SEALING], "KZ")
    # The owner, restored from a backup, may have its own back.
    assert index in given(own, [SEALING], "BY")


def test_a_letter_to_a_body_opens_with_its_key_alone(own: Journal, partner: Partner) -> None:
    examiner = node.user("e", "examiner")
    _, index = services.send(examiner, to=["RU/court"], label=Label(RED), subject=SECRET, text="x")
    told = given(own, [SEALING])[index]
    assert told.openings is None
    said = sealed.read(parse_entry(home.store(own).entry(index, own.size)).body)
    assert said is not None
    assert sealed.unpack(told.sealed, said, own.origin, [SEALING])[1] is None
    opened = sealed.unpack(told.sealed, said, own.origin, [COURT])[1]
    assert opened is not None
    assert opened["/sealed"][1]["subject"] == SECRET
    assert index not in given(own, [SEALING], "KZ")


def test_a_letter_for_a_body_whose_key_is_elsewhere_is_kept_sealed_until_it_comes(
    own: Journal, partner: Partner, log: Log
) -> None:
    services.name_body("customs", "Мытня")
    public = keystore.sealing(services.body_key_path("customs")).public
    elsewhere = services.body_key_path("customs").rename(home.home() / "elsewhere")
    data, dumped = letter(["BY/customs"])
    log.add(data)
    said = sealed.read(parse_entry(data).body)
    assert said is not None
    line = f'{{"index":2,"sealed":"{sealed.pack(dumped, said, ORIGIN, [public])}"}}\n'
    log.answers["journal/openings/2-3"] = log.seal(2, 3, line.encode())
    follow(partner, log)
    member = node.user("m", "clerk", body="customs")
    assert SealedBytes.objects.count() == 1
    assert not Opening.objects.filter(journal=partner.journal).exists()
    assert selectors.letter(member, "RU", 2).why == "sealed"
    elsewhere.rename(services.body_key_path("customs"))
    waiting.open_waiting(partner)
    content = selectors.letter(member, "RU", 2).content
    assert content is not None
    assert content.subject == SECRET
    assert not SealedBytes.objects.exists()


def test_sealed_bytes_that_were_altered_are_refused(own: Journal, partner: Partner, log: Log) -> None:
    data, dumped = letter(["BY/customs"])
    other, _ = letter(["BY/customs"], "another")
    log.add(data)
    said = sealed.read(parse_entry(other).body)
    assert said is not None
    for text in ("!", sealed.pack(dumped, said, ORIGIN, [home.sealing_key().public])):
        log.answers["journal/openings/2-3"] = log.seal(2, 3, f'{{"index":2,"sealed":"{text}"}}\n'.encode())
        with pytest.raises(PartnerError):
            follow(partner, log)
    assert not SealedBytes.objects.exists()


def test_need_to_know_decides_who_reads(own: Journal, partner: Partner, log: Log) -> None:
    services.name_body("customs", "Мытня")
    examiner, viewer, operator = (node.user(role, role) for role in ("examiner", "viewer", "operator"))
    member = node.user("member", "clerk", body="customs")
    services.send(examiner, to=["RU"], label=Label(), subject="office", text="")
    services.send(member, desk="customs", to=["RU/court"], label=Label(), subject="body", text="")
    for i, to in enumerate((["BY"], ["BY/customs"], ["KZ"])):
        data, dumped = letter(to, f"letter {i}")
        log.add(data)
        log.openings[log.size - 1] = json.loads(dumped)
    follow(partner, log)

    def read(actor: Any) -> set[str]:
        return {view.content.subject if view.content else "?" for view in selectors.letters(actor)}

    assert read(examiner) == {"office", "letter 0"}
    assert read(member) == {"body", "letter 1"}
    assert read(viewer) == read(operator) == set()
    both = node.user("both", "examiner")
    give_role(both, "viewer", "customs")
    assert read(both) == {"office", "letter 0", "body", "letter 1"}
    both.is_active = False
    both.save()
    assert read(User.objects.get(username="both")) == set()
    for actor, index in ((viewer, 2), (operator, 3), (examiner, 3), (member, 2), (both, 4)):
        with pytest.raises(NotFoundError):
            selectors.letter(actor, "RU", index)


def test_nobody_sends_in_a_name_that_is_not_his(own: Journal, partner: Partner) -> None:
    services.name_body("customs", "Мытня")
    member, operator = node.user("m", "clerk", body="customs"), node.user("o", "operator")
    refused = ((member, ""), (operator, ""), (operator, "customs"), (node.user("e", "examiner"), "customs"))
    for actor, desk in refused:
        with pytest.raises(PolicyError):
            services.send(actor, desk=desk, to=["RU"], label=Label(), subject="s", text="t")
    assert services.send(member, desk="customs", to=["RU"], label=Label(), subject="s", text="t")
    assert not Letter.objects.exclude(by="customs").exists()


def test_unknown_recipients_are_refused(own: Journal, partner: Partner) -> None:
    examiner = node.user("e", "examiner")
    for to, error in (
        (["KZ"], NotFoundError),
        (["RU/police"], NotFoundError),
        (["BY"], FormatError),
        (["R"], FormatError),
    ):
        with pytest.raises(error):
            services.send(examiner, to=to, label=Label(), subject="s", text="t")
    with pytest.raises((FormatError, ValueError)):
        services.send(examiner, to=[], label=Label(), subject="s", text="t")
    for subject, text in (("", "t"), ("s" * 301, "t"), ("a\nb", "t"), ("s", "t" * 200_001)):
        with pytest.raises(FormatError):
            services.send(examiner, to=["RU"], label=Label(), subject=subject, text=text)
    assert not Letter.objects.exists()


def test_an_answer_takes_over_the_stricter_label_and_is_not_passed_on(own: Journal, partner: Partner, log: Log) -> None:
    data, dumped = letter(["BY"], label=Label(STRICT, frozenset({"H1"}), frozenset({"court"})))
    log.add(data)
    log.openings[2] = json.loads(dumped)
    follow(partner, log)
    examiner = node.user("e", "examiner")
    _, index = services.send(
        examiner,
        to=["RU"],
        label=Label(GREEN, frozenset({"H2"}), onward=True),
        subject="Re",
        text="",
        reply_to=("RU", 2, ""),
    )
    view = selectors.letter(examiner, "BY", index)
    assert view.label == Label(STRICT, frozenset({"H1", "H2"}), frozenset({"court"}))
    assert view.content is not None
    assert view.content.reply_to == Reference(ORIGIN, 2, Label(STRICT, frozenset({"H1"}), frozenset({"court"})))
    Journal.objects.create(origin="kz.example/journal", vkey="x", party="KZ")
    with pytest.raises(PolicyError, match="may not be passed on to KZ"):
        services.send(examiner, to=["RU", "KZ"], label=Label(), subject="Re", text="", reply_to=("RU", 2, ""))
    with pytest.raises(NotFoundError):
        services.send(examiner, to=["RU"], label=Label(), subject="Re", text="", reply_to=("RU", 1, ""))


def test_a_partner_that_writes_too_low_a_label_is_read_with_that_of_its_reference(
    own: Journal, partner: Partner, log: Log
) -> None:
    data, dumped = letter(["BY"], label=Label(GREEN), reference=Reference("x", 1, Label(RED)))
    log.add(data)
    log.openings[2] = json.loads(dumped)
    follow(partner, log)
    assert selectors.letter(node.user("e", "examiner"), "RU", 2).label == Label(RED)


def test_attachments_come_along_and_a_letter_can_be_taken_back(own: Journal, partner: Partner) -> None:
    examiner = node.user("e", "examiner")
    files = [Attachment("дагавор.pdf", "application/pdf", b"%PDF" * 100)]
    _, index = services.send(examiner, to=["RU"], label=Label(), subject="s", text="t", attachments=files)
    content = selectors.letter(examiner, "BY", index).content
    assert content is not None
    assert content.attachments == tuple(files)
    with pytest.raises(PolicyError):
        services.take_back(node.user("o", "operator"), index)
    services.take_back(examiner, index)
    view = selectors.letter(examiner, "BY", index)
    assert (view.content, view.why) == (None, "taken back")
    assert not Opening.objects.filter(journal=own).exists()


def test_a_redaction_takes_sealed_bytes_too(own: Journal, partner: Partner, log: Log) -> None:
    data, _ = letter(["BY/customs"])
    log.add(data)
    follow(partner, log)
    assert partner.journal is not None
    sealed.keep(partner.journal, {2: b"sealed"})
    log.add(encode_entry("journal.redaction", 1, {"index": 2, "about": "letter:1", "at": AT}))
    follow(partner, log)
    assert not SealedBytes.objects.exists()


def test_bodies_are_named_renamed_and_dropped(own: Journal) -> None:
    first = services.name_body("customs", "Мытня")
    assert services.name_body("customs", "Дзяржаўная мытня") == first
    assert [(body.code, body.name, body.key) for body in Body.objects.all()] == [
        ("customs", "Дзяржаўная мытня", str(first))
    ]
    assert services.body_key_path("customs").stat().st_mode & 0o777 == 0o600
    services.drop_body("customs")
    assert not Body.objects.exists()
    assert services.body_key_path("customs").exists()
    with pytest.raises(ConflictError):
        services.drop_body("customs")
    with pytest.raises(FormatError):
        services.name_body("Customs", "x")


def test_bodies_with_keys_of_other_names_are_refused(own: Journal) -> None:
    from comity.journal import services as journal
    from comity.journal.services import Draft
    from comity.kernel.errors import RecordError

    bodies = [{"code": "court", "name": "x", "key": str(COURT.public)}]
    with pytest.raises(RecordError), transaction.atomic():
        journal.append(own, [Draft("confidential.bodies", 1, f"bodies:{own.origin}", {"bodies": bodies})])
    assert Recipient(party="BY", body="a") != Recipient(party="BY")
