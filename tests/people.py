"""People who sign in: past the pages, or with what an authenticator app would show."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

from django.test import Client


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
