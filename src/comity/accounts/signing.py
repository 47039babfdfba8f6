"""Signing keys of officials: one for each role in each body, encrypted under a passphrase that its holder alone knows.

To sign takes the role, a second factor shown lately, and the passphrase. Partners see the role's key, never a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from comity.accounts import audit, policy
from comity.accounts.models import Membership, SigningKey
from comity.kernel import clock, keyfile, notes, official
from comity.kernel.errors import ConfigurationError, ConflictError, FormatError, NotFoundError, PolicyError
from comity.kernel.keyfile import Locked
from comity.kernel.official import OfficialSignature

HOLD = "signing.hold"
MIN_PASSPHRASE = 12


@dataclass(frozen=True, slots=True)
class KeyView:
    """A signing key as its holder sees it; `key` is the verifier key."""

    number: int
    body: str
    role: str
    key: str
    made_at: datetime
    ended_at: datetime | None

    @property
    def keyid(self) -> str:
        """The identifier of the key, eight hex digits, to compare by eye."""
        return self.key.split("+")[1]


@dataclass(frozen=True, slots=True, order=True)
class RoleKey:
    """A key that may be published: whose role it is, and the days from and until which it holds, empty: open."""

    body: str
    role: str
    key: str
    since: str
    until: str


def seats(actor: Any) -> list[tuple[str, str]]:
    """`(body, role)` for which somebody may hold a key."""
    held = {(body, role) for body, role in policy.memberships(actor) if role in policy.ACTIONS[HOLD]}
    return sorted(held) if policy.can(actor, HOLD) else []


def keys_of(actor: Any) -> list[KeyView]:
    """The keys of somebody, newest first."""
    return [_view(row) for row in SigningKey.objects.filter(user=actor).order_by("-pk")]


@transaction.atomic
def make_key(actor: Any, body: str, role: str, passphrase: str, *, fresh: bool) -> KeyView:
    """A new key for a role that somebody has; one that he had for it ends. It counts once it is published.

    `fresh`: a second factor was shown lately. Raises PolicyError, FormatError for a passphrase of fewer than 12
    characters.
    """
    _need_fresh(fresh)
    if (body, role) not in seats(actor):
        raise PolicyError("There is no signing key for this role of yours.", place=f"{body} {role}".strip())
    if len(passphrase) < MIN_PASSPHRASE:
        raise FormatError(f"The passphrase has fewer than {MIN_PASSPHRASE} characters.", place="passphrase")
    for row in SigningKey.objects.filter(user=actor, body=body, role=role, ended_at=None):
        end_key(actor, row.pk)
    key = notes.SigningKey.generate(f"{settings.COMITY.origin}/official/{role}{f'/{body}' if body else ''}")
    sealed = keyfile.encrypt(key, passphrase.encode(), keep=False)
    made = SigningKey.objects.create(user=actor, body=body, role=role, vkey=str(key.verifier), sealed=sealed)
    view = _view(made)
    audit.note(actor, audit.KEY, view.keyid, change="made", body=body, role=role)
    return view


@transaction.atomic
def end_key(actor: Any, number: int) -> None:
    """End a key of one's own: it signs no more, here at once, for partners when that is published. What it has signed
    stays signed. NotFoundError.
    """
    row = SigningKey.objects.filter(user=actor, pk=number, ended_at=None).first()
    if row is None:
        raise NotFoundError("There is no such key of yours, or it was ended before.", place=str(number))
    row.ended_at, row.sealed = clock.now(), ""
    row.save()
    audit.note(actor, audit.KEY, _view(row).keyid, change="ended", body=row.body, role=row.role)


def unlock(actor: Any, passphrase: str, *, fresh: bool) -> None:
    """Let `sign` use the keys of somebody for as long as this object of his account lives: one request.

    `fresh`: a second factor was shown lately (`accounts.fresh.verified`). PolicyError if not. Whether the passphrase is
    right shows when it is used.
    """
    _need_fresh(fresh)
    actor._comity_passphrase = passphrase


def sign(actor: Any, body: str, context: str, digest: bytes, *, role: str = "") -> OfficialSignature:
    """Sign a SHA-256 digest in the name of a body, with the key of `role`, or of the first role that has one there.

    `context` says what is signed, such as the kind of an entry, so that no signature fits anything else. Raises
    PolicyError before `unlock`, without such a role or key, and for a wrong passphrase. The audit trail notes it.
    """
    passphrase: str | None = getattr(actor, "_comity_passphrase", None)
    if passphrase is None:
        raise PolicyError("Your signing key is locked.", place=body, remedy="Enter its passphrase.")
    held = [seat for seat in seats(actor) if seat[0] == body and role in {"", seat[1]}]
    rows = SigningKey.objects.filter(user=actor, body=body, role__in=[seat[1] for seat in held], ended_at=None)
    row = rows.order_by("role").first()
    if row is None:
        raise PolicyError(
            "You hold no signing key of this body.",
            place=body or "office",
            remedy="Make one on the page of your account.",
        )
    signature = official.sign(_open(row, passphrase), settings.COMITY.party, body, row.role, context, digest)
    audit.note(actor, audit.SIGNATURE, context, body=body, role=row.role, digest=digest.hex())
    return signature


def publishable() -> list[RoleKey]:
    """The keys that hold: not ended, of people who are there and have the role, each until that ends."""
    now = clock.now()
    rows = SigningKey.objects.filter(ended_at=None, user__is_active=True).select_related("user").order_by("pk")
    found = []
    for row in rows:
        running = Membership.objects.filter(
            Q(until=None) | Q(until__gt=now), user=row.user, body=row.body, role=row.role, since__lte=now
        ).first()
        if running is not None:
            until = clock.iso(running.until)[:10] if running.until else ""
            found.append(RoleKey(row.body, row.role, row.vkey, clock.iso(row.made_at)[:10], until))
    return found


def _view(row: SigningKey) -> KeyView:
    return KeyView(row.pk, row.body, row.role, row.vkey, row.made_at, row.ended_at)


def _open(row: SigningKey, passphrase: str) -> notes.SigningKey:
    locked = keyfile.parse(row.sealed)
    try:
        key = keyfile.unlock(locked, passphrase.encode(), keep=False) if isinstance(locked, Locked) else locked
    except (ConfigurationError, FormatError):
        raise PolicyError("The passphrase does not open your signing key.", place="passphrase") from None
    if not isinstance(key, notes.SigningKey):
        raise ConflictError("What is kept here is no signing key.", place=row.vkey)
    return key


def _need_fresh(fresh: bool) -> None:
    if not fresh:
        raise PolicyError("Show your second factor once more.", remedy="It must have been shown in the last minutes.")
