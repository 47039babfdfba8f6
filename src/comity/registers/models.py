"""Tables of the registers.

Shared state (a pure function of the journals): `Right`, `RightVersion`, `RightClass`, `RightImage`. Private to this
node: `SearchDoc` (derived, with names from the vault), `SourceMark`, `Import`, `ImportRow`.

What is derived in bulk has no foreign keys in PostgreSQL, where checking them took a fifth of the server's time; `fsck`
holds these tables to the journals (`docs/adr/0010-derived-tables-without-foreign-keys.md`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from comity.journal.models import Journal


class Right(models.Model):
    """A right as its owner's journal says it is now. One right may be told of by several journals."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    key = models.CharField(max_length=300)
    office = models.CharField(max_length=2)
    kind = models.CharField(max_length=24)
    stage = models.CharField(max_length=12)
    number = models.CharField(max_length=200)
    version = models.IntegerField(default=1)
    entry = models.BigIntegerField()
    first_entry = models.BigIntegerField()
    recorded_at = models.CharField(max_length=20)
    status = models.CharField(max_length=12)
    filing_date = models.CharField(max_length=10, blank=True)
    registration_date = models.CharField(max_length=10, blank=True)
    expiry_date = models.CharField(max_length=10, blank=True)
    name = models.TextField(blank=True)
    # Territories where the right's basis gives it effect while it is in force: ST.3 codes in order, one space between.
    effect_in = models.CharField(max_length=400, blank=True)
    record = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "key"], name="right_key")]
        indexes = [
            # Covers every facet, so that counting them reads the index alone.
            models.Index(fields=["kind", "status", "office", "effect_in", "journal"], name="right_facets"),
            models.Index(fields=["registration_date"], name="right_registered"),
        ]

    def __str__(self) -> str:
        return self.key


class RightVersion(models.Model):
    """An earlier version of a right: which entry said it, and when."""

    right = models.ForeignKey(Right, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    version = models.IntegerField()
    entry = models.BigIntegerField()
    recorded_at = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["right", "version"], name="right_version")]

    def __str__(self) -> str:
        return f"{self.right_id} v{self.version}"


class RightClass(models.Model):
    """A class symbol of a right, for the filter."""

    right = models.ForeignKey(Right, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    scheme = models.CharField(max_length=8)
    code = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["right", "scheme", "code"], name="right_class")]
        indexes = [models.Index(fields=["scheme", "code", "right"], name="class_rights")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.code}"


class RightImage(models.Model):
    """An image of a right, by content."""

    right = models.ForeignKey(Right, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    sha256 = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["right", "sha256"], name="right_image")]

    def __str__(self) -> str:
        return self.sha256


class SearchDoc(models.Model):
    """Private: the folded text of a right that search looks into. Holds names from the vault; redaction empties it."""

    right = models.OneToOneField(Right, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    words = models.TextField(blank=True)
    people = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"words of {self.right_id}"


class SourceMark(models.Model):
    """Private: a keyed fingerprint of what an import last read of a right, so that the same file writes nothing."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    key = models.CharField(max_length=300)
    source = models.CharField(max_length=100)
    digest = models.CharField(max_length=32)
    run = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "key"], name="source_mark")]
        indexes = [models.Index(fields=["journal", "source", "run"])]

    def __str__(self) -> str:
        return self.key


class Import(models.Model):
    """One run of an import and its sums: `read` = `added` + `changed` + `unchanged` + `quarantined`."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    name = models.CharField(max_length=255)
    source = models.CharField(max_length=100)
    format = models.CharField(max_length=40)
    mapping = models.TextField(blank=True)
    path = models.TextField(blank=True)
    full = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    bytes_total = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    added = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class ImportRow(models.Model):
    """A record that could not become a right: where it stood, why, and its bytes for another try."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE)
    place = models.CharField(max_length=400)
    reason = models.TextField()
    remedy = models.TextField(blank=True)
    raw = models.BinaryField()
    settled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.place


class Forgotten(models.Model):
    """Private: a keyed fingerprint of a person taken back on request: a later import must not bring them back."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    key = models.CharField(max_length=300)
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "key", "digest"], name="forgotten_once")]

    def __str__(self) -> str:
        return self.key
