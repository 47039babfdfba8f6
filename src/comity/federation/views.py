"""What partners may ask of this node. Every request is signed by a paired partner, but for the answer to an invitation.

The journal is served as static files in the layout of C2SP tlog-tiles; the witness as C2SP tlog-witness says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from comity.accounts.policy import can
from comity.evidence import files
from comity.federation import (
    about,
    brought,
    caught_up,
    cosignatures,
    delivery,
    keys,
    mirror,
    mirror_uploads,
    news,
    services,
    signing,
    witness,
)
from comity.federation.models import Nonce, Partner
from comity.federation.openings import openings_of
from comity.jobs import bell
from comity.journal import home, named, standing
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.kernel import tiles
from comity.kernel.errors import ComityError, ConflictError, FormatError, NotFoundError, SignatureError
from comity.kernel.mirror import unpack

logger = logging.getLogger("comity.federation")

P = ParamSpec("P")
MOST_BODY = 32 * 1024 * 1024
MOST_ANSWER = 64 * 1024
MOST_BUNDLES = 32
MOST_OF_BUNDLES = 8 * 1024 * 1024
OCTETS = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
KEPT_NONCES = 10_000
IMMUTABLE = "private, max-age=31536000, immutable"


def problem(status: int, error: ComityError) -> JsonResponse:
    """Problem details (RFC 9457)."""
    body = {
        "type": f"urn:comity:problem:{error.code}",
        "title": error.message,
        "status": status,
        "detail": str(error),
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _status(error: ComityError) -> int:
    for kind, status in ((NotFoundError, 404), (ConflictError, 409), (SignatureError, 401), (FormatError, 400)):
        if isinstance(error, kind):
            return status
    return 400


def body_of(request: HttpRequest, most: int = MOST_BODY) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal() and len(length) < 19) or int(length) > most:
        raise FormatError("The body is too long.", place="Content-Length")
    data = request.read(most + 1)
    if len(data) > most:
        raise FormatError("The body is too long.")
    return bytes(data)


def _url(request: HttpRequest) -> str:
    """The address that the partner called: the configured one, since a proxy may have changed host and scheme."""
    base = settings.COMITY.url.rstrip("/") if settings.COMITY.url else f"{request.scheme}://{request.get_host()}"
    return f"{base}{request.get_full_path()}"


def partner_of(request: HttpRequest) -> Partner:
    """The paired partner that signed a request without a body. Raises SignatureError."""
    return _signer(request, b"")[0]


def partner_and_body(request: HttpRequest) -> tuple[Partner, bytes]:
    """The paired partner that signed a request, and its body. Raises SignatureError: a stranger's body is not read."""
    _signer(request, None)
    body = body_of(request)
    partner, signed = _signer(request, body)
    _once(signed)
    return partner, body


def _signer(request: HttpRequest, body: bytes | None) -> tuple[Partner, signing.Signed]:
    rows = Partner.objects.filter(state=Partner.State.PAIRED).select_related("journal")
    partners = {signing.key_id(known.key): (row, known) for row, known in keys.transport(rows)}
    known_keys = {name: known.key for name, (_, known) in partners.items()}
    signed = signing.verify(request.method or "GET", _url(request), request.headers, body, known_keys)
    partner, used = partners[signed.key_id]
    if not used.used:
        raise SignatureError(
            f"The transport key that signed the request was {used.state} by entry {used.until} of its owner's journal.",
            place=signed.key_id,
            remedy="Sign with the key that the journal's roster names now.",
        )
    return partner, signed


def _once(signed: signing.Signed) -> None:
    """A request that changes something is accepted once, also where the clock ran days ahead in between."""
    try:
        with transaction.atomic():
            new = Nonce.objects.create(keyid=signed.key_id[:300], nonce=signed.nonce[:100])
    except IntegrityError:
        raise SignatureError("The request was sent before.", remedy="Sign each request anew.") from None
    # By age alone, a clock that is set ahead and back would make requests of a moment ago count again.
    old = timezone.now() - 3 * signing.MAX_AGE
    Nonce.objects.filter(seen_at__lt=old, pk__lt=new.pk - KEPT_NONCES).delete()


