"""A person's own tokens for programs: making one, which is shown once, and ending one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts import services
from comity.accounts.fresh import fresh
from comity.accounts.policy import allow
from comity.web.forms import TokenForm


@allow("accounts.own", methods=("GET", "HEAD", "POST"))
@fresh
def page(request: HttpRequest) -> HttpResponse:
    """The list and the form; the answer to the form shows the new token, this once.

    A token goes past second factors, so whoever makes one shows his first.
    """
    sent = request.method == "POST"
    form, made = TokenForm(request.POST if sent else None, actor=request.user), ""
    if sent and form.is_valid():
        data = form.cleaned_data
        made = services.make_token(
            request.user, data["label"], scopes=data["scopes"], days=int(data["days"]), by=request.user
        )
        form = TokenForm(actor=request.user)
    tokens = services.tokens_of(request.user)
    values = {"form": form, "made": made, "tokens": [view for view in tokens if view.works]}
    response = render(request, "tokens.html", values, status=400 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@allow("accounts.own", methods=("POST",))
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End one of one's own."""
    services.end_token(str(number), of=request.user, by=request.user)
    messages.info(request, _("The token has ended."))
    return HttpResponseRedirect(reverse("tokens"))
