"""Who may do what. One function serves the check of an object, the choice of a list and every page.

A person has roles in bodies of the own party, or in the node's office itself (body ""): `Membership`. Without one he
may do nothing but look after his own account. A superuser is an operator, and no more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from comity.accounts.models import Membership
from comity.kernel import clock
from comity.kernel.errors import ConfigurationError, PolicyError

VIEWER, CLERK, EXAMINER, ENFORCEMENT = "viewer", "clerk", "examiner", "enforcement"
HEAD, COORDINATOR, AUDITOR, OPERATOR = "head", "coordinator", "auditor", "operator"
ROLES = (VIEWER, CLERK, EXAMINER, ENFORCEMENT, HEAD, COORDINATOR, AUDITOR, OPERATOR)
# What there is once in a node and not in each body.
OFFICE_ROLES = frozenset({AUDITOR, OPERATOR})

_ALL = frozenset(ROLES)
# An auditor looks on: he takes nothing out but the audit trail.
_TAKE = _ALL - {AUDITOR}
# The work of a body itself: not for those who run the node or look over its shoulder.
_WORK = _ALL - OFFICE_ROLES
_OPERATE = frozenset({OPERATOR})

ACTIONS: dict[str, frozenset[str]] = {
    "registers.read": _ALL,
    "registers.export": _TAKE,
    "registers.import": _OPERATE,
    "registers.redact": _OPERATE,
    "extracts.make": _TAKE,
    "journal.read": _ALL,
    "journal.retry": _OPERATE,
    # Its contents are to be entered anew: by who enters facts, or by who imports them.
    "journal.displaced": frozenset({EXAMINER, OPERATOR}),
    "federation.read": _ALL,
    "node.watch": _OPERATE,
    "agreement.read": _ALL,
    "agreement.write": frozenset({COORDINATOR}),
    # By need to know besides: see `confidential.policy`. A viewer of a body reads its letters; a viewer of the office
    # is whoever may look into the registers, and reads none.
    "letters.read": _WORK,
    "letters.office": frozenset({CLERK, EXAMINER, HEAD, COORDINATOR}),
    "letters.write": frozenset({CLERK, EXAMINER, HEAD}),
    # What is sealed for the party is for those who prepare and decide its positions.
    "positions.read": frozenset({CLERK, EXAMINER, HEAD, COORDINATOR}),
    "positions.write": frozenset({EXAMINER, HEAD, COORDINATOR}),
    "positions.approve": frozenset({HEAD, COORDINATOR}),
    "laws.read": _ALL,
    "laws.write": frozenset({EXAMINER, HEAD, COORDINATOR}),
    "awareness.read": _ALL,
    "awareness.write": frozenset({EXAMINER, HEAD, COORDINATOR}),
    "report.read": _ALL,
    "report.export": _TAKE,
    # So are requests for assistance: see `assistance.policy`.
    "assistance.read": _WORK - {COORDINATOR},
    "assistance.write": frozenset({CLERK, EXAMINER, ENFORCEMENT, HEAD}),
    "assistance.sign": frozenset({HEAD}),
    "audit.read": frozenset({AUDITOR}),
    # Who signs acts holds a key for it; who runs the node or heads a body publishes which keys hold.
    "signing.hold": frozenset({HEAD, COORDINATOR, ENFORCEMENT}),
    "signing.publish": frozenset({HEAD, OPERATOR}),
}
# What is the office's own: a role in a body does not count.
OFFICE = frozenset({"journal.displaced", "letters.office"})
# What everybody may who is signed in, even without a role: his own account.
SIGNED_IN = frozenset({"accounts.own"})
# What needs no account. Each is an action of a page, so that no address is without a policy.
PUBLIC = frozenset(
    {
        "accounts.sign-in",
        "accounts.sign-out",
        "extracts.verify",
        "positions.calendar",
        "web.language",
        "web.health",
        "web.metrics",
    }
)
# Scopes of tokens beside single actions: `*` is everything that the person may, `letters.*` all about letters, and this
# what lies open to every role, with the ways to take it out.
OPEN = "open"
_OPEN = frozenset(
    {"registers.read", "registers.export", "extracts.make", "journal.read", "federation.read", "agreement.read"}
)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def memberships(actor: Any) -> frozenset[tuple[str, str]]:
    """`(body, role)` of what somebody is now; nothing for an anonymous or inactive account. Asked of the database once
    per user object.
    """
    if actor is None or not getattr(actor, "is_active", False) or not getattr(actor, "is_authenticated", False):
        return frozenset()
    known: frozenset[tuple[str, str]] | None = getattr(actor, "_comity_memberships", None)
    if known is None:
        now = clock.now()
        rows = Membership.objects.filter(Q(until=None) | Q(until__gt=now), user=actor, since__lte=now, role__in=ROLES)
        known = frozenset(rows.values_list("body", "role"))
        if actor.is_superuser:
            known |= {("", OPERATOR)}
        actor._comity_memberships = known
    return known


def roles(actor: Any) -> frozenset[str]:
    """The roles that somebody has in any body."""
    return frozenset(role for _, role in memberships(actor))


def bodies(actor: Any, *roles: str) -> tuple[str, ...]:
    """Codes of the bodies in which somebody has one of these roles, or any role if none is named; sorted.

    The node's office itself is the empty code, and comes first.
    """
    return tuple(sorted({body for body, role in memberships(actor) if not roles or role in roles}))


def scopes() -> list[str]:
    """The words that a token's scope may consist of."""
    rooms = {f"{action.partition('.')[0]}.*" for action in ACTIONS}
    return ["*", OPEN, *sorted({*ACTIONS, *rooms})]


