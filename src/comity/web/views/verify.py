"""Verification of an extract or a proof bundle, for anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from comity.accounts.policy import allow
from comity.federation import keys
from comity.kernel.bundle import fingerprint
from comity.kernel.errors import ComityError
from comity.kernel.notes import VerifierKey
from comity.kernel.verify import MAX_FILE, Report, verify_file
from comity.web.forms import VerifyForm

MOST_KEYS = 64


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that this node knows; `fingerprint` is what an office publishes of it, `state` what its roster says."""

    text: str
    name: str
    party: str
    role: str
    fingerprint: str
    chosen: bool
    state: str


def _known(chosen: list[str] | None) -> list[KnownKey]:
    """The keys of this node and its partners; all but revoked ones chosen before anybody chose."""
    return [
        KnownKey(
            str(item.key),
            item.key.name,
            item.party,
            item.role,
            fingerprint(item.key),
            item.state != "revoked" if chosen is None else str(item.key) in chosen,
            item.state,
        )
        for item in keys.known()
    ]


def _trusted(form: VerifyForm, chosen: list[str], known: list[KnownKey]) -> list[VerifierKey]:
    """The keys that the reader trusts: of those known here, and those pasted in."""
    texts = [key.text for key in known if key.text in chosen]
    texts += [line.strip() for line in form.cleaned_data["keys"].splitlines() if line.strip()]
    found = []
    for text in texts[:MOST_KEYS]:
        try:
            found.append(VerifierKey.parse(text))
        except ComityError as error:
            form.add_error("keys", " ".join(part for part in (text[:80] + ":", error.message, error.remedy) if part))
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A check in plain words: `mark` is yes, NO or a question."""

    ok: bool | None
    mark: str
    text: str
    detail: str


def _shown(report: Report) -> dict[str, Any]:
    language = get_language() or "en"
    marks = {True: _("yes"), False: _("NO"), None: _("open")}
    return {
        "report": report,
        "verdict": report.verdict.text(language),
        "verdict_class": report.verdict.code.partition(".")[2],
        "checks": [
            Line(check.ok, marks[check.ok], check.sentence.text(language), check.detail if check.ok is False else "")
            for check in report.checks
        ],
        "proved": [sentence.text(language) for sentence in report.proved],
        "not_proved": [sentence.text(language) for sentence in report.not_proved],
        "said": report.facts.get("statement") if report.ok else None,
    }


@allow("extracts.verify", methods=("GET", "HEAD", "POST"))
def page(request: HttpRequest) -> HttpResponse:
    """The form; after an upload the report. The file is checked in memory and not kept."""
    if request.method != "POST":
        return render(request, "verify.html", {"form": VerifyForm(), "known": _known(None)})
    chosen = request.POST.getlist("trust")[:MOST_KEYS]
    known = _known(chosen)
    form = VerifyForm(request.POST, request.FILES)
    values: dict[str, Any] = {"form": form, "known": known}
    if form.is_valid():
        trusted = _trusted(form, chosen, known)
        upload, image = form.cleaned_data["upload"], form.cleaned_data["image"]
        if form.is_valid():
            images = [image.read(MAX_FILE)] if image else []
            values |= _shown(verify_file(upload.read(MAX_FILE + 1), trusted=trusted, images=images))
            values["name"] = upload.name
    return render(request, "verify.html", values, status=400 if form.errors else 200)
