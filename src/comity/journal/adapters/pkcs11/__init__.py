"""Signing keys in PKCS#11 tokens (version 2.40 and 3.0, mechanism CKM_EDDSA), through `python-pkcs11`.

The private key never leaves the token. Needs the extra `pkcs11`; `import` costs nothing before a key is opened.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from comity.kernel.algorithms import KIND_COSIGNATURE, KIND_ED25519
from comity.kernel.errors import ConfigurationError, NoteError
from comity.kernel.keyfile import Token
from comity.kernel.notes import SigningKey, VerifierKey

if TYPE_CHECKING:
    from pkcs11 import Session

# Object identifier 1.3.101.112, as RFC 8410 §3 names Ed25519, in DER.
_ED25519 = bytes.fromhex("06032b6570")
_MAX_PIN = 256


def available() -> bool:
    """Whether the package that speaks PKCS#11 is installed."""
    return find_spec("pkcs11") is not None


class _Login:
    """The session with one token: one a process, since a token's login holds for all of a process at once."""

    def __init__(self, module: str, token: str, pin_file: str) -> None:
        self._where = (module, token, pin_file)
        self._lock = Lock()
        self._session: Session | None = None
        self._keys: dict[str, Any] = {}
        self._pid = os.getpid()

    def sign(self, label: str, message: bytes) -> bytes:
        from pkcs11 import Mechanism
        from pkcs11.exceptions import PKCS11Error

        with self._lock:
            try:
                return bytes(self._key(label).sign(message, mechanism=Mechanism.EDDSA))
            except PKCS11Error:
                # A session ends when its token is drawn or reset: the next one may be well.
                self._drop()
            try:
                return bytes(self._key(label).sign(message, mechanism=Mechanism.EDDSA))
            except PKCS11Error as error:
                self._drop()
                raise _trouble(self._where[1], label, error) from None

    def _key(self, label: str) -> Any:
        import pkcs11

        if self._pid != os.getpid():
            # Neither session nor module survives a fork (PKCS#11 §6.6.1).
            self._session, self._keys, self._pid = None, {}, os.getpid()
            pkcs11.lib(self._where[0]).reinitialize()
        if self._session is None:
            self._session = _session(*self._where)
        if label not in self._keys:
            self._keys[label] = self._session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, key_type=pkcs11.KeyType.EC_EDWARDS, label=label
            )
        return self._keys[label]

    def _drop(self) -> None:
        from pkcs11.exceptions import PKCS11Error

        session, self._session, self._keys = self._session, None, {}
        if session is not None:
            with suppress(PKCS11Error):
                session.close()


@cache
def _login(module: str, token: str, pin_file: str) -> _Login:
    return _Login(module, token, pin_file)


class TokenKey:
    """An Ed25519 key in a token, which is asked when something is signed."""

    __slots__ = ("public", "where")

    def __init__(self, where: Token) -> None:
        if where.key.kind not in (KIND_ED25519, KIND_COSIGNATURE):
            raise NoteError(f"A key of kind {where.key.kind} is not signed with in a token; kinds 1 and 4 are.")
        self.where = where
        self.public = where.key.public

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; ConfigurationError where the token does not sign, or with another key."""
        where = self.where
        signature = _login(where.module, where.token, where.pin_file).sign(where.label, message)
        if not where.key.verify(message, signature):
            raise ConfigurationError(
                "The key in the token is not the one that its file names.",
                place=f"token {where.token}, key {where.label}",
                remedy="Correct the labels in the key's file.",
            )
        return signature


def open_key(where: Token) -> TokenKey:
    """The key of a file of the form `comity/token-key/1`. The token is asked when something is signed."""
    if not available():
        raise ConfigurationError(
            "The key lies in a token, and the package python-pkcs11 is not installed.",
            place=f"token {where.token}, key {where.label}",
            remedy="Install it: pip install 'comity[pkcs11]'.",
        )
    return TokenKey(where)


def refer(*, name: str, kind: int, module: str, token: str, label: str, pin_file: str, make: bool) -> Token:
    """The reference to an Ed25519 key in a token, which is made there first if `make` is set.

    A key that is made here is sensitive and not extractable. Raises ConfigurationError where the token does not have
    or make the key, or where one of this label is there already.
    """
    from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
    from pkcs11.exceptions import MultipleObjectsReturned, NoSuchKey, PKCS11Error

    session = _session(module, token, pin_file, writes=make)
    try:
        found = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label}))
        if make and found:
            raise ConfigurationError(
                "The token has a key of this label already.",
                place=f"token {token}, key {label}",
                remedy="Choose another label.",
            )
        if make:
            curve = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _ED25519}, local=True)
            curve.generate_keypair(mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=label)
        shown = session.get_key(object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC_EDWARDS, label=label)
        point = bytes(shown[Attribute.EC_POINT])
    except (NoSuchKey, MultipleObjectsReturned):
        raise ConfigurationError(
            "The token does not have exactly one Ed25519 key of this label.", place=f"token {token}, key {label}"
        ) from None
    except PKCS11Error as error:
        raise _trouble(token, label, error) from None
    finally:
        session.close()
    # An OCTET STRING in version 2.40, the bytes themselves in 3.0.
    key = VerifierKey(name, kind, point[2:] if len(point) == 34 and point[:2] == b"\x04\x20" else point)
    reference = Token(VerifierKey.parse(str(key)), module, token, label, pin_file)
    SigningKey(name, kind, secret=TokenKey(reference)).sign(b"comity")
    return reference


def _session(module: str, token: str, pin_file: str, *, writes: bool = False) -> Session:
    import pkcs11
    from pkcs11.exceptions import PKCS11Error, UserAlreadyLoggedIn

    pin = _pin(Path(pin_file))
    try:
        found = pkcs11.lib(module).get_token(token_label=token)
        try:
            return found.open(user_pin=pin, rw=writes)
        except UserAlreadyLoggedIn:
            # A login holds for every session of the process.
            return found.open(rw=writes)
    except (PKCS11Error, RuntimeError) as error:
        raise _trouble(token, "", error) from None


def _pin(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            pin = file.read(_MAX_PIN + 1).strip()
    except (OSError, UnicodeDecodeError):
        pin = ""
    if not 0 < len(pin) <= _MAX_PIN:
        raise ConfigurationError("The PIN of the token cannot be read.", place=str(path), remedy="Correct pin-file.")
    return pin


def _trouble(token: str, label: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The token did not do what was asked: {type(error).__name__}.",
        place=f"token {token}, key {label}" if label else f"token {token}",
        remedy="See that it is plugged in and initialised, and that module, labels and PIN are right.",
    )
