"""Who calls: a program with a bearer token, or a person with the session of the pages. Every operation names an action
of `accounts.policy`.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from comity.accounts import factors
from comity.accounts.policy import ACTIONS, require
from comity.accounts.services import user_of_token
from comity.kernel.errors import PolicyError


class Token(HttpBearer):
    """`Authorization: Bearer comity_…` of an account that may do `action`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        user = user_of_token(token)
        if user is not None:
            require(user, self.action)
        return user


class Session(SessionAuth):
    """The session cookie of somebody who has signed in and may do `action`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        user = super().authenticate(request, key)
        if user is not None:
            require(user, self.action)
            if factors.lacking(request):
                raise PolicyError("Your role needs a second factor.", remedy="Set one up on the page of your account.")
        return user


def allowed(action: str) -> list[Any]:
    """The ways to be let in to an operation; KeyError for an action without a policy."""
    ACTIONS[action]
    return [Token(action), Session(action)]


def actor_of(request: HttpRequest) -> Any:
    """Whom the operation's `auth` let in."""
    return request.auth  # type: ignore[attr-defined]
