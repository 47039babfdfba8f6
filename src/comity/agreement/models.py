"""What each party has stated of an agreement. All of it is shared state: a pure function of the journals."""

from __future__ import annotations

from django.db import models

from comity.journal.models import Journal


class Edition(models.Model):
    """Shared: an edition of the agreement's profile, as the owner of `journal` has adopted it, in canonical JSON."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    agreement = models.CharField(max_length=64)
    edition = models.IntegerField()
    digest = models.CharField(max_length=64)
    profile = models.TextField()
    at = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="edition_place")]
        indexes = [models.Index(fields=["agreement", "edition"])]

    def __str__(self) -> str:
        return f"{self.agreement} {self.edition}"


class Statement(models.Model):
    """Shared: a step of the agreement's life that the owner of `journal` has stated. `voided`: the entry by which it
    took the statement back.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    agreement = models.CharField(max_length=64)
    step = models.CharField(max_length=24)
    day = models.CharField(max_length=10)
    of = models.CharField(max_length=2, blank=True)
    act = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=100, blank=True)
    place = models.CharField(max_length=300, blank=True)
    document = models.CharField(max_length=64, blank=True)
    at = models.CharField(max_length=20)
    voided = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="statement_place")]
        indexes = [models.Index(fields=["agreement", "step"])]

    def __str__(self) -> str:
        return f"{self.step} {self.day}"


class Paper(models.Model):
    """Shared: a document of the agreement, by the SHA-256 of its bytes; the newest of a name and language counts."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    agreement = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    role = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    title = models.CharField(max_length=300)
    edition = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    at = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="paper_place")]

    def __str__(self) -> str:
        return f"{self.name} {self.language}"


class Passage(models.Model):
    """Shared: the text of an article of an edition in one language, as the owner of `journal` reads it."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    agreement = models.CharField(max_length=64)
    edition = models.IntegerField()
    article = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    text = models.TextField()
    at = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["journal", "agreement", "edition", "article", "language"], name="passage_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.article} {self.language}"


class OfficialKey(models.Model):
    """Shared: a key with which the holder of a role in a body of the journal's party signs; `body` empty: the office.

    It was published by `entry` and ended by the entry `ended`; between them it holds from `since` until `until`, days
    included, empty: open.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    body = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=16)
    key = models.CharField(max_length=600)
    since = models.CharField(max_length=10, blank=True)
    until = models.CharField(max_length=10, blank=True)
    ended = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journal", "entry", "body", "role", "key"], name="official_key_place")
        ]
        indexes = [models.Index(fields=["journal", "body", "ended"])]

    def __str__(self) -> str:
        return f"{self.role} {self.body}".strip()

    @property
    def keyid(self) -> str:
        """The identifier of the key, eight hex digits, to compare by eye."""
        return self.key.split("+")[1]
