"""The clock of a request: how long the requested side has. Days as they are there; no clock of a machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from comity.kernel.errors import FormatError

DAY = timedelta(days=1)
# No calendar closes for so long; one that does is wrong.
MOST_CLOSED = 60
MOST_DAYS = 3660

OpenOn = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Due:
    """When an answer is due. `day` None while the clock is stopped: `left` days remain then.

    `moved`: the day from which it was moved on, because nothing works then.
    """

    day: date | None
    left: int = 0
    moved: date | None = None


def next_open(day: date, open_on: OpenOn) -> date:
    """This day, or the first after it on which the state works."""
    for n in range(MOST_CLOSED):
        if open_on(day + n * DAY):
            return day + n * DAY
    raise FormatError(f"The calendar has no working day within {MOST_CLOSED} days of {day.isoformat()}.")


def due(
    received: date,
    days: int,
    pauses: Sequence[tuple[date, date | None]],
    open_on: OpenOn,
    *,
    counts_on: OpenOn | None = None,
    until: date | None = None,
) -> Due:
    """When `days` have passed since the day of receipt, which itself does not count.

    The days after the first of a pause up to its last are not counted; a pause without an end stops the clock.
    `counts_on`: only days on which this holds count. A last day on which the requested state does not work moves on to
    the next on which it does. `until`: a postponement, before which it is not due.
    """
    if not 0 < days <= MOST_DAYS:
        raise FormatError(f"A request is answered within 1 to {MOST_DAYS} days, not {days}.")
    stopped = min((begin for begin, end in pauses if end is None), default=None)
    breaks = [(begin, end) for begin, end in pauses if end is not None and end > begin]
    day, left = received, days
    while left:
        if stopped is not None and day >= stopped:
            return Due(None, left)
        day += DAY
        over = max((end for begin, end in breaks if begin < day <= end), default=None)
        if over is not None:
            # To its last day at once: a partner may state one of centuries.
            day = over
            continue
        if counts_on and not counts_on(day):
            continue
        left -= 1
    last = max(day, until) if until else day
    moved = next_open(last, open_on)
    return Due(moved, moved=last if moved != last else None)
