"""Where the node's folder keeps journals and keys."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from comity.journal.models import Journal
from comity.journal.store import Store, fsync_directory
from comity.kernel.errors import ConfigurationError
from comity.kernel.identifiers import origin_hash
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingKey

# Kinds of the signing keys. Beside them lies the key `sealing`, which signs nothing.
SEALING = "sealing"
ROLES = {"log": 1, "witness": 4, "mirror": 4, "transport": 1, "extract": 1}


def home() -> Path:
    return Path(settings.COMITY_HOME)


def journal_folder(journal: Journal) -> Path:
    return home() / "journals" / ("own" if journal.own else origin_hash(journal.origin))


def store(journal: Journal) -> Store:
    return Store(journal_folder(journal))


def key_path(role: str) -> Path:
    return home() / "keys" / f"{role}.key"


def make_keys(origin: str, roles: Collection[str] = tuple(ROLES)) -> None:
    """Make this node's keys, one a role, readable by the owner only. Existing ones stay."""
    folder = home() / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for role in roles:
        # The log's key bears the origin itself, as C2SP tlog-checkpoint demands.
        name = origin if role == "log" else f"{origin}/{role}"
        path = key_path(role)
        if not path.exists():
            write_key(path, SigningKey.generate(name, ROLES[role]).private())
    if not key_path(SEALING).exists():
        write_key(key_path(SEALING), SealingKey.generate(f"{origin}/{SEALING}").private())
    fsync_directory(folder)


def write_key(path: Path, text: str) -> None:
    """Write a private key, readable by the owner only. An existing file stays: FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())


def sealing_key() -> SealingKey:
    """The key with which this node opens what is sealed for its party."""
    try:
        return SealingKey.parse(key_path(SEALING).read_text().strip())
    except FileNotFoundError:
        raise ConfigurationError(
            "This node has no sealing key.", place=str(key_path(SEALING)), remedy="Run `comity init` first."
        ) from None


def sealing_keys() -> list[SealingKey]:
    """Every key with which this node can open: the party's, its former ones, and those of bodies kept here."""
    paths = sorted((home() / "keys").glob(f"{SEALING}*.key"))
    return [SealingKey.parse(path.read_text().strip()) for path in paths]


def next_key_path(role: str) -> Path:
    """Where the successor of a key lies while both are in use."""
    return home() / "keys" / f"{role}.next.key"


def signing_keys(role: str) -> list[SigningKey]:
    """The private keys of a role in this folder, the oldest first: two while the second follows on the first.

    Which of them may sign is for the roster to say (`journal.rotation.signers`).
    """
    following = next_key_path(role)
    return [signing_key(role), *([_read_key(role, following)] if following.exists() else [])]


def signing_key(role: str) -> SigningKey:
    """The oldest key of a role that is in use: the one that everybody knows."""
    return _read_key(role, key_path(role))


def _read_key(role: str, path: Path) -> SigningKey:
    try:
        return SigningKey.parse(path.read_text().strip())
    except FileNotFoundError:
        raise ConfigurationError(
            f"This node has no {role} key.", place=str(path), remedy="Run `comity init` first."
        ) from None
