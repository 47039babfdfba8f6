"""Room for everybody else: requests whose bodies trickle in never hold all threads of the web server."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

# Granian warns of more than this at every start; SQLite gains nothing from more either.
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)
# What is left answers requests without a body: pages, journals, and whoever asks whether the node lives.
MOST_BODIES = max(1, THREADS - 2)
WAIT_S = 0.1


class Bodies:
    """A WSGI application (PEP 3333) in which at most `most` requests with a body are answered at a time.

    One more waits for 0.1 s and is told 503 then: a thread that reads a body which a stranger sends byte by byte is a
    thread that nobody else has.
    """

    def __init__(self, application: Application, most: int = MOST_BODIES) -> None:
        self.application = application
        self._free = threading.BoundedSemaphore(most)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH", "") in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
            return self.application(environ, start)
        if not self._free.acquire(timeout=WAIT_S):
            start("503 Service Unavailable", [("Content-Length", "0"), ("Retry-After", "1")])
            return []
        try:
            return self.application(environ, start)
        finally:
            self._free.release()
