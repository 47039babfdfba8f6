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
CHUNK = 4 * 1024 * 1024
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


def size(sha256: str) -> int:
    """Length of a file in bytes."""
    try:
        return path_of(sha256).stat().st_size
    except FileNotFoundError:
        raise NotFoundError("This node does not hold the file.", place=sha256) from None


def chunk(sha256: str, n: int) -> bytes:
    """Chunk `n` of a file: `CHUNK` bytes, fewer at its end, none beyond. Not verified: its reader checks the whole."""
    try:
        with path_of(sha256).open("rb") as file:
            file.seek(n * CHUNK)
            return file.read(CHUNK)
    except FileNotFoundError:
        raise NotFoundError("This node does not hold the file.", place=sha256) from None


def is_whole(sha256: str) -> bool:
    """Whether the bytes on disk hash to the name; read in blocks, so that the size does not matter."""
    with path_of(sha256).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


class Part:
    """A file that has not come whole yet. It outlives a restart, and appears under its hash only when it verifies."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        self.target = path_of(sha256)
        self.path = Path(settings.COMITY_HOME) / "parts" / sha256

    @property
    def chunks(self) -> int:
        """How many whole chunks are here."""
        try:
            return self.path.stat().st_size // CHUNK
        except FileNotFoundError:
            return 0

    def append(self, n: int, data: bytes) -> None:
        """Put chunk `n` behind those that are here; what a crash left of it is overwritten."""
        if n != self.chunks:
            raise FormatError(f"Chunk {n} does not follow the {self.chunks} that are here.", place=self.sha256)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644), "wb") as file:
            file.truncate(n * CHUNK)
            file.seek(n * CHUNK)
            file.write(data)

    def finish(self) -> None:
        """Verify the whole and put it in place. Raises IntegrityError, and forgets the part, if it is another file."""
        with self.path.open("rb+") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        if found != self.sha256:
            self.drop()
            raise IntegrityError("The file does not hash to its name.", place=self.sha256)
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(self.target)

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


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
