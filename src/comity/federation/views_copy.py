"""What partners may ask of the copies that this node holds of journals that are not its own, beside `mirror/…`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from comity.federation import caught_up, copies
from comity.federation.views import OCTETS, TEXT, answers, partner_of


@answers("GET")
def newest(request: HttpRequest, origin: str) -> HttpResponse:
    """The largest checkpoint that was ever seen here: by it a node learns that it was rolled back."""
    partner_of(request)
    raw = copies.newest(copies.copy_of(origin))
    return HttpResponse(raw, content_type=TEXT, headers={"Cache-Control": "no-cache"})


@answers("GET")
def openings(request: HttpRequest, origin: str, start: int, end: int) -> HttpResponse:
    """Openings go back to the journal's owner and to nobody else."""
    data = copies.openings(copies.copy_of(origin), start, end, partner_of(request))
    return HttpResponse(data, content_type=OCTETS, headers={"Cache-Control": "no-store"})


@answers("GET")
def cosigned(request: HttpRequest) -> HttpResponse:
    """The largest checkpoint of the own journal that the asking partner cosigned: what its witness must not forget."""
    raw = caught_up.cosigned_by(partner_of(request))
    return HttpResponse(raw, content_type=TEXT, headers={"Cache-Control": "no-cache"})
