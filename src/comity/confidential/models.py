"""Bodies of the parties, confidential letters, and what is sealed for keys that are not here.

Shared state (a pure function of the journals): `Body` and `Letter`, which hold nothing confidential. `SealedBytes` is
this node's own.
"""

from __future__ import annotations

from django.db import models

from comity.journal.models import Journal


class Body(models.Model):
    """Shared: a body of a party, with the key for which things are sealed for it."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=600)
    entry = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "code"], name="body_code")]

    def __str__(self) -> str:
        return self.code


class Letter(models.Model):
    """Shared: that a letter was sent, by whom, to whom, and how it is to be handled; not what it says.

    `to` lists the recipients between spaces: ` RU RU/enforcement `.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    about = models.CharField(max_length=400)
    by = models.CharField(max_length=32, blank=True)
    to = models.TextField()
    label = models.JSONField()
    cm = models.CharField(max_length=44)
    at = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="letter_place")]

    def __str__(self) -> str:
        return f"letter {self.entry}"


class SealedBytes(models.Model):
    """A confidential body as it came, for a key that this node does not have."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    index = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "index"], name="sealed_place")]

    def __str__(self) -> str:
        return f"sealed {self.index}"
