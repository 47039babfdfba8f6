"""Notices: a node that has signed tells its partners, and they pull at once instead of at their next look.

A notice says nothing that is believed: the pull verifies all. It may be repeated, and costs then what any other request
costs; one that is lost costs the wait for the next look. Who gives many for nothing is heard ever less often.
"""

from __future__ import annotations

from comity.federation.services import problem
from comity.federation.source import Client
from comity.kernel.errors import NotFoundError, PartnerError

PATH = "federation/v1/notice"
MOST_SECONDS = 5.0


def give(client: Client) -> None:
    """Tell one partner. Raises NotFoundError where its release knows no notices, PartnerError where it takes none."""
    status, data, _ = client.send("POST", PATH)
    if status == 404:
        raise NotFoundError("The partner's release takes no notices.", place=client.url)
    if status != 204:
        raise PartnerError(f"The partner did not take the notice: {status}: {problem(data)}", place=client.url)


class Patience:
    """How soon a partner's notices are followed: at once while they bring something, ever later while they do not.

    Times are seconds of a clock that is never set (`time.monotonic`).
    """

    def __init__(self, least_s: float, most_s: float) -> None:
        self.least_s = least_s
        self.most_s = most_s
        self._pause_s = least_s
        self._not_before = 0.0

    def wait_s(self, now: float) -> float:
        """How long the next notice has to wait."""
        return max(0.0, self._not_before - now)

    def began(self, now: float) -> None:
        """A notice is being followed."""
        self._not_before = now + self._pause_s

    def ended(self, brought: bool) -> None:
        self._pause_s = self.least_s if brought else min(self.most_s, 2 * self._pause_s)
