"""Sessions, agenda items, positions, approvals; changes of the laws; awareness; what is private to this node.

Shared state (a pure function of the journals) has a row for each entry; of one party and subject the newest counts.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from comity.journal.models import Journal


class Told(models.Model):
    """Shared: an entry of the owner of `journal` about something of an agreement."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    agreement = models.CharField(max_length=64)
    at = models.CharField(max_length=20)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["journal", "entry"], name="%(class)s_place")]


class Session(Told):
    """Shared: what a party tells of a session; `code` names it among those of the forum."""

    forum = models.CharField(max_length=64)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    venue = models.CharField(max_length=300, blank=True)
    begin = models.CharField(max_length=10)
    end = models.CharField(max_length=10)
    deadline = models.CharField(max_length=10, blank=True)
    link = models.CharField(max_length=500, blank=True)
    withdrawn = models.BooleanField(default=False)

    class Meta(Told.Meta):
        indexes = [models.Index(fields=["agreement", "forum", "code"])]

    def __str__(self) -> str:
        return f"{self.forum} {self.code}"


class AboutItem(Told):
    """Shared: an entry about an agenda item."""

    forum = models.CharField(max_length=64)
    session = models.CharField(max_length=40)
    number = models.CharField(max_length=20)

    class Meta(Told.Meta):
        abstract = True
        indexes = [models.Index(fields=["agreement", "forum", "session", "number"])]

    def __str__(self) -> str:
        return f"{self.forum} {self.session} {self.number}"


class Item(AboutItem):
    """Shared: what a party tells of an agenda item; `documents` by number, title and SHA-256."""

    title = models.CharField(max_length=500)
    documents = models.JSONField(default=list)
    withdrawn = models.BooleanField(default=False)

    class Meta(AboutItem.Meta):
        abstract = False


class Position(AboutItem):
    """Shared: that a party shared a text, and its hash. `public` holds the text of one that is not sealed; `label` and
    `cm` belong to one that is. `to` lists for whom between spaces.
    """

    round = models.IntegerField()
    by = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    to = models.TextField(blank=True)
    label = models.JSONField(default=dict)
    cm = models.CharField(max_length=44, blank=True)
    public = models.JSONField(default=dict)

    class Meta(AboutItem.Meta):
        abstract = False


class Approval(AboutItem):
    """Shared: a party approves a paragraph or a whole text by its hash, or takes that back."""

    of = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=64, blank=True)
    withdrawn = models.BooleanField(default=False)

    class Meta(AboutItem.Meta):
        abstract = False


class Step(AboutItem):
    """Shared: what became of an item: who speaks, what was said, the outcome, the report."""

    step = models.CharField(max_length=16)
    day = models.CharField(max_length=10)
    of = models.CharField(max_length=2, blank=True)
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    document = models.CharField(max_length=64, blank=True)

    class Meta(AboutItem.Meta):
        abstract = False


class LawChange(Told):
    """Shared: a change of a party's law; `code` names it among that party's."""

    code = models.CharField(max_length=40)
    act = models.CharField(max_length=300)
    number = models.CharField(max_length=100, blank=True)
    day = models.CharField(max_length=10)
    edition = models.CharField(max_length=100, blank=True)
    in_force = models.CharField(max_length=10, blank=True)
    topic = models.CharField(max_length=64)
    summary = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    document = models.CharField(max_length=64, blank=True)
    withdrawn = models.BooleanField(default=False)

    class Meta(Told.Meta):
        indexes = [models.Index(fields=["agreement", "topic"])]

    def __str__(self) -> str:
        return f"{self.act} {self.number}"


class Activity(Told):
    """Shared: an activity for public awareness; `partners`: other parties in it; `reached` None: not counted."""

    code = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    form = models.CharField(max_length=16)
    begin = models.CharField(max_length=10)
    end = models.CharField(max_length=10)
    venue = models.CharField(max_length=300, blank=True)
    audience = models.CharField(max_length=300, blank=True)
    outcome = models.TextField(blank=True)
    reached = models.BigIntegerField(null=True, blank=True)
    partners = models.JSONField(default=list)
    withdrawn = models.BooleanField(default=False)

    class Meta(Told.Meta):
        indexes = [models.Index(fields=["agreement", "begin"])]

    def __str__(self) -> str:
        return self.title


class Draft(models.Model):
    """Private: this party's text while it is written. `paragraphs` are objects of `id`, `text` and `salt`."""

    agreement = models.CharField(max_length=64)
    forum = models.CharField(max_length=64)
    session = models.CharField(max_length=40)
    number = models.CharField(max_length=20)
    language = models.CharField(max_length=8)
    paragraphs = models.JSONField(default=list)
    note = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "forum", "session", "number"], name="draft_of_an_item")
        ]

    def __str__(self) -> str:
        return f"{self.forum} {self.session} {self.number}"


class Feed(models.Model):
    """Private: an address at which somebody's calendar program reads the sessions. Only its SHA-256 is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"calendar of {self.user}"
