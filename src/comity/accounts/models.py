"""People's roles, the tokens of their programs, and the trail of what they did."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from comity.kernel import clock
from comity.kernel.errors import ConflictError


class Membership(models.Model):
    """A role that a person has in a body of the own party; `body` empty: in the node's office itself.

    It holds from `since` on and before `until`. A row is ended, never deleted: who had which role stays known.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    body = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=16)
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "body", "role"], condition=models.Q(until=None), name="membership_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.body}".strip()


class Token(models.Model):
    """A bearer token. Only its SHA-256 is kept: 256 random bits need no slow hash.

    `scopes`: words of `accounts.policy.within`, with spaces between; what the person may not, his token may not either.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    label = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.TextField(default="*")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label or f"token {self.pk}"


class SigningKey(models.Model):
    """The key with which somebody signs in a role. `sealed`: the private half as `kernel.keyfile` encrypts it under a
    passphrase that is kept nowhere; empty once the key has ended.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    body = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=16)
    vkey = models.CharField(max_length=600, unique=True)
    sealed = models.TextField()
    made_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "body", "role"], condition=models.Q(ended_at=None), name="signing_key_once"
            )
        ]

    def __str__(self) -> str:
        return self.vkey


class _Append(models.QuerySet["AuditEvent"]):
    """Rows are added and read."""

    def update(self, **values: Any) -> NoReturn:
        raise _fixed()

    def delete(self) -> NoReturn:
        raise _fixed()

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _fixed()


class AuditEvent(models.Model):
    """What somebody did, or was refused, and when. `details`: JSON of short words and numbers, never of contents.

    `person` is the name of the account as it was then: it stays when the account is gone. Empty: a command on the
    node's machine, or a stranger. A row is never changed; `accounts.audit.forget` drops those whose time is over.
    """

    at = models.DateTimeField(default=clock.now, db_index=True)
    person = models.CharField(max_length=150, blank=True, db_index=True)
    event = models.CharField(max_length=32)
    about = models.CharField(max_length=255, blank=True)
    details = models.TextField(default="{}")

    objects = _Append.as_manager()

    def __str__(self) -> str:
        return f"{self.event} {self.about}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise _fixed()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _fixed()


def _fixed() -> ConflictError:
    return ConflictError("What the audit trail holds is never changed.")
