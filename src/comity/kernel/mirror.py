"""What is sent to a mirror and what it answers, and how a package of entries is verified.

Follows C2SP tlog-mirror (draft), add-entries. A request uploads [start, end) in packages that end at multiples of 256
entries; each bears a proof that the tree of `end` entries holds it, so that it is verified and stored on its own. What
comes behind the last whole package is dropped: the client goes on from there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comity.kernel.errors import FormatError, ProofError
from comity.kernel.merkle import HASH_SIZE, HashReader, leaf_hashes, subtree_proof, tree_root, verify_subtree
from comity.kernel.tiles import MAX_ENTRY, TILE
from comity.kernel.wire import MAX_INTEGER, b64, decimal, unb64

MAX_PACKAGES = 32
MAX_HASHES = 63
INFO = "text/x.tlog.mirror-info"


@dataclass(frozen=True, slots=True)
class Package:
    """The entries from number `start` on, within one stretch of 256, and the proof for the whole stretch up to them."""

    start: int
    entries: tuple[bytes, ...]
    proof: tuple[bytes, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.entries)

    @property
    def rounded(self) -> int:
        """Where the proved subtree begins: the entries before `start` are the mirror's own."""
        return self.start // TILE * TILE


@dataclass(frozen=True, slots=True)
class AddEntries:
    """A request to take the entries [start, end) of `origin`; `packages` are the whole ones at its front."""

    origin: str
    start: int
    end: int
    ticket: bytes
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class MirrorInfo:
    """What a mirror says of itself in an answer of 202 or 409: a pending size, the next entry it lacks, a ticket."""

    size: int
    next: int
    ticket: bytes


def stretches(start: int, end: int) -> Iterator[tuple[int, int]]:
    """`(start, end)` of each package of an upload, in order (tlog-mirror, "Request Body")."""
    while start < end:
        stop = min(end, (start // TILE + 1) * TILE)
        yield start, stop
        start = stop


def parse_add_entries(body: bytes) -> AddEntries:
    """Reads the body of add-entries: at most 32 packages; FormatError, an answer of 400, where its head is malformed.

    A package that is cut short, and all behind it, is left out.
    """
    reader = _Reader(body)
    try:
        origin = reader.take(reader.number(2)).decode()
        start, end = reader.number(8), reader.number(8)
        ticket = reader.take(reader.number(2))
    except UnicodeDecodeError as reason:
        raise FormatError("The origin in an add-entries request is not UTF-8.", place=f"byte {reason.start}") from None
    except EOFError:
        raise FormatError("The head of an add-entries request is cut short.") from None
    if not start <= end <= MAX_INTEGER:
        raise FormatError(f"[{start}, {end}) is not a range of entries.", place="upload_start")
    packages: list[Package] = []
    for first, stop in stretches(start, end):
        if len(packages) == MAX_PACKAGES:
            break
        try:
            entries = tuple(reader.take(reader.number(2)) for _ in range(stop - first))
            count = reader.number(1)
            if count > MAX_HASHES:
                break
            proof = tuple(reader.take(HASH_SIZE) for _ in range(count))
        except EOFError:
            break
        packages.append(Package(first, entries, proof))
    return AddEntries(origin, start, end, ticket, tuple(packages))


def format_add_entries(request: AddEntries) -> bytes:
    """The body that `parse_add_entries` reads; FormatError where a value does not fit its field."""
    origin = request.origin.encode()
    if max(len(origin), len(request.ticket)) > MAX_ENTRY or not 0 <= request.start <= request.end <= MAX_INTEGER:
        raise FormatError("The head of an add-entries request does not fit its fields.", place=request.origin[:80])
    parts = [len(origin).to_bytes(2, "big"), origin]
    parts += [request.start.to_bytes(8, "big"), request.end.to_bytes(8, "big")]
    parts += [len(request.ticket).to_bytes(2, "big"), request.ticket]
    for package in request.packages:
        if len(package.proof) > MAX_HASHES or any(len(entry) > MAX_ENTRY for entry in package.entries):
            raise FormatError("A package does not fit its fields.", place=f"entry {package.start}")
        for entry in package.entries:
            parts += [len(entry).to_bytes(2, "big"), entry]
        parts += [bytes([len(package.proof)]), *package.proof]
    return b"".join(parts)


def make_package(start: int, entries: Sequence[bytes], size: int, reader: HashReader) -> Package:
    """The package of `entries` from number `start`, proved in the tree of `size` entries that `reader` reads."""
    proof = subtree_proof(start // TILE * TILE, start + len(entries), size, reader)
    return Package(start, tuple(entries), tuple(proof))


def verify_package(package: Package, before: Sequence[bytes], size: int, root: bytes) -> list[bytes]:
    """The leaf hashes of a package that the tree of `size` entries with `root` holds, or ProofError.

    `before`: the leaf hashes that the mirror itself holds from `package.rounded` up to its start.
    """
    if len(before) != package.start - package.rounded:
        raise ProofError(f"{len(before)} hashes do not lead up to entry {package.start}.")
    leaves = leaf_hashes(package.entries)
    subtree = tree_root([*before, *leaves])
    verify_subtree(package.rounded, package.end, size, package.proof, subtree, root)
    return leaves


def parse_info(body: bytes) -> MirrorInfo:
    """Reads a body of the type `text/x.tlog.mirror-info`; FormatError."""
    try:
        lines = body.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise FormatError("What the mirror says of itself is not ASCII.") from None
    if len(lines) != 4 or lines[3]:
        raise FormatError("A mirror says of itself three lines.")
    size, following = decimal(lines[0], place="pending size"), decimal(lines[1], place="next entry")
    return MirrorInfo(size, following, unb64(lines[2], None, place="ticket"))


def format_info(info: MirrorInfo) -> str:
    return f"{info.size}\n{info.next}\n{b64(info.ticket)}\n"


def unpack(body: bytes, most: int) -> bytes:
    """The first `most` bytes of a gzip body (RFC 1952), whatever it would grow to; FormatError where it is none.

    What is cut off is a torn tail, which an upload may have.
    """
    try:
        return zlib.decompressobj(wbits=31).decompress(body, most)
    except zlib.error as error:
        raise FormatError(f"The body is not gzip: {error}") from None


class _Reader:
    """Reads from the front of bytes; EOFError where they end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise EOFError
        found, self._at = self._data[self._at : end], end
        return found

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")
