"""Positions: fora and sessions, an agenda item with every party's text side by side, writing, sharing, approving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from comity.accounts import audit, fresh
from comity.accounts.policy import allow, can
from comity.agreement import selectors as agreements
from comity.kernel.errors import ComityError, NotFoundError
from comity.positions import calendar as feeds
from comity.positions import selectors, services
from comity.positions.domain.marks import marks
from comity.positions.domain.points import Point, Version
from comity.positions.entries import ItemRef
from comity.positions.selectors import ForumView, ItemView
from comity.web.forms_positions import ItemForm, SessionForm, ShareForm, StepForm

MORE_ROWS = 3
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """What one party proposes for a paragraph. `pieces`: its words, and whether each differs from the first column."""

    party: str
    version: Version | None
    pieces: tuple[tuple[bool, str], ...]
    mine: bool


def said_error(error: ComityError) -> str:
    """What was wrong and what to do, for a form."""
    return " ".join(part for part in (error.message, error.remedy) if part)


@allow("positions.read")
def page(request: HttpRequest) -> HttpResponse:
    """The sessions that are to come with their deadlines, those that were, and the fora."""
    today = agreements.today()
    rows = selectors.sessions()
    values = {
        "coming": [row for row in reversed(rows) if row.session.end >= today],
        "past": [row for row in rows if row.session.end < today],
        "fora": selectors.fora(),
        "today": today,
        "may_write": can(request.user, "positions.write"),
    }
    return render(request, "positions.html", values)


@allow("positions.read", methods=("POST",))
def feed(request: HttpRequest) -> HttpResponse:
    """Make an address for a calendar program, which ends the one before; or end it."""
    if request.POST.get("end"):
        feeds.end_address(request.user)
        messages.success(request, _("Ended: the address opens nothing any more."))
        return HttpResponseRedirect(reverse("positions"))
    address = reverse("positions-calendar", args=(feeds.make_address(request.user),))
    base = settings.COMITY.url.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    response = render(request, "positions_feed.html", {"address": f"{base}{address}"})
    response["Cache-Control"] = "private, no-store"
    return response


@allow("positions.calendar")
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at a secret address; 404 for every other."""
    if feeds.reader_of(secret) is None:
        raise Http404
    data = feeds.calendar(_("Positions"), settings.COMITY.origin)
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type="text/calendar; charset=utf-8", headers=headers)


@allow("positions.write", methods=("GET", "HEAD", "POST"))
def session_form(request: HttpRequest) -> HttpResponse:
    """Tell of a session; `?of=AGREEMENT/FORUM/CODE` fills the form with what is known of one."""
    fora = [row for row in selectors.fora() if row.open]
    form = SessionForm(request.POST or None, fora=fora, initial=_known_session(request, fora))
    if request.method == "POST" and form.is_valid():
        agreement, _slash, forum = form.cleaned_data["forum"].partition("/")
        code = form.cleaned_data["code"]
        try:
            services.tell_session(request.user, agreement, forum, code, form.body())
        except ComityError as error:
            form.add_error(None, said_error(error))
        else:
            messages.success(request, _("Stated. It is on its way to the partners."))
            where = "positions" if form.cleaned_data["withdrawn"] else "positions-session"
            return HttpResponseRedirect(reverse(where, args=() if where == "positions" else (agreement, forum, code)))
    values = {"form": form, "title": _("Tell of a session")}
    return render(request, "positions_form.html", values, status=400 if form.errors else 200)


def _known_session(request: HttpRequest, fora: list[ForumView]) -> dict[str, Any]:
    agreement, _slash, rest = request.GET.get("of", "")[:200].partition("/")
    forum, _slash, code = rest.partition("/")
    for row in fora:
        if (row.agreement.code, row.forum.code) != (agreement, forum):
            continue
        initial: dict[str, Any] = {"forum": f"{agreement}/{forum}"}
        found = next((one for one in row.sessions if one.code == code), None)
        if found is not None:
            initial |= {"code": code, "name": found.name, "begin": found.begin, "end": found.end, "link": found.link}
            initial |= {"venue": found.venue, "deadline": found.deadline if found.stated_deadline else None}
        return initial
    return {}


