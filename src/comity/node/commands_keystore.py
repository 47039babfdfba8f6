"""Commands about how private keys lie at rest: `comity key encrypt`, `decrypt` and `token`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.kernel.errors import ConfigurationError, ConflictError, NotFoundError
from comity.node.cli import django, err, out
from comity.node.commands_key import key_app

if TYPE_CHECKING:
    from comity.kernel.keyfile import Locked, Private, Token

PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File that holds the passphrase; the one of the settings, or asked for."),
]


@key_app.command()
def encrypt(passphrase_file: PassphraseFile = None) -> None:
    """Encrypt the private keys of this node under a passphrase. Files that are encrypted already stay."""
    django()
    from comity.journal import keystore
    from comity.journal.store import fsync_directory
    from comity.kernel import keyfile

    found = _key_files()
    plain = {path: key for path, key in found.items() if isinstance(key, keyfile.Private)}
    if not plain:
        out.print("No private key lies here in clear.")
        return
    passphrase = _passphrase(passphrase_file, twice=True)
    salt = secrets.token_bytes(keyfile.SALT)
    for path, key in plain.items():
        keystore.replace_text(path, keyfile.encrypt(key, passphrase, salt=salt))
        # Read back before it is relied on.
        keyfile.unlock(_locked(keystore.load(path), path), passphrase)
        out.print(f"{path.name}: encrypted", highlight=False)
    fsync_directory(next(iter(plain)).parent)
    out.print(
        "Keep the passphrase apart from the backups. A node that starts by itself needs it in a file: set "
        "COMITY_KEY_PASSPHRASE_FILE. Blocks of the old files may still be on the disk.",
        highlight=False,
    )


@key_app.command()
def decrypt(passphrase_file: PassphraseFile = None) -> None:
    """Write the encrypted private keys of this node in clear again."""
    django()
    from comity.journal import keystore
    from comity.journal.store import fsync_directory
    from comity.kernel import keyfile
    from comity.kernel.keyfile import Locked

    locked = {path: key for path, key in _key_files().items() if isinstance(key, Locked)}
    if not locked:
        out.print("No private key here is encrypted.")
        return
    passphrase = _passphrase(passphrase_file, twice=False)
    # All of them are opened before the first is changed.
    opened = {path: keyfile.unlock(key, passphrase) for path, key in locked.items()}
    for path, key in opened.items():
        keystore.replace_text(path, f"{key.private()}\n")
        out.print(f"{path.name}: in clear", highlight=False)
    fsync_directory(next(iter(opened)).parent)


@key_app.command()
def token(
    role: Annotated[str, typer.Argument(help="The role of the key: log, witness, mirror, transport or extract.")],
    module: Annotated[Path, typer.Option(help="The PKCS#11 module of the token, a shared library.", exists=True)],
    token: Annotated[str, typer.Option(help="Label of the token.")],
    label: Annotated[str, typer.Option(help="Label of the key in it.")],
    pin_file: Annotated[Path, typer.Option(help="File that holds the PIN; the node reads it each time it starts.")],
    origin: Annotated[str, typer.Option(help="Identity of the journal, where there is no node here yet.")] = "",
    make: Annotated[bool, typer.Option("--make", help="Make the key in the token first.")] = False,
) -> None:
    """Refer to a key in a PKCS#11 token: the key of a role that has none here, or the successor of the one it has."""
    django()
    from django.conf import settings

    from comity.journal import home, keystore
    from comity.journal.adapters import pkcs11
    from comity.journal.store import fsync_directory

    if role not in home.ROLES or home.ROLES[role] not in (1, 4):
        raise NotFoundError(f"There is no role {role!r} whose key could lie in a token.")
    identity = origin or settings.COMITY.origin
    if not identity:
        raise ConfigurationError("This folder holds no node yet.", remedy="Give the journal's identity with --origin.")
    if not pkcs11.available():
        raise ConfigurationError("python-pkcs11 is not installed.", remedy="Install it: pip install 'comity[pkcs11]'.")
    path = home.key_path(role)
    if following := path.exists():
        path = home.next_key_path(role)
    if path.exists():
        raise ConflictError(
            f"The {role} key has a successor already.",
            place=str(path),
            remedy=f"Go on with `comity key rotate {role}`.",
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = pkcs11.refer(
        name=home.key_name(identity, role),
        kind=home.ROLES[role],
        module=str(module.absolute()),
        token=token,
        label=label,
        pin_file=str(pin_file.absolute()),
        make=make,
    )
    keystore.write_text(path, found.text())
    fsync_directory(path.parent)
    out.print(f"{path.name}: {found.key}", highlight=False, soft_wrap=True)
    if following:
        out.print(f"Next: comity key rotate {role}", highlight=False)


def _key_files() -> dict[Path, Private | Locked | Token]:
    from comity.journal import home, keystore

    found = {path: keystore.load(path) for path in sorted(home.key_path("log").parent.glob("*.key"))}
    if not found:
        raise ConfigurationError("This node has no keys.", place=str(home.home()), remedy="Run `comity init` first.")
    return found


def _passphrase(path: Path | None, *, twice: bool) -> bytes:
    """The passphrase from a file, from the settings, or from the terminal: never from the command's own words."""
    from comity.journal import keystore
    from comity.kernel import keyfile

    if path is not None:
        return keystore.read_passphrase(path)
    set_here = keystore.passphrase()
    if set_here is not None:
        return set_here
    if not err.is_terminal:
        raise ConfigurationError("There is no terminal to ask for a passphrase.", remedy="Use --passphrase-file FILE.")
    said: str = typer.prompt("Passphrase of the keys", hide_input=True, confirmation_prompt=twice, err=True)
    return keyfile.check_passphrase(said.encode())


def _locked(found: Private | Locked | Token, path: Path) -> Locked:
    from comity.kernel.keyfile import Locked

    if not isinstance(found, Locked):
        raise ConfigurationError("The key was not encrypted.", place=str(path))
    return found
