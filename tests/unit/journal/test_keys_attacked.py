"""Rosters, key files and passphrases that are wrong: each is refused, or said in words, and nothing is lost by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.federation import mirror, witness
from comity.journal import fsck, home, keystore, quantum, roster, rotation, services
from comity.journal.models import Held, Journal, JournalKey
from comity.journal.services import Draft
from comity.kernel import keyfile
from comity.kernel.errors import ComityError, ConfigurationError, RecordError
from comity.kernel.keyfile import Cost, Locked, Token
from comity.kernel.notes import SigningKey
from comity.node import setup
from tests import node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path)
    rotation.announce(made)
    node.tell(made, node.MARK)
    node.sequence(made)
    return made


def body(*changes: tuple[str, str, str]) -> dict[str, Any]:
    return {"keys": [{"role": role, "state": state, "vkey": vkey} for role, vkey, state in changes]}


def key(name: str, kind: int, seed: int) -> str:
    return str(SigningKey(name, kind, seed.to_bytes(32, "big")).verifier)


def theirs(*drafts: Draft) -> Journal:
    return node.partner_tells(list(drafts))


def roster_of(origin: str, *changes: tuple[str, str, str]) -> Draft:
    return Draft(roster.ROSTER, 1, roster.subject(origin), body(*changes))


THEIRS = node.PARTNER_ORIGIN


@pytest.mark.parametrize(
    "wrong",
    [
        roster_of(THEIRS, ("witness", key(f"{node.ORIGIN}/witness", 4, 1), "active")),
        roster_of(THEIRS, ("log", key(node.ORIGIN, 1, 2), "active")),
        roster_of(THEIRS, ("log", key(f"{THEIRS}/log", 1, 3), "active")),
        roster_of(THEIRS, ("witness", key(THEIRS, 4, 4), "active")),
        roster_of(node.ORIGIN, ("witness", key(f"{THEIRS}/witness", 4, 5), "active")),
        roster_of(THEIRS, ("transport", key(f"{THEIRS}/transport", 1, 6), "revoked")),
    ],
)
def test_a_partners_roster_names_only_keys_of_its_own(journal: Journal, wrong: Draft) -> None:
    made = theirs(wrong)
    assert Held.objects.get(journal=made).state == "quarantined"
    assert not JournalKey.objects.filter(journal=made).exists()
    assert JournalKey.objects.filter(journal=journal).count() == len(home.roles())


def test_a_roster_that_is_refused_keeps_no_later_one_from_revoking(journal: Journal) -> None:
    stolen = key(f"{THEIRS}/transport", 1, 7)
    good = roster_of(THEIRS, ("transport", stolen, "active"))
    wrong = roster_of(THEIRS, ("transport", key(f"{THEIRS}/transport", 1, 8), "retired"))
    unread = Draft(roster.ROSTER, 1, roster.subject(THEIRS), {"keys": "none"})
    made = theirs(good, wrong, roster_of(THEIRS, ("transport", stolen, "revoked")))
    assert [row.state for row in roster.keys_of(made, "transport")] == ["revoked"]
    made = theirs(unread, roster_of(THEIRS, ("transport", key(f"{THEIRS}/transport", 1, 8), "active")))
    assert [row.state for row in roster.keys_of(made, "transport")] == ["revoked", "active"]
    # What would be taken now, out of its place, would make a state that no other node has.
    assert services.retry(made).applied == 0
    assert [row.state for row in roster.keys_of(made, "transport")] == ["revoked", "active"]
    assert list(Held.objects.values_list("state", flat=True)) == ["quarantined"] * 2
    assert fsck.fsck().clean


def test_a_roster_of_a_later_release_is_waited_for(journal: Journal) -> None:
    later = Draft(roster.ROSTER, 2, roster.subject(THEIRS), {"keys": []})
    made = theirs(later, roster_of(THEIRS, ("witness", key(f"{THEIRS}/witness", 4, 9), "active")))
    assert list(Held.objects.order_by("index").values_list("state", flat=True)) == ["unknown", "waiting"]
    assert not roster.keys_of(made)


def test_a_partner_does_not_fill_the_roster_with_roles(journal: Journal) -> None:
    origin = node.PARTNER_ORIGIN
    for start in range(0, 96, 32):
        numbers = range(start, start + 32)
        theirs(roster_of(origin, *((f"role-{n}", key(f"{origin}/{n}", 4, 100 + n), "active") for n in numbers)))
    assert JournalKey.objects.filter(journal__origin=origin).count() == roster.MOST_ROLES
    assert Held.objects.get(journal__origin=origin).state == "quarantined"


def test_one_text_a_key(journal: Journal) -> None:
    """Another spelling of a known key is no second key."""
    known = roster.keys_of(journal, "witness")[0].vkey
    name, digits, data = known.split("+", 2)
    for spelled in (f"{name}+{digits.upper()}+{data}", f"{name}+{digits}+{data}=", f"{name}+{digits}+{data[:-1]}"):
        if spelled == known:
            continue
        with pytest.raises(ComityError), transaction.atomic():
            services.append(journal, [roster_of(journal.origin, ("mirror", spelled, "active"))])
    with pytest.raises(RecordError, match="serves as witness already"), transaction.atomic():
        services.append(journal, [roster_of(journal.origin, ("mirror", known, "active"))])


def put_back(journal: Journal, role: str) -> None:
    """Rotate a key, then put the folder's older copy of it back."""
    old = home.key_path(role).read_bytes()
    rotation.rotate(journal, role)
    node.sequence(journal)
    rotation.retire(journal, role)
    if role != "log":
        node.sequence(journal)
    home.key_path(role).unlink()
    keystore.write_text(home.key_path(role), old.decode())


