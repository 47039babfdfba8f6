"""The worker: sequencer, partners, jobs. Each has threads of its own; each goes on after a fault and says what it was.

They rest until the bell rings for them (`jobs.bell`), and look now and then all the same.
"""

from __future__ import annotations

import logging
import threading
from datetime import date

from django.conf import settings

from comity.accounts import audit, sessions
from comity.federation import recovery
from comity.jobs import bell
from comity.jobs import services as jobs
from comity.journal import home, standing
from comity.journal import services as journals
from comity.journal.selectors import own
from comity.journal.sequencer import Sequencer
from comity.kernel import clock
from comity.node.lines import Lines
from comity.node.loops import Loop
from comity.report import tally
from comity.web.measures import alarms, measure

logger = logging.getLogger("comity.worker")

# The longest that an entry waits whose ring was lost; a job, or a new partner.
LOOK_S = 1.0
RARE_LOOK_S = 5.0
# While entries wait for the next checkpoint, their number is looked at so often.
BATCH_LOOK_S = 0.05
WATCH_S = 10.0


class Worker:
    """Runs until `stop` is called. Refuses to start where another sequencer works."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._loops: dict[str, Loop] = {}
        self._bell: bell.Bell | None = None
        self.sequencer: Sequencer | None = None
        self.lines = Lines(self._fail)
        self._upgraded = False
        self.failed: BaseException | None = None
        self._alarms: set[tuple[str, str]] = set()
        self._forgotten: date | None = None

    def start(self) -> Worker:
        config = settings.COMITY
        self.sequencer = Sequencer(
            own(),
            home.signing_key("log"),
            batch_entries=config.batch_entries,
            batch_seconds=config.batch_seconds,
        ).hold()
        try:
            # The journal's lock is held: what was running was running in a worker that is no more.
            jobs.take_over()
            recovery.stand(self.sequencer)
            if standing.read() is None:
                self.sequencer.settle()
        except BaseException:
            self.sequencer.close()
            raise
        for name, turn in (
            (bell.SEQUENCER, self._sequence),
            (bell.PARTNERS, self._partners),
            (bell.JOBS, self._work),
            ("watch", self._watch),
            ("bell", self._listen),
        ):
            self._loops[name] = Loop(name, turn, self._fail)
        for loop in self._loops.values():
            loop.start()
        return self

    def stop(self, timeout_s: float = 20.0) -> None:
        """Let each thread end its turn, then release the journal."""
        self._stop.set()
        for loop in self._loops.values():
            loop.end()
        bell.ring(bell.NOBODY)
        for loop in self._loops.values():
            loop.join(timeout_s)
        self.lines.end(timeout_s)
        if self._bell is not None:
            self._bell.close()
        if self.sequencer is not None:
            self.sequencer.close()

    def wait(self) -> None:
        while not self._stop.wait(0.5):
            pass

    def _fail(self, error: BaseException) -> None:
        self.failed = error
        self._stop.set()

    def _listen(self) -> float:
        """Hear the bell, and wake whom it rings for."""
        if self._bell is None:
            self._bell = bell.Bell()
        rung = self._bell.listen(RARE_LOOK_S)
        for name in rung & self._loops.keys():
            self._loops[name].wake()
        self.lines.rung(rung)
        return 0.0

    def _sequence(self) -> float:
        if self.sequencer is None or (wait := self.sequencer.wait_s()) is None:
            return LOOK_S
        if wait > 0:
            # Whoever rings now has added to what waits anyway.
            self._loops[bell.SEQUENCER].pause(min(wait, BATCH_LOOK_S))
        elif self.sequencer.step() > 0:
            self.lines.signed()
        return 0.0

    def _partners(self) -> float:
        """See to it that there is a line to each partner; come back first, if this node must."""
        if standing.read() is not None and self.sequencer is not None:
            recovery.recover(self.sequencer)
            return LOOK_S
        self._upgrade()
        self.lines.refresh()
        return RARE_LOOK_S

    def _upgrade(self) -> None:
        """Once in the life of this process: what an earlier release did not know may be applied now."""
        if not self._upgraded:
            journals.retry_known()
            self._upgraded = True

    def _work(self) -> float:
        return 0.0 if jobs.work_one() or tally.count_one() else RARE_LOOK_S

    def _watch(self) -> float:
        """Log an alarm when it begins and when it ends, not all the time between."""
        now = {(alarm.code, alarm.about): alarm for alarm in alarms(measure())}
        for place, alarm in now.items():
            if place not in self._alarms:
                logger.error("alarm %s: %s", alarm.code, alarm.text())
        for place in self._alarms - now.keys():
            logger.info("alarm %s %s is over", *place)
        self._alarms = set(now)
        if (today := clock.today()) != self._forgotten:
            audit.forget(settings.COMITY.audit_days)
            sessions.forget()
            self._forgotten = today
        return WATCH_S
