"""Who may read and write letters: need to know. One condition serves the object and the list.

A body's letters are read by its members and by nobody else; the office's own by those of its members who deal with
letters (`letters.office`). An operator or an auditor reads none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from comity.accounts import policy
from comity.accounts.policy import ACTIONS, can
from comity.journal.models import Journal
from comity.kernel.errors import PolicyError
from comity.kernel.handling import Label


def desks(actor: Any) -> tuple[str, ...]:
    """Codes of the bodies whose letters somebody may read; the empty code is the office."""
    if not can(actor, "letters.read"):
        return ()
    found = policy.bodies(actor, *ACTIONS["letters.read"])
    return tuple(code for code in found if code or can(actor, "letters.office"))


def visible_to(actor: Any, own: Journal) -> Q:
    """The letters that somebody may read: sent or received by the office, or by a body that he belongs to."""
    seen = Q(pk__in=())
    ours = Q(journal=own) | Q(journal__former=True)
    for desk in desks(actor):
        received = f" {own.party}/{desk} " if desk else f" {own.party} "
        seen |= Q(ours, by=desk) | Q(~ours, to__contains=received)
    return seen


def may_send(actor: Any, desk: str) -> bool:
    """Whether somebody may send in the name of the office (`desk` empty) or of a body."""
    return desk in desks(actor) and can(actor, "letters.write", desk)


def require_desk(actor: Any, desk: str) -> None:
    if not may_send(actor, desk):
        raise PolicyError(
            "You may not send in this name.",
            place=desk or "office",
            remedy="The letters of a body, or of the office, are sent by its clerks, examiners and head.",
        )


def require_onward(
    what: str, label: Label, entitled: Collection[str], recipients: Iterable[tuple[str, str]], *, place: str
) -> None:
    """PolicyError unless each of `recipients` (`(address, party)`) has the sealed thing already, as such or by its
    party, or its label lets it be passed on.
    """
    for address, party in recipients:
        if not ({address, party} & set(entitled) or label.onward):
            raise PolicyError(
                f"{what} may not be passed on to {address}.",
                place=place,
                remedy="Answer those who have it, write of something else, or ask its sender for consent.",
            )
