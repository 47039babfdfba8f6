"""Where the node's folder keeps journals and keys."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from comity.journal.models import Journal
from comity.journal.store import Store, fsync_directory
from comity.kernel.errors import ConfigurationError
from comity.kernel.identifiers import origin_hash
from comity.kernel.notes import SigningKey

ROLES = {"log": 1, "witness": 4, "mirror": 4, "transport": 1, "extract": 1}


def home() -> Path:
    return Path(settings.COMITY_HOME)


def journal_folder(journal: Journal) -> Path:
    return home() / "journals" / ("own" if journal.own else origin_hash(journal.origin))


def store(journal: Journal) -> Store:
    return Store(journal_folder(journal))


def key_path(role: str) -> Path:
    return home() / "keys" / f"{role}.key"


def make_keys(origin: str) -> None:
    """Make this node's keys, one a role, readable by the owner only. Existing ones stay."""
    folder = home() / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for role, kind in ROLES.items():
        # The log's key bears the origin itself, as C2SP tlog-checkpoint demands.
        name = origin if role == "log" else f"{origin}/{role}"
        path = key_path(role)
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(SigningKey.generate(name, kind).private() + "\n")
                file.flush()
                os.fsync(file.fileno())
    fsync_directory(folder)


def signing_key(role: str) -> SigningKey:
    try:
        return SigningKey.parse(key_path(role).read_text().strip())
    except FileNotFoundError:
        raise ConfigurationError(
            f"This node has no {role} key.", place=str(key_path(role)), remedy="Run `comity init` first."
        ) from None
