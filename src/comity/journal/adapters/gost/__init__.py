"""GOST R 34.10-2012 with 256 bits over Streebog-256, through the `openssl` command and its GOST engine.

The operator supplies both (Debian: `openssl`, `libengine-gost-openssl`). The curve is
id-tc26-gost-3410-2012-256-paramSetB (RFC 7836). Public keys and signatures are as RFC 9215 writes them: x and y, each
little-endian; s and r, each big-endian. A seed is the private number, 32 bytes, big-endian. OpenSSL runs as a process
of its own, and keys reach it through memory only.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from comity.kernel.algorithms import Secret
from comity.kernel.errors import ConfigurationError, NoteError

NAME: Final = "gost3410-2012-256/streebog256"
SIZE: Final = 32
TIMEOUT_S: Final = 30
# The order of the curve's subgroup (RFC 4357: CryptoPro-A, the same curve).
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893
_KEY: Final = bytes.fromhex("06082a85030701010101")  # 1.2.643.7.1.1.1.1
_DIGEST: Final = bytes.fromhex("06082a85030701010202")  # 1.2.643.7.1.1.2.2
_CURVE: Final = bytes.fromhex("06092a8503070102010102")  # 1.2.643.7.1.2.1.1.2
_TEST_CURVE: Final = bytes.fromhex("06072a850302022300")  # 1.2.643.2.2.35.0, the curve of RFC 7091, example 1

# RFC 6986, M1 and RFC 7091, example 1.
_MESSAGE: Final = b"012345678901234567890123456789012345678901234567890123456789012"
_HASH: Final = "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"
_D: Final = "7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28"
_E: Final = "2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5"
_R: Final = "41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493"
_S: Final = "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40"


class _GostSecret:
    __slots__ = ("_key", "public")

    def __init__(self, key: bytes) -> None:
        self._key = key
        with _memory(key) as path:
            shown = _openssl("pkey", "-inform", "DER", "-in", path, "-pubout", "-outform", "DER")
        self.public = shown[-2 * SIZE :]

    def sign(self, message: bytes) -> bytes:
        with _memory(self._key) as key, _memory(message) as text:
            return _openssl("dgst", "-md_gost12_256", "-keyform", "DER", "-sign", key, text)


class Gost:
    """The algorithm for keys of type 0xff that bear the name `gost3410-2012-256/streebog256`."""

    name = NAME

    def generate(self) -> bytes:
        return (secrets.randbelow(_ORDER - 1) + 1).to_bytes(SIZE, "big")

    def open(self, seed: bytes) -> Secret:
        if len(seed) != SIZE or not 0 < int.from_bytes(seed, "big") < _ORDER:
            raise NoteError(f"The seed of a GOST key is a number of {SIZE} bytes below the curve's order.")
        return _GostSecret(_private(seed, _CURVE))

    def check(self, public: bytes) -> None:
        if len(public) != 2 * SIZE:
            raise NoteError(f"A GOST public key has {2 * SIZE} bytes, this one {len(public)}.")
        with _memory(_public(public, _CURVE)) as path:
            if _run("pkey", "-pubin", "-inform", "DER", "-in", path, "-noout", "-pubcheck").returncode:
                raise NoteError("This GOST public key is no point of its curve.", remedy="Ask the key's holder again.")

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        if len(public) != 2 * SIZE or len(signature) != 2 * SIZE:
            return False
        with _memory(_public(public, _CURVE)) as key, _memory(signature) as signed, _memory(message) as text:
            words = ("dgst", "-md_gost12_256", "-keyform", "DER", "-verify", key, "-signature", signed, text)
            return _run(*words).returncode == 0

    def self_test(self) -> None:
        with _memory(_MESSAGE) as text:
            if _openssl("dgst", "-md_gost12_256", "-binary", text).hex() != _HASH:
                raise _wrong("Streebog-256 of the first message of RFC 6986")
        test = _GostSecret(_private(bytes.fromhex(_D), _TEST_CURVE))
        # The engine reads a digest from its last byte on.
        digest, good = bytes.fromhex(_E)[::-1], bytes.fromhex(_S + _R)
        if not _verify_digest(test.public, digest, good):
            raise _wrong("the signature of the first example of RFC 7091")
        if _verify_digest(test.public, digest, good[:-1] + bytes([good[-1] ^ 1])):
            raise _wrong("an altered signature, which it accepts")
        secret = self.open(bytes.fromhex(_D))
        if not self.verify(secret.public, _MESSAGE, secret.sign(_MESSAGE)):
            raise _wrong("a signature of its own, which it refuses")


def _verify_digest(public: bytes, digest: bytes, signature: bytes) -> bool:
    with _memory(_public(public, _TEST_CURVE)) as key, _memory(signature) as signed, _memory(digest) as text:
        words = ("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-sigfile", signed, "-in", text)
        return _run(*words).returncode == 0


def _tagged(tag: int, *parts: bytes) -> bytes:
    """One DER element; no length here passes 127."""
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


def _algorithm(curve: bytes) -> bytes:
    return _tagged(0x30, _KEY, _tagged(0x30, curve, _DIGEST))


def _private(seed: bytes, curve: bytes) -> bytes:
    return _tagged(0x30, b"\x02\x01\x00", _algorithm(curve), _tagged(0x04, _tagged(0x04, seed[::-1])))


def _public(public: bytes, curve: bytes) -> bytes:
    # The inner OCTET STRING stands in the BIT STRING of the SubjectPublicKeyInfo (RFC 9215).
    return _tagged(0x30, _algorithm(curve), _tagged(0x03, b"\x00", _tagged(0x04, public)))


@contextmanager
def _memory(data: bytes) -> Iterator[str]:
    """A file that lies in memory only, for a process that this one starts."""
    descriptor = os.memfd_create("comity")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _run(*words: str) -> subprocess.CompletedProcess[bytes]:
    command = ["openssl", words[0], "-engine", "gost", *words[1:]]
    try:
        return subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S, check=False, env=_environment()
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(
            f"OpenSSL does not run: {type(error).__name__}.", remedy="Install the packages openssl and its GOST engine."
        ) from None


def _openssl(*words: str) -> bytes:
    done = _run(*words)
    if done.returncode:
        raise ConfigurationError(
            "OpenSSL has no GOST R 34.10-2012 here.",
            place=f"openssl {words[0]}",
            remedy="Install its GOST engine (Debian: libengine-gost-openssl).",
        )
    return done.stdout


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError(f"OpenSSL's GOST engine computes wrongly: {what}.", remedy="Install another version.")
