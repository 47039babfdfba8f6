"""The private keys of this node as files: read once a process, whatever form they have at rest."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from django.conf import settings

from comity.kernel import keyfile
from comity.kernel.algorithms import Secret
from comity.kernel.errors import ComityError, ConfigurationError, FormatError
from comity.kernel.keyfile import Locked, Private, Token
from comity.kernel.notes import SigningKey
from comity.kernel.sealing import SealingKey

# Opens a key in a token; given by the node that chose an adapter. It raises ConfigurationError where that fails.
Opener = Callable[[Token], Secret]

_State = tuple[int, int, int]
_read: dict[Path, tuple[_State, Private]] = {}
_lock = Lock()
_opener: list[Opener] = []


def use_tokens(opener: Opener) -> None:
    """From now on keys in tokens are opened by `opener`; it replaces an earlier one."""
    _opener[:] = [opener]


def passphrase() -> bytes | None:
    """What the file of COMITY_KEY_PASSPHRASE_FILE holds, without the newline at its end; None where none is set.

    Raises ConfigurationError where the file cannot be read, or where others than its owner and group can read it.
    """
    path: Path | None = settings.COMITY.key_passphrase_file
    return None if path is None else read_passphrase(path)


def read_passphrase(path: Path) -> bytes:
    """The passphrase in a file, without the newline at its end; raises as `passphrase` does."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                raise ConfigurationError(
                    "The passphrase of the keys can be read by everybody on this machine.",
                    place=str(path),
                    remedy=f"Make it readable by the node's account only: chmod 400 {path}.",
                )
            data = file.read(keyfile.MAX_PASSPHRASE + 2)
    except OSError as error:
        raise ConfigurationError(
            f"The passphrase of the keys cannot be read: {error.strerror}.",
            place=str(path),
            remedy="Name the right file, or give the node's account access to the file.",
        ) from None
    return keyfile.check_passphrase(data.removesuffix(b"\n"))


def load(path: Path) -> Private | Locked | Token:
    """A key file as it stands, opened by nothing. Raises FileNotFoundError, or FormatError with the path."""
    with path.open("r", encoding="utf-8", errors="replace") as file:
        text = file.read(keyfile.MAX_FILE + 1)
    try:
        return keyfile.parse(text)
    except ComityError as error:
        error.at(str(path))
        raise


def read(path: Path) -> Private:
    """The private key in a file: opened when it is first read, and again when the file has changed.

    Raises FileNotFoundError, FormatError, or ConfigurationError where passphrase or token do not open it.
    """
    about = path.stat()
    state = (about.st_mtime_ns, about.st_size, about.st_ino)
    with _lock:
        kept = _read.get(path)
        if kept is not None and kept[0] == state:
            return kept[1]
        key = _open(load(path), path)
        _read[path] = (state, key)
        return key


def signing(path: Path) -> SigningKey:
    """`read` of a file that holds a key to sign with; FormatError where it holds another."""
    key = read(path)
    if not isinstance(key, SigningKey):
        raise FormatError("This key does not sign.", place=str(path))
    return key


def sealing(path: Path) -> SealingKey:
    """`read` of a file that holds a sealing key; FormatError where it holds another."""
    key = read(path)
    if not isinstance(key, SealingKey):
        raise FormatError("This is no sealing key.", place=str(path))
    return key


def in_clear(folder: Path) -> list[str]:
    """The names of the key files of a folder that anybody who reads them can use."""
    return [path.name for path in sorted(folder.glob("*.key")) if isinstance(load(path), Private)]


def write(path: Path, key: Private) -> None:
    """Write a new key file, encrypted where this node has a passphrase, durably but for its folder.

    Raises FileExistsError, or ConfigurationError where keys beside it are encrypted and the passphrase is not theirs.
    """
    secret = passphrase()
    beside = next(
        (found for file in sorted(path.parent.glob("*.key")) if isinstance(found := load(file), Locked)), None
    )
    if beside is not None:
        if secret is None:
            raise ConfigurationError(
                "The keys here are encrypted; a new one would lie in clear.",
                place=str(path),
                remedy="Name the file that holds their passphrase in COMITY_KEY_PASSPHRASE_FILE.",
            )
        keyfile.unlock(beside, secret)
    write_text(path, keyfile.encrypt(key, secret) if secret else f"{key.private()}\n")


def write_text(path: Path, text: str) -> None:
    """Write a new key file, readable by its owner only. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_text(path: Path, text: str) -> None:
    """Put another form of a key in the place of its file, in one step: a crash leaves the one or the other."""
    new = path.with_name(f".{path.name}.part")
    new.unlink(missing_ok=True)
    write_text(new, text)
    new.replace(path)


def _open(found: Private | Locked | Token, path: Path) -> Private:
    if isinstance(found, Private):
        return found
    if isinstance(found, Locked):
        secret = passphrase()
        if secret is None:
            raise ConfigurationError(
                "The key is encrypted, and no passphrase is known here.",
                place=str(path),
                remedy="Name the file that holds it in COMITY_KEY_PASSPHRASE_FILE.",
            )
        try:
            return keyfile.unlock(found, secret)
        except ComityError as error:
            error.at(str(path))
            raise
    if not _opener:
        raise ConfigurationError("The key lies in a token, and nothing here opens tokens.", place=str(path))
    return SigningKey(found.key.name, found.key.kind, secret=_opener[0](found))
