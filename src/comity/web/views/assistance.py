"""Requests for assistance: the list by deadline, one request, writing a step. Only what one needs to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts.policy import allow
from comity.assistance import desk, labels, letters, policy, selectors, services
from comity.assistance.cases import CaseView
from comity.assistance.domain.contents import FIELDS, Content
from comity.assistance.domain.steps import Step
from comity.confidential import selectors as confidential
from comity.journal import selectors as journals
from comity.kernel.errors import ComityError, NotFoundError, PolicyError
from comity.web.assistance_forms import StepForm
from comity.web.lines import Line, line


@allow("assistance.read")
def page(request: HttpRequest) -> HttpResponse:
    """The requests of the reader's bodies, what is due first on top; what waits for him; what is being written."""
    side, state = request.GET.get("side", ""), request.GET.get("state", "")
    side = side if side in ("requesting", "requested") else ""
    only_open = {"open": True, "ended": False}.get(state)
    values = {
        "rows": selectors.read_list(request.user, side=side, only_open=only_open),
        "drafts": [(row, selectors.content_of(row).get("subject")) for row in selectors.drafts(request.user)],
        "reminders": desk.reminders(request.user),
        "side": side,
        "state": state if only_open is not None else "",
        "may_write": bool(policy.desks(request.user, policy.WRITE)),
    }
    return render(request, "assistance.html", values)


@allow("assistance.read")
def statistics(request: HttpRequest) -> HttpResponse:
    """Requests by side and type: how many, what became of them, how long it took."""
    return render(request, "assistance_statistics.html", {"rows": desk.statistics(request.user)})


@allow("assistance.read")
def case(request: HttpRequest, party: str, token: str) -> HttpResponse:
    """One request: its timeline from both sides' journals, its deadline, and what may be done now."""
    view = selectors.read(request.user, party, token)
    writes = view.own_body in policy.desks(request.user, policy.WRITE)
    values = {
        "case": view,
        "facts": [
            (fact, rows_of(fact.step, fact.content), journals.state_of(journals.by_origin(fact.origin), fact.index))
            for fact in view.facts
        ],
        "line": _line(view),
        "today": view.terms.today(view.to_party),
        "holidays": view.holidays() if view.course.state.open else [],
        "letter_languages": letters.languages(view),
        "steps": view.steps if writes else (),
        "signs": view.own_body in policy.desks(request.user, policy.SIGN),
        "drafts": [row for row in selectors.drafts(request.user) if (row.party, row.token) == (party, token)],
    }
    return render(request, "assistance_case.html", values)


def rows_of(step: Step, content: Content | None) -> list[tuple[str, str]]:
    """What a step says, field by field."""
    said = ((one.name, content.get(one.name)) for one in FIELDS[step]) if content else ()
    return [(str(labels.FIELDS[name]), labels.value(name, text)) for name, text in said if text]


def _line(view: CaseView) -> Line | None:
    days = [(view.terms.day(fact.at, view.to_party), labels.STEPS[fact.step], fact.party) for fact in view.facts]
    if view.due and view.due.day and view.course.state.open:
        days.append((view.due.day, _("answer due"), view.to_party))
    today = view.terms.today(view.to_party)
    return line(days, today, today)


@allow("assistance.read")
def attachment(request: HttpRequest, party: str, index: int, number: int) -> HttpResponse:
    """An attachment, to be saved, never shown: it may come from a partner."""
    content = selectors.taken(request.user, party, index, "attachment")[1].content
    if content is None or number >= len(content.attachments):
        raise NotFoundError(_("There is no such attachment."))
    return saved(content.attachments[number].data)


def saved(data: bytes) -> HttpResponse:
    """A file that a browser saves and shows in no page."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)


@allow("assistance.read")
def letter(request: HttpRequest, party: str, index: int, language: str) -> HttpResponse:
    """A step as a letter in PDF."""
    name, data = letters.letter(request.user, party, index, language)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@allow("assistance.write", methods=("GET", "HEAD", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """Write a request; `?oral=1` notes one that was made by word of mouth."""
    own = journals.own()
    codes = policy.desks(request.user, policy.WRITE)
    names = {view.code: view for view, _here in confidential.bodies_known() if view.party == own.party}
    names[""] = confidential.BodyView(own.party, "", own.name)
    desks = [names[code] for code in codes if code in names]
    if not desks:
        raise PolicyError(
            _("No body in whose name you could ask has a key yet."), remedy=_("The operator names it: comity body add.")
        )
    step = Step.ORAL if request.GET.get("oral") else Step.REQUEST
    lists = {"desks": desks, "addressees": confidential.addressees()}
    form = StepForm(request.POST or None, request.FILES or None, step=step, **lists)

    def write() -> int:
        desk, to = form.cleaned_data["desk"], form.cleaned_data["to"]
        return int(services.write_request(request.user, body=desk, to=to, oral_on=form.day(), **said(form)).pk)

    return _form(request, form, write, step=step, oral=step is Step.ORAL)


@allow("assistance.write", methods=("GET", "HEAD", "POST"))
def step(request: HttpRequest, party: str, token: str, step: str) -> HttpResponse:
    """Write a further step of a request. `?of=RU/15` fills in what consent is asked for."""
    view = selectors.case(request.user, party, token)
    policy.require(request.user, policy.WRITE, view.own_body)
    if step not in view.steps:
        raise NotFoundError(
            _("This step is not possible now."), remedy=_("The page of the request shows what may be done.")
        )
    initial = {"tlp": view.label.tlp, "of": request.GET.get("of", "")[:40]}
    form = StepForm(request.POST or None, request.FILES or None, step=Step(step), initial=initial)

    def write() -> int:
        return int(services.write_step(request.user, party, token, Step(step), day=form.day(), **said(form)).pk)

    return _form(request, form, write, step=Step(step), case=view)


def said(form: StepForm) -> dict[str, Any]:
    """What a step says, for the services that write one."""
    return {
        "texts": form.texts(),
        "label": form.label(),
        "attachments": form.attachments(),
        "quotes": form.quoted(),
    }


def _form(request: HttpRequest, form: StepForm, write: Callable[[], int], **values: Any) -> HttpResponse:
    """The form of a step; once it is filled in and `write` takes it and gives the draft's number, the way there."""
    if request.method == "POST" and form.is_valid():
        try:
            draft = write()
        except ComityError as error:
            refuse(form, error)
        else:
            return HttpResponseRedirect(reverse("assistance-draft", args=(draft,)))
    return render(request, "assistance_step.html", {"form": form, **values}, status=400 if form.errors else 200)


def refuse(form: StepForm, error: ComityError) -> None:
    """Show in a form why a service refused."""
    known = error.place if error.place in form.fields else None
    form.add_error(known, " ".join(part for part in (error.message, error.remedy) if part))
