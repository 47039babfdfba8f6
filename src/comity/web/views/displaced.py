"""Entries that were put aside when this node came back: what to enter anew."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts import audit
from comity.accounts.policy import allow
from comity.confidential import sealed
from comity.journal import displaced


@allow("journal.displaced")
def page(request: HttpRequest) -> HttpResponse:
    """All that is put aside. Of a confidential letter no more is shown than that there was one."""
    rows = [(view, None if sealed.marked(view.openings) else view.withheld) for view in displaced.views()]
    response = render(request, "displaced.html", {"rows": rows, "total": displaced.count()})
    response["Cache-Control"] = "private, no-store"
    return response


@allow("journal.displaced", methods=("POST",))
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Delete one whose fact was entered anew."""
    gone = displaced.drop(number)
    audit.note(request.user, audit.DECISION, gone.about, act="put aside entry deleted")
    messages.info(request, _("Deleted: the entry about %(about)s that was put aside.") % {"about": gone.about})
    return HttpResponseRedirect(reverse("displaced"))
