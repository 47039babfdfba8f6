"""Tables of the journals: this node's own and the copies of its partners'.

Shared state (a pure function of the journals): `Redaction`, `JournalKey`, and what a journal says of itself in
`Journal.party`, `name`, `offices` and `continues`. All else is this node's bookkeeping or its vault.
"""

from __future__ import annotations

from django.db import models


class Journal(models.Model):
    """A journal known here. Other tables point at it; its `origin` is what both nodes call it by."""

    origin = models.CharField(max_length=255, unique=True)
    own = models.BooleanField(default=False)
    # The log key by which the journal was first known here; the keys after it are in its own roster (`JournalKey`).
    vkey = models.CharField(max_length=400)
    # What the journal says of itself, set by the handler of `journal.open`.
    party = models.CharField(max_length=2, default="", blank=True)
    name = models.CharField(max_length=255, default="", blank=True)
    offices = models.JSONField(default=list)
    opened_at = models.CharField(max_length=20, default="", blank=True)
    # The origin of the journal that this one goes on from, since its log key was lost; set by `journal.open/2`.
    continues = models.CharField(max_length=255, default="", blank=True)
    # This node's own until its log key was lost: nothing is added to it any more.
    former = models.BooleanField(default=False)
    # Own: the next index to give, gapless. A partner's: entries verified and stored here.
    next_index = models.BigIntegerField(default=0)
    # The last checkpoint: signed (own), or verified and stored in full (a partner's).
    size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, default="", blank=True)
    checkpoint_at = models.DateTimeField(null=True, blank=True)
    # Entries handed to handlers: the cursor of the shared tables.
    applied = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["own"], condition=models.Q(own=True), name="one_own_journal"),
        ]

    def __str__(self) -> str:
        return self.origin


class Pending(models.Model):
    """An entry of the own journal that no checkpoint covers yet."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT)
    index = models.BigIntegerField()
    data = models.BinaryField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "index"], name="pending_place")]

    def __str__(self) -> str:
        return f"pending {self.index}"


class Displaced(models.Model):
    """An entry that was added here and never signed, at a place where something else had been signed before.

    That comes of working on a database or folder restored from an earlier hour. It is kept for people, who enter its
    fact anew; it is never signed.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    index = models.BigIntegerField()
    data = models.BinaryField()
    openings = models.TextField(default="", blank=True)
    added_at = models.DateTimeField()
    displaced_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"displaced {self.index}"


class Held(models.Model):
    """An entry that is stored and not applied, and why."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "kind or version not known here"
        QUARANTINED = "quarantined", "the handler refused it"
        WAITING = "waiting", "an earlier entry about the same subject is held"

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    index = models.BigIntegerField()
    kind = models.CharField(max_length=100)
    version = models.IntegerField(default=0)
    about = models.CharField(max_length=400)
    state = models.CharField(max_length=12, choices=State.choices)
    reason = models.TextField(default="", blank=True)
    attempts = models.IntegerField(default=1)
    held_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "index"], name="held_place")]
        indexes = [models.Index(fields=["journal", "about"])]

    def __str__(self) -> str:
        return f"{self.state} {self.index}"


class Opening(models.Model):
    """The vault: what the commitments of one entry stand for, as canonical JSON `{path: [salt, value]}`."""

    # No foreign key in PostgreSQL, for the sake of speed: `fsck` looks for openings of no journal.
    journal = models.ForeignKey(Journal, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    index = models.BigIntegerField()
    data = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "index"], name="opening_place")]

    def __str__(self) -> str:
        return f"openings of {self.index}"


class Redaction(models.Model):
    """Shared: personal data that its owner took back. `about` is the subject, `path` empty for all of an entry.

    `origin`: of the frozen journal whose entry `index` is, from which this one goes on; empty for this one's own.
    """

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    entry = models.BigIntegerField()
    about = models.CharField(max_length=400)
    index = models.BigIntegerField()
    path = models.CharField(max_length=200, default="", blank=True)
    origin = models.CharField(max_length=255, default="", blank=True, db_index=True)
    at = models.CharField(max_length=20)
    ground = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "entry", "index", "path"], name="redaction_place")]
        indexes = [models.Index(fields=["journal", "about"]), models.Index(fields=["journal", "index"])]

    def __str__(self) -> str:
        return f"redaction of {self.index}{self.path}"


class JournalKey(models.Model):
    """Shared: a public key of a journal's owner, as the roster in the journal says.

    It counts for trees of `since` to `until` entries, both included (`until` empty: it still counts). `entry` is the
    one that named it first, `changed` the one that gave it its present state.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "in use"
        RETIRING = "retiring", "in use beside its successor"
        RETIRED = "retired", "ended in good order"
        REVOKED = "revoked", "taken back"

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    role = models.CharField(max_length=32)
    keyid = models.CharField(max_length=8)
    vkey = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices)
    since = models.BigIntegerField()
    until = models.BigIntegerField(null=True, blank=True)
    entry = models.BigIntegerField()
    changed = models.BigIntegerField()
    ground = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "role", "keyid"], name="journal_key_place")]

    def __str__(self) -> str:
        return f"{self.role} key {self.keyid}"