@allow("positions.read", methods=("GET", "HEAD", "POST"))
def session(request: HttpRequest, code: str, forum: str, name: str) -> HttpResponse:
    """A session: what each party tells of it, its agenda; the form for one more item."""
    view = selectors.session(request.user, code, forum, name)
    form = ItemForm(request.POST or None, initial=_known_item(request, view.items))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        ref = ItemRef(code, forum, name, data["number"])
        try:
            services.tell_item(request.user, ref, data["title"], form.listed(), withdrawn=data["withdrawn"])
        except ComityError as error:
            form.add_error(None, said_error(error))
        else:
            messages.success(request, _("Stated. It is on its way to the partners."))
            return HttpResponseRedirect(reverse("positions-session", args=(code, forum, name)))
    values = {"view": view, "form": form, "may_write": can(request.user, "positions.write")}
    return render(request, "positions_session.html", values, status=400 if form.errors else 200)


def _known_item(request: HttpRequest, items: tuple[ItemView, ...]) -> dict[str, Any]:
    found = next((one for one in items if one.ref.number == request.GET.get("item")), None)
    if found is None:
        return {}
    lines = [f"{one.number} {one.title}".strip() for one in found.documents]
    return {"number": found.ref.number, "title": found.title, "documents": "\n".join(lines)}


def _ref(code: str, forum: str, name: str, number: str) -> ItemRef:
    return ItemRef(code, forum, name, number)


def _to_item(ref: ItemRef) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("positions-item", args=(ref.agreement, ref.forum, ref.session, ref.number)))


