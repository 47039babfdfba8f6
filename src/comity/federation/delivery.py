"""Delivery by a node that nobody can reach: it hands its journal over in calls of its own.

The reachable partner keeps what is handed over in an inbox, unverified, under the paths at which it would have fetched
it, and follows it from there by the same code. So a node behind a firewall makes outgoing calls only.
"""

from __future__ import annotations

import re
from pathlib import Path

import orjson

from comity.evidence import files
from comity.federation import about, brought, cosignatures, openings, witness
from comity.federation.domain import read_card
from comity.federation.models import Partner
from comity.federation.pull import BUNDLES_AT_ONCE
from comity.federation.services import sealing_of
from comity.federation.source import Client, Folder
from comity.journal import home, named
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.journal.store import Store, write_durably
from comity.kernel import tiles
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PartnerError
from comity.kernel.identifiers import origin_hash

QUOTA_BYTES = 2 * 1024**3
WANTED = 500
# 256 MiB of files a round, within the inbox's quota.
CHUNKS_AT_ONCE = 64
COSIGNATURE = "witness/cosignature"
_OPENINGS = re.compile(r"journal/openings/(\d{1,15})-(\d{1,15})")
_HANDOVER = re.compile(r"journal/handover/[0-9a-f]{8}")
_CHUNK = re.compile(r"federation/v1/files/[0-9a-f]{64}/(0|[1-9]\d{0,8})")


def inbox_folder(journal: Journal) -> Path:
    return home.home() / "inbox" / origin_hash(journal.origin)


