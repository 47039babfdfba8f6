"""The agreement: its life, what it opens, who is competent, its documents, its editions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts.policy import allow, can
from comity.agreement import labels, selectors, services
from comity.agreement.domain.editions import compare
from comity.agreement.domain.life import Step
from comity.agreement.selectors import AgreementView
from comity.evidence import files
from comity.kernel.errors import ComityError, NotFoundError
from comity.report import selectors as use
from comity.web.forms import StatementForm, VoidForm
from comity.web.lines import line
from comity.web.views.record import chosen_day


def _common(request: HttpRequest, view: AgreementView) -> dict[str, Any]:
    return {
        "agreement": view,
        "state": view.life.state(view.on),
        "since": view.life.since(view.on),
        "may_write": can(request.user, "agreement.write"),
        "is_today": view.on == selectors.today(view.profile, view.party),
    }


@allow("agreement.read")
def page(request: HttpRequest) -> HttpResponse:
    """The agreement of this node; a choice where there are several; what partners propose."""
    views = selectors.agreements()
    proposed = [(code, selectors.editions(code)) for code in selectors.proposed()]
    if len(views) == 1 and not proposed:
        return HttpResponseRedirect(reverse("agreement-life", args=(views[0].code,)))
    rows = [(view, view.life.state(view.on)) for view in views]
    values = {"rows": rows, "proposed": proposed, "may_write": can(request.user, "agreement.write")}
    return render(request, "agreements.html", values)


@allow("agreement.read", methods=("GET", "HEAD", "POST"))
def life(request: HttpRequest, code: str) -> HttpResponse:
    """The life as a timeline, what is missing, what is open by which article; the form for one more step."""
    view = selectors.agreement(code, chosen_day(request))
    form = StatementForm(request.POST or None, profile=view.profile, party=view.party)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            services.state(request.user, code, Step(data.pop("step")), data.pop("day").isoformat(), **data)
        except ComityError as error:
            form.add_error(None, " ".join(part for part in (error.message, error.remedy) if part))
        else:
            messages.success(request, _("Stated. It is on its way to the partners."))
            return HttpResponseRedirect(reverse("agreement-life", args=(code,)))
    moments = view.life.timeline
    drawn = [
        (moment.day, labels.STEPS[moment.stated.step] if moment.stated else labels.COMPUTED[moment.what], moment.party)
        for moment in moments
    ]
    values = _common(request, view) | {
        "moments": moments,
        "line": line(drawn, view.on, selectors.today(view.profile, view.party)),
        "gates": view.gates(),
        "statements": selectors.statements(code),
        "form": form,
        "proposals": [row for row in view.standing.open if row.party != view.party],
    }
    return render(request, "agreement_life.html", values, status=400 if form.errors else 200)


@allow("agreement.write", methods=("POST",))
def void(request: HttpRequest, code: str, index: int) -> HttpResponse:
    """Take an own statement back as a mistake."""
    form = VoidForm(request.POST)
    if form.is_valid():
        services.void(request.user, code, index, form.cleaned_data["reason"])
        messages.success(request, _("Taken back. It stays readable, with the reason."))
    else:
        messages.error(request, _("Say why it was a mistake."))
    return HttpResponseRedirect(reverse("agreement-life", args=(code,)))


@allow("agreement.write", methods=("POST",))
def adopt(request: HttpRequest, code: str) -> HttpResponse:
    """Adopt what a partner has adopted, byte for byte."""
    services.adopt_proposed(request.user, code, request.POST.get("digest", "")[:64])
    messages.success(request, _("Adopted."))
    return HttpResponseRedirect(reverse("agreement-life", args=(code,)))


@allow("agreement.read")
def bodies(request: HttpRequest, code: str) -> HttpResponse:
    """The bodies of each party, and who is competent for what on a day."""
    view = selectors.agreement(code, chosen_day(request))
    table = [
        (matter, [(party, view.profile.competent(matter.code, view.on, party.code)) for party in view.profile.parties])
        for matter in view.profile.matters
    ]
    return render(request, "agreement_bodies.html", _common(request, view) | {"table": table})


@allow("agreement.read")
def articles(request: HttpRequest, code: str) -> HttpResponse:
    """The articles with what each permits, and their texts side by side."""
    view = selectors.agreement(code, chosen_day(request))
    gates = defaultdict(list)
    for gate in view.gates():
        gates[gate.article].append(gate)
    texts = defaultdict(list)
    for passage in selectors.passages(code, view.profile.edition):
        texts[passage.article].append(passage)
    areas = {area.code: area for area in view.profile.areas}
    used = use.uses()
    rows = [
        (
            article,
            [areas[area] for area in article.areas],
            gates[article.number],
            texts[article.number],
            sum(used.get(gate.capability, 0) for gate in gates[article.number]),
        )
        for article in view.profile.articles
    ]
    more = {"rows": rows, "elsewhere": gates[""], "used": used, "year": view.on.year}
    values = _common(request, view) | more
    return render(request, "agreement_articles.html", values)


@allow("agreement.read")
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """The documents by hash, edition and language; the editions of the profile, and two of them compared."""
    view = selectors.agreement(code)
    rows = selectors.editions(code)
    numbers = sorted({row.edition for row in rows}, reverse=True)
    new, old = (_chosen(request, name, numbers, place) for name, place in (("new", 0), ("old", 1)))
    profiles = {row.edition: selectors.profile_of(row) for row in reversed(rows)}
    differences = compare(profiles[old], profiles[new]) if old and new and old != new else ()
    values = _common(request, view) | {
        "papers": [(paper, files.has(paper.sha256)) for paper in selectors.papers(code)],
        "editions": rows,
        "numbers": numbers,
        "old": old,
        "new": new,
        "differences": differences,
    }
    return render(request, "agreement_documents.html", values)


def _chosen(request: HttpRequest, name: str, numbers: list[int], place: int) -> int:
    text = request.GET.get(name, "")
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) in numbers:
        return int(text)
    return numbers[place] if len(numbers) > place else 0


@allow("agreement.read")
def document(request: HttpRequest, code: str, sha256: str) -> HttpResponse:
    """A document, to be saved, never shown: it may come from a partner."""
    paper = next((row for row in selectors.papers(code) if row.sha256 == sha256), None)
    if paper is None or not files.has(sha256):
        raise NotFoundError(_("There is no such document here."))
    response = HttpResponse(files.read(sha256), content_type="application/octet-stream")
    ending = "pdf" if paper.media_type == "application/pdf" else "txt"
    response["Content-Disposition"] = f'attachment; filename="{paper.name}-{paper.language}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
