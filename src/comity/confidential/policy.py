"""Who may read and write letters: need to know. One condition serves the object and the list.

The office's own letters are for examiners; a body's letters are for the members of that body and for nobody else, an
operator included. A person belongs to a body by the group `body:<code>`.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from comity.accounts.policy import can
from comity.journal.models import Journal
from comity.kernel.errors import PolicyError

GROUP = "body:"


def bodies(actor: Any) -> tuple[str, ...]:
    """Codes of the bodies that somebody belongs to; none for an account that is switched off."""
    if not can(actor, "letters.read"):
        return ()
    names = actor.groups.filter(name__startswith=GROUP).order_by("name").values_list("name", flat=True)
    return tuple(name.removeprefix(GROUP) for name in names)


def visible_to(actor: Any, own: Journal) -> Q:
    """The letters that somebody may read: sent or received by the office, or by a body that he belongs to."""
    seen = Q(pk__in=())
    if not can(actor, "letters.read"):
        return seen
    desks = ["", *bodies(actor)] if can(actor, "letters.office") else list(bodies(actor))
    for desk in desks:
        received = f" {own.party}/{desk} " if desk else f" {own.party} "
        seen |= Q(journal=own, by=desk) | Q(~Q(journal=own), to__contains=received)
    return seen


def may_send(actor: Any, desk: str) -> bool:
    """Whether somebody may send in the name of the office (`desk` empty) or of a body."""
    return can(actor, "letters.write") and (can(actor, "letters.office") if not desk else desk in bodies(actor))


def require_desk(actor: Any, desk: str) -> None:
    if not may_send(actor, desk):
        raise PolicyError(
            "You may not send in this name.",
            place=desk or "office",
            remedy="A body's letters are sent by its members, the office's by examiners: ask the operator.",
        )
