"""The queue: work is noted in the caller's transaction, taken by lease, and done at least once.

A task must be idempotent: a worker that dies in the middle loses its lease, and another does the work again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from comity.jobs import bell
from comity.jobs.models import Job
from comity.kernel.errors import ComityError, ConfigurationError

logger = logging.getLogger("comity.jobs")

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
LOST = f"The worker ended in the middle of it {MOST_ATTEMPTS} times."

Task = Callable[[str, Callable[[], None]], None]
GivenUp = Callable[[str, str], None]
_tasks: dict[str, Task] = {}
_given_up: dict[str, GivenUp] = {}


def register(name: str, task: Task, given_up: GivenUp | None = None) -> None:
    """Make a task known. It is called with its argument and a function that renews its lease.

    `given_up` is called with the argument and the reason when a job of it is tried no more.
    """
    if given_up is not None:
        _given_up[name] = given_up
    if _tasks.setdefault(name, task) is not task:
        raise ConfigurationError(f"The task {name} is registered twice.")


def enqueue(task: str, argument: str = "") -> int:
    """Note work in the caller's transaction; the worker hears of it when that is committed. The job's number."""
    pk = Job.objects.create(task=task, argument=argument).pk
    transaction.on_commit(lambda: bell.ring(bell.JOBS))
    return pk


def take() -> Job | None:
    """The next job, leased to the caller: a waiting one, or one whose worker was lost."""
    now = timezone.now()
    with transaction.atomic():
        # Later than any lease ends, even one that was given while this call waited: the clock was set back since.
        lost = Q(leased_until__lt=now) | Q(leased_until__gt=now + 2 * LEASE)
        free = Q(state=Job.State.WAITING) | Q(lost, state=Job.State.RUNNING)
        job = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(free).order_by("pk").first()
        if job is None:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            # It took its worker down each time: another try would as well, and would hold up all that wait behind it.
            job.state, job.error, job.ended_at = Job.State.FAILED, LOST, now
            job.save(update_fields=["state", "error", "ended_at"])
            _tell(job, LOST)
            return take()
        job.state, job.leased_until, job.attempts = Job.State.RUNNING, now + LEASE, job.attempts + 1
        job.save(update_fields=["state", "leased_until", "attempts"])
        return job


def _tell(job: Job, reason: str) -> None:
    if job.task in _given_up:
        _given_up[job.task](job.argument, reason)


def renew(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() + LEASE)


def take_over() -> int:
    """Let jobs be done again at once whose worker ended in the middle. Only for who knows that no other works here."""
    rows = Job.objects.filter(state=Job.State.RUNNING)
    return rows.update(state=Job.State.WAITING, leased_until=None)


def work_one() -> bool:
    """Do one job. Whether there was one. Raises OperationalError where the database failed in the middle of it."""
    job = take()
    if job is None:
        return False
    error = ""
    try:
        _tasks[job.task](job.argument, lambda: renew(job))
    except ComityError as fault:
        error = str(fault)
    except OperationalError:
        # Not the job's fault: the database was away, or its disk full. It does not count as a try.
        Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING, leased_until=None, attempts=F("attempts") - 1)
        raise
    except Exception as fault:
        logger.exception("the job %s failed", job.pk)
        error = f"{type(fault).__name__}: {fault}"
    again = bool(error) and job.attempts < MOST_ATTEMPTS
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.WAITING if again else Job.State.FAILED if error else Job.State.DONE,
        error=error[:4000],
        leased_until=None,
        ended_at=None if again else timezone.now(),
    )
    if error and not again:
        _tell(job, error)
    return True