@pytest.mark.parametrize("role", ["witness", "mirror", "transport", "extract", "sealing", "log"])
def test_a_folder_put_back_from_before_a_rotation_is_named_and_mended(journal: Journal, role: str) -> None:
    put_back(journal, role)
    [finding] = [found for found in fsck.fsck().findings if not found.warning]
    assert (finding.place, "names another key" in finding.what) == (f"keys/{role}.key", True)
    if role == "log":
        with pytest.raises(ConfigurationError, match="comity key lost"):
            node.sequence(journal)
        return
    if role != "sealing":
        with pytest.raises(ConfigurationError, match=f"comity key revoke {role}"):
            rotation.signers(journal, role)
    rotation.revoke(journal, role, ground="put back from an old copy")
    node.sequence(journal)
    assert [str(found) for found in fsck.fsck().findings] == []
    setup.prepare()
    assert [row.state for row in roster.keys_of(journal, role)] == ["retired", "revoked", "active"]


def test_a_cosigner_whose_key_has_ended_says_so_and_signs_nothing(journal: Journal) -> None:
    partners = node.partner_journal([node.russian()])
    for role in quantum.COSIGNERS:
        put_back(journal, role)
    with pytest.raises(ConfigurationError, match="comity key revoke mirror"):
        mirror.commit_copy(partners)
    with pytest.raises(ConfigurationError, match="comity key revoke witness"):
        witness._keys()


@pytest.fixture
def encrypted(journal: Journal, settings: Any, tmp_path: Path) -> Path:
    """The passphrase's file of a node whose keys are encrypted."""
    file = tmp_path / "passphrase"
    file.write_bytes(b"nine lives of a cat\n")
    file.chmod(0o400)
    cost = Cost(1, 8 * 1024 * 1024)
    for path in sorted((tmp_path / "keys").glob("*.key")):
        found = keystore.load(path)
        assert isinstance(found, keyfile.Private)
        keystore.replace_text(path, keyfile.encrypt(found, b"nine lives of a cat", cost=cost))
    settings.COMITY = settings.COMITY.model_copy(update={"key_passphrase_file": file})
    return file


@pytest.mark.parametrize("role", ["witness", "sealing"])
def test_the_successor_of_an_encrypted_key_is_encrypted_and_never_lies_in_clear(
    journal: Journal, encrypted: Path, settings: Any, role: str
) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"key_passphrase_file": None})
    with pytest.raises(ConfigurationError, match="would lie in clear"):
        rotation.rotate(journal, role)
    assert not home.next_key_path(role).exists()
    encrypted.chmod(0o600)
    encrypted.write_bytes(b"nine lives of a dog\n")
    settings.COMITY = settings.COMITY.model_copy(update={"key_passphrase_file": encrypted})
    with pytest.raises(ConfigurationError, match="does not open the key"):
        rotation.rotate(journal, role)
    assert not home.next_key_path(role).exists()
    assert [row.state for row in roster.keys_of(journal, role)] == ["active"]
    encrypted.write_bytes(b"nine lives of a cat\n")
    rotation.rotate(journal, role)
    node.sequence(journal)
    rotation.retire(journal, role)
    assert keystore.in_clear(encrypted.parent / "keys") == []
    assert all(isinstance(keystore.load(path), Locked) for path in (encrypted.parent / "keys").glob("*.key"))


def test_the_successor_of_a_key_in_a_token_is_not_made_in_a_file(journal: Journal) -> None:
    path = home.key_path("witness")
    verifier = home.signing_key("witness").verifier
    keystore.replace_text(path, Token(verifier, "/lib/token.so", "comity", "witness", "/run/pin").text())
    with pytest.raises(ConfigurationError, match="comity key token witness --make"):
        rotation.rotate(journal, "witness")
    assert not home.next_key_path("witness").exists()
