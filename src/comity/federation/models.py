"""Partners of this node: who they are, how they are reached, how far they have been followed."""

from __future__ import annotations

from django.db import models

from comity.journal.models import Journal


class Partner(models.Model):
    """A partner's node. Its card (keys, address, role) was read to its people by telephone before it was trusted."""

    class State(models.TextChoices):
        INVITED = "invited", "invited, no answer yet"
        UNCONFIRMED = "unconfirmed", "answered, the fingerprint is not confirmed yet"
        PAIRED = "paired", "paired"
        STOPPED = "stopped", "stopped by an operator"

    journal = models.OneToOneField(Journal, null=True, blank=True, on_delete=models.PROTECT)
    party = models.CharField(max_length=2)
    label = models.CharField(max_length=100, blank=True)
    card = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.INVITED)
    invitation = models.CharField(max_length=64, blank=True, db_index=True)
    fingerprint = models.CharField(max_length=80, blank=True)
    url = models.CharField(max_length=300, blank=True)
    paired_at = models.DateTimeField(null=True, blank=True)
    # What came of following it.
    last_contact = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    failures = models.IntegerField(default=0)
    next_try = models.DateTimeField(null=True, blank=True)
    their_size = models.BigIntegerField(default=0)
    their_checkpoint_at = models.DateTimeField(null=True, blank=True)
    openings_to = models.BigIntegerField(default=0)
    files_to = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.party} ({self.state})"


class Nonce(models.Model):
    """A signed request that was accepted lately, so that it is not accepted twice."""

    keyid = models.CharField(max_length=300)
    nonce = models.CharField(max_length=100)
    seen_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["keyid", "nonce"], name="nonce_once")]

    def __str__(self) -> str:
        return self.nonce
