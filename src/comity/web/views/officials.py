"""Signing keys of officials: one's own, and those that the parties have published."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts import signing
from comity.accounts.fresh import fresh
from comity.accounts.policy import allow, can
from comity.agreement import selectors, services
from comity.agreement.labels import text as said
from comity.journal.selectors import own
from comity.kernel.errors import ComityError
from comity.web.forms import SigningKeyForm


@allow("signing.hold", methods=("GET", "HEAD", "POST"))
@fresh
def own_key(request: HttpRequest) -> HttpResponse:
    """The keys of the reader, and the form that makes one for a role that he has."""
    sent = request.method == "POST"
    names = {code: said(texts) for code, texts in selectors.body_names().items()}
    form = SigningKeyForm(request.POST if sent else None, seats=signing.seats(request.user), names=names)
    if sent and form.is_valid():
        body, role = form.cleaned_data["seat"]
        try:
            signing.make_key(request.user, body, role, form.cleaned_data["passphrase"], fresh=True)
        except ComityError as error:
            form.add_error(None, " ".join(part for part in (error.message, error.remedy) if part))
        else:
            messages.info(request, _("The key is made. It counts once it is published."))
            return HttpResponseRedirect(reverse("signing-key"))
    named = {key.key for key in selectors.officials(own())}
    rows = [(key, names.get(key.body, key.body), key.key in named) for key in signing.keys_of(request.user)]
    values = {"form": form, "rows": rows, "publishes": can(request.user, "signing.publish")}
    response = render(request, "signing_key.html", values, status=400 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@allow("signing.hold", methods=("POST",))
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End a key of one's own."""
    signing.end_key(request.user, number)
    messages.info(request, _("The key has ended here; partners learn of it when that is published."))
    return HttpResponseRedirect(reverse("signing-key"))


@allow("agreement.read")
def page(request: HttpRequest) -> HttpResponse:
    """Every key that a party has named, and whether something waits to be published."""
    publishes = can(request.user, "signing.publish")
    due = publishes and selectors.officials_due(request.user) != selectors.officials(own())
    names = {code: said(texts) for code, texts in selectors.body_names().items()}
    rows = [(row, names.get(row.body, row.body)) for row in selectors.officials_of_all()]
    return render(request, "officials.html", {"rows": rows, "publishes": publishes, "due": due})


@allow("signing.publish", methods=("POST",))
def publish(request: HttpRequest) -> HttpResponse:
    """Write into the journal which keys hold."""
    services.publish_officials(request.user)
    messages.info(request, _("Published."))
    return HttpResponseRedirect(reverse("officials"))
