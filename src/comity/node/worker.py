"""The worker: sequencer, partners, jobs. One thread each; each goes on after a fault and says what it was."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections, connections
from django.db.utils import OperationalError

from comity.federation import recovery, rounds
from comity.federation import services as federation
from comity.jobs import alive
from comity.jobs import services as jobs
from comity.journal import home, standing
from comity.journal import services as journals
from comity.journal.selectors import own
from comity.journal.sequencer import Sequencer
from comity.kernel.errors import ComityError, IntegrityError
from comity.web.measures import alarms, measure

logger = logging.getLogger("comity.worker")

SEQUENCER_PAUSE = 0.05
JOBS_PAUSE = 0.5
WATCH_PAUSE = 10.0


class Worker:
    """Runs until `stop` is called. Refuses to start where another sequencer works."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.sequencer: Sequencer | None = None
        self._upgraded = False
        self.failed: BaseException | None = None
        self._alarms: set[tuple[str, str]] = set()

    def start(self) -> Worker:
        config = settings.COMITY
        self.sequencer = Sequencer(
            own(),
            home.signing_key("log"),
            batch_entries=config.batch_entries,
            batch_seconds=config.batch_seconds,
        ).hold()
        try:
            recovery.stand(self.sequencer)
            if standing.read() is None:
                self.sequencer.settle()
        except BaseException:
            self.sequencer.close()
            raise
        for name, turn, pause in (
            ("sequencer", self._sequence, SEQUENCER_PAUSE),
            ("partners", self._exchange, config.poll_seconds),
            ("jobs", self._work, JOBS_PAUSE),
            ("watch", self._watch, WATCH_PAUSE),
        ):
            thread = threading.Thread(target=self._loop, args=(name, turn, pause), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def stop(self, timeout_s: float = 20.0) -> None:
        """Let each thread end its turn, then release the journal."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout_s)
        if self.sequencer is not None:
            self.sequencer.close()

    def wait(self) -> None:
        while not self._stop.wait(0.5):
            pass

    def _loop(self, name: str, turn: Callable[[], bool], pause: float) -> None:
        while not self._stop.is_set():
            again = False
            try:
                alive.beat(name)
                close_old_connections()
                again = turn()
            except IntegrityError as error:
                # The journal's files and the database do not belong together: signing on could do harm.
                logger.critical("%s: %s", name, error)
                self.failed = error
                self._stop.set()
            except OperationalError as error:
                logger.warning("%s: the database does not answer: %s", name, error)
                connections.close_all()
                self._stop.wait(1.0)
            except (ComityError, OSError) as error:
                logger.warning("%s: %s", name, error)
                self._stop.wait(1.0)
            except Exception:
                logger.exception("%s failed in a way that nobody foresaw", name)
                self._stop.wait(5.0)
            if not again:
                self._stop.wait(pause)
        connections.close_all()

    def _sequence(self) -> bool:
        if self.sequencer is None or not self.sequencer.due():
            return False
        return self.sequencer.step() > 0

    def _exchange(self) -> bool:
        if standing.read() is not None and self.sequencer is not None:
            recovery.recover(self.sequencer)
            return False
        if not self._upgraded:
            # What an earlier release did not know may be applied now.
            journals.retry_known()
            self._upgraded = True
        for partner in federation.due():
            if self._stop.is_set():
                break
            done = rounds.exchange(partner)
            if done.error:
                logger.warning("exchange with %s: %s", done.party, done.error)
        return False

    def _work(self) -> bool:
        return jobs.work_one()

    def _watch(self) -> bool:
        """Log an alarm when it begins and when it ends, not all the time between."""
        now = {(alarm.code, alarm.about): alarm for alarm in alarms(measure())}
        for place, alarm in now.items():
            if place not in self._alarms:
                logger.error("alarm %s: %s", alarm.code, alarm.text())
        for place in self._alarms - now.keys():
            logger.info("alarm %s %s is over", *place)
        self._alarms = set(now)
        return False
