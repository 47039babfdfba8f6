"""Officials sign with keys that their party names by role; what a key signed while it held stays signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from comity.accounts import audit, signing
from comity.accounts.models import SigningKey
from comity.accounts.services import end_role, give_role
from comity.agreement import officials, selectors, services
from comity.agreement.entries import OFFICIALS, officials_about
from comity.agreement.models import OfficialKey
from comity.journal import digest, fsck, rebuild
from comity.journal.models import Held, Journal
from comity.journal.services import Draft
from comity.kernel import clock, official
from comity.kernel.errors import (
    ComityError,
    ConflictError,
    FormatError,
    NotFoundError,
    PolicyError,
    RecordError,
    SignatureError,
)
from comity.kernel.notes import SigningKey as Key
from comity.kernel.official import OfficialSignature
from tests import node

PASSPHRASE = "three dry stones, one wet"
BODY, DIGEST = "by-customs", b"\x07" * 32
CONTEXT = "assistance.request/1"
KEY = Key("office-ru.example/official/head", 1, b"\x09" * 32)

db = pytest.mark.django_db


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "ours")


@pytest.fixture
def vera(own: Journal) -> User:
    """The head of customs, with a key."""
    person = node.user("vera", "head", body=BODY)
    signing.make_key(person, BODY, "head", PASSPHRASE, fresh=True)
    return person


def signed(person: User, digest: bytes = DIGEST) -> dict[str, str]:
    signing.unlock(person, PASSPHRASE, fresh=True)
    return signing.sign(person, BODY, CONTEXT, digest).to_json()


def check(own: Journal, told: dict[str, str], **other: Any) -> None:
    values = {"body": BODY, "context": CONTEXT, "digest": DIGEST, "at": clock.iso(clock.now()), **other}
    officials.verify(own, signature=told, using="default", **values)


def test_what_an_official_signs_is_verified_by_the_journal_alone(own: Journal, vera: User) -> None:
    at = clock.iso(clock.now())
    assert not officials.demanded(own, BODY, at=at, using="default")
    told = signed(vera)
    with pytest.raises(RecordError, match="no such key"):
        check(own, told)
    services.publish_officials(vera)
    check(own, told)
    check(own, told, roles=("head", "coordinator"))
    assert officials.demanded(own, BODY, at=at, using="default")
    assert not officials.demanded(own, "by-court", at=at, using="default")
    # The party says role, body and key, and no name.
    [row] = OfficialKey.objects.all()
    assert (row.body, row.role, row.key, row.ended) == (BODY, "head", told["key"], None)
    assert "vera" not in node.home.store(own).root.as_posix()
    with pytest.raises(RecordError, match="does not sign"):
        check(own, told, roles=("coordinator",))
    for other in ({"digest": b"\x08" * 32}, {"context": "assistance.step/1"}):
        with pytest.raises(SignatureError):
            check(own, told, **other)
    with pytest.raises(RecordError):
        check(own, told, body="by-court")
    for wrong in ({}, {**told, "more": "x"}, {**told, "signature": "AA=="}, {**told, "key": "x"}):
        with pytest.raises(FormatError):
            check(own, wrong)
    with pytest.raises(RecordError):
        check(own, {**told, "key": str(KEY.verifier)})


def test_a_key_that_ended_signs_no_more_and_what_it_signed_stays_signed(own: Journal, vera: User) -> None:
    told = signed(vera)
    first = services.publish_officials(vera)
    [signed_at] = node.tell(own, node.MARK)
    [view] = signing.keys_of(vera)
    signing.end_key(vera, view.number)
    with pytest.raises(PolicyError, match="hold no signing key"):
        signed(vera)
    last = services.publish_officials(vera)
    with pytest.raises(RecordError):
        check(own, told)
    check(own, told, index=signed_at)
    for index in (first, last):
        with pytest.raises(RecordError):
            check(own, told, index=index)
    assert SigningKey.objects.get().sealed == ""
    with pytest.raises(NotFoundError):
        signing.end_key(vera, view.number)


def test_a_new_key_takes_the_place_of_the_old_and_a_role_that_ends_takes_its_key_along(
    own: Journal, vera: User
) -> None:
    services.publish_officials(None)
    old = signed(vera)
    signing.make_key(vera, BODY, "head", PASSPHRASE, fresh=True)
    services.publish_officials(None)
    with pytest.raises(RecordError):
        check(own, old)
    new = signed(vera)
    check(own, new)
    give_role(vera, "head", BODY, until=clock.now() + timedelta(days=40))
    services.publish_officials(None)
    [named] = selectors.officials(own)
    assert named.until == clock.iso(clock.now() + timedelta(days=40))[:10]
    check(own, new)
    with pytest.raises(RecordError):
        check(own, new, at=clock.iso(clock.now() + timedelta(days=42)))
    end_role(vera, "head", BODY)
    with pytest.raises(PolicyError):
        signed(vera)
    services.publish_officials(None)
    assert selectors.officials(own) == []
    with pytest.raises(ConflictError, match="already"):
        services.publish_officials(None)


def test_a_head_publishes_for_his_bodies_and_for_no_others(own: Journal, vera: User) -> None:
    judge = node.user("judge", "head", body="by-court")
    signing.make_key(judge, "by-court", "head", PASSPHRASE, fresh=True)
    services.publish_officials(vera)
    assert {key.body for key in selectors.officials(own)} == {BODY}
    services.publish_officials(judge)
    assert {key.body for key in selectors.officials(own)} == {BODY, "by-court"}
    with pytest.raises(PolicyError):
        services.publish_officials(node.user("anna", "examiner"))


def test_a_key_opens_to_passphrase_and_second_factor_together(own: Journal, vera: User) -> None:
    for attempt in (
        lambda: signing.sign(vera, BODY, CONTEXT, DIGEST),
        lambda: signing.unlock(vera, PASSPHRASE, fresh=False),
        lambda: signing.make_key(vera, BODY, "head", PASSPHRASE, fresh=False),
        lambda: signing.make_key(vera, "by-court", "head", PASSPHRASE, fresh=True),
        lambda: signing.make_key(node.user("e", "examiner", body=BODY), BODY, "examiner", PASSPHRASE, fresh=True),
    ):
        with pytest.raises(PolicyError):
            attempt()
    with pytest.raises(FormatError, match="12 characters"):
        signing.make_key(vera, BODY, "head", "short", fresh=True)
    for wrong in ("three dry stones", "x"):
        signing.unlock(vera, wrong, fresh=True)
        with pytest.raises(PolicyError, match="passphrase"):
            signing.sign(vera, BODY, CONTEXT, DIGEST)
    # Nothing that lies here tells key or passphrase, and another request has to unlock anew.
    assert signed(vera)
    with pytest.raises(PolicyError, match="locked"):
        signing.sign(User.objects.get(pk=vera.pk), BODY, CONTEXT, DIGEST)
    kept = SigningKey.objects.get().sealed
    assert "PRIVATE+KEY" not in kept
    trail = audit.events(audit.Query(person="vera"))
    assert {row.event for row in trail} == {audit.KEY, audit.SIGNATURE}
    assert not any(PASSPHRASE in str(row) for row in trail)


def entry(*keys: dict[str, str], about: str = "") -> Draft:
    told = [{"body": "", "role": "head", "since": "", "until": "", **key} for key in keys]
    return Draft(OFFICIALS, 1, about or officials_about(node.PARTNER_ORIGIN), {"keys": told})


def test_a_partner_s_keys_are_taken_as_its_journal_says_them(own: Journal) -> None:
    key = str(KEY.verifier)
    theirs = node.partner_tells([entry({"key": key, "body": "ru-customs"})])
    told = official.sign(KEY, "RU", "ru-customs", "head", CONTEXT, DIGEST).to_json()
    check(theirs, told, body="ru-customs")
    # Ours is another party: the same words are not signed for it.
    with pytest.raises(RecordError):
        check(own, told, body="ru-customs")
    node.partner_tells([node.draft(node.russian()), entry()])
    with pytest.raises(RecordError):
        check(theirs, told, body="ru-customs")
    check(theirs, told, body="ru-customs", index=2)
    before = digest.digest().total
    rebuild.rebuild()
    assert digest.digest().total == before
    assert [str(finding) for finding in fsck.fsck().findings if "official" in str(finding)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        entry({"key": "no key"}),
        entry({"key": str(KEY.verifier), "role": "Head"}),
        entry({"key": str(KEY.verifier), "since": "soon"}),
        entry({"key": str(KEY.verifier)}, {"key": str(KEY.verifier), "since": "2026-01-01"}),
        entry({"key": str(Key("x", 4, b"\x01" * 32).verifier)}),
        entry({"key": str(KEY.verifier), "name": "Vera"}),
        entry({"key": str(KEY.verifier)}, about="officials:elsewhere.example"),
    ],
)
def test_an_entry_that_its_schema_or_rules_refuse_is_held(own: Journal, wrong: Draft) -> None:
    node.partner_tells([wrong])
    assert Held.objects.count() == 1
    assert not OfficialKey.objects.exists()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)


@given(
    st.tuples(WORDS, WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS, WORDS), st.binary(min_size=32, max_size=32)
)
def test_a_signature_fits_one_party_body_role_context_and_digest(
    signed_as: tuple[str, ...], read_as: tuple[str, ...], data: bytes
) -> None:
    party, body, role, context = signed_as
    told = official.sign(KEY, party, body, role, context, data).to_json()
    assert OfficialSignature.read(told).to_json() == told
    other = OfficialSignature.read({**told, "role": read_as[2]})
    try:
        official.check(other, read_as[0], read_as[1], read_as[3], data)
    except ComityError:
        assert signed_as != read_as
    else:
        assert signed_as == read_as
    with pytest.raises(SignatureError):
        official.check(OfficialSignature.read(told), party, body, context, bytes([data[0] ^ 1]) + data[1:])


def test_what_is_no_line_or_no_digest_is_not_signed() -> None:
    for words in (("B\nY", "", "head", "x"), ("BY", "", "head", "x" * 101)):
        with pytest.raises(FormatError):
            official.sign(KEY, *words, DIGEST)
    with pytest.raises(FormatError):
        official.sign(KEY, "BY", "", "head", "x", b"short")


def test_days_of_a_key_are_those_of_the_entry(own: Journal) -> None:
    theirs = node.partner_tells([entry({"key": str(KEY.verifier), "since": "2026-01-10", "until": "2026-01-20"})])
    told = official.sign(KEY, "RU", "", "head", CONTEXT, DIGEST).to_json()
    found = {}
    for day in (9, 10, 20, 21):
        at = clock.iso(datetime(2026, 1, day, 23, 59, 59, tzinfo=UTC))
        found[day] = officials.demanded(theirs, "", at=at, using="default")
        if found[day]:
            check(theirs, told, body="", at=at)
    assert found == {9: False, 10: True, 20: True, 21: False}
