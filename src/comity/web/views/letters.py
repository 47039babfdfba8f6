"""Confidential letters: the list, one letter, writing one. What is shown starts from what the reader may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.accounts.policy import allow
from comity.confidential import selectors, services
from comity.confidential.policy import may_send
from comity.journal import selectors as journals
from comity.kernel.errors import ComityError, NotFoundError, PolicyError
from comity.web.forms import LetterForm


@allow("letters.read")
def page(request: HttpRequest) -> HttpResponse:
    """The newest letters that the reader needs to know of."""
    rows = selectors.letters(request.user, before=request.GET.get("before", "")[:20])
    older = rows[-1].at if len(rows) == selectors.PAGE else ""
    return render(request, "letters.html", {"rows": rows, "older": older, "desks": selectors.desks(request.user)})


@allow("letters.read")
def letter(request: HttpRequest, party: str, index: int) -> HttpResponse:
    """One letter with its label, and how far its entry has come."""
    view = selectors.letter(request.user, party, index, _origin(request))
    state = journals.state_of(journals.by_origin(view.origin), index)
    takes_back = view.own and view.content is not None and may_send(request.user, view.by)
    values = {"letter": view, "state": state, "takes_back": takes_back, "desks": selectors.desks(request.user)}
    response = render(request, "letter.html", values)
    response["Cache-Control"] = "private, no-store"
    return response


@allow("letters.read")
def attachment(request: HttpRequest, party: str, index: int, number: int) -> HttpResponse:
    """An attachment, to be saved, never shown: it comes from a partner."""
    content = selectors.letter(request.user, party, index, _origin(request)).content
    if content is None or number >= len(content.attachments):
        raise NotFoundError(_("There is no such attachment."))
    item = content.attachments[number]
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    response = HttpResponse(item.data, content_type="application/octet-stream", headers=headers)
    response.headers["Content-Disposition"] = "attachment"
    return response


@allow("letters.write", methods=("GET", "HEAD", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """The form; `?to=PARTY/INDEX` answers a letter."""
    desks = selectors.desks(request.user)
    if not desks:
        raise PolicyError(
            _("You may not send letters."),
            remedy=_("Clerks, examiners and heads send them, in the name of a body that has a key."),
        )
    reply = _reply(request)
    sent = request.method == "POST"
    lists = {"desks": desks, "addressees": selectors.addressees()}
    initial = {}
    if reply is not None and reply.content is not None:
        subject = f"Re: {reply.content.subject}"[:300]
        initial = {"subject": subject, "tlp": reply.label.tlp, "to": [reply.party]}
    form = LetterForm(request.POST if sent else None, request.FILES if sent else None, initial=initial, **lists)
    if sent and form.is_valid():
        data = form.cleaned_data
        try:
            party, index = services.send(
                request.user,
                desk=data["desk"],
                to=data["to"],
                label=form.label(),
                subject=data["subject"],
                text=data["text"],
                reply_to=(reply.party, reply.index, reply.origin) if reply else None,
                attachments=form.attachments(),
            )
        except ComityError as error:
            form.add_error(None, " ".join(part for part in (error.message, error.remedy) if part))
        else:
            return HttpResponseRedirect(reverse("letter", args=(party, index)))
    response = render(request, "letter_new.html", {"form": form, "reply": reply}, status=400 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@allow("letters.write", methods=("POST",))
def take_back(request: HttpRequest, index: int) -> HttpResponse:
    """Take an own letter back, here and at every partner."""
    view = selectors.letter(request.user, journals.own().party, index, _origin(request))
    services.take_back(request.user, index, view.origin)
    return HttpResponseRedirect(reverse("letter", args=(view.party, index)) + view.where)


def _origin(request: HttpRequest) -> str:
    """The frozen journal in which the letter stands; empty for the present one."""
    return request.GET.get("journal", "")[:255]


def _reply(request: HttpRequest) -> selectors.LetterView | None:
    party, _slash, number = request.GET.get("to", "")[:40].partition("/")
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        return None
    return selectors.letter(request.user, party, int(number), _origin(request))
