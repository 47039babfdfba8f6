"""The address at which a partner that is let in no more tells its new transport keys."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse

from comity.federation import newkeys
from comity.federation.views import answers, body_of

logger = logging.getLogger("comity.federation")


@answers("POST")
def told(request: HttpRequest) -> HttpResponse:
    """Not signed by a transport key: what is told is proved by the journal's log key."""
    partner = newkeys.take(body_of(request, newkeys.MOST_BYTES))
    logger.info("%s told its transport keys", partner.party)
    return HttpResponse(status=204)
