"""Images of rights, by their content."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from comity.accounts.policy import allow
from comity.evidence import files
from comity.kernel.errors import NotFoundError
from comity.registers import selectors

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


@allow("registers.read")
def image(request: HttpRequest, sha256: str) -> HttpResponse:
    """The image, if it belongs to a right that the reader may see. Only pictures leave from here, never documents."""
    path = files.path_of(sha256)
    if not selectors.image_allowed(request.user, sha256):
        raise NotFoundError("No right here shows this image.", place=sha256)
    data = files.read(path.name)
    kind = files.media_type(data)
    if kind not in SUFFIXES:
        raise NotFoundError("This file is not an image that a page shows.", place=sha256)
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'inline; filename="{sha256[:16]}.{SUFFIXES[kind]}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    # The name is the content, so it never changes; private, since only staff may see it.
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
