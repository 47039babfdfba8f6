"""Signing in and out, and the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from allauth.account.internal.flows.logout import logout
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.socialaccount.adapter import get_adapter as office_rules
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.i18n import set_language

from comity.accounts.policy import allow
from comity.web.views import errors

OFFICE = "office"


class SignIn(LoginView):  # type: ignore[misc]
    """E-mail or name, and password; too many failures for one account or from one address close the door for a time."""

    template_name = "sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        office = settings.COMITY.oidc_name or settings.COMITY.oidc_issuer
        next_url = get_next_redirect_url(self.request)
        return {**super().get_context_data(**kwargs), "office": office, "next": next_url or ""}

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.has_error("__all__", "too_many_login_attempts"):
            return errors.too_many(self.request)
        answer: HttpResponse = super().form_invalid(form)
        return answer


class Factor(AuthenticateView):  # type: ignore[misc]
    """The second factor of who has given his password, before he is signed in."""

    template_name = "sign_in_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return with_options({**super().get_context_data(**kwargs), **kwargs})

    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(wrong=form))
        return answer


def with_options(context: dict[str, Any]) -> dict[str, Any]:
    """What the script hands to the browser, which asks the security key; nothing where there is no key to ask."""
    (options,) = context["js_data"].values()
    asks = "allowCredentials" not in options["publicKey"] or bool(options["publicKey"]["allowCredentials"])
    return {**context, "options": json.dumps(options) if asks else ""}


sign_in = allow("accounts.sign-in", methods=("GET", "HEAD", "POST"))(lambda request: SignIn.as_view()(request))
factor = allow("accounts.sign-in", methods=("GET", "HEAD", "POST"))(lambda request: Factor.as_view()(request))


@contextmanager
def _asking(request: HttpRequest, provider: Any) -> Iterator[None]:
    """What goes wrong while the provider is asked becomes what the sign-in rules say of it."""
    try:
        yield
    except OAuth2Error as error:
        office_rules(request).on_authentication_error(request, provider, exception=error)


@allow("accounts.sign-in", methods=("POST",))
def office(request: HttpRequest) -> HttpResponseBase:
    """Leads to the identity provider of the settings.

    By a page that goes on by itself: a redirect after a form would have to lead to our own address, by our policy.
    """
    provider = office_rules(request).get_provider(request, OFFICE)
    try:
        with _asking(request, provider):
            away = provider.redirect(request, process="login", next_url=get_next_redirect_url(request))["Location"]
    except requests.RequestException:
        return errors.show(request, 504)
    page = render(request, "sign_in_leave.html", {"address": away, "office": provider.app.name})
    page.headers["Refresh"] = f"0; url={away}"
    return page


@allow("accounts.sign-in")
def office_answer(request: HttpRequest) -> HttpResponseBase:
    """The identity provider's answer: who it is, or why not."""
    provider = office_rules(request).get_provider(request, OFFICE)
    answered = OAuth2CallbackView.adapter_view(provider.get_oauth2_adapter(request))
    try:
        with _asking(request, provider):
            answer: HttpResponseBase = answered(request)
    except requests.RequestException:
        return errors.show(request, 504)
    return answer


@allow("accounts.sign-out", methods=("POST",))
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect(reverse("account_login"))


@allow("web.language", methods=("POST",))
def language(request: HttpRequest) -> HttpResponseBase:
    """Keeps the language in a cookie and goes back to the page."""
    return set_language(request)
