"""The time of this node, in UTC, from one source that a test can set.

Instants are written as RFC 3339 with seconds and `Z`; handlers of entries never read the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache

from comity.kernel.errors import FormatError

Source = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)


_source: ContextVar[Source] = ContextVar("comity_clock", default=_system)


def now() -> datetime:
    """The present instant in UTC."""
    return _source.get()().astimezone(UTC)


def today() -> date:
    """The present day in UTC."""
    return now().date()


def iso(instant: datetime) -> str:
    """`2026-11-22T15:00:00Z`: the instant in UTC, cut to the second; raises FormatError for a time without zone."""
    if instant.tzinfo is None:
        raise FormatError("A time without a zone is not an instant.")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1024)
def parse_iso(text: str) -> datetime:
    """The instant that `iso` wrote; raises FormatError for any other spelling."""
    try:
        instant = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as reason:
        raise FormatError(f"{text[:40]!r} is not an instant such as 2026-11-22T15:00:00Z.") from reason
    if iso(instant) != text:
        raise FormatError(f"{text[:40]!r} is not an instant such as 2026-11-22T15:00:00Z.")
    return instant


@contextmanager
def at(source: datetime | Source) -> Iterator[None]:
    """Within the block, the clock stands at an instant or asks another source: for tests."""
    token = _source.set(source if callable(source) else lambda: source)
    try:
        yield
    finally:
        _source.reset(token)
