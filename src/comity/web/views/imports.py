"""The import page: a file goes in, its progress is shown, its result waits here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.accounts.policy import allow
from comity.kernel.errors import ComityError
from comity.registers import runs, services
from comity.registers.formats import base
from comity.registers.formats import load as load_formats
from comity.web.forms import ImportForm

ROWS = 100


def _formats() -> list[tuple[str, str]]:
    load_formats()
    return [(name, fmt.label) for name, fmt in base.FORMATS.items() if fmt.read is not None]


@allow("registers.import", methods=("GET", "HEAD", "POST"))
def page(request: HttpRequest) -> HttpResponse:
    """The form, and the imports so far."""
    sent = request.method == "POST"
    form = ImportForm(request.POST if sent else None, request.FILES if sent else None, formats=_formats())
    if sent and form.is_valid():
        data = form.cleaned_data
        try:
            run_id = services.start_import(
                request.user,
                data["upload"],
                source=data["source"],
                format_name=data["format"],
                mapping=data["mapping"],
                full=data["full"],
            )
        except ComityError as error:
            form.add_error(None, " ".join(part for part in (error.message, error.remedy) if part))
        else:
            return HttpResponseRedirect(reverse("import-run", args=(run_id,)))
    values = {"form": form, "imports": runs.imports(request.user)}
    return render(request, "import.html", values, status=400 if form.errors else 200)


@allow("registers.import")
def run(request: HttpRequest, run: int) -> HttpResponse:
    """One import: how far it is, its sums, what was quarantined and why."""
    return render(request, "import_run.html", {"run": runs.import_view(request.user, run)})


@allow("registers.import")
def progress(request: HttpRequest, run: int) -> HttpResponse:
    """The part of the page that changes while an import runs; the whole page for who has no script."""
    if not getattr(request, "htmx", False):
        return HttpResponseRedirect(reverse("import-run", args=(run,)))
    return render(request, "_import_run.html", {"run": runs.import_view(request.user, run)})


@allow("registers.import", methods=("POST",))
def retry(request: HttpRequest, run: int) -> HttpResponse:
    """Read the same file again, with a corrected mapping if one is given."""
    mapping = ""
    if file := request.FILES.get("mapping"):
        mapping = file.read(ImportForm.MAPPING_MOST).decode("utf-8-sig", errors="replace")
    return HttpResponseRedirect(reverse("import-run", args=(services.retry_import(request.user, run, mapping),)))
