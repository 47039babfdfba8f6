"""Files of own records that were lost with what was set back: partners that hold them give them back."""

from __future__ import annotations

import threading
from pathlib import Path

from comity.evidence import files
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.federation.transfer import FILES_A_ROUND, Transfer, fetching
from comity.journal import home, named
from comity.journal.selectors import own
from comity.kernel.errors import NotFoundError


class _Lacking:
    """What is looked for; None: not looked yet. `nowhere`: which partner has been asked for which file in vain."""

    def __init__(self) -> None:
        self.names: set[str] | None = None
        self.nowhere: set[tuple[int, str]] = set()
        self.lock = threading.Lock()

    def looked(self) -> list[str]:
        with self.lock:
            if self.names is None:
                rows = named.all_of(own()) if _wanted().exists() else iter(())
                self.names = {sha256 for sha256 in rows if not files.has(sha256)}
            return sorted(self.names)

    def found(self, sha256: str) -> None:
        with self.lock:
            if self.names is not None:
                self.names.discard(sha256)


_lacking = _Lacking()


def _wanted() -> Path:
    """The mark that own files may be missing: it stands until none is."""
    return home.home() / "files-wanted"


def want() -> None:
    """This node came back: files of its own records may be missing."""
    global _lacking
    _wanted().touch()
    _lacking = _Lacking()


def take_back(partner: Partner, client: Client) -> Transfer:
    """Fetch files of own records that are not here from a partner that holds them, as far as a round allows."""
    lacking = _lacking
    transfer = Transfer(partner, own(), client, delivered=False)
    wanted = [sha256 for sha256 in lacking.looked() if (partner.pk, sha256) not in lacking.nowhere]
    for sha256 in wanted[:FILES_A_ROUND]:
        if transfer.left <= 0:
            break
        with fetching(sha256) as free:
            try:
                if free:
                    transfer.fetch(sha256)
            except NotFoundError:
                lacking.nowhere.add((partner.pk, sha256))
        if files.has(sha256):
            lacking.found(sha256)
    transfer.cut = transfer.left <= 0 or len(wanted) > FILES_A_ROUND
    if not lacking.looked():
        _wanted().unlink(missing_ok=True)
    return transfer
