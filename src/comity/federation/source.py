"""From where a partner's journal is read: its server, or a folder into which it was delivered."""

from __future__ import annotations

import ssl
import time
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin

import httpx

from comity.federation import signing
from comity.kernel.errors import ConfigurationError, NotFoundError, PartnerError
from comity.kernel.identifiers import origin_hash
from comity.kernel.notes import SigningKey

MOST_BYTES = 32 * 1024 * 1024
SILENCE_S = 20.0
MOST_SECONDS = 300.0
KEPT_S = 15.0


_authorities: list[Path] = []


def trust(file: Path) -> None:
    """From now on a partner's certificate may also lead to one of those in a file (PEM)."""
    _authorities[:] = [file]


@lru_cache(maxsize=2)
def _context(file: Path | None = None) -> ssl.SSLContext:
    """What a partner's certificate must lead to: a public authority, or one that an operator trusts."""
    context = httpx.create_ssl_context(trust_env=False)
    if file is not None:
        try:
            context.load_verify_locations(file)
        except OSError as error:
            raise ConfigurationError(
                f"The certificates of authorities cannot be read: {error.strerror or error}.",
                place=str(file),
                remedy="Name a PEM file in COMITY_PARTNER_CA_FILE, or leave the setting out.",
            ) from None
    return context


class Source(Protocol):
    """Read access to a partner's node by relative path. Nothing that comes from here has been verified."""

    def get(self, path: str) -> bytes:
        """The bytes at `path`. Raises NotFoundError where there is nothing, PartnerError where nothing answers."""
        ...


class Client:
    """Signed requests to a partner's server. Answers are bounded: 32 MiB, 20 s of silence, 5 minutes in all."""

    def __init__(self, url: str, key: SigningKey, *, most_seconds: float | None = None) -> None:
        self.url = self.whole(url)
        self.key = key
        self.most_seconds = most_seconds
        # Until a partner's server says that it does not know `journal/since` (federation/news.py).
        self.tells_news = True
        timeout = httpx.Timeout(min(SILENCE_S, most_seconds or SILENCE_S), connect=5.0)
        # A connection is kept for the next request, for less long than web servers keep theirs.
        limits = httpx.Limits(max_keepalive_connections=2, keepalive_expiry=KEPT_S)
        self._http = httpx.Client(
            verify=_context(*_authorities), timeout=timeout, limits=limits, follow_redirects=False, trust_env=False
        )

    @staticmethod
    def whole(url: str) -> str:
        """The address under which the paths of a node lie."""
        return url if url.endswith("/") else f"{url}/"

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> bytes:
        status, data, _ = self.send("GET", path)
        if status == 404:
            raise NotFoundError("The partner has no such file.", place=path)
        if status != 200:
            raise PartnerError(f"The partner answered {status}: {_said(data)}", place=path)
        return data

    def send(self, method: str, path: str, body: bytes = b"", *, signed: bool = True) -> tuple[int, bytes, str]:
        """`(status, body, content type)` of a request. Raises PartnerError where no answer comes."""
        url = str(httpx.URL(urljoin(self.url, path)))
        headers = signing.sign(method, url, body, self.key) if signed else {}
        most_seconds = self.most_seconds or MOST_SECONDS
        until = time.monotonic() + most_seconds
        try:
            with self._http.stream(method, url, content=body or None, headers=headers) as response:
                chunks: list[bytes] = []
                total = 0
                for chunk in response.iter_bytes():
                    total += len(chunk)
                    if total > MOST_BYTES:
                        raise PartnerError(f"The answer is longer than {MOST_BYTES} bytes.", place=path)
                    if time.monotonic() > until:
                        raise PartnerError(f"The answer takes longer than {most_seconds:.0f} s.", place=path)
                    chunks.append(chunk)
                return response.status_code, b"".join(chunks), response.headers.get("content-type", "")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PartnerError(f"The partner cannot be reached: {type(error).__name__}.", place=self.url) from error


class CopyOf:
    """A journal as a third node's mirror holds it, under the paths of its owner. Nothing of it has been verified."""

    def __init__(self, source: Source, origin: str) -> None:
        self.source = source
        self.origin = origin_hash(origin)

    def get(self, path: str) -> bytes:
        name = path.removeprefix("journal/")
        mirrored = name == "checkpoint" or name.startswith("tile/")
        return self.source.get(f"{'mirror' if mirrored else 'federation/v1/copy'}/{self.origin}/{name}")


class Folder:
    """A delivered journal: files under the paths that a server would serve."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, path: str) -> bytes:
        target = (self.root / path).resolve()
        if not target.is_relative_to(self.root.resolve()):
            raise NotFoundError("The path leads out of the folder.", place=path)
        try:
            return target.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFoundError("The delivery has no such file.", place=path) from None


def _said(data: bytes) -> str:
    return data[:200].decode(errors="replace").replace("\n", " ")