class Inbox(Folder):
    """What a partner has handed over; where it lacks a tile of the old tree, this node's verified copy has it."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(inbox_folder(journal))
        self.copy = home.store(journal)

    def get(self, path: str) -> bytes:
        if match := _OPENINGS.fullmatch(path):
            return self._openings(int(match[1]), int(match[2]))
        try:
            return super().get(path)
        except NotFoundError:
            if path.startswith("journal/tile/"):
                tile = path.removeprefix("journal/")
                try:
                    # A narrower one than was delivered, on the way over an earlier checkpoint.
                    return Store(self.root / "journal").fetch(tile)
                except NotFoundError:
                    return self.copy.fetch(tile)
            raise

    def _openings(self, start: int, end: int) -> bytes:
        """Those delivered segments that speak of these entries, sealed as they came."""
        parts: list[bytes] = []
        for file in sorted((self.root / "journal" / "openings").glob("*-*")):
            try:
                parts.append(openings.within(file.read_bytes(), start, end))
            except FormatError as error:
                raise PartnerError(f"The delivered openings do not parse: {error}", place=file.name) from error
        return b"".join(parts)


def check_path(path: str) -> str:
    """A path that may be handed over. Raises FormatError for any other."""
    allowed = (_HANDOVER, _OPENINGS, _CHUNK)
    if path == "journal/checkpoint" or any(each.fullmatch(path) for each in allowed):
        return path
    if path.startswith("journal/tile/"):
        tiles.parse_tile_path(path.removeprefix("journal/"))
        return path
    raise FormatError("Nothing is delivered under this path.", place=path[:200])


def receive(journal: Journal, path: str, data: bytes) -> None:
    """Keep what was delivered under `path`, unverified: it is verified when it is followed."""
    check_path(path)
    if _CHUNK.fullmatch(path) and len(data) > files.CHUNK:
        raise FormatError(f"A chunk of a file has at most {files.CHUNK} bytes.", place=path)
    folder = inbox_folder(journal)
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if used + len(data) > QUOTA_BYTES:
        raise ConflictError("The inbox is full.", remedy="Wait until what was delivered has been followed.")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    write_durably(target, data)


def completes(path: str) -> bool:
    """Whether there is something to follow once this path was delivered: a checkpoint comes last, a chunk alone."""
    return path == "journal/checkpoint" or _CHUNK.fullmatch(path) is not None


def complete(journal: Journal) -> dict[Path, int]:
    """The files of the delivery that the checkpoint in the inbox ends, and when each was written.

    The checkpoint comes last: what is younger than it belongs to a delivery that still goes on.
    """
    folder = inbox_folder(journal) / "journal"
    try:
        last = (folder / "checkpoint").stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    return {path: at for path, at in written.items() if at <= last}


def drop(delivered: dict[Path, int]) -> None:
    """What was followed need not lie in the inbox any more, unless it has been delivered anew."""
    for path, at in delivered.items():
        try:
            if path.stat().st_mtime_ns == at:
                path.unlink()
        except FileNotFoundError:
            continue


def drop_chunk(journal: Journal, path: str) -> None:
    """A chunk that was taken need not lie in the inbox any more."""
    (inbox_folder(journal) / path).unlink(missing_ok=True)


def wanted(partner: Partner, journal: Journal) -> dict[str, object]:
    """What this node has of a partner's journal, which of its images it lacks, and how much of the own journal the
    partner's witness has cosigned: what the partner should bring next.
    """
    missing: list[dict[str, object]] = []
    for sha256 in named.all_of(journal):
        if not files.has(sha256):
            missing.append({"chunk": _next_chunk(journal, sha256), "sha256": sha256})
            if len(missing) == WANTED:
                break
    cosigned = cosignatures.last_size(own(), read_card(partner.card).key("witness").name)
    return {
        "about": partner.about_digest,
        "cosigned": cosigned or 0,
        "entries": journal.next_index,
        "files": missing,
    }


def _next_chunk(journal: Journal, sha256: str) -> int:
    """The first chunk of a file that neither its part nor the inbox has."""
    n = files.Part(sha256).chunks
    folder = inbox_folder(journal) / "federation" / "v1" / "files" / sha256
    while (folder / str(n)).is_file():
        n += 1
    return n


def deliver(partner: Partner, client: Client) -> int:
    """Hand over what the partner lacks of the own journal. Returns how many files were sent."""
    mine = own()
    store = home.store(mine)
    raw = store.checkpoint()
    if raw is None:
        return 0
    try:
        lacks = orjson.loads(client.get("federation/v1/inbox"))
        have, wishes = int(lacks["entries"]), [(str(each["sha256"]), int(each["chunk"])) for each in lacks["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise PartnerError("The partner does not say what it lacks.") from error
    sent = 0

    def send(path: str, data: bytes) -> None:
        nonlocal sent
        status, answer, _ = client.send("PUT", f"federation/v1/inbox/{path}", data)
        if status != 204:
            raise PartnerError(f"The partner did not take the delivery: {answer[:200].decode(errors='replace')}")
        sent += 1

    sent += brought.bring(partner, client, lacks.get("newest"))
    # Of the file, not of the database: the two may differ for a moment, and this one is handed over.
    size = parse_checkpoint(raw).checkpoint.size
    sent += about.bring(client, lacks.get("about"))
    if have < size:
        recipient = sealing_of(partner)
        start = have
        while start < size:
            # Where the follower's batches end, so that it need not open a segment twice.
            end = min(size, (start // tiles.TILE + BUNDLES_AT_ONCE) * tiles.TILE)
            data = openings.openings_of(mine, start, end, recipient, partner.party)
            end = openings.segments(data)[-1].end
            send(f"journal/openings/{start}-{end}", data)
            start = end
        for level, n, width in tiles.new_tiles(have, size):
            path = tiles.tile_path(level, n, width)
            send(f"journal/{path}", store.fetch(path))
            if level == 0:
                bundle = tiles.bundle_path(n, width)
                send(f"journal/{bundle}", store.fetch(bundle))
        for keyid in store.handovers():
            send(f"journal/handover/{keyid}", store.handover(keyid))
        # Last: what it names is there now.
        send("journal/checkpoint", raw)
    left = CHUNKS_AT_ONCE
    for sha256, first in wishes[:WANTED]:
        if not named.names(mine, sha256) or not files.has(sha256):
            continue
        for n in range(first, files.size(sha256) // files.CHUNK + 1):
            if left <= 0:
                return sent
            send(f"federation/v1/files/{sha256}/{n}", files.chunk(sha256, n))
            left -= 1
    return sent


def bring_cosignature(partner: Partner, client: Client) -> int:
    """Cosign what this node has followed of the partner's journal, and bring the cosignature to it. 1 if it was new.

    The partner cannot call this node's witness, so the witness goes to the partner.
    """
    journal = partner.journal
    if journal is None:
        return 0
    store = home.store(journal)
    raw = store.checkpoint()
    try:
        known = int(orjson.loads(client.get("federation/v1/inbox"))["cosigned"])
    except (ValueError, KeyError, TypeError) as error:
        raise PartnerError("The partner does not say how much of its journal was cosigned here.") from error
    size = parse_checkpoint(raw).checkpoint.size if raw else 0
    if raw is None or known >= size:
        return 0
    lines = witness.cosign_copy(journal, raw.decode())
    if not lines:
        return 0
    status, data, _ = client.send("PUT", f"federation/v1/inbox/{COSIGNATURE}", raw + lines.encode())
    if status != 204:
        raise PartnerError(f"The partner did not take the cosignature: {data[:200].decode(errors='replace')}")
    return 1
