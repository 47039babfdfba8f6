"""Roles of people; tokens for programs: making one, finding whose it is, ending it."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from comity.accounts import audit, policy
from comity.accounts.models import Membership, Token
from comity.accounts.policy import OFFICE_ROLES, ROLES
from comity.kernel import clock
from comity.kernel.errors import ConfigurationError, ConflictError, FormatError, NotFoundError

PREFIX = "comity_"
MOST_CHARACTERS = 200
MOST_DAYS = 3650
BODY = re.compile(r"([a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)?", re.ASCII)


@transaction.atomic
def give_role(user: User, role: str, body: str = "", *, until: datetime | None = None, by: Any = None) -> None:
    """Give somebody a role in a body (empty: the node's office itself), to its end if one is named; what he has of it
    already goes on or gets the new end. `by`: who gives it; None for a command on the node's machine. Raises
    ConfigurationError for a role or body that cannot be.
    """
    check_role(role, body)
    now = clock.now()
    if until is not None and until <= now:
        raise ConfigurationError("The end lies in the past.", place=until.isoformat())
    rows = running(user).filter(body=body, role=role)
    if not rows.update(until=until):
        Membership.objects.create(user=user, body=body, role=role, since=now, until=until)
    _forget(user)
    end = {} if until is None else {"until": clock.iso(until)}
    audit.note(by, audit.ROLE, user.get_username(), role=role, body=body, change="given", **end)


@transaction.atomic
def end_role(user: User, role: str, body: str = "", *, by: Any = None) -> None:
    """End a role that somebody has, now. NotFoundError if he has it not."""
    if not running(user).filter(body=body, role=role).update(until=clock.now()):
        raise NotFoundError(f"{user} is no {role}{f' of {body}' if body else ''}.", remedy="See `comity role list`.")
    _forget(user)
    audit.note(by, audit.ROLE, user.get_username(), role=role, body=body, change="ended")


@transaction.atomic
def set_roles(user: User, wanted: Iterable[tuple[str, str]], *, by: Any = None) -> None:
    """Give somebody these roles, as `(body, role)`, and end all others."""
    wanted, held = set(wanted), {(row.body, row.role) for row in running(user)}
    for body, role in wanted:
        check_role(role, body)
    for body, role in sorted(held - wanted):
        end_role(user, role, body, by=by)
    for body, role in sorted(wanted - held):
        give_role(user, role, body, by=by)


def running(user: User) -> QuerySet[Membership]:
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


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its owner sees it. `works`: it has neither ended nor expired."""

    number: int
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    works: bool


@transaction.atomic
def make_token(
    user: Any, label: str = "", *, scopes: Sequence[str] = ("*",), days: int | None = None, by: Any = None
) -> str:
    """A new bearer token of an active account. It is shown this once: only its SHA-256 is kept.

    `days`: it expires after so many; None: never. `by`: who makes it; None for a command on the node's machine.
    ConflictError for an account that is switched off, FormatError for a scope that there is not, or none.
    """
    if not getattr(user, "is_active", False):
        raise ConflictError("The account is switched off.", place=str(user), remedy="Make it active first.")
    if not scopes:
        raise FormatError("A token without a scope can do nothing.", place="scope", remedy="Choose what it is for.")
    if unknown := sorted(set(scopes) - set(policy.scopes())):
        raise FormatError(
            f"There is no scope {unknown[0][:60]!r}.", place="scope", remedy=f"Known: {', '.join(policy.scopes())}."
        )
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise FormatError(f"A token is for 1 to {MOST_DAYS} days.", place="days")
    text = PREFIX + secrets.token_urlsafe(32)
    made = Token.objects.create(
        user=user,
        label=label[:100],
        digest=digest(text),
        scopes=" ".join(sorted(set(scopes))),
        expires_at=None if days is None else clock.now() + timedelta(days=days),
    )
    audit.note(by, audit.TOKEN, user.get_username(), change="made", number=made.pk, scopes=made.scopes)
    return text


def user_of_token(text: str) -> User | None:
    """The account that a token speaks for, narrowed to the token's scopes wherever `accounts.policy` is asked; None if
    it is not known, was ended or has expired, or the account is switched off.
    """
    if len(text) > MOST_CHARACTERS:
        return None
    token = _working().select_related("user").filter(digest=digest(text)).first()
    if token is None or not token.user.is_active:
        return None
    user: Any = token.user
    user._comity_scopes, user._comity_token = frozenset(token.scopes.split()), token.pk
    return token.user


def tokens_of(user: Any) -> list[TokenView]:
    """Everything that somebody's programs have or had, newest first."""
    works = set(_working().filter(user=user).values_list("pk", flat=True))
    return [
        TokenView(
            row.pk,
            row.label,
            tuple(row.scopes.split()),
            row.created_at,
            row.expires_at,
            row.ended_at,
            row.pk in works,
        )
        for row in Token.objects.filter(user=user).order_by("-pk")
    ]


@transaction.atomic
def end_token(text: str, *, of: Any = None, by: Any = None) -> None:
    """End a token, by the token itself or by its number; with `of`, only one of that person. NotFoundError if there is
    none that still works.
    """
    rows = _working() if of is None else _working().filter(user=of)
    known = rows.filter(pk=int(text)) if text.isascii() and text.isdecimal() else rows.filter(digest=digest(text))
    token = known.select_related("user").first()
    if token is None:
        raise NotFoundError("There is no such token, or it was ended before.")
    token.ended_at = clock.now()
    token.save()
    audit.note(by, audit.TOKEN, token.user.get_username(), change="ended", number=token.pk)


def _working() -> QuerySet[Token]:
    return Token.objects.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), ended_at=None)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
