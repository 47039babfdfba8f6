"""Partners of this node: who they are, how they are reached, how far they have been followed.

Shared state (a pure function of the journals): `Receipt` and `Refusal`. All else is this node's bookkeeping.
"""

from __future__ import annotations

from django.db import models

from comity.journal.models import Journal


class Partner(models.Model):
    """A partner's node. Its card (keys, address, role) was read to its people by telephone before it was trusted."""

    class State(models.TextChoices):
        INVITED = "invited", "invited, no answer yet"
        UNCONFIRMED = "unconfirmed", "answered, the fingerprint is not confirmed yet"
        INTRODUCED = "introduced", "introduced by its card, followed from the copies that partners hold"
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
    # How long the own journal was when the partner came in: what is older became final without it.
    since = models.BigIntegerField(default=0)
    # What came of following it.
    last_contact = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    failures = models.IntegerField(default=0)
    next_try = models.DateTimeField(null=True, blank=True)
    their_size = models.BigIntegerField(default=0)
    their_checkpoint_at = models.DateTimeField(null=True, blank=True)
    # Entries below this came from copies: their openings were not asked of their owner yet.
    openings_to = models.BigIntegerField(default=0)
    files_to = models.BigIntegerField(default=0)
    files_bytes = models.BigIntegerField(default=0)
    # What of its journal the receipts had taken in when there was nothing more to say.
    receipts_seen = models.CharField(max_length=80, blank=True)
    # Transport keys that its node told when its card's were ended, one a line (federation/newkeys.py).
    told_keys = models.TextField(default="", blank=True)
    # What its node says of itself (federation/about.py).
    release = models.CharField(max_length=40, blank=True)
    kinds = models.JSONField(default=list, blank=True)
    about_at = models.DateTimeField(null=True, blank=True)
    about_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.party} ({self.state})"


class Receipt(models.Model):
    """Shared: the owner of `journal` has applied entries `start` ≤ index < `end` of the journal `origin`.

    `root`: of the tree of the first `end` entries, as that node holds them.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    origin = models.CharField(max_length=255)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    root = models.CharField(max_length=64)
    at = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="receipt_place")]
        indexes = [models.Index(fields=["journal", "origin", "end"])]

    def __str__(self) -> str:
        return f"receipt for {self.origin} {self.start}-{self.end}"


class Refusal(models.Model):
    """Shared: an entry of `origin` that the owner of `journal` does not apply, as entry `entry` says; `settled`: the
    entry that said that it was applied after all.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    origin = models.CharField(max_length=255)
    index = models.BigIntegerField()
    kind = models.CharField(max_length=64, blank=True)
    version = models.IntegerField()
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=200, blank=True)
    entry = models.BigIntegerField()
    settled = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "origin", "index"], name="refusal_place")]

    def __str__(self) -> str:
        return f"{self.state} {self.index} of {self.origin}"


class Nonce(models.Model):
    """A signed request that was accepted lately, so that it is not accepted twice."""

    keyid = models.CharField(max_length=300)
    nonce = models.CharField(max_length=100)
    seen_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["keyid", "nonce"], name="nonce_once")]

    def __str__(self) -> str:
        return self.nonce
