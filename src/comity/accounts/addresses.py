"""E-mail addresses of accounts: people sign in with them, and the identity provider is matched by them."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from comity.accounts import noted
from comity.kernel.errors import ConflictError, FormatError

MOST_CHARACTERS = 254


def cleaned(text: str) -> str:
    """An address as it is kept. FormatError if it is none."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise FormatError("This is no e-mail address.", remedy="Give one such as name@office.example.") from None
    if len(address) > MOST_CHARACTERS:
        raise FormatError("The e-mail address is too long.", remedy=f"At most {MOST_CHARACTERS} characters.")
    return address


@transaction.atomic
def give(user: Any, text: str) -> None:
    """Make an address the one of this account, in place of what it had: a command, whose giver vouches that it is his.

    FormatError if it is no address, ConflictError if another account has it.
    """
    address = cleaned(text)
    others = User.objects.filter(Q(email__iexact=address) | Q(username__iexact=address)).exclude(pk=user.pk)
    if others.exists() or EmailAddress.objects.filter(email__iexact=address).exclude(user=user).exists():
        raise ConflictError("Another account has this e-mail address.", remedy="Take it from that account first.")
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    noted.changed(None, user, "address")
    user.email = address
    user.save(update_fields=["email"])


def owner(text: str) -> User | None:
    """The active account that an address belongs to beyond doubt; None if there is none."""
    rows = EmailAddress.objects.select_related("user").filter(email__iexact=text.strip(), verified=True)
    found = [row.user for row in rows if row.user.is_active]
    return found[0] if len(found) == 1 else None


def taken(text: str) -> bool:
    """Whether any account, closed ones too, uses an address, be it as a name."""
    address = text.strip()
    used = User.objects.filter(Q(email__iexact=address) | Q(username__iexact=address))
    return used.exists() or EmailAddress.objects.filter(email__iexact=address).exists()
