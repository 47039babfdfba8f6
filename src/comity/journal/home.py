"""Where the node's folder keeps journals and keys."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from comity.journal import keystore
from comity.journal.models import Journal
from comity.journal.store import Store, fsync_directory
from comity.kernel import keyfile
from comity.kernel.errors import ConfigurationError
from comity.kernel.identifiers import origin_hash
from comity.kernel.keyfile import Public
from comity.kernel.notes import KIND_MLDSA, SigningKey
from comity.kernel.sealing import SealingKey

# Kinds of the signing keys. Beside them lies the key `sealing`, which signs nothing.
SEALING = "sealing"
ROLES = {"log": 1, "witness": 4, "mirror": 4, "transport": 1, "extract": 1}
# Second keys of cosigners, under the same names, where the settings want them (`journal.quantum`).
_SECOND = "-mldsa"
MLDSA = {f"witness{_SECOND}": KIND_MLDSA, f"mirror{_SECOND}": KIND_MLDSA}
EVERY = (*ROLES, SEALING, *MLDSA)


def home() -> Path:
    return Path(settings.COMITY_HOME)


def journal_folder(journal: Journal) -> Path:
    return home() / "journals" / ("own" if journal.own else origin_hash(journal.origin))


def store(journal: Journal) -> Store:
    return Store(journal_folder(journal))


def key_path(role: str) -> Path:
    return home() / "keys" / f"{role}.key"


def key_name(origin: str, role: str) -> str:
    """The log's key bears the origin itself, as C2SP tlog-checkpoint demands; the others stand below it."""
    return origin if role == "log" else f"{origin}/{role.removesuffix(_SECOND)}"


def roles() -> list[str]:
    """The roles for which this node has a key, or should have one: ML-DSA-44 only where such a key was made."""
    return [role for role in EVERY if role not in MLDSA or key_path(role).exists()]


def new_key(origin: str, role: str) -> SigningKey | SealingKey:
    """A key of a role that nobody has yet."""
    name = key_name(origin, role)
    return SealingKey.generate(name) if role == SEALING else SigningKey.generate(name, {**ROLES, **MLDSA}[role])


def make_keys(origin: str, roles: Collection[str] = (*ROLES, SEALING), folder: Path | None = None) -> None:
    """Make this node's keys, one a role, readable by the owner only. Existing ones stay."""
    folder = folder or home() / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for role in roles:
        path = folder / f"{role}.key"
        if not path.exists():
            keystore.write(path, new_key(origin, role))
    fsync_directory(folder)


def sealing_key() -> SealingKey:
    """The party's oldest sealing key that is in use: the one that everybody knows."""
    try:
        return keystore.sealing(key_path(SEALING))
    except FileNotFoundError:
        raise ConfigurationError(
            "This node has no sealing key.", place=str(key_path(SEALING)), remedy="Run `comity init` first."
        ) from None


def sealing_keys() -> list[SealingKey]:
    """Every key with which this node can open: the party's, its former ones, and those of bodies kept here."""
    paths = sorted((home() / "keys").glob(f"{SEALING}*.key"))
    return [keystore.sealing(path) for path in paths]


def next_key_path(role: str) -> Path:
    """Where the successor of a key lies while both are in use."""
    return home() / "keys" / f"{role}.next.key"


def former_key_path(role: str, keyid: str) -> Path:
    """Where an ended sealing key lies on: what was sealed for it is opened for ever."""
    return home() / "keys" / f"{role}.former-{keyid}.key"


def public_keys(role: str) -> dict[Path, Public]:
    """The public halves of the keys of a role that lie here, the oldest first; nothing is opened for it."""
    paths = (key_path(role), next_key_path(role))
    return {path: keyfile.public(keystore.load(path)) for path in paths if path.exists()}


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
        return keystore.signing(path)
    except FileNotFoundError:
        raise ConfigurationError(
            f"This node has no {role} key.",
            place=str(path),
            remedy="Restore it from its safe place. A new node runs `comity init`; for a lost log key see"
            " `comity key lost`.",
        ) from None
