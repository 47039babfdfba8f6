"""What the registers remember privately, put right when entries come back after a restore."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from comity.journal import home, services, vault
from comity.journal.entries import REDACTION
from comity.journal.models import Journal
from comity.kernel.entry import parse_entry
from comity.registers.models import Forgotten, Import, SourceMark
from comity.registers.writing import person_fingerprint

RESTORED = "The database was restored to a moment at which this import had not ended. Import the file again."


@receiver(services.entries_returning)
def on_entries_returning(sender: type[Journal], journal: Journal, start: int, end: int, **kwargs: Any) -> None:
    """Forget what imports last read, and remember again whom the coming redactions take back.

    The marks are of an earlier hour: by them an import would believe that nothing has changed since. The persons are
    known only here and now, while the restored vault still opens what is about to be taken back.
    """
    SourceMark.objects.filter(journal=journal).update(digest="")
    # An import of that hour may have ended since; to do it again now could undo later ones.
    open_then = Import.objects.filter(state__in=(Import.State.WAITING, Import.State.RUNNING))
    open_then.update(state=Import.State.FAILED, error=RESTORED, ended_at=timezone.now())
    for _, data in home.store(journal).entries(start, end):
        entry = parse_entry(data)
        if entry.kind != REDACTION:
            continue
        index, path = entry.body["index"], entry.body.get("path", "")
        of = Journal.objects.filter(origin=entry.body.get("origin", journal.origin)).first() or journal
        for at, (_, value) in vault.of(of, [index]).get(index, {}).items():
            if value and path in ("", at):
                Forgotten.objects.get_or_create(
                    journal=journal, key=entry.body["about"], digest=person_fingerprint(value)
                )
