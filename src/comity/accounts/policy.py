"""Who may do what. One function serves the check of an object, the choice of a list and every page.

Bodies, roles from the agreement and second factors come later; until then a person is a viewer, an examiner or an
operator by group, and a superuser is an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from comity.kernel.errors import ConfigurationError, PolicyError

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
    # Its contents are to be entered anew: by who enters facts, or by who imports them.
    "journal.displaced": frozenset({EXAMINER, OPERATOR}),
    "federation.read": _READ,
    "node.watch": _OPERATE,
    "agreement.read": _READ,
    "agreement.write": _OPERATE,
    # Letters are read and sent by need to know besides: see `confidential.policy`.
    "letters.read": _READ,
    "letters.write": _READ,
    "letters.office": frozenset({EXAMINER}),
}
# What needs no account. Each is an action of a page, so that no address is without a policy.
PUBLIC = frozenset(
    {"accounts.sign-in", "accounts.sign-out", "extracts.verify", "web.language", "web.health", "web.metrics"}
)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def roles(actor: Any) -> frozenset[str]:
    """The roles of somebody; none for an anonymous or inactive account. Asked of the database once per user object."""
    if actor is None or not getattr(actor, "is_active", False) or not getattr(actor, "is_authenticated", False):
        return frozenset()
    if actor.is_superuser:
        return frozenset(ROLES)
    known: frozenset[str] | None = getattr(actor, "_comity_roles", None)
    if known is None:
        known = frozenset(actor.groups.filter(name__in=ROLES).values_list("name", flat=True)) | {VIEWER}
        actor._comity_roles = known
    return known


def can(actor: Any, action: str) -> bool:
    """Whether somebody may do `action`. An action that the table does not know is a mistake in the program."""
    return action in PUBLIC or bool(ACTIONS[action] & roles(actor))


def require(actor: Any, action: str) -> None:
    """PolicyError if somebody may not do `action`."""
    if not can(actor, action):
        raise PolicyError(
            "Your role does not allow this.",
            place=action,
            remedy=f"It needs the role {' or '.join(role for role in ROLES if role in ACTIONS[action])}: "
            "ask the operator of this node.",
        )


def allow(action: str, *, methods: Iterable[str] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """Decorator of a page: its action and its methods. Who is not signed in is sent to sign in; who may not, is told.

    A page without it fails the permission matrix (`tests/api/test_permission_matrix.py`).
    """
    if action not in PUBLIC and action not in ACTIONS:
        raise ConfigurationError(f"No policy names the action {action!r}.", place="comity.accounts.policy")
    allowed = tuple(methods)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if action not in PUBLIC:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                require(request.user, action)
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        guarded.methods = allowed  # type: ignore[attr-defined]
        return guarded

    return decorate
