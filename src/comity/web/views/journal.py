"""The exchange: journals, entries, checkpoints, cosignatures, partners."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comity.accounts import audit
from comity.accounts.policy import allow, can
from comity.federation import confirmations
from comity.federation import selectors as federation
from comity.journal import displaced, services
from comity.journal import selectors as journals
from comity.journal.covering import cover
from comity.kernel.errors import NotFoundError
from comity.web import measures

PAGE = 50


def _origin(party: str) -> str:
    return journals.by_party(party).origin


@allow("journal.read")
def page(request: HttpRequest) -> HttpResponse:
    """Every journal known here, its last entries and its state; every partner."""
    overview = journals.overview()
    values = {
        "journals": [(view, journals.entries_page(view.origin, None, 8, actor=request.user)) for view in overview],
        "partners": federation.partners(),
        "alarms": [alarm.text() for alarm in measures.alarms(measures.measure())],
        "own": next((view for view in overview if view.own and view.party), None),
        "unconfirmed": confirmations.unconfirmed_for(request.user) if any(view.own for view in overview) else [],
        "displaced": displaced.count(),
        "forks": [(view, fork) for view in overview for fork in view.forks],
        "held": [(view, held) for view in overview if view.held for held in _held(request.user, view.origin)],
    }
    return render(request, "exchange.html", values)


def _held(actor: Any, origin: str) -> list[journals.HeldView]:
    """The held entries of a journal as somebody may see them; who may try them again is told of all."""
    rows = journals.held(journals.by_origin(origin), 100)
    unseen = set() if can(actor, "journal.retry") else journals.hidden(actor, {row.about for row in rows})
    return [row for row in rows if row.about not in unseen]


@allow("journal.read")
def entries(request: HttpRequest, party: str) -> HttpResponse:
    """The entries of one journal, the newest first, 50 a page."""
    origin = _origin(party)
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    rows = journals.entries_page(origin, before, PAGE, actor=request.user)
    view = next(item for item in journals.overview() if item.origin == origin)
    older = rows[-1].index if rows and rows[-1].index > 0 else None
    newer = None
    if before is not None and before < view.entries:
        newer = min(view.entries, before + PAGE)
    return render(request, "entries.html", {"journal": view, "rows": rows, "older": older, "newer": newer})


def _entry(actor: Any, party: str, index: int) -> journals.EntryView:
    journal = journals.by_party(party)
    if not 0 <= index < journal.next_index:
        raise NotFoundError(_("The journal has no entry of this number."), place=f"{party} {index}")
    return journals.entry_view(journal.origin, index, actor=actor)


@allow("journal.read")
def entry(request: HttpRequest, party: str, index: int) -> HttpResponse:
    """One entry: its bytes as text, its leaf, how far it has come, what other parties said of it."""
    found = _entry(request.user, party, index)
    journal = journals.by_origin(found.origin)
    right = found.about if found.kind == "registers.right" and found.about.count("/") >= 2 else ""
    head, _newline, body = found.text.partition("\n")
    values = {
        "entry": found,
        "right": right,
        "head": head,
        "body": body.rstrip("\n"),
        "journal": journal,
        "said": confirmations.said_of(journal, [index])[index],
    }
    return render(request, "entry.html", values)


@allow("journal.read")
def proof(request: HttpRequest, party: str, index: int) -> HttpResponse:
    """The proof that the journal holds the entry, as a `.tlog-proof` file."""
    data = cover(journals.by_party(party), index).tlog_proof()
    response = HttpResponse(data, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{party}-{index}.tlog-proof"'
    response["Cache-Control"] = "private, no-store"
    return response


@allow("journal.read")
def checkpoint(request: HttpRequest, party: str) -> HttpResponse:
    """The last checkpoint of a journal, verbatim."""
    origin = _origin(party)
    view = next(item for item in journals.overview() if item.origin == origin)
    if not view.checkpoint:
        raise NotFoundError(_("This journal has no checkpoint yet."), place=party)
    return HttpResponse(view.checkpoint, content_type="text/plain; charset=utf-8")


@allow("journal.retry", methods=("POST",))
def retry(request: HttpRequest, party: str) -> HttpResponse:
    """Try held entries again: those about one subject, or all."""
    outcome = services.retry(journals.by_party(party), request.POST.get("about", "")[:400])
    audit.note(
        request.user, audit.DECISION, f"journal {party}", act="held entries tried again", applied=outcome.applied
    )
    applied = ngettext("%(n)s entry applied", "%(n)s entries applied", outcome.applied) % {"n": outcome.applied}
    left = ngettext("%(n)s still held", "%(n)s still held", outcome.held) % {"n": outcome.held}
    messages.info(request, f"{applied}, {left}.")
    return HttpResponseRedirect(reverse("exchange") + "#held")
