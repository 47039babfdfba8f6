"""The second signature of this node's cosigners: ML-DSA-44 (kind 06), beside Ed25519, where the settings want it.

It bears the cosigner's own name and the time of the first, so that what is evidence today is still evidence when
Ed25519 is not. Keys lie in `keys/witness-mldsa.key` and `keys/mirror-mldsa.key`; the roster names them under these
roles, and they are rotated as every other.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from comity.journal import home, keystore, roster, rotation
from comity.journal.models import Cosignature, Journal
from comity.journal.store import fsync_directory
from comity.kernel import keyfile
from comity.kernel.cosignature import cosign, cosign_all
from comity.kernel.errors import ConfigurationError
from comity.kernel.notes import SigningKey

COSIGNERS = ("witness", "mirror")


def role_of(cosigner: str) -> str:
    """The role of the second key of a cosigner in rosters and in the folder."""
    return f"{cosigner}-mldsa"


def key_path(role: str) -> Path:
    return home.key_path(role_of(role))


def make_keys(origin: str) -> None:
    """Make the keys of kind 06 where the settings want them. Existing ones of this origin stay, and one that the
    journal names already is restored, never made anew.
    """
    if not settings.COMITY.pq_cosignatures:
        return
    mine = Journal.objects.filter(own=True, origin=origin).first()
    for role in COSIGNERS:
        path, name = key_path(role), home.key_name(origin, role)
        if path.exists() and keyfile.public(keystore.load(path)).name != name:
            # The journal goes on under another origin: its cosigners have other names.
            path.unlink()
        if not path.exists() and (mine is None or not roster.named(mine, role_of(role))):
            keystore.write(path, home.new_key(origin, role_of(role)))
    fsync_directory(key_path(COSIGNERS[0]).parent)


def keys(role: str) -> list[SigningKey]:
    """The keys of kind 06 of a cosigner of this node that are in use, the oldest first: two while they overlap; none
    where the settings do not want them.
    """
    if not settings.COMITY.pq_cosignatures:
        return []
    if not key_path(role).exists():
        raise ConfigurationError(
            f"This node has no ML-DSA-44 key of its {role}.",
            place=str(key_path(role)),
            remedy="Start the node, or run `comity check`: both make it. One that the journal names is restored.",
        )
    mine = Journal.objects.filter(own=True).first()
    if mine is None:
        return [keystore.signing(key_path(role))]
    return rotation.signers(mine, role_of(role))


def columns(role: str, text: str, time_s: int) -> dict[str, str]:
    """The columns of a `Cosignature` that hold the second signature on a checkpoint's text; empty where it is off."""
    used = keys(role)[:1]
    lines = [line.line() for line in cosign_all(text, used, time_s)]
    return {"quantum_vkey": "".join(str(key.verifier) for key in used), "quantum_line": "".join(lines)}


def told(row: Cosignature, role: str, text: str) -> str:
    """The second signatures that go to the log's owner with a kept one: by every key in use, while they overlap.

    The owner may know the old key only, or the new one only. Empty where the first was made without a second.
    """
    if not row.quantum_line:
        return ""
    kept = {row.quantum_vkey: row.quantum_line}
    used = {str(key.verifier): key for key in keys(role)}
    lines = [kept.get(vkey) or cosign(text, key, row.time).line() for vkey, key in used.items()]
    return "".join(f"{line.rstrip()}\n" for line in lines or kept.values())
