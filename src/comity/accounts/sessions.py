"""Where somebody is signed in, and ending it from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.internal.flows.logout import logout
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from comity.accounts import noted
from comity.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which somebody is signed in; `here` is the one that asks."""

    number: int
    since: datetime
    address: str
    browser: str
    here: bool


# What a browser calls itself, the particular before what it claims to be like as well.
_BROWSERS = {
    "YaBrowser/": "Yandex",
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def browser(agent: str) -> str:
    """A browser and its system in two words, as its User-Agent has them; what is not known is shown as it came."""
    name = next((word for mark, word in _BROWSERS.items() if mark in agent), "")
    system = next((word for mark, word in _SYSTEMS.items() if mark in agent), "")
    return ", ".join(filter(None, (name, system))) or agent[:60] or "–"


def of(request: HttpRequest) -> list[Place]:
    """The sessions of the one who asks, the newest first."""
    rows = UserSession.objects.purge_and_list(request.user)
    here = request.session.session_key
    found = [Place(row.pk, row.created_at, row.ip, browser(row.user_agent), row.session_key == here) for row in rows]
    return sorted(found, key=lambda each: each.since, reverse=True)


def end(request: HttpRequest, number: int) -> None:
    """End one session of the one who asks. NotFoundError if he has none of this number."""
    row = UserSession.objects.filter(user=request.user, pk=number).first()
    if row is None:
        raise NotFoundError("There is no such session, or it has ended.", place=str(number))
    here = row.session_key == request.session.session_key
    row.end()
    noted.changed(request.user, request.user, "session ended")
    if here:
        logout(request)


def end_others(request: HttpRequest) -> None:
    """End all sessions of the one who asks but this one."""
    end_other_sessions(request, request.user)
    noted.changed(request.user, request.user, "other sessions ended")


def forget() -> int:
    """Drop the sessions that have run out, of whomever; how many."""
    rows = Session.objects.filter(expire_date__lt=timezone.now())
    UserSession.objects.filter(session_key__in=rows.values("session_key")).delete()
    count, _ = rows.delete()
    return count
