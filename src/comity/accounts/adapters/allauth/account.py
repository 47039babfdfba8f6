"""Signing in by password: no open sign-up, no foreign addresses, failures counted for the account that was meant."""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from comity.accounts import fresh
from comity.kernel.errors import PolicyError

_MISMATCH = _("Account and password do not match. Mind large and small letters in the password.")


def canonical(login: str) -> str:
    """A name or address as it is compared: a space or a wide letter more is no other account."""
    return unicodedata.normalize("NFKC", login).strip()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
        "enter_current_password": _("The present password is another."),
        "incorrect_password": _("The password is another."),
        "too_many_login_attempts": _("Too many attempts. Wait ten minutes and try again."),
        "rate_limited": _("Too many attempts. Wait ten minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only this very host: another name that this node answers to may be another's site."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def is_ajax(self, request: HttpRequest) -> bool:
        # Forms are answered by pages, whatever a stranger's program says that it accepts.
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the pages show what is so, not what has been done."""

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponseBase:
        raise PolicyError("This account is closed.", remedy="Ask the operator of this node.")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        request = context.request
        if fresh.recent(request):
            return False
        if not self.get_reauthentication_methods(request.user):
            raise fresh.nothing_to_show()
        return True

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The password alone opens nothing for somebody who has a second factor; a key comes before a code to type."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        return sorted(factors, key=lambda method: method["id"] != "mfa_reauthenticate:webauthn") or methods

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Both names of an account count together, under every host name of this node.
        login = canonical(credentials.get("email") or credentials.get("username") or "")
        known = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login)).order_by("pk").first()
        return f"user:{known.pk}" if known is not None else f"name:{login.casefold()}"
