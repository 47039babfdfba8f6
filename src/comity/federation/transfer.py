"""Files of a partner by content hash: in chunks, resumable, within a quota, verified before they appear.

A chunk is `evidence.files.CHUNK` bytes; the last one of a file is shorter, and may be empty. A file of five gigabytes
costs the memory of one chunk. A part survives a restart; what does not hash to its name is forgotten and asked anew.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from django.conf import settings
from django.db.models import F

from comity.evidence import files
from comity.federation import delivery
from comity.federation.models import Partner
from comity.federation.source import Source
from comity.journal import named
from comity.journal.models import Journal
from comity.kernel.errors import IntegrityError, NotFoundError, PartnerError

FILES_A_ROUND = 500
# A quarter of a gigabyte: then the journal has its turn again.
CHUNKS_A_ROUND = 64


_taken: set[str] = set()
_taking = threading.Lock()


@contextlib.contextmanager
def fetching(sha256: str) -> Iterator[bool]:
    """Whether this thread fetches the file: partners may name the same one, and it has one part here."""
    with _taking:
        free = sha256 not in _taken
        _taken.add(sha256)
    try:
        yield free
    finally:
        if free:
            with _taking:
                _taken.discard(sha256)


def path_of(sha256: str, n: int) -> str:
    return f"federation/v1/files/{sha256}/{n}"


class Transfer:
    """One round of fetching a partner's files from `source`. `cut`: the round ended before everything was asked for."""

    def __init__(self, partner: Partner, journal: Journal, source: Source, *, delivered: bool) -> None:
        self.partner = partner
        self.journal = journal
        self.source = source
        self.delivered = delivered
        self.left = CHUNKS_A_ROUND
        self.files = 0
        self.cut = False
        self.notes: list[str] = []

    def run(self) -> None:
        """Fetch what is missing, as far as the round allows. Raises PartnerError for what is not what it claims."""
        if self.partner.files_to == self.journal.applied:
            return
        missing: list[str] = []
        for sha256 in named.all_of(self.journal):
            if not files.has(sha256):
                missing.append(sha256)
                if len(missing) >= FILES_A_ROUND:
                    break
        absent = 0
        for sha256 in missing:
            if self.left <= 0:
                break
            with fetching(sha256) as free:
                try:
                    if free:
                        self.fetch(sha256)
                except NotFoundError:
                    absent += 1
        self.cut = self.left <= 0 or (self.files > 0 and len(missing) == FILES_A_ROUND)
        if absent:
            self.notes.append(f"{absent} files are named by the partner's entries and not served by it.")
        if not missing:
            # Nothing is missing of all that is applied: looked for again when more has come.
            self.partner.files_to = self.journal.applied
            self.partner.save(update_fields=["files_to"])

    def fetch(self, sha256: str) -> None:
        """Go on with one file, as far as the round allows. NotFoundError where the source does not hold it."""
        part = files.Part(sha256)
        while self.left > 0:
            n = part.chunks
            self._check_quota(sha256, n)
            data = self.source.get(path_of(sha256, n))
            if len(data) > files.CHUNK:
                raise PartnerError("A chunk of a file is too long.", place=path_of(sha256, n))
            part.append(n, data)
            self.left -= 1
            self._count(len(data))
            if self.delivered:
                delivery.drop_chunk(self.journal, path_of(sha256, n))
            if len(data) < files.CHUNK:
                try:
                    part.finish()
                except IntegrityError as error:
                    raise PartnerError("A file of the partner does not hash to its name.", place=sha256) from error
                self.files += 1
                return

    def _check_quota(self, sha256: str, n: int) -> None:
        config = settings.COMITY
        if n * files.CHUNK >= config.file_mib * 1024**2:
            files.Part(sha256).drop()
            raise PartnerError(
                f"A file of the partner is larger than {config.file_mib} MiB.",
                place=sha256,
                remedy="Speak with the partner, or raise COMITY_FILE_MIB.",
            )
        if not self.journal.own and self.partner.files_bytes >= config.files_quota_mib * 1024**2:
            raise PartnerError(
                f"The partner's files fill its quota of {config.files_quota_mib} MiB.",
                place=self.journal.origin,
                remedy="Raise COMITY_FILES_QUOTA_MIB if there is room.",
            )

    def _count(self, length: int) -> None:
        if self.journal.own:
            return  # Own files come back: they are no load that the partner brings.
        Partner.objects.filter(pk=self.partner.pk).update(files_bytes=F("files_bytes") + length)
        self.partner.files_bytes += length
