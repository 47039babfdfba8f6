"""Sessions and deadlines for calendar programs: iCalendar (RFC 5545), and the address at which somebody reads them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from comity.accounts.policy import can, require
from comity.agreement.labels import text
from comity.kernel import clock
from comity.positions.models import Feed
from comity.positions.selectors import SessionView, sessions

MOST_SECRET = 100


def make_address(actor: Any) -> str:
    """A new secret for somebody's calendar program; the one before ends. It is shown this once."""
    require(actor, "positions.read")
    secret = secrets.token_urlsafe(24)
    Feed.objects.update_or_create(user=actor, defaults={"digest": _digest(secret)})
    return secret


def end_address(actor: Any) -> None:
    Feed.objects.filter(user=actor).delete()


def reader_of(secret: str) -> Any:
    """Whose calendar a secret opens; None for an unknown one, and for who may read no positions any more."""
    if len(secret) > MOST_SECRET:
        return None
    row = Feed.objects.select_related("user").filter(digest=_digest(secret)).first()
    return row.user if row is not None and can(row.user, "positions.read") else None


def calendar(name: str, origin: str) -> bytes:
    """Every session as an event of whole days and each deadline as one more, in the active language."""
    made = Calendar()
    made.add("prodid", "-//Comity//positions//EN")
    made.add("version", "2.0")
    made.add("name", name)
    made.add("x-wr-calname", name)
    stamp = clock.now()
    for event in _events(sessions(), origin):
        event.add("dtstamp", stamp)
        made.add_component(event)
    return bytes(made.to_ical())


def _events(rows: Iterable[SessionView], origin: str) -> Iterable[Event]:
    for row in rows:
        forum = text(row.forum.names) or row.forum.code
        identifier = f"{row.agreement.code}/{row.forum.code}/{row.session.code}@{origin.partition('/')[0]}"
        title = f"{forum}: {row.session.name}"
        yield _event(identifier, title, row.session.begin, row.session.end, row.session.venue)
        if row.session.deadline is not None:
            due = _("Positions are due: %(session)s") % {"session": title}
            yield _event(f"deadline/{identifier}", due, row.session.deadline, row.session.deadline)


def _event(identifier: str, title: str, begin: date, end: date, venue: str = "") -> Event:
    event = Event()
    event.add("uid", identifier)
    event.add("summary", title)
    event.add("dtstart", begin)
    # RFC 5545 §3.6.1: the end of an event of whole days is the day after its last.
    event.add("dtend", end + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    if venue:
        event.add("location", venue)
    return event


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
