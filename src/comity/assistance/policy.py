"""Who sees and writes requests for assistance: the members of the two bodies, and nobody else; heads sign.

One condition serves the object and the list. An operator, an auditor, a coordinator learns nothing of a request of a
body to which he does not belong.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from comity.accounts import policy
from comity.accounts.policy import ACTIONS
from comity.assistance.domain.steps import OPENS
from comity.journal.models import Journal
from comity.kernel.errors import PolicyError

READ, WRITE, SIGN = "assistance.read", "assistance.write", "assistance.sign"


def desks(actor: Any, action: str = READ) -> tuple[str, ...]:
    """The bodies of the own party in whose requests somebody may do `action`; empty code: the office itself.

    A viewer of the office is whoever may look into the registers, and reads none of its requests.
    """
    found = policy.bodies(actor, *ACTIONS[action])
    return tuple(code for code in found if code or "" in policy.bodies(actor, *ACTIONS[WRITE]))


def visible_to(actor: Any, own: Journal) -> Q:
    """The requests that somebody needs to know of: sent or received by a body that he belongs to."""
    codes = desks(actor)
    sent = Q(journal__party=own.party, by__in=codes)
    received = ~Q(journal__party=own.party) & Q(to__in=[address(own.party, code) for code in codes])
    return Q(step__in=OPENS) & (sent | received)


def address(party: str, body: str) -> str:
    """How a body is named where things are sealed for it: `RU/ru-customs`, `RU` for the office."""
    return f"{party}/{body}" if body else party


def require(actor: Any, action: str, body: str) -> None:
    """PolicyError if somebody may not do `action` in the name of a body."""
    if body not in desks(actor, action):
        raise PolicyError(
            "You may not do this in the name of this body.",
            place=body or "office",
            remedy="Its members write, its head signs: ask the operator which body you belong to.",
        )


def require_other(actor: Any, *writers: Any) -> None:
    """PolicyError if who signs has written it himself: four eyes."""
    if any(writer is not None and writer.pk == actor.pk for writer in writers):
        raise PolicyError(
            "Who wrote it does not sign it.", place="signature", remedy="Another person of the body approves and signs."
        )
