"""Openings of own entries, as they are given to a partner."""

from __future__ import annotations

from comity.journal import home, vault
from comity.journal.models import Journal
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import FormatError


def openings_of(journal: Journal, start: int, end: int) -> bytes:
    """The openings of own entries for a partner, one JSON object a line: of all that a checkpoint on file covers.

    The file comes first and the database lags behind it: a partner that saw the checkpoint must get all openings, for
    it does not ask again.
    """
    if not 0 <= start <= end <= start + 8192:
        raise FormatError("At most 8,192 entries' openings are given at once.", place=f"{start}-{end}")
    lines = [
        b'{"index":%d,"openings":%s}\n' % (index, data.encode())
        for index, data in vault.between(journal, start, min(end, signed_size(journal)))
    ]
    return b"".join(lines)


def signed_size(journal: Journal) -> int:
    """How many entries the checkpoint on file covers."""
    raw = home.store(journal).checkpoint()
    return parse_checkpoint(raw).checkpoint.size if raw else 0
