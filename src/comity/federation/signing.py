"""HTTP Message Signatures (RFC 9421) between nodes, Ed25519 by PyNaCl.

Every request between partners is signed with the transport key: method, address, time and, where there is a body, its
digest (RFC 9530). A request that changes something bears a nonce that is accepted once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from comity.kernel.errors import SignatureError
from comity.kernel.notes import SigningKey, VerifierKey

TAG = "comity"
COMPONENTS = ("@method", "@target-uri")
MAX_AGE = timedelta(minutes=5)


@dataclass(slots=True)
class Message:
    """A request as the signature sees it. `url` is the address that the caller used."""

    method: str
    url: str
    headers: dict[str, str]


class _Ed25519(HTTPSignatureAlgorithm):
    """Ed25519 through the kernel's keys: PyNaCl, which refuses small-order points where OpenSSL does not."""

    algorithm_id = "ed25519"

    def __init__(self, public_key: VerifierKey | None = None, private_key: SigningKey | None = None) -> None:
        self.public_key = public_key
        self.private_key = private_key

    def sign(self, message: bytes) -> bytes:
        if self.private_key is None:
            raise SignatureError("There is no key to sign with.")
        return self.private_key.sign(message)

    def verify(self, signature: bytes, message: bytes) -> None:
        if self.public_key is None or not self.public_key.verify(message, signature):
            raise SignatureError("The request's signature does not verify.")


class _Resolver(HTTPSignatureKeyResolver):
    def __init__(self, public: Mapping[str, VerifierKey], private: SigningKey | None = None) -> None:
        self.public = public
        self.private = private

    def resolve_public_key(self, key_id: str) -> VerifierKey | None:
        return self.public.get(key_id)

    def resolve_private_key(self, key_id: str) -> SigningKey | None:
        return self.private


def key_id(key: VerifierKey) -> str:
    return f"{key.name}+{key.keyid.hex()}"


def sign(method: str, url: str, body: bytes, key: SigningKey) -> dict[str, str]:
    """The headers that sign a request."""
    message = Message(method, url, {})
    signer = HTTPMessageSigner(signature_algorithm=_Ed25519, key_resolver=_Resolver({}, key))
    signer.sign(
        message,
        key_id=key_id(key.verifier),
        nonce=secrets.token_urlsafe(18),
        tag=TAG,
        label="comity",
        covered_component_ids=COMPONENTS,
        body=body if body else None,
    )
    return message.headers


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed a request, and the nonce to be accepted once."""

    key_id: str
    nonce: str


def verify(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, keys: Mapping[str, VerifierKey]
) -> Signed:
    """Who signed a request. Raises SignatureError for every request that no known key signed as it stands here.

    `body` None: it was not read yet and is not compared with its digest.
    """
    verifier: Any = HTTPMessageVerifier(signature_algorithm=_Ed25519, key_resolver=_Resolver(keys))
    verifier.max_clock_skew = timedelta(seconds=60)
    try:
        results = verifier.verify(
            Message(method, url, dict(headers)),
            max_age=MAX_AGE,
            expect_tag=TAG,
            require_components=COMPONENTS,
            body=body,
        )
    except (HTTPMessageSignaturesException, SignatureError, ValueError, KeyError, TypeError) as error:
        raise SignatureError(
            "The request is not signed by a partner of this node.",
            remedy="Check that both nodes are paired and that their clocks agree within five minutes.",
        ) from error
    if len(results) != 1:
        raise SignatureError("The request bears more than one signature.")
    parameters = results[0].parameters
    return Signed(str(parameters["keyid"]), str(parameters.get("nonce", "")))
