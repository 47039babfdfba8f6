"""What a partner that nobody can reach has seen of this node's journal: it is asked for in the inbox, and brought."""

from __future__ import annotations

from pathlib import Path

from comity.federation import copies
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import home, standing
from comity.journal.models import Journal
from comity.journal.store import write_durably
from comity.kernel.errors import FormatError, NotFoundError, PartnerError
from comity.kernel.identifiers import origin_hash

PATH = "newest"
MOST_BYTES = 64 * 1024


def asked() -> str:
    """Since when this node reads only: with that word an answer is brought, so that an older one does not count."""
    mark = standing.read()
    return mark.since if mark is not None else ""


def bring(partner: Partner, client: Client, word: object) -> int:
    """Tell a partner that asks for it the largest checkpoint of its journal that was seen here. How many calls."""
    if not isinstance(word, str) or not word or partner.journal is None:
        return 0
    try:
        raw = copies.newest(partner.journal)
    except NotFoundError:
        raw = b""
    status, said, _ = client.send("PUT", f"federation/v1/inbox/{PATH}", word[:40].encode() + b"\n" + raw)
    if status != 204:
        raise PartnerError(f"The partner did not take what was seen of it: {said[:200].decode(errors='replace')}")
    return 1


def take(journal: Journal, body: bytes) -> None:
    """Keep what a partner brings, unverified: it is verified where it is used."""
    if len(body) > MOST_BYTES:
        raise FormatError(f"A checkpoint has at most {MOST_BYTES} bytes.", place=PATH)
    path = _path(journal)
    path.parent.mkdir(exist_ok=True)
    write_durably(path, body)


def told(partner: Partner) -> bytes | None:
    """What a partner brought since this node reads only: a checkpoint, or nothing where it has seen none."""
    if partner.journal is None:
        return None
    try:
        word, _, raw = _path(partner.journal).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return raw if word.decode("ascii", "replace") == asked() else None


def _path(journal: Journal) -> Path:
    return home.home() / "told" / origin_hash(journal.origin)
