"""Tokens for programs: making one, finding whose it is, ending it."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from comity.accounts.models import Token
from comity.kernel.errors import ConflictError, NotFoundError

PREFIX = "comity_"
MOST_CHARACTERS = 200


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