def scopes_for(actor: Any) -> list[str]:
    """Those of them with which a program of somebody may do anything at all."""
    may = [action for action in ACTIONS if can(actor, action)]
    return [scope for scope in scopes() if any(within([scope], action) for action in may)]


def within(held: Iterable[str], action: str) -> bool:
    """Whether the scopes of a token hold an action."""
    return any(
        scope in {"*", action, f"{action.partition('.')[0]}.*"} or (scope == OPEN and action in _OPEN) for scope in held
    )


def _narrowed(actor: Any, action: str) -> bool:
    """Whether a program asks on behalf of somebody, with a token that is not for this action."""
    held: Iterable[str] | None = getattr(actor, "_comity_scopes", None)
    return held is not None and not within(held, action)


def can(actor: Any, action: str, body: str | None = None) -> bool:
    """Whether somebody may do `action`, in `body` if one is given. An action that no table knows is a mistake in the
    program.
    """
    if action in PUBLIC:
        return True
    if _narrowed(actor, action):
        return False
    if action in SIGNED_IN:
        return bool(getattr(actor, "is_active", False) and actor.is_authenticated)
    if action in OFFICE:
        body = ""
    needed = ACTIONS[action]
    return any(role in needed and body in {None, where} for where, role in memberships(actor))


def require(actor: Any, action: str, body: str | None = None) -> None:
    """PolicyError if somebody may not do `action`."""
    if not can(actor, action, body):
        if _narrowed(actor, action):
            raise PolicyError(
                "This token is not for this.", place=action, remedy=f"Make one whose scope holds {action}."
            )
        needed = " or ".join(role for role in ROLES if role in ACTIONS.get(action, ()))
        raise PolicyError(
            "Your role does not allow this.",
            place=action if not body else f"{action}, {body}",
            remedy=f"It needs the role {needed}: ask the operator of this node.",
        )


def allow(action: str, *, methods: Iterable[str] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """Decorator of a page: its action and its methods. Who is not signed in is sent to sign in; who may not, is told.

    A page without it fails the permission matrix (`tests/api/test_permission_matrix.py`).
    """
    if action not in PUBLIC | SIGNED_IN and action not in ACTIONS:
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
