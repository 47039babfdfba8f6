"""Whether whoever sits at the screen has shown lately that he is who signed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from comity.accounts import FRESH_S, factors
from comity.kernel.errors import PolicyError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def recent(request: HttpRequest) -> bool:
    """Whether he proved in this session, within `FRESH_S` seconds, who he is: by his second factor if he has one."""
    since = time.time() - FRESH_S
    records = [each for each in get_authentication_records(request, request.user) if each["at"] > since]
    by_factor = any(each["method"] == "mfa" for each in records)
    return by_factor or (bool(records) and not factors.enrolled(request.user))


def verified(request: HttpRequest) -> bool:
    """Whether a second factor was shown in this session within `FRESH_S` seconds.

    On a node with demonstration data the password will do for somebody who has set up no second factor.
    """
    return recent(request) and (not factors.demanded() or factors.enrolled(request.user))


def fresh(view: View[P]) -> View[P]:
    """Decorator of a page that signs or approves: who is not `verified` shows his second factor first and comes back.

    It stands under `allow`. He comes back to the page's address by GET: what he posted is not kept meanwhile, for it
    would lie in the session in clear. So a page asks for its confirmation apart from long texts.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if verified(request):
            return view(request, *args, **kwargs)
        return HttpResponseRedirect(f"{way(request)}?{urlencode({'next': request.get_full_path()})}")

    return guarded


def way(request: HttpRequest) -> str:
    """The address of the page on which somebody becomes `verified`. PolicyError if he has nothing to show there."""
    if factors.demanded() and not factors.enrolled(request.user):
        return reverse("mfa_index")
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if not methods:
        raise nothing_to_show()
    return str(methods[0]["url"])


def nothing_to_show() -> PolicyError:
    """For who signed in elsewhere and has neither password nor second factor here."""
    return PolicyError("You signed in too long ago for this.", remedy="Sign out, sign in again, and repeat the step.")
