"""Steps of requests that are being written: looked at, written anew, returned, signed by another, thrown away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts import audit, signing
from comity.accounts.fresh import fresh, verified
from comity.accounts.policy import allow
from comity.assistance import policy, selectors, services
from comity.assistance.domain.steps import Step
from comity.journal.selectors import own
from comity.kernel.errors import ComityError, NotFoundError
from comity.kernel.handling import read_label
from comity.web.assistance_forms import StepForm, initial_of
from comity.web.views.assistance import refuse, rows_of, saved


@allow("assistance.write")
def page(request: HttpRequest, number: int) -> HttpResponse:
    """A draft as it would be sent; who wrote it writes anew, another who may sign signs or returns it."""
    row = selectors.draft(request.user, number)
    content = selectors.content_of(row)
    step = Step(row.step)
    signs = row.by in policy.desks(request.user, policy.SIGN)
    values = {
        "draft": row,
        "step": step,
        "content": content,
        "subject": content.get("subject"),
        "rows": rows_of(step, content),
        "label": read_label(row.label),
        "quotes": selectors.quotes_of(row),
        "signs": signs and request.user.pk not in (row.author_id, row.editor_id),
        "seen": services.state_of(row),
        "owed": selectors.signature_owed(row.by),
        "own_hand": signs and request.user.pk in (row.author_id, row.editor_id),
    }
    return render(request, "assistance_draft.html", values)


@allow("assistance.write")
def attachment(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """A file of a draft: who signs it signs that too."""
    files = selectors.content_of(selectors.draft(request.user, number)).attachments
    if place >= len(files):
        raise NotFoundError(_("There is no such attachment."))
    audit.note(request.user, audit.EXPORT, f"draft {number}", form="attachment")
    return saved(files[place].data)


@allow("assistance.write", methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Write a draft anew. Files that are given replace those that it has."""
    row = selectors.draft(request.user, number)
    initial = initial_of(selectors.content_of(row), read_label(row.label), row.day, selectors.quotes_of(row))
    form = StepForm(request.POST or None, request.FILES or None, step=Step(row.step), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.rewrite(
                request.user,
                number,
                texts=form.texts(),
                label=form.label(),
                day=form.day(),
                attachments=form.attachments() or None,
                quotes=form.quoted(),
            )
        except ComityError as error:
            refuse(form, error)
        else:
            return HttpResponseRedirect(reverse("assistance-draft", args=(number,)))
    values = {"form": form, "step": Step(row.step), "draft": row}
    return render(request, "assistance_step.html", values, status=400 if form.errors else 200)


@allow("assistance.sign", methods=("GET", "HEAD", "POST"))
@fresh
def sign(request: HttpRequest, number: int) -> HttpResponse:
    """Approve, sign and send what another has written. Who comes back from showing his second factor sees it again."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("assistance-draft", args=(number,)))
    if passphrase := request.POST.get("passphrase", ""):
        signing.unlock(request.user, passphrase, fresh=verified(request))
    party, token, _index = services.sign(request.user, number, request.POST.get("seen", ""))
    messages.success(request, _("Signed. It is on its way to the partner."))
    return HttpResponseRedirect(reverse("assistance-case", args=(party, token)))


@allow("assistance.sign", methods=("POST",))
def take_back(request: HttpRequest, index: int) -> HttpResponse:
    """Take back what an own step says, here and at the partner."""
    view, _fact = selectors.fact(request.user, own().party, index)
    services.take_back(request.user, index)
    messages.success(request, _("Taken back. That the step was taken stays."))
    return HttpResponseRedirect(reverse("assistance-case", args=(view.party, view.token)))


@allow("assistance.sign", methods=("POST",))
def give_back(request: HttpRequest, number: int) -> HttpResponse:
    """Return a draft with a remark."""
    services.give_back(request.user, number, request.POST.get("remark", ""))
    messages.success(request, _("Returned to who wrote it."))
    return HttpResponseRedirect(reverse("assistance"))


@allow("assistance.write", methods=("POST",))
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Throw a draft away."""
    services.discard(request.user, number)
    messages.success(request, _("Thrown away. Nothing of it has left the node."))
    return HttpResponseRedirect(reverse("assistance"))
