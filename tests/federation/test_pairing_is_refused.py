"""Pairing needs the invitation, the true card and the same fingerprint at both ends; anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from comity.federation import domain, services
from comity.federation.models import Partner
from comity.journal.models import Journal
from comity.kernel.errors import ComityError, ConflictError, FormatError
from comity.kernel.notes import SigningKey
from tests import node
from tests.federation.standin import ORIGIN
from tests.federation.test_signed_requests import KEYS, card, paired


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "ours")


def answer(note: str, token: str) -> int:
    body = json.dumps({"card": note, "token": token})
    return Client().post("/federation/v1/pair", body, content_type="application/json").status_code


def invited(party: str = "RU") -> str:
    return domain.read_invitation(services.invite(party))[1]


def test_an_answered_invitation_waits_for_the_telephone(own: Journal) -> None:
    token = invited()
    assert answer(card(), token) == 200
    partner = Partner.objects.get()
    assert (partner.state, partner.party, partner.invitation) == ("unconfirmed", "RU", "")
    with pytest.raises(ConflictError, match="differ"):
        services.confirm(partner, "00000 " * 6)
    assert partner.state not in services.FOLLOWED
    services.confirm(partner, partner.fingerprint.replace(" ", ""))
    partner.refresh_from_db()
    assert partner.state in services.FOLLOWED


def test_a_wrong_or_used_token_is_refused(own: Journal) -> None:
    token = invited()
    assert answer(card(), "x" + token) == 404
    assert answer(card(), "") == 404
    assert answer(card(), token) == 200
    assert answer(card(), token) == 404
    assert Partner.objects.count() == 1


def test_an_invitation_is_for_one_party(own: Journal) -> None:
    token = invited("KZ")
    assert answer(card(), token) == 409
    assert Partner.objects.get().state == "invited"


def test_a_card_changed_by_any_byte_is_refused(own: Journal) -> None:
    token = invited()
    note = card().encode()
    for at in range(0, len(note), 7):
        changed = note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :]
        assert answer(changed.decode("utf-8", "replace"), token) in {400, 401, 409}, at
    assert not Journal.objects.filter(own=False).exists()
    assert answer(card(), token) == 200


@pytest.mark.parametrize("role", domain.ROLES)
def test_a_key_of_small_order_is_refused(own: Journal, role: str) -> None:
    from comity.kernel.notes import keyid
    from comity.kernel.wire import b64

    point = b"\x01" + bytes(31)
    kind = 4 if role in domain.COSIGNERS else 1
    name = KEYS[role].name
    vkey = f"{name}+{keyid(name, kind, point).hex()}+{b64(bytes([kind]) + point)}"
    token = invited()
    assert answer(card(**{role: vkey}), token) == 400
    assert not Journal.objects.filter(own=False).exists()


def test_one_key_in_two_roles_is_refused(own: Journal) -> None:
    transport = KEYS["transport"]
    same = SigningKey(f"{ORIGIN}/extract", 1, transport.seed)
    assert same.verifier.public == transport.verifier.public
    assert answer(card(extract=str(same.verifier)), invited()) == 400


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https://", "javascript:alert(1)", "https://x/?q", "https://x/" + "a" * 300]
)
def test_an_address_that_is_none_is_refused(own: Journal, url: str) -> None:
    assert answer(card(url), invited()) == 400


def test_our_own_card_and_a_known_origin_with_another_key_are_refused(own: Journal) -> None:
    assert answer(services.own_card(), invited("BY")) == 409
    Journal.objects.create(origin=ORIGIN, vkey=str(SigningKey(ORIGIN, 1, b"\x66" * 32).verifier))
    assert answer(card(), invited()) == 409


def test_a_paired_partner_is_not_paired_again(own: Journal) -> None:
    paired()
    assert answer(card(), invited()) == 409


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"card":1,"token":2}', b"\xff", b'{"card":"x"}'])
def test_an_answer_that_is_none_is_refused(own: Journal, body: bytes) -> None:
    assert Client().post("/federation/v1/pair", body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"comity":"comity/invitation/1"}', "not json"])
def test_a_file_that_is_no_invitation_is_refused(own: Journal, text: str) -> None:
    with pytest.raises(FormatError):
        services.accept(text)
    assert not Partner.objects.exists()


def test_a_node_without_address_cannot_invite(own: Journal) -> None:
    with pytest.raises(ComityError, match="no address"):
        services.accept(domain.write_invitation(card(url=""), "token"))


def test_the_fingerprint_covers_both_cards() -> None:
    one = domain.fingerprint("a", "b")
    assert one == domain.fingerprint("b", "a")
    assert one not in {domain.fingerprint("a", "c"), domain.fingerprint("ab", "")}
