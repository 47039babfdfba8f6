"""What bodies have stated of requests for assistance, and what is being written.

Shared state (a pure function of the journals): `Fact`, which holds nothing confidential. `Draft` is this node's own.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from comity.journal.models import Journal


class Fact(models.Model):
    """Shared: a step that a body has stated, to whom it is sealed and how it is to be handled; not what it says.

    `origin` and `token` name the request: the journal that began it, and digits that its sender chose. `seen_*`: the
    last fact of the other side that the author knew; `re_*`: the asking for consent that it answers; empty for none.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    origin = models.CharField(max_length=255)
    token = models.CharField(max_length=16)
    step = models.CharField(max_length=16)
    by = models.CharField(max_length=32, blank=True)
    to = models.CharField(max_length=40)
    day = models.CharField(max_length=10, blank=True)
    seen_origin = models.CharField(max_length=255, blank=True)
    seen_index = models.BigIntegerField(default=0)
    re_origin = models.CharField(max_length=255, blank=True)
    re_index = models.BigIntegerField(default=0)
    label = models.JSONField()
    cm = models.CharField(max_length=44)
    signature = models.JSONField(default=dict)
    at = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="assistance_place")]
        indexes = [models.Index(fields=["origin", "token"]), models.Index(fields=["step", "at"])]

    def __str__(self) -> str:
        return f"{self.step} {self.token}"


class Draft(models.Model):
    """A step that is being written in a body. Once it is sent the vault has what it says, and this row no more.

    `token` is empty for a request; `re_party` and `re_index` name the asking for consent that it answers.
    """

    class State(models.TextChoices):
        WRITTEN = "written", "written"
        RETURNED = "returned", "returned"
        SENT = "sent", "sent"

    step = models.CharField(max_length=16)
    by = models.CharField(max_length=32, blank=True)
    to = models.CharField(max_length=40)
    party = models.CharField(max_length=2, blank=True)
    token = models.CharField(max_length=16, blank=True)
    day = models.CharField(max_length=10, blank=True)
    re_party = models.CharField(max_length=2, blank=True)
    re_index = models.BigIntegerField(default=0)
    label = models.JSONField()
    content = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WRITTEN)
    remark = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entry = models.BigIntegerField(null=True)
    written_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["state", "by"])]

    def __str__(self) -> str:
        return f"{self.step} of {self.by}"
