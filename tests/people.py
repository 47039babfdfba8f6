"""People who sign in: past the pages, or with what an authenticator app would show."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import User
from django.test import Client

from comity.accounts import addresses
from comity.journal.models import Journal
from tests import node

PASSWORD = "three-dry-stones"


def sign_in(person: Any, *, method: str = "password", ago_s: float = 0, **options: Any) -> Client:
    """A client in whose session somebody has proved who he is: by `password` or, as second factor, by `mfa`."""
    client = Client(**options)
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - ago_s}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def code(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes from now; RFC 6238 over RFC 4226."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    mac = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Quick(Argon2PasswordHasher):
    """As the node's own, but for the work that it makes: these tests sign in often."""

    time_cost, memory_cost, parallelism = 1, 64, 1


HASH = Quick().encode(PASSWORD, Quick().salt())


@pytest.fixture(autouse=True)
def real(journal: Journal, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that is no demonstration; for the modules that take this in."""
    # In the middle of a half minute, and it stays there: codes do not pass by while a test runs.
    now = time.time() // 30 * 30 + 15.0
    monkeypatch.setattr("time.time", lambda: now)
    settings.PASSWORD_HASHERS = [f"{__name__}.Quick", *settings.PASSWORD_HASHERS[1:]]
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})


def somebody(name: str = "anna", *roles: str, email: str = "") -> User:
    person = node.user(name, *(roles or ("viewer",)))
    person.password = HASH
    person.save()
    addresses.give(person, email or f"{name}@office.example")
    return person


def with_app(person: User) -> str:
    """Give him an authenticator app; its secret."""
    TOTP.activate(person, secret := generate_totp_secret())
    return secret


def enter(name: str = "anna", password: str = PASSWORD, client: Client | None = None, **more: Any) -> Any:
    client = client or Client(raise_request_exception=False)
    return client.post("/sign-in/", {"username": name, "password": password, **more})


def in_session(client: Client) -> bool:
    return "_auth_user_id" in client.session
