"""Content-addressed files: images now, documents and captures later.

A file lies under its SHA-256. It appears there only whole and verified, by rename after fsync, and is never written
again. Nothing here knows who may see a file; the rooms above do.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from comity.kernel.errors import FormatError, IntegrityError, NotFoundError

_NAME = re.compile(r"[0-9a-f]{64}")
MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def folder() -> Path:
    return Path(settings.COMITY_HOME) / "files"


def path_of(sha256: str) -> Path:
    if not _NAME.fullmatch(sha256):
        raise FormatError("The name of a file is its SHA-256: 64 lower-case hexadecimal digits.", place=sha256[:80])
    return folder() / sha256[:2] / sha256[2:4] / sha256


def digest(data: bytes) -> str:
    """The name under which `data` lies here."""
    return hashlib.sha256(data).hexdigest()


def has(sha256: str) -> bool:
    return path_of(sha256).is_file()


def read(sha256: str) -> bytes:
    """The bytes of a file, verified. Raises NotFoundError, or IntegrityError if they were changed on disk."""
    try:
        data = path_of(sha256).read_bytes()
    except FileNotFoundError:
        raise NotFoundError("This node does not hold the file.", place=sha256) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise IntegrityError("The file's bytes do not hash to its name.", place=str(path_of(sha256)))
    return data


def put(data: bytes) -> str:
    """Keep `data`; its SHA-256. Keeping the same bytes twice does nothing."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = path_of(sha256)
    if target.exists():
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return sha256


def media_type(data: bytes) -> str:
    """The type of an image by its first bytes; empty for what is never shown from our origin."""
    for magic, kind in MAGIC.items():
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def all_names() -> Iterator[str]:
    """Every file that should be here by its name, in order."""
    for path in sorted(folder().glob("??/??/*")):
        if _NAME.fullmatch(path.name):
            yield path.name
