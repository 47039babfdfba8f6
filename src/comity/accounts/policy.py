"""Who may do what. One function serves the check of an object and the choice of a list.

Bodies, roles from the agreement and second factors come later; until then a person is a viewer, an examiner or an
operator by group, and a superuser is an operator.
"""

from __future__ import annotations

from typing import Any

VIEWER, EXAMINER, OPERATOR = "viewer", "examiner", "operator"
ROLES = (VIEWER, EXAMINER, OPERATOR)

_READ = frozenset({VIEWER, EXAMINER, OPERATOR})
_OPERATE = frozenset({OPERATOR})

ACTIONS: dict[str, frozenset[str]] = {
    "registers.read": _READ,
    "registers.export": _READ,
    "registers.import": _OPERATE,
    "registers.redact": _OPERATE,
    "extracts.make": _READ,
    "journal.read": _READ,
    "journal.retry": _OPERATE,
    "federation.read": _READ,
}


def roles(actor: Any) -> frozenset[str]:
    """The roles of somebody; none for an anonymous or inactive account."""
    if actor is None or not getattr(actor, "is_active", False) or not getattr(actor, "is_authenticated", False):
        return frozenset()
    if actor.is_superuser:
        return frozenset(ROLES)
    return frozenset(actor.groups.filter(name__in=ROLES).values_list("name", flat=True)) | {VIEWER}


def can(actor: Any, action: str) -> bool:
    """Whether somebody may do `action`. An action that the table does not know is a mistake in the program."""
    return bool(ACTIONS[action] & roles(actor))
