"""Second factors: whose role demands one, who has one, and how an operator takes one back."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from comity.accounts import noted
from comity.accounts.policy import COORDINATOR, ENFORCEMENT, HEAD, OPERATOR, roles

# Who signs, approves or runs the node.
ROLES = frozenset({HEAD, COORDINATOR, ENFORCEMENT, OPERATOR})
# Recovery codes stand in for a factor that was lost; they are none by themselves.
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def demanded() -> bool:
    """Whether this node demands second factors at all: one with demonstration data does not."""
    return not settings.COMITY.fictional


def enrolled(user: Any) -> bool:
    """Whether somebody has set up an authenticator app or a security key."""
    return user.pk is not None and Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists()


def lacking(request: HttpRequest) -> bool:
    """Whether the one who is signed in has a role that demands a second factor, and has none."""
    if not demanded() or not ROLES & roles(request.user):
        return False
    # Who showed one in this session has one: the database need not be asked for every page.
    shown = any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))
    return not shown and not enrolled(request.user)


@transaction.atomic
def reset(user: Any) -> int:
    """Take back all second factors and recovery codes of somebody and end his sessions; how many factors there were.

    A command on the node's machine, for a telephone that was lost: he sets up another when he signs in next.
    """
    for session in UserSession.objects.filter(user=user):
        session.end()
    taken = Authenticator.objects.filter(user=user)
    count: int = taken.filter(type__in=KINDS).count()
    taken.delete()
    noted.changed(None, user, "second factor taken back", factors=count)
    return count