View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def answers(*methods: str) -> Callable[[View[P]], View[P]]:
    """A view that allows these methods and answers errors with problem details."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in methods:
                response = HttpResponse(status=405)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, *args, **kwargs)
            except ComityError as error:
                return problem(_status(error), error)
            except (OperationalError, OSError) as error:
                # A full or read-only disk, a database that is away: the partner comes again.
                logger.warning("%s cannot be answered: %s", request.path, error)
                return problem(503, ConflictError("This node cannot take it now.", remedy="Come again later."))

        return cast(View[P], csrf_exempt(wrapped))

    return decorate


def _may_read(request: HttpRequest) -> None:
    """Journal files are for paired partners and for staff of this node."""
    if can(getattr(request, "user", None), "journal.read"):
        return
    partner_of(request)


@answers("GET", "HEAD")
def checkpoint(request: HttpRequest) -> HttpResponse:
    _may_read(request)
    raw = home.store(own()).checkpoint()
    if raw is None:
        raise NotFoundError("This journal has signed no checkpoint yet.")
    return HttpResponse(raw, content_type=TEXT, headers={"Cache-Control": "no-cache"})


@answers("GET")
def since(request: HttpRequest, start: int) -> HttpResponse:
    """The checkpoint and, where they are few, all files behind it that a follower with `start` entries lacks."""
    partner = partner_of(request)
    data = news.since(own(), start, services.sealing_of(partner), partner.party)
    return HttpResponse(data, content_type=OCTETS, headers={"Cache-Control": "no-store"})


@answers("GET", "HEAD")
def handover(request: HttpRequest, keyid: str) -> HttpResponse:
    """The last checkpoint that an ended log key signed: it leads from that key to the next."""
    _may_read(request)
    return HttpResponse(home.store(own()).handover(keyid), content_type=TEXT, headers={"Cache-Control": IMMUTABLE})


@answers("GET", "HEAD")
def tile(request: HttpRequest, path: str) -> HttpResponse:
    _may_read(request)
    try:
        tiles.parse_tile_path(f"tile/{path}")
    except FormatError as error:
        raise NotFoundError(error.message, place=path[:200]) from None
    data = home.store(own()).fetch(f"tile/{path}")
    return HttpResponse(data, content_type=OCTETS, headers={"Cache-Control": IMMUTABLE})


@answers("GET", "HEAD")
def bundles(request: HttpRequest, first: int, last: int) -> HttpResponse:
    """Full bundles first ≤ n < last, one behind the other: at most 32, and at most 8 MiB unless one alone is more."""
    _may_read(request)
    store = home.store(own())
    parts: list[bytes] = []
    total = 0
    for n in range(first, min(last, first + MOST_BUNDLES)):
        try:
            data = store.fetch(tiles.bundle_path(n))
        except NotFoundError:
            if not parts:
                raise
            break
        total += len(data)
        if parts and total > MOST_OF_BUNDLES:
            break
        parts.append(data)
    if not parts:
        raise NotFoundError("These are no bundles of this journal.", place=f"{first}-{last}")
    return HttpResponse(b"".join(parts), content_type=OCTETS, headers={"Cache-Control": "private, no-cache"})


@answers("GET")
def openings(request: HttpRequest, start: int, end: int) -> HttpResponse:
    partner = partner_of(request)
    data = openings_of(own(), start, end, services.sealing_of(partner), partner.party)
    return HttpResponse(data, content_type=OCTETS, headers={"Cache-Control": "no-store"})


@answers("GET")
def file(request: HttpRequest, sha256: str, n: int) -> HttpResponse:
    """One chunk of a file that an own entry names, for a partner, or of the partner's own, which it may have lost;
    empty behind the end of a file of whole chunks.
    """
    journal = partner_of(request).journal
    theirs = journal is not None and named.names(journal, sha256) and files.has(sha256)
    if not theirs and not named.names(own(), sha256):
        raise NotFoundError("No own entry names this file.", place=sha256)
    data = files.chunk(sha256, n)
    if not data and n * files.CHUNK != files.size(sha256):
        raise NotFoundError("The file has no such chunk.", place=f"{sha256}/{n}")
    return HttpResponse(data, content_type=OCTETS, headers={"Cache-Control": IMMUTABLE})


@answers("POST")
def pair(request: HttpRequest) -> HttpResponse:
    """The answer to an invitation. Whoever sends it proves by the invitation's token that it got the invitation."""
    partner = services.answer_invitation(body_of(request, MOST_ANSWER))
    logger.info("the invitation for %s was answered", partner.party)
    return JsonResponse({"state": partner.state})


@answers("POST")
def notice(request: HttpRequest) -> HttpResponse:
    """A paired partner has signed something: the worker pulls. Sent again it says no more, so no nonce is kept."""
    bell.ring(bell.partner(partner_of(request).pk))
    return HttpResponse(status=204)


