"""The second signature of this node's cosigners: ML-DSA-44 (kind 06), beside Ed25519, where the settings want it.

It bears the cosigner's own name and the time of the first, so that what is evidence today is still evidence when
Ed25519 is not. Keys lie in `keys/witness-mldsa.key` and `keys/mirror-mldsa.key`.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from comity.journal import home, keystore
from comity.journal.store import fsync_directory
from comity.kernel import keyfile
from comity.kernel.algorithms import KIND_MLDSA
from comity.kernel.cosignature import cosign_all
from comity.kernel.errors import ConfigurationError
from comity.kernel.notes import SigningKey

COSIGNERS = ("witness", "mirror")


def key_path(role: str) -> Path:
    return home.key_path(f"{role}-mldsa")


def make_keys(origin: str) -> None:
    """Make the keys of kind 06 where the settings want them. Existing ones of this origin stay."""
    if not settings.COMITY.pq_cosignatures:
        return
    for role in COSIGNERS:
        path, name = key_path(role), home.key_name(origin, role)
        if path.exists() and keyfile.public(keystore.load(path)).name != name:
            # The journal goes on under another origin: its cosigners have other names.
            path.unlink()
        if not path.exists():
            keystore.write(path, SigningKey.generate(name, KIND_MLDSA))
    fsync_directory(key_path(COSIGNERS[0]).parent)


def keys(role: str) -> list[SigningKey]:
    """The key of kind 06 of a cosigner of this node; none where the settings do not want it."""
    if not settings.COMITY.pq_cosignatures:
        return []
    try:
        return [keystore.signing(key_path(role))]
    except FileNotFoundError:
        raise ConfigurationError(
            f"This node has no ML-DSA-44 key of its {role}.",
            place=str(key_path(role)),
            remedy="Start the node, or run `comity check`: both make it.",
        ) from None


def columns(role: str, text: str, time_s: int) -> dict[str, str]:
    """The columns of a `Cosignature` that hold the second signature on a checkpoint's text; empty where it is off."""
    used = keys(role)
    lines = [line.line() for line in cosign_all(text, used, time_s)]
    return {"quantum_vkey": "".join(str(key.verifier) for key in used), "quantum_line": "".join(lines)}
