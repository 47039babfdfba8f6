"""The page of a right, and the extracts taken from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from comity.accounts.policy import allow
from comity.extracts import services as extracts
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.identifiers import parse_right_key
from comity.registers import labels, selectors
from comity.registers.domain.status import ENDED
from comity.registers.domain.terms import parse_day
from comity.registers.history import history
from comity.registers.particulars import particulars
from comity.web.forms import DayForm
from comity.web.lines import Mark, mark


@dataclass(frozen=True, slots=True)
class Life:
    """The line of life: from filing (or registration) to the end of the term, and where the chosen day stands."""

    marks: tuple[Mark, ...]
    chosen: Mark
    is_today: bool
    ended: str


def key_of(office: str, kind: str, number: str) -> str:
    """The key of the address; NotFoundError where it is not the one spelling of a key."""
    key = f"{office}/{kind}/{number}"
    try:
        parse_right_key(key)
    except FormatError as error:
        raise NotFoundError("No right has such an address.", place=key[:120]) from error
    return key


def chosen_day(request: HttpRequest) -> date | None:
    """The day of `?on=`; None for none or one that is no day."""
    form = DayForm(request.GET)
    return form.cleaned_data["on"] if form.is_valid() else None


def life(view: selectors.RightView) -> Life | None:
    """The line of life, where both of its ends are known."""
    record = view.record
    start = parse_day(record.filing_date) or parse_day(record.registration_date)
    end = parse_day(view.term.expires)
    if start is None or end is None or end <= start:
        return None
    at = partial(mark, start, end)
    first = labels.field(record.kind, "filing_date" if record.filing_date else "registration_date")
    marks = [at(start, first)]
    middle = parse_day(record.registration_date)
    if middle and start < middle < end:
        marks.append(at(middle, labels.field(record.kind, "registration_date")))
    marks.append(at(end, _("Expires")))
    ended = ""
    if view.status.status in ENDED and (last := parse_day(view.status.since)) and start < last < end:
        ended = at(last, "").at
    return Life(tuple(marks), at(view.day, ""), view.day == timezone.localdate(), ended)


@allow("registers.read")
def page(request: HttpRequest, office: str, kind: str, number: str) -> HttpResponse:
    """Everything that is known of a right, as of today or of `?on=`."""
    key = key_of(office, kind, number)
    view = selectors.get(request.user, key, request.GET.get("party", "")[:2], chosen_day(request))
    values = {
        "view": view,
        "row": view.row,
        "record": view.record,
        "key": key,
        "rows": particulars(view.record, view.redacted),
        "history": history(view.record),
        "life": life(view),
        "ended": view.status.status in ENDED or view.status.status == "",
        "today": timezone.localdate(),
        "differences": [
            (version, [(labels.field(view.record.kind, c.field), c) for c in version.changes])
            for version in view.versions
        ],
        "fictional": view.fictional and not settings.COMITY.fictional,
    }
    return render(request, "record.html", values)


def _download(made: tuple[str, bytes], media_type: str) -> HttpResponse:
    name, data = made
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(request: HttpRequest, office: str, kind: str, number: str) -> tuple[str, str, date, str]:
    day = chosen_day(request) or timezone.localdate()
    return key_of(office, kind, number), request.GET.get("party", "")[:2], day, get_language() or "en"


@allow("extracts.make")
def extract_pdf(request: HttpRequest, office: str, kind: str, number: str) -> HttpResponse:
    """An extract as a sealed PDF with the proof inside."""
    made = extracts.extract_pdf(request.user, *_asked(request, office, kind, number))
    return _download(made, "application/pdf")


@allow("extracts.make")
def extract_bundle(request: HttpRequest, office: str, kind: str, number: str) -> HttpResponse:
    """The proof bundle of an extract as a file."""
    made = extracts.extract_bundle(request.user, *_asked(request, office, kind, number))
    return _download(made, "application/octet-stream")