@answers("POST")
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    partner, body = partner_and_body(request)
    # A witness that may have forgotten what it cosigned cosigns nothing.
    standing.refuse()
    return _answer(witness.add_checkpoint(body, _journals(partner)))


@answers("GET")
def witnessed(request: HttpRequest, origin: str) -> HttpResponse:
    _may_read(request)
    text = witness.last(origin)
    if text is None:
        raise NotFoundError("This witness has cosigned no checkpoint of that log.", place=origin)
    return HttpResponse(text, content_type=TEXT, headers={"Cache-Control": "no-cache"})


@answers("POST")
def mirror_checkpoint(request: HttpRequest) -> HttpResponse:
    partner, body = partner_and_body(request)
    _refuse(partner)
    return _answer(mirror_uploads.add_checkpoint(body, _journals(partner)))


@answers("POST")
def mirror_entries(request: HttpRequest) -> HttpResponse:
    partner, body = partner_and_body(request)
    # A mirror that may have forgotten what it holds takes nothing and cosigns nothing.
    _refuse(partner)
    if request.headers.get("Content-Encoding", "").strip().lower() == "gzip":
        body = unpack(body, MOST_BODY)
    response = _answer(mirror_uploads.add_entries(body, _journals(partner)))
    response["Accept-Encoding"] = "gzip"
    return response


def _refuse(partner: Partner) -> None:
    standing.refuse()
    if partner.journal is not None:
        caught_up.refuse(partner.journal)


def _journals(partner: Partner) -> dict[str, Journal]:
    return {journal.origin: journal for journal in [partner.journal] if journal is not None}


def _answer(answer: witness.Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


@answers("GET", "HEAD")
def mirrored(request: HttpRequest, origin: str) -> HttpResponse:
    """What this node's mirror has committed of a journal: for its owner, for other partners, for staff."""
    _may_read(request)
    return HttpResponse(_mirrored(origin)[1].note, content_type=TEXT, headers={"Cache-Control": "no-cache"})


@answers("GET", "HEAD")
def mirrored_tile(request: HttpRequest, origin: str, path: str) -> HttpResponse:
    """A tile of what is committed; beyond it the copy holds what its log may not have signed yet."""
    _may_read(request)
    journal, held = _mirrored(origin)
    try:
        level, n, width = tiles.parse_tile_path(f"tile/{path}")
    except FormatError as error:
        raise NotFoundError(error.message, place=path[:200]) from None
    if (n * tiles.TILE + width) << (8 * (level or 0)) > held.size:
        raise NotFoundError(f"The mirror holds {held.size} entries; they have no such tile.", place=path[:200])
    data = home.store(journal).fetch(f"tile/{path}")
    return HttpResponse(data, content_type=OCTETS, headers={"Cache-Control": IMMUTABLE})


def _mirrored(origin: str) -> tuple[Journal, mirror.Committed]:
    found = mirror.by_hash(origin)
    if found is None:
        raise NotFoundError("This mirror has committed no checkpoint of that log.", place=origin)
    return found


@answers("GET")
def about_node(request: HttpRequest) -> HttpResponse:
    """The release of this node and the kinds of entry that it can apply, for a partner."""
    partner_of(request)
    return HttpResponse(about.own_about(), content_type="application/json", headers={"Cache-Control": "no-cache"})


@answers("GET")
def inbox(request: HttpRequest) -> HttpResponse:
    partner = partner_of(request)
    if partner.journal is None:
        raise NotFoundError("The partner has no journal here.")
    return JsonResponse({**delivery.wanted(partner, partner.journal), "newest": brought.asked()})


@answers("PUT")
def inbox_file(request: HttpRequest, path: str) -> HttpResponse:
    partner, body = partner_and_body(request)
    if path in {delivery.COSIGNATURE, mirror.COSIGNATURE}:
        cosignatures.take(own(), services.card_of(partner), body)
    elif partner.journal is None or partner.url:
        raise ConflictError("This partner is reached at its address; it delivers nothing.")
    elif path == brought.PATH:
        brought.take(partner.journal, body)
        bell.ring(bell.PARTNERS)
    elif path == about.PATH:
        about.take(partner, body)
    else:
        delivery.receive(partner.journal, path, body)
        if delivery.completes(path):
            bell.ring(bell.partner(partner.pk))
    return HttpResponse(status=204)
