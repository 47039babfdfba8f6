"""An identity provider that says whatever a test wants: for the lies that a real one does not tell."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT, SECRET = "comity-test", "shared between the two"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Identity:
    """Tokens, claims and description as they should be; a test changes what it likes before it asks."""

    key, other_key = _key(), _key()

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.description: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
        }
        self.claims: dict[str, Any] = {
            "iss": issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
        }
        self.userinfo: dict[str, Any] = {"sub": "subject-1", "email": "anna@office.example", "email_verified": True}
        self.signs_with: Any = self.key
        self.forged: Callable[[dict[str, Any]], str] | None = None
        self.kid = "one"
        # Of the request that leads here: what the token and its exchange must answer to.
        self.nonce = self.challenge = ""

    def answer(self, path: str, form: dict[str, list[str]]) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return self.description
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
        if path == "/userinfo":
            return self.userinfo
        verifier = form.get("code_verifier", [""])[0].encode()
        shown = _text(hashlib.sha256(verifier).digest())
        if path != "/token" or shown != self.challenge or form["client_secret"] != [SECRET]:
            return None
        claims = {"nonce": self.nonce, **self.claims}
        token = self.forged(claims) if self.forged else self.signed(claims)
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.signs_with, "RS256", headers={"kid": self.kid})

    def unsigned(self, claims: dict[str, Any]) -> str:
        return f"{_part({'alg': 'none', 'kid': 'one'})}.{_part(claims)}."

    def by_public_key(self, claims: dict[str, Any]) -> str:
        """As if the public key, which everybody has, were a shared secret."""
        pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        body = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"
        return f"{body}.{_text(hmac.new(pem, body.encode(), hashlib.sha256).digest())}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(values: dict[str, Any]) -> str:
    return _text(json.dumps(values).encode())


@contextmanager
def identity() -> Iterator[Identity]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer(parse_qs(body))

        def _answer(self, form: dict[str, list[str]]) -> None:
            said = provider.answer(self.path, form)
            data = json.dumps(said if said is not None else {"error": "invalid_grant"}).encode()
            self.send_response(200 if said is not None else 400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Identity(f"http://localhost:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
