"""Roles of people; tokens for programs: making one, finding whose it is, ending it."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from comity.accounts.models import Membership, Token
from comity.accounts.policy import OFFICE_ROLES, ROLES
from comity.kernel import clock
from comity.kernel.errors import ConfigurationError, ConflictError, NotFoundError

PREFIX = "comity_"
MOST_CHARACTERS = 200
BODY = re.compile(r"([a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)?", re.ASCII)


@transaction.atomic
def give_role(user: User, role: str, body: str = "", *, until: datetime | None = None) -> None:
    """Give somebody a role in a body (empty: the node's office itself), to its end if one is named; what he has of it
    already goes on or gets the new end. Raises ConfigurationError for a role or body that cannot be.
    """
    check_role(role, body)
    now = clock.now()
    if until is not None and until <= now:
        raise ConfigurationError("The end lies in the past.", place=until.isoformat())
    rows = running(user).filter(body=body, role=role)
    if not rows.update(until=until):
        Membership.objects.create(user=user, body=body, role=role, since=now, until=until)
    _forget(user)


@transaction.atomic
def end_role(user: User, role: str, body: str = "") -> None:
    """End a role that somebody has, now. NotFoundError if he has it not."""
    if not running(user).filter(body=body, role=role).update(until=clock.now()):
        raise NotFoundError(f"{user} is no {role}{f' of {body}' if body else ''}.", remedy="See `comity role list`.")
    _forget(user)


@transaction.atomic
def set_roles(user: User, wanted: Iterable[tuple[str, str]]) -> None:
    """Give somebody these roles, as `(body, role)`, and end all others."""
    wanted = set(wanted)
    for body, role in wanted:
        check_role(role, body)
    for row in running(user):
        if (row.body, row.role) not in wanted:
            end_role(user, row.role, row.body)
    for body, role in sorted(wanted):
        give_role(user, role, body)


def running(user: User) -> Any:
    """The memberships of somebody that hold now or will."""
    return Membership.objects.filter(Q(until=None) | Q(until__gt=clock.now()), user=user).order_by("body", "role")


def check_role(role: str, body: str) -> None:
    """ConfigurationError for a role that there is not, or not in that body."""
    if role not in ROLES:
        raise ConfigurationError(f"There is no role {role}.", remedy=f"Known: {', '.join(ROLES)}.")
    if len(body) > 64 or BODY.fullmatch(body) is None:
        raise ConfigurationError(f"{body[:40]!r} is no code of a body.", remedy="Take it from the agreement's profile.")
    if body and role in OFFICE_ROLES:
        raise ConfigurationError(f"A body has no {role}: a node has.", place=body, remedy="Name no body.")


def _forget(user: User) -> None:
    """What `accounts.policy` has noted at the object."""
    user.__dict__.pop("_comity_memberships", None)


def make_token(user: Any, label: str = "") -> str:
    """A new bearer token of an active account. It is shown this once: only its SHA-256 is kept.

    ConflictError for an account that is switched off.
    """
    if not getattr(user, "is_active", False):
        raise ConflictError("The account is switched off.", place=str(user), remedy="Make it active first.")
    text = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(user=user, label=label[:100], digest=digest(text))
    return text


def user_of_token(text: str) -> User | None:
    """The account that a token speaks for; None if it is not known, was ended, or the account is switched off."""
    if len(text) > MOST_CHARACTERS:
        return None
    token = Token.objects.select_related("user").filter(digest=digest(text), ended_at=None).first()
    return token.user if token is not None and token.user.is_active else None


def end_token(text: str) -> None:
    """End a token, by the token itself or by its number. NotFoundError if there is none that still works."""
    rows = Token.objects.filter(ended_at=None)
    known = rows.filter(pk=int(text)) if text.isascii() and text.isdecimal() else rows.filter(digest=digest(text))
    if not known.update(ended_at=timezone.now()):
        raise NotFoundError("There is no such token, or it was ended before.")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
