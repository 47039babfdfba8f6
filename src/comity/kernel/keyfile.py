"""The forms of a private key at rest: in clear, encrypted under a passphrase, or lying in a token.

An encrypted key is a text of four lines:

    comity/encrypted-key/1
    key <verifier key or public sealing key>
    kdf argon2id <passes> <memory in bytes> <base64 of a 16-byte salt>
    box xchacha20-poly1305 <base64 of a 24-byte nonce and the ciphertext>

The key of the box is Argon2id (RFC 9106) of the passphrase; what is in it is the private key's text. The first three
lines are its associated data (draft-irtf-cfrg-xchacha §2), so that neither key nor costs can be exchanged. A key in a
token is `comity/token-key/1` and lines `<name> <value>`: key, module, token, label, pin-file.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from comity.kernel.errors import ConfigurationError, FormatError
from comity.kernel.notes import SigningKey, VerifierKey
from comity.kernel.sealing import SealingKey, SealingPublic, is_sealing
from comity.kernel.wire import b64, decimal, unb64

ENCRYPTED: Final = "comity/encrypted-key/1"
TOKEN: Final = "comity/token-key/1"  # noqa: S105
MAX_FILE: Final = 64 * 1024
MIN_PASSPHRASE: Final = 8
MAX_PASSPHRASE: Final = 4096
SALT: Final = 16
Private: TypeAlias = SigningKey | SealingKey
Public: TypeAlias = VerifierKey | SealingPublic
_NONCE: Final = 24
_BOX: Final = "box xchacha20-poly1305 "


@dataclass(frozen=True, slots=True)
class Cost:
    """What it costs to try a passphrase: passes over so much memory, in bytes (RFC 9106 §3.1)."""

    passes: int = 3
    memory: int = 64 * 1024 * 1024

    def check(self) -> None:
        """Raises FormatError outside of what is read: a strange file must not take the machine's memory or hours."""
        if not 1 <= self.passes <= 16 or not 8 * 1024 * 1024 <= self.memory <= 1024 * 1024 * 1024:
            raise FormatError(
                f"An encrypted key of {self.passes} passes over {self.memory} bytes is not read.",
                remedy="Allowed are 1 to 16 passes and 8 MiB to 1 GiB.",
            )


@dataclass(frozen=True, slots=True)
class Token:
    """Where a key lies in a PKCS#11 token: the module's file, labels of token and key, and the file of the PIN."""

    key: VerifierKey
    module: str
    token: str
    label: str
    pin_file: str

    def text(self) -> str:
        values = (self.module, self.token, self.label, self.pin_file)
        if any(not value or not value.isprintable() for value in values):
            raise FormatError("Module, token, label and PIN file are one line of printable characters each.")
        names = ("module", "token", "label", "pin-file")
        lines = [f"{name} {value}\n" for name, value in zip(names, values, strict=True)]
        return f"{TOKEN}\nkey {self.key}\n{''.join(lines)}"


@dataclass(frozen=True, slots=True)
class Locked:
    """An encrypted key as read: the public half, what its passphrase costs, and the box."""

    key: Public
    cost: Cost
    salt: bytes
    head: bytes = field(repr=False)
    box: bytes = field(repr=False)


def encrypt(key: Private, passphrase: bytes, *, salt: bytes = b"", cost: Cost | None = None, keep: bool = True) -> str:
    """The encrypted form of a private key.

    Keys that are encrypted together may share a salt, so that they cost one derivation; nonces are always fresh.
    `keep`: as for `unlock`. Raises FormatError for a passphrase shorter than 8 or longer than 4096 bytes.
    """
    cost, salt = cost or Cost(), salt or secrets.token_bytes(SALT)
    head = f"{ENCRYPTED}\nkey {public(key)}\nkdf argon2id {cost.passes} {cost.memory} {b64(salt)}\n"
    nonce = secrets.token_bytes(_NONCE)
    secret = (_derive if keep else _derive_anew)(check_passphrase(passphrase), salt, cost)
    box = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(key.private().encode(), head.encode(), nonce, secret)
    return f"{head}{_BOX}{b64(nonce + box)}\n"


