"""The keys with which officials of each party sign, as the journals say: docs/protocol/officials.md.

Nothing here asks the clock, the settings or a private table: handlers of rooms above may call `verify`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from comity.agreement.domain.calendar import day, within
from comity.agreement.models import OfficialKey
from comity.journal.models import Journal
from comity.kernel import official
from comity.kernel.errors import RecordError
from comity.kernel.official import OfficialSignature


def verify(
    journal: Journal,
    body: str,
    context: str,
    digest: bytes,
    signature: Mapping[str, Any],
    *,
    at: str,
    using: str,
    roles: Collection[str] = (),
    index: int | None = None,
) -> None:
    """Pass if a role of `body`, of the party of `journal`, has signed; raise otherwise.

    `signature`: as an entry holds it. `at`: the time of the entry, ISO 8601 UTC, at which the key must hold. `roles`:
    those that may sign this; any if empty. `index`: of an entry applied long ago, to verify it again by the keys of
    then; a handler leaves it out and asks what stands now. Raises FormatError, RecordError for a key that the party has
    not published for this body and role or that has ended, SignatureError for a signature over something else.
    """
    read = OfficialSignature.read(signature)
    if roles and read.role not in roles:
        raise RecordError(f"The role {read.role[:16]} does not sign this.", place="signature.role")
    if not _holding(_rows(journal, body, using, index).filter(role=read.role, key=read.key), at):
        raise RecordError(
            f"{journal.party} has published no such key of {read.role[:16]} {body}, or it does not hold any more.",
            place="signature.key",
        )
    official.check(read, journal.party, body, context, digest)


def demanded(journal: Journal, body: str, *, at: str, using: str) -> bool:
    """Whether the party of `journal` has published a key of `body` that holds: then what goes unsigned is not its."""
    return _holding(_rows(journal, body, using, None), at)


def _rows(journal: Journal, body: str, using: str, index: int | None) -> QuerySet[OfficialKey]:
    rows = OfficialKey.objects.using(using).filter(journal=journal, body=body)
    if index is None:
        return rows.filter(ended=None)
    return rows.filter(Q(ended=None) | Q(ended__gt=index), entry__lt=index)


def _holding(rows: QuerySet[OfficialKey], at: str) -> bool:
    on = day(at[:10])
    return any(within(on, row.since, row.until) for row in rows)
