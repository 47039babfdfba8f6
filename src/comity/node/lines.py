"""The lines to partners: for each one a thread that exchanges and one that gives notice.

So a partner that is down, slow or silent holds up nobody but itself: not the sequencer, not the other partners.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings

from comity.federation import notices, rounds
from comity.federation import services as federation
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.jobs import bell
from comity.journal import home, standing
from comity.kernel.errors import NotFoundError, PartnerError
from comity.node.loops import Loop

logger = logging.getLogger("comity.worker")

# A partner that gives notice is looked at so many times more rarely.
RARELY = 10
NOTICE_GAP_S = 0.05
# Between two notices that a partner did not take: doubled each time, at most this.
MOST_BACKOFF_S = 60.0


class Line:
    """The exchange with one partner, as long as it is paired or introduced."""

    def __init__(self, partner: Partner, fatal: Callable[[BaseException], None]) -> None:
        self.pk = partner.pk
        self._url = ""
        self.update(partner)
        self._client: Client | None = None
        self._patience = notices.Patience(NOTICE_GAP_S, settings.COMITY.poll_seconds)
        self._noticed = False
        self._gives_notice = False
        self._next_look = 0.0
        # At the start every partner is told: it may have waited long for this node.
        self._untold = True
        self._teller: Client | None = None
        self._backoff_s = 0.0
        self._tell_at = 0.0
        self._rounds = Loop(f"partner {partner.party}", self.look, fatal, beats=False)
        self._notices = Loop(f"notices {partner.party}", self.tell, fatal, beats=False)

    def start(self) -> Line:
        self._rounds.start()
        self._notices.start()
        return self

    def update(self, partner: Partner) -> None:
        """Its row may say another address now."""
        self._url = partner.url if partner.state == Partner.State.PAIRED else ""

    def notice(self) -> None:
        """The partner says that it has signed something."""
        self._noticed = True
        self._rounds.wake()

    def signed(self) -> None:
        """This node has signed something."""
        if settings.COMITY.url:
            self._untold = True
            self._notices.wake()
        else:
            # Nobody can come and pull: it is brought.
            self._next_look = 0.0
            self._rounds.wake()

    def end(self) -> None:
        self._rounds.end()
        self._notices.end()

    def join(self, timeout_s: float) -> None:
        self._rounds.join(timeout_s)
        self._notices.join(timeout_s)

    def look(self) -> float:
        """One round, if it is time for one. In how many seconds to come again."""
        now = time.monotonic()
        noticed = self._noticed
        wait = self._patience.wait_s(now) if noticed else self._next_look - now
        if wait > 0:
            return wait
        if noticed:
            self._noticed = False
        poll: float = settings.COMITY.poll_seconds
        self._next_look = now + poll
        if standing.read() is not None:
            return poll  # First this node comes back.
        row = Partner.objects.select_related("journal").filter(pk=self.pk, state__in=federation.FOLLOWED).first()
        if row is None:
            return poll
        # Who gives notice is there: it is not waited for any longer.
        if not noticed and (wait := federation.wait_s(row)) > 0:
            return min(wait, poll)
        if noticed:
            self._gives_notice = True
            self._patience.began(now)
        self._client = _renewed(self._client, row.url, None)
        done = rounds.exchange(row, client=self._client)
        if noticed:
            self._patience.ended(done.stored > 0)
        elif done.stored:
            self._gives_notice = False  # Or it is lost on the way.
        if done.error:
            logger.warning("exchange with %s: %s", done.party, done.error)
            rest = federation.wait_s(row)
        else:
            rest = RARELY * poll if self._gives_notice else poll
        if done.again_s is not None:
            rest = min(rest, done.again_s)
        self._next_look = time.monotonic() + rest
        return 0.0 if self._noticed else rest

    def tell(self) -> float:
        """Give notice, if there is something that the partner was not told of. In how many seconds to come again."""
        now = time.monotonic()
        if not (self._untold and self._url and settings.COMITY.url):
            return MOST_BACKOFF_S
        if now < self._tell_at:
            return self._tell_at - now
        # Before the request: of what is signed meanwhile the partner is told again.
        self._untold = False
        self._teller = _renewed(self._teller, self._url, notices.MOST_SECONDS)
        try:
            if self._teller is not None:
                notices.give(self._teller)
        except NotFoundError:
            self._tell_at = now + MOST_BACKOFF_S
        except PartnerError as error:
            if not self._backoff_s:
                logger.info("%s gets no notice: %s", self._url, error)
            self._untold = True
            self._backoff_s = min(MOST_BACKOFF_S, max(1.0, 2 * self._backoff_s))
            self._tell_at = now + self._backoff_s
        else:
            self._backoff_s = 0.0
            self._tell_at = now + NOTICE_GAP_S
        return 0.0


def _renewed(client: Client | None, url: str, most_seconds: float | None) -> Client | None:
    """A client of that address, kept where there is one, for the present transport key; none without an address."""
    if client is not None and client.url != Client.whole(url):
        client.close()
        client = None
    if not url:
        return None
    key = home.signing_key("transport")
    if client is None:
        return Client(url, key, most_seconds=most_seconds)
    client.key = key
    return client


class Lines:
    """All lines of this node, by partner."""

    def __init__(self, fatal: Callable[[BaseException], None]) -> None:
        self._fatal = fatal
        self._lines: dict[int, Line] = {}

    def refresh(self) -> None:
        """Begin what was paired or introduced since, end what was stopped."""
        rows = {row.pk: row for row in Partner.objects.filter(state__in=federation.FOLLOWED)}
        for pk in self._lines.keys() - rows.keys():
            self._lines.pop(pk).end()
        for pk, row in rows.items():
            if pk in self._lines:
                self._lines[pk].update(row)
            else:
                self._lines[pk] = Line(row, self._fatal).start()

    def signed(self) -> None:
        for line in list(self._lines.values()):
            line.signed()

    def rung(self, names: set[str]) -> None:
        """Partners of whom the bell says that something of theirs is there."""
        for line in list(self._lines.values()):
            if bell.partner(line.pk) in names:
                line.notice()

    def end(self, timeout_s: float) -> None:
        lines = list(self._lines.values())
        for line in lines:
            line.end()
        for line in lines:
            line.join(timeout_s)
