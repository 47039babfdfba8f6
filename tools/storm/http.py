"""As much of HTTP/1.1 (RFC 9112) as a proxy needs that must be able to break it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

MOST_HEAD = 64 * 1024
MOST_BODY = 64 * 1024 * 1024
_HOP = (b"connection", b"content-length", b"keep-alive", b"transfer-encoding")
_KEYID = re.compile(rb'keyid="([^"]+)/transport\+')


class BrokenMessageError(Exception):
    """What came is no whole HTTP message."""


@dataclass(slots=True)
class Message:
    """A request or an answer, read whole: first line, header lines, body."""

    first: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def method(self) -> str:
        return self.first.split(b" ")[0].decode("latin-1")

    @property
    def path(self) -> str:
        """The path of a request, without the leading slash."""
        parts = self.first.split(b" ")
        return parts[1].decode("latin-1").lstrip("/") if len(parts) > 1 else ""

    @property
    def status(self) -> int:
        parts = self.first.split(b" ")
        return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0

    @property
    def signer(self) -> str:
        """The origin whose transport key signed a request (RFC 9421), empty if none did."""
        for name, value in self.headers:
            if name == b"signature-input" and (match := _KEYID.search(value)):
                return match[1].decode("latin-1")
        return ""

    def encode(self, *, length: int | None = None) -> bytes:
        """As it goes over the wire; `length` to announce another length than the body has."""
        said = len(self.body) if length is None else length
        lines = [self.first, *(name + b": " + value for name, value in self.headers if name not in _HOP)]
        if self.body or length is not None or self.first.startswith(b"HTTP/"):
            lines.append(b"content-length: %d" % said)
        return b"\r\n".join([*lines, b"connection: close", b"", b""]) + self.body


def answer(status: int, body: bytes, kind: bytes = b"application/octet-stream") -> Message:
    return Message(b"HTTP/1.1 %d Storm" % status, [(b"content-type", kind)], body)


async def read_message(reader: asyncio.StreamReader) -> Message:
    """One message. Raises BrokenMessageError or an error of asyncio where none comes whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head[:-4].split(b"\r\n")
    headers = []
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers.append((name.strip().lower(), value.strip()))
    said = dict(headers)
    if said.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = await _chunked(reader)
    elif b"content-length" in said:
        body = await reader.readexactly(_bounded(int(said[b"content-length"])))
    elif lines[0].startswith(b"HTTP/"):
        body = await reader.read(MOST_BODY)
    else:
        body = b""
    return Message(lines[0], headers, body)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(_bounded(size)))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(parts)


def _bounded(size: int) -> int:
    if size > MOST_BODY:
        raise BrokenMessageError(f"{size} bytes")
    return size