@allow("positions.read", methods=("GET", "HEAD", "POST"))
def item(request: HttpRequest, code: str, forum: str, name: str, number: str) -> HttpResponse:
    """An agenda item: the texts paragraph by paragraph, what is agreed and what differs, what became of it."""
    ref = _ref(code, forum, name, number)
    view = selectors.item(request.user, ref)
    where = selectors.session(request.user, code, forum, name)
    form = StepForm(request.POST or None, profile=where.agreement.profile, initial={"on": where.session.begin})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.state_step(request.user, ref, data["step"], data["on"], of=data["of"], text=data["text"])
        except ComityError as error:
            form.add_error(None, said_error(error))
        else:
            messages.success(request, _("Stated. It is on its way to the partners."))
            return _to_item(ref)
    mine = where.agreement.party
    if view.sealed_open:
        audit.note(request.user, audit.VIEW, ref.about)
    values = {
        "view": view,
        "where": where,
        "mine": mine,
        "rows": [(point, _cells(point, mine, view.joint.parties)) for point in view.joint.points],
        # What this party approved by itself; a wording that it approved with a whole text is taken back with that.
        "standing": view.standing_of(mine),
        "form": form,
        "share": ShareForm(),
        "may_write": can(request.user, "positions.write"),
        "may_approve": bool(services.approving_bodies(request.user, code)),
        "drafted": can(request.user, "positions.write") and selectors.draft(request.user, ref) is not None,
    }
    response = render(request, "positions_item.html", values, status=400 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


def _cells(point: Point, mine: str, parties: tuple[str, ...]) -> list[Cell]:
    """A cell for each party, the own one first."""
    order = sorted(parties, key=lambda party: (party != mine, party))
    first = point.of(order[0])
    cells = []
    for party in order:
        version = point.of(party)
        words = version.paragraph.text if version else ""
        other = first.paragraph.text if first else words
        if party == order[0]:
            # Its words are marked against the next party that proposes any.
            other = next((one.paragraph.text for p in order[1:] if (one := point.of(p)) is not None), words)
        cells.append(Cell(party, version, marks(words, other) if words else (), party == mine))
    return cells


@allow("positions.write", methods=("GET", "HEAD", "POST"))
def draft(request: HttpRequest, code: str, forum: str, name: str, number: str) -> HttpResponse:
    """Write this party's text, paragraph by paragraph; `?from=PARTY` begins with what a party has shared."""
    ref = _ref(code, forum, name, number)
    where = selectors.session(request.user, code, forum, name)
    error = ""
    if request.method == "POST":
        rows = _posted(request)
        language, note = request.POST.get("language", "")[:3], request.POST.get("note", "")
        try:
            kept = [(identifier, text) for identifier, text in rows if text]
            services.save_draft(request.user, ref, language, kept, note)
        except ComityError as raised:
            error = said_error(raised)
        else:
            if not request.POST.get("more"):
                messages.success(request, _("Saved on this node. Nothing has been shared."))
                return _to_item(ref)
    else:
        rows, language, note = _begun(request, ref)
    rows = rows + [("", "")] * min(MORE_ROWS, MOST_ROWS - len(rows))
    values = {
        "ref": ref,
        "where": where,
        "rows": rows,
        "chosen": language or where.agreement.profile.languages[0],
        "written_in": where.agreement.profile.languages,
        "note": note,
        "error": error,
    }
    response = render(request, "positions_draft.html", values, status=400 if error else 200)
    response["Cache-Control"] = "private, no-store"
    return response


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """The paragraphs of the form, each with its name; one without a name is called by its place."""
    found = []
    for position in range(MOST_ROWS):
        words = request.POST.get(f"text-{position}")
        if words is None:
            break
        words = words.replace("\r\n", "\n").strip()
        if words:
            found.append((request.POST.get(f"id-{position}", "").strip() or str(position + 1), words))
    return found


def _begun(request: HttpRequest, ref: ItemRef) -> tuple[list[tuple[str, str]], str, str]:
    """The draft; else, or if asked for, the text that a party has shared last."""
    wanted = request.GET.get("from", "")
    kept = selectors.draft(request.user, ref)
    if kept is not None and not wanted:
        return list(kept.paragraphs), kept.language, kept.note
    view = selectors.item(request.user, ref)
    if view.sealed_open:
        audit.note(request.user, audit.VIEW, ref.about)
    shared = view.joint.current.get(wanted)
    if shared is None or shared.content is None:
        return [], "", ""
    return [(one.id, one.text) for one in shared.content.paragraphs], shared.content.language, ""


@allow("positions.write", methods=("POST",))
def share(request: HttpRequest, code: str, forum: str, name: str, number: str) -> HttpResponse:
    """Share the draft as this party's text of the next round."""
    form = ShareForm(request.POST)
    ref = _ref(code, forum, name, number)
    if form.is_valid():
        services.share(request.user, ref, public=form.cleaned_data["public"], label=form.label())
        messages.success(request, _("Shared. It is on its way to the partners."))
    return _to_item(ref)


@allow("positions.approve", methods=("POST",))
def approve(request: HttpRequest, code: str, forum: str, name: str, number: str) -> HttpResponse:
    """Approve a paragraph or a whole text for this party, or take that back; with a second factor shown lately."""
    ref = _ref(code, forum, name, number)
    of, digest = request.POST.get("of", ""), request.POST.get("digest", "")[:64]
    if of not in ("paragraph", "text"):
        raise NotFoundError(_("There is no such text."))
    if not fresh.verified(request):
        return HttpResponseRedirect(f"{fresh.way(request)}?{urlencode({'next': _to_item(ref)['Location']})}")
    withdrawn = bool(request.POST.get("withdrawn"))
    with transaction.atomic():
        index = services.approve(request.user, ref, of, digest, withdrawn=withdrawn)
        audit.note(request.user, audit.DECISION, ref.about, entry=index, digest=digest, withdrawn=str(withdrawn))
    messages.success(request, _("Taken back.") if withdrawn else _("Approved for this party."))
    return _to_item(ref)


@allow("positions.write", methods=("POST",))
def take_back(request: HttpRequest, code: str, forum: str, name: str, number: str, index: int) -> HttpResponse:
    """Take back what an own sealed text says, here and at every partner."""
    ref = _ref(code, forum, name, number)
    services.take_back(request.user, ref, index)
    return _to_item(ref)
