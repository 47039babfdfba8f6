"""Changes of the laws side by side, and activities for public awareness."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts.policy import allow, can
from comity.agreement import selectors as agreements
from comity.agreement.selectors import AgreementView
from comity.kernel.errors import ComityError, NotFoundError
from comity.positions import selectors, services
from comity.positions.labels import topic
from comity.web.forms_positions import ActivityForm, LawForm
from comity.web.views.positions import said_error


@allow("laws.read")
def laws(request: HttpRequest) -> HttpResponse:
    """The changes of each party's law, by topic."""
    rows = [
        (view, view.gate("laws").open, [(topic(view.profile, one.topic), one) for one in selectors.laws(view)])
        for view in agreements.agreements()
    ]
    values = {"rows": rows, "may_write": can(request.user, "laws.write")}
    return render(request, "laws.html", values)


@allow("awareness.read")
def awareness(request: HttpRequest) -> HttpResponse:
    """The activities for public awareness, newest first."""
    rows = [(view, view.gate("awareness").open, selectors.activities(view)) for view in agreements.agreements()]
    values = {"rows": rows, "may_write": can(request.user, "awareness.write")}
    return render(request, "awareness.html", values)


@allow("laws.write", methods=("GET", "HEAD", "POST"))
def law_form(request: HttpRequest, code: str) -> HttpResponse:
    """Tell of a change of this party's law; `?of=CODE` tells anew."""
    view = agreements.agreement(code)
    mine = [row for one in selectors.laws(view) for party, rows in one.columns if party == view.party for row in rows]
    used = [(one.topic, topic(view.profile, one.topic)) for one in selectors.laws(view)]
    initial = _initial(request, mine, LawForm.base_fields)
    form = LawForm(request.POST or None, profile=view.profile, used=used, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.tell_law(request.user, code, form.cleaned_data["code"], form.body())
        except ComityError as error:
            form.add_error(None, said_error(error))
        else:
            return _told(request, "laws")
    return _form(request, form, view, _("Tell of a change of the law"))


@allow("awareness.write", methods=("GET", "HEAD", "POST"))
def activity_form(request: HttpRequest, code: str) -> HttpResponse:
    """Tell of an activity; `?of=CODE` tells anew."""
    view = agreements.agreement(code)
    mine = [row for row in selectors.activities(view) if row.journal.own]
    initial = _initial(request, mine, ActivityForm.base_fields)
    form = ActivityForm(request.POST or None, profile=view.profile, party=view.party, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.tell_activity(request.user, code, form.cleaned_data["code"], form.body())
        except ComityError as error:
            form.add_error(None, said_error(error))
        else:
            return _told(request, "awareness")
    return _form(request, form, view, _("Tell of an activity"))


def _initial(request: HttpRequest, rows: list[Any], names: Any) -> dict[str, Any]:
    wanted = request.GET.get("of", "")
    row = next((row for row in rows if row.code == wanted), None)
    if wanted and row is None:
        raise NotFoundError(_("This party has told of nothing of that code."), place=wanted[:40])
    return {name: getattr(row, name) for name in names} if row is not None else {}


def _told(request: HttpRequest, where: str) -> HttpResponse:
    messages.success(request, _("Stated. It is on its way to the partners."))
    return HttpResponseRedirect(reverse(where))


def _form(request: HttpRequest, form: Any, view: AgreementView, title: str) -> HttpResponse:
    values = {"form": form, "title": title, "agreement": view}
    return render(request, "positions_form.html", values, status=400 if form.errors else 200)
