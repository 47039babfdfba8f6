"""How many entries of each kind the journals hold, counted once and kept: what is signed does not change."""

from __future__ import annotations

from django.db import models

from comity.journal.models import Journal


class Tally(models.Model):
    """Private: in one full block of a journal, how many entries of a kind were made in a year."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    block = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    year = models.IntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "block", "kind", "year"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.count}"
