"""The audit trail: every sign-in, view of sealed matter, decision, export and change of roles, for people to read.

It is private and stands in one table to which rows are only added. It names accounts and what they dealt with, never
what that said: no password, no word of a letter, no search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import QuerySet

from comity.accounts.models import AuditEvent
from comity.kernel import clock
from comity.kernel.canonical import encode
from comity.kernel.errors import ConfigurationError

SIGN_IN, SIGN_IN_FAILED, SIGN_OUT = "sign-in", "sign-in-failed", "sign-out"
VIEW, DECISION, EXPORT = "view", "decision", "export"
ROLE, TOKEN, KEY, SIGNATURE, ACCOUNT = "role", "token", "key", "signature", "account"
EVENTS = (SIGN_IN, SIGN_IN_FAILED, SIGN_OUT, VIEW, DECISION, EXPORT, ROLE, TOKEN, KEY, SIGNATURE, ACCOUNT)

PAGE = 100
MOST_EXPORTED = 100_000
MOST_ABOUT = 255
MOST_VALUE = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """An event as a reader sees it."""

    number: int
    at: datetime
    person: str
    event: str
    about: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class Query:
    """What narrows the trail; empty: everything. `since` and `until`: moments, the second not included."""

    person: str = ""
    event: str = ""
    since: datetime | None = None
    until: datetime | None = None


def note(actor: Any, event: str, about: str = "", **details: str | int) -> None:
    """Add to the trail that `actor` did something. It is part of the transaction in which it is called.

    `actor` None: a command on the node's machine. `about`: what it was done to, such as the key of a right or the place
    of an entry. `details`: short words and numbers; what belongs to the matter's contents never stands there. An event
    that is none of `EVENTS` is a mistake in the program.
    """
    if event not in EVENTS:
        raise ConfigurationError(f"The audit trail has no event {event!r}.", place="comity.accounts.audit")
    token: int | None = getattr(actor, "_comity_token", None)
    if token is not None:
        details["token_number"] = token
    text = encode({name: str(value)[:MOST_VALUE] for name, value in details.items()}).decode()
    person = actor.get_username() if getattr(actor, "is_authenticated", False) else ""
    AuditEvent.objects.create(person=person, event=event, about=about[:MOST_ABOUT], details=text)


def note_all(actor: Any, event: str, about: str, name: str, words: Iterable[str]) -> None:
    """The same with short words under one name, in as many rows as hold all of them: `note` cuts a long value."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) >= MOST_VALUE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    for line in lines:
        note(actor, event, about, **{name: line})


def events(query: Query, *, before: int = 0, limit: int = PAGE) -> list[Row]:
    """The newest events that match; `before`: only those with a smaller number."""
    rows = _matching(query)
    if before:
        rows = rows.filter(pk__lt=before)
    return [_row(row) for row in rows[:limit]]


def export(query: Query) -> Iterator[Row]:
    """The same, at most 100,000 and one by one."""
    for row in _matching(query)[:MOST_EXPORTED].iterator():
        yield _row(row)


def people() -> list[str]:
    """The accounts that the trail names."""
    rows = AuditEvent.objects.exclude(person="").order_by("person").values_list("person", flat=True)
    return list(rows.distinct())


def forget(days: int) -> int:
    """Drop what is older than so many days; how many rows. The one way in which a row leaves the trail."""
    rows = AuditEvent.objects.filter(at__lt=clock.now() - timedelta(days=days))
    count = rows.count()
    if count:
        rows._raw_delete(rows.db)
    return count


def watch() -> None:
    """From now on signing in, failing to, and signing out are noted."""
    user_logged_in.connect(_signed_in, dispatch_uid="comity.audit.in")
    user_logged_out.connect(_signed_out, dispatch_uid="comity.audit.out")
    user_login_failed.connect(_failed, dispatch_uid="comity.audit.failed")


def _signed_in(sender: Any, user: Any, **kwargs: Any) -> None:
    note(user, SIGN_IN)


def _signed_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        note(user, SIGN_OUT)


def _failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    # Who mistakes the field types his password where the name belongs: only names that there are stand in the trail.
    given = str(credentials.get("username") or credentials.get("email") or "")[:254]
    users = get_user_model().objects
    known = (users.filter(username=given) or users.filter(email__iexact=given)).first() if given else None
    note(None, SIGN_IN_FAILED, known.get_username() if known is not None else "")


def _matching(query: Query) -> QuerySet[AuditEvent]:
    rows: QuerySet[AuditEvent] = AuditEvent.objects.order_by("-pk")
    if query.person:
        rows = rows.filter(person=query.person)
    if query.event:
        rows = rows.filter(event=query.event)
    if query.since is not None:
        rows = rows.filter(at__gte=query.since)
    if query.until is not None:
        rows = rows.filter(at__lt=query.until)
    return rows


def _row(row: AuditEvent) -> Row:
    return Row(row.pk, row.at, row.person, row.event, row.about, orjson.loads(row.details))
