"""Signing in and out, and the reader's language."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.i18n import set_language

from comity.accounts.policy import allow
from comity.web.forms import SignInForm
from comity.web.views import errors

TRIES = 10
WINDOW_S = 600


class SignIn(LoginView):
    """A name and a password; ten failures for one account or from one address close the door for ten minutes."""

    template_name = "sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    action = "accounts.sign-in"
    methods = ("GET", "HEAD", "POST")

    def _keys(self) -> tuple[str, str]:
        # As the form will read it: a space or a wide letter more is no other account.
        name = str(UsernameField().to_python(self.request.POST.get("username", "")[:300])).casefold()
        return f"sign-in:account:{name.encode().hex()}", f"sign-in:address:{self.request.META.get('REMOTE_ADDR', '')}"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if any(cache.get(key, 0) >= TRIES for key in self._keys()):
            return errors.show(request, 429)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        for key in self._keys():
            cache.add(key, 0, WINDOW_S)
            cache.incr(key)
        return super().form_invalid(form)


@allow("accounts.sign-out", methods=("POST",))
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect(reverse("sign-in"))


@allow("web.language", methods=("POST",))
def language(request: HttpRequest) -> HttpResponseBase:
    """Keeps the language in a cookie and goes back to the page."""
    return set_language(request)
