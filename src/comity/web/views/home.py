"""The first page, help, and the sign of life."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from comity.accounts.policy import allow, can
from comity.assistance import desk
from comity.federation import selectors as federation
from comity.journal import selectors as journals
from comity.registers import runs
from comity.registers import selectors as registers


@allow("registers.read")
def today(request: HttpRequest) -> HttpResponse:
    """What came in, how the exchange stands, what was imported last; on an empty node what to do first."""
    overview = journals.overview()
    partners = federation.partners()
    counts = registers.count_by_party()
    may_import = can(request.user, "registers.import")
    values = {
        "journals": [(journal, counts.get(journal.party, 0)) for journal in overview],
        "partners": partners,
        "forks": sum(len(journal.forks) for journal in overview),
        "held": sum(journal.held for journal in overview),
        "incoming": registers.recent(request.user, partners=True),
        "own": registers.recent(request.user, partners=False, limit=5),
        "imports": runs.imports(request.user)[:5] if may_import else [],
        "reminders": desk.reminders(request.user) if can(request.user, "assistance.read") else [],
        "total": sum(counts.values()),
    }
    return render(request, "home.html", values)


@allow("registers.read")
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "help.html", {"overview": journals.overview()})