def check_passphrase(passphrase: bytes) -> bytes:
    """The passphrase, if it may guard keys; FormatError otherwise. It is never shown."""
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise FormatError(
            f"A passphrase of keys has {MIN_PASSPHRASE} to {MAX_PASSPHRASE} bytes.", remedy="Choose another one."
        )
    return passphrase


def parse(text: str) -> Private | Locked | Token:
    """A private key at rest, of whichever form. Raises FormatError, which never shows a secret."""
    if len(text) > MAX_FILE:
        raise FormatError("This is no private key: it is too long.")
    form, _, rest = text.partition("\n")
    if form == ENCRYPTED:
        return _parse_locked(text)
    if form == TOKEN:
        return _parse_token(rest)
    return _parse_private(text.strip())


def unlock(locked: Locked, passphrase: bytes, *, keep: bool = True) -> Private:
    """The private key in the box. Raises ConfigurationError for a wrong passphrase or a changed file.

    `keep`: the process may remember passphrase and derived key, as it does its own; a person's it forgets at once.
    """
    nonce, box = locked.box[:_NONCE], locked.box[_NONCE:]
    secret = (_derive if keep else _derive_anew)(check_passphrase(passphrase), locked.salt, locked.cost)
    try:
        private = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(box, locked.head, nonce, secret)
    except CryptoError:
        raise ConfigurationError(
            f"The passphrase does not open the key {locked.key.name}, or its file was changed.",
            remedy="Use the passphrase with which it was encrypted, or restore the key from a backup.",
        ) from None
    key = _parse_private(private.decode())
    if public(key) != locked.key:
        raise FormatError(f"The encrypted key of {locked.key.name} holds another key.")
    return key


def public(found: Private | Locked | Token) -> Public:
    """The public half of a key at rest, which needs neither passphrase nor token."""
    if isinstance(found, SigningKey):
        return found.verifier
    return found.public if isinstance(found, SealingKey) else found.key


def _derive_anew(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    return argon2id.kdf(32, passphrase, salt, opslimit=cost.passes, memlimit=cost.memory)


# Kept for the life of the process, as the keys themselves are: signing must not pay for it each time.
_derive = lru_cache(maxsize=8)(_derive_anew)


def _parse_private(text: str) -> Private:
    # Both are type 0xff where they are not Ed25519 or ML-DSA; a sealing key's identifier tells it from a national one.
    return SealingKey.parse(text) if is_sealing(text.removeprefix("PRIVATE+KEY+")) else SigningKey.parse(text)


def _parse_public(text: str) -> Public:
    return SealingPublic.parse(text) if is_sealing(text) else VerifierKey.parse(text)


def _parse_locked(text: str) -> Locked:
    lines = text.split("\n")
    if len(lines) != 5 or lines[4]:
        raise FormatError("An encrypted key has exactly four lines.")
    name, _, vkey = lines[1].partition(" ")
    words = lines[2].split(" ")
    if name != "key" or len(words) != 5 or words[:2] != ["kdf", "argon2id"] or not lines[3].startswith(_BOX):
        raise FormatError("An encrypted key names its key, argon2id with its costs, and a box, in this order.")
    cost = Cost(decimal(words[2], place="passes"), decimal(words[3], place="memory"))
    cost.check()
    box = unb64(lines[3].removeprefix(_BOX), place="box")
    if len(box) < _NONCE + 16:
        raise FormatError("The box of the encrypted key is cut short.")
    salt = unb64(words[4], SALT, place="salt")
    head = "".join(f"{line}\n" for line in lines[:3]).encode()
    return Locked(_parse_public(vkey), cost, salt, head, box)


def _parse_token(text: str) -> Token:
    values: dict[str, str] = {}
    for line in text.removesuffix("\n").split("\n"):
        name, _, value = line.partition(" ")
        if name in values or not value:
            raise FormatError("A key in a token is told in lines of a name and a value, each once.", place=name[:40])
        values[name] = value
    if set(values) != {"key", "module", "token", "label", "pin-file"}:
        raise FormatError("A key in a token is told by key, module, token, label and pin-file.")
    key = VerifierKey.parse(values["key"])
    return Token(key, values["module"], values["token"], values["label"], values["pin-file"])
