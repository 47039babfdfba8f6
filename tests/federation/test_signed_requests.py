"""The journal is for paired partners and for staff; a signed request counts for what was signed, and once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from comity.federation import domain, services, signing, views
from comity.federation.domain import Card
from comity.federation.models import Nonce, Partner
from comity.federation.openings import leaves_of, open_segment, segments
from comity.journal import home
from comity.journal.models import Journal, Witnessed
from comity.kernel.errors import SignatureError
from comity.kernel.merkle import consistency_proof
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingKey
from comity.kernel.witness import format_add_checkpoint
from tests import node
from tests.federation.standin import ORIGIN, Log, right, rights

URL = "https://office-by.example/"
KEYS = {
    role: SigningKey(
        ORIGIN if role == "log" else f"{ORIGIN}/{role}", 4 if role in {"witness", "mirror"} else 1, bytes([5 + i]) * 32
    )
    for i, role in enumerate(domain.ROLES)
}
TRANSPORT = KEYS["transport"]
SEALING = SealingKey(f"{ORIGIN}/sealing", b"\x33" * 32)


def card(url: str = "https://office-ru.example/", **changes: str) -> str:
    keys = {**{role: str(key.verifier) for role, key in KEYS.items()}, "sealing": str(SEALING.public)}
    fields = {"origin": ORIGIN, "party": "RU", "name": "Rospatent", "url": url, "role": "party", **keys, **changes}
    return domain.write_card(Card(**fields), KEYS["log"])


def paired(url: str = "https://office-ru.example/", state: str = Partner.State.PAIRED) -> Partner:
    journal, _ = Journal.objects.get_or_create(origin=ORIGIN, defaults={"vkey": str(KEYS["log"].verifier)})
    return Partner.objects.create(journal=journal, party="RU", card=card(url), url=url, state=state)


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    journal = node.set_up(settings, tmp_path / "ours")
    node.tell(journal, node.MARK)
    node.sequence(journal)
    return journal


def headers(method: str, path: str, body: bytes = b"", key: SigningKey = TRANSPORT) -> dict[str, str]:
    return signing.sign(method, f"{URL}{path}", body, key)


def get(path: str, signed: dict[str, str] | None = None) -> int:
    return Client().get(f"/{path}", headers=signed or {}).status_code


PATHS = ("journal/checkpoint", "journal/tile/0/000.p/2", "journal/openings/0-2", "federation/v1/inbox")


@pytest.mark.parametrize("path", PATHS)
def test_the_journal_is_read_by_a_paired_partner_only(own: Journal, path: str) -> None:
    assert get(path) == 401
    assert get(path, headers("GET", path)) == 401
    partner = paired(state=Partner.State.UNCONFIRMED)
    assert get(path, headers("GET", path)) == 401
    services.confirm(partner, partner.fingerprint)
    assert get(path, headers("GET", path)) == 200
    services.stop(partner)
    assert get(path, headers("GET", path)) == 401


def test_staff_read_the_journal_and_not_the_openings(own: Journal) -> None:
    client = Client()
    client.force_login(node.user("viewer", "viewer"))
    assert client.get("/journal/checkpoint").status_code == 200
    assert client.get("/journal/openings/0-2").status_code == 401


def test_another_key_address_method_or_time_is_refused(own: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    paired()
    path = "journal/checkpoint"
    assert get(path, headers("GET", path, key=KEYS["log"])) == 401
    stranger = SigningKey(TRANSPORT.name, 1, b"\x44" * 32)
    assert get(path, headers("GET", path, key=stranger)) == 401
    assert get(path, headers("GET", "journal/tile/0/000.p/2")) == 401
    assert get(path, headers("POST", path)) == 401
    assert get(path, {**headers("GET", path), "Signature": "comity=:AAAA:"}) == 401
    assert get(path, {"Signature-Input": "x", "Signature": "y"}) == 401
    assert get(path, headers("GET", path)) == 200


@pytest.mark.parametrize("minutes", [-6, 2])
def test_a_signature_too_old_or_of_tomorrow_is_refused(
    own: Journal, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    paired()
    import http_message_signatures.signatures as library

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(minutes=minutes)

    with monkeypatch.context() as patch:
        patch.setattr(library.datetime, "datetime", Shifted)
        signed = headers("GET", "journal/checkpoint")
    assert get("journal/checkpoint", signed) == 401


def test_a_request_that_changes_something_counts_once(own: Journal, tmp_path: Path) -> None:
    paired()
    log = Log(tmp_path / "theirs", key=KEYS["log"])
    log.tell(*rights(range(5)))
    body = format_add_checkpoint(0, [], log.sign(3))
    signed = headers("POST", "witness/add-checkpoint", body)

    def post(body: bytes, signed: dict[str, str]) -> int:
        return (
            Client()
            .post("/witness/add-checkpoint", body, content_type="application/octet-stream", headers=signed)
            .status_code
        )

    assert post(body, signed) == 200
    assert post(body, signed) == 401
    assert Witnessed.objects.get().size == 3
    proof = consistency_proof(3, 6, log.store.reader(6).hash)
    other = format_add_checkpoint(3, proof, log.sign(6))
    # A body other than the signed one, and a signature made for no body at all.
    assert post(other, headers("POST", "witness/add-checkpoint", body)) == 401
    assert post(other, headers("POST", "witness/add-checkpoint")) == 401
    assert Witnessed.objects.get().size == 3
    assert post(other, headers("POST", "witness/add-checkpoint", other)) == 200


def test_a_clock_that_ran_ahead_makes_no_earlier_request_count_again(
    own: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    views._once(signing.Signed("transport", "of a moment ago"))
    ahead = timezone.now() + timedelta(days=2)
    with monkeypatch.context() as patch:
        patch.setattr(views.timezone, "now", lambda: ahead)
        views._once(signing.Signed("transport", "of a partner whose clock ran ahead, too"))
    with pytest.raises(SignatureError, match="sent before"):
        views._once(signing.Signed("transport", "of a moment ago"))


def test_what_made_a_request_count_once_is_not_kept_for_ever(own: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "KEPT_NONCES", 1)
    for name in ("first", "second"):
        views._once(signing.Signed("transport", name))
    later = timezone.now() + 4 * signing.MAX_AGE
    monkeypatch.setattr(views.timezone, "now", lambda: later)
    views._once(signing.Signed("transport", "third"))
    assert sorted(Nonce.objects.values_list("nonce", flat=True)) == ["second", "third"]


def test_openings_follow_the_checkpoint_that_is_served(own: Journal) -> None:
    """The checkpoint lies on disk before the database knows: who has seen it must get every opening."""
    paired()
    Journal.objects.filter(own=True).update(size=1)
    path = "journal/openings/0-2"
    answer = Client().get(f"/{path}", headers=headers("GET", path))
    [part] = segments(answer.content)
    leaves = leaves_of(home.store(own), 2)
    assert [item.index for item in open_segment([SEALING], own.origin, part, leaves)] == [1]
    assert get("journal/openings/0-9000", headers("GET", "journal/openings/0-9000")) == 400


def test_a_reachable_partner_delivers_nothing(own: Journal) -> None:
    paired()
    signed = headers("PUT", "federation/v1/inbox/journal/checkpoint", b"x")
    assert Client().put("/federation/v1/inbox/journal/checkpoint", b"x", headers=signed).status_code == 409


@pytest.mark.parametrize(
    "path", ["../secret", "journal/../../x", "journal/tile/0/0", "federation/v1/files/" + "0" * 64, "keys/log.key"]
)
def test_only_files_of_a_journal_are_taken_into_the_inbox(own: Journal, tmp_path: Path, path: str) -> None:
    paired(url="")
    before = sorted(tmp_path.rglob("*"))
    target = f"federation/v1/inbox/{path}"
    status = Client().put(f"/{target}", b"data", headers=headers("PUT", target, b"data")).status_code
    assert status in {400, 401, 404}
    assert sorted(tmp_path.rglob("*")) == before


def test_an_image_is_given_only_where_an_own_right_shows_it(own: Journal) -> None:
    from comity.evidence import files

    paired()
    secret, shown = files.put(b"\x89PNG\r\n\x1a\nsecret"), files.put(b"\x89PNG\r\n\x1a\nshown")
    node.tell(own, node.with_image(right(5).__class__(office="BY", kind="trademark", number="5"), shown))
    for sha256, status in ((secret, 404), (shown, 200), ("0" * 64, 404)):
        path = f"federation/v1/files/{sha256}/0"
        assert get(path, headers("GET", path)) == status
