"""People's roles, and the tokens of programs that read the API on behalf of a person."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from comity.kernel import clock


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
    """A bearer token. Only its SHA-256 is kept: 256 random bits need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    label = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label or f"token {self.pk}"