class Cosignature(models.Model):
    """A cosignature on a checkpoint of a journal: by a partner on ours, or by this node on a partner's."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    vkey = models.CharField(max_length=400)
    line = models.TextField()
    checkpoint = models.TextField(default="", blank=True, help_text="The signed checkpoint that was cosigned.")
    quantum_vkey = models.TextField(default="", blank=True, help_text="Kind 06 of the same cosigner, if it has one.")
    quantum_line = models.TextField(default="", blank=True, help_text="Its line by that key.")
    time = models.BigIntegerField()
    party = models.CharField(max_length=2, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "size", "name"], name="cosignature_place")]
        # How far one cosigner has come is asked for with every page.
        indexes = [models.Index(fields=["journal", "name", "size"])]

    def __str__(self) -> str:
        return f"{self.name} on {self.size}"


class Witnessed(models.Model):
    """The largest checkpoint of a journal that this node's witness has cosigned: it must never forget it.

    `doubt`: it may have, since the node was set back; until that is settled nothing of the journal is cosigned.
    `learned`: the checkpoint that the copy must hold before.
    """

    class Doubt(models.TextChoices):
        NONE = "", "none"
        ASK = "ask", "the partners are to be asked"
        FOLLOW = "follow", "the copy has to catch up"

    journal = models.OneToOneField(Journal, on_delete=models.CASCADE)
    size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, default="", blank=True)
    checkpoint = models.TextField(default="", blank=True)
    cosigned_at = models.BigIntegerField(default=0)
    doubt = models.CharField(max_length=6, choices=Doubt.choices, default="", blank=True)
    learned = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"witnessed {self.size}"


class Mirrored(models.Model):
    """What this node's mirror holds of a journal (C2SP tlog-mirror): it never forgets what it cosigned.

    `pending_*`: the newest checkpoint that extends all before it, whose entries may still be lacking. `held`: entries
    that were handed to the mirror itself and lie durably in the copy, though the follower has not come so far.
    `size`, `root`, `checkpoint`: the committed checkpoint, whose every entry lies here. `brought`: how much of that the
    owner was told and acknowledged.
    """

    journal = models.OneToOneField(Journal, on_delete=models.CASCADE)
    pending_size = models.BigIntegerField(default=0)
    pending_root = models.CharField(max_length=64, default="", blank=True)
    pending_checkpoint = models.TextField(default="", blank=True)
    held = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, default="", blank=True)
    checkpoint = models.TextField(default="", blank=True)
    cosigned_at = models.BigIntegerField(default=0)
    brought = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"mirrored {self.size}"


class Fork(models.Model):
    """Evidence: validly signed checkpoints of one journal that do not agree. Never deleted."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT)
    held = models.TextField(help_text="The checkpoint that this node had verified.")
    shown = models.TextField(help_text="The checkpoint that does not agree with it.")
    reason = models.TextField()
    seen_at = models.DateTimeField(auto_now_add=True)
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"fork of {self.journal.origin}"
