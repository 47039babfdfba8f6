"""A job is done at least once, by one worker at a time, and a bad one holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from comity.jobs import services
from comity.jobs.models import Job
from comity.kernel.errors import ConfigurationError, FormatError

NAME = "test.task"


class Task:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.mended = False

    def __call__(self, argument: str, renew: Callable[[], None]) -> None:
        renew()
        if argument == "refused":
            raise FormatError("This cannot be done.")
        if argument == "full disk" and not self.mended:
            raise OperationalError("database or disk is full")
        if argument == "odd":
            raise ZeroDivisionError("by nothing")
        self.done.append(argument)


@pytest.fixture
def task(db: None) -> Iterator[Task]:
    made = Task()
    services.register(NAME, made)
    yield made
    del services._tasks[NAME]


def states() -> list[tuple[str, str, int]]:
    return list(Job.objects.order_by("pk").values_list("argument", "state", "attempts"))


def test_jobs_are_done_in_their_order_and_once(task: Task) -> None:
    for argument in "abc":
        services.enqueue(NAME, argument)
    while services.work_one():
        pass
    assert task.done == ["a", "b", "c"]
    assert {state for _, state, _ in states()} == {"done"}
    assert not services.work_one()


def test_a_job_noted_in_a_transaction_that_fails_is_not_there(task: Task) -> None:
    with transaction.atomic():
        services.enqueue(NAME, "a")
        transaction.set_rollback(True)
    assert not services.work_one()


@pytest.mark.parametrize(("argument", "words"), [("refused", "cannot be done"), ("odd", "ZeroDivisionError")])
def test_a_failing_job_is_tried_five_times_and_says_why(task: Task, argument: str, words: str) -> None:
    services.enqueue(NAME, argument)
    services.enqueue(NAME, "good")
    while services.work_one():
        pass
    assert states() == [(argument, "failed", 5), ("good", "done", 1)]
    assert words in Job.objects.get(argument=argument).error
    assert task.done == ["good"]


def test_an_unknown_task_fails_alone(task: Task) -> None:
    services.enqueue("test.none", "a")
    services.enqueue(NAME, "b")
    while services.work_one():
        pass
    assert [state for _, state, _ in states()] == ["failed", "done"]


def test_a_lost_workers_job_is_taken_after_its_lease(task: Task) -> None:
    services.enqueue(NAME, "a")
    lost = services.take()
    assert lost is not None
    assert services.take() is None
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert services.work_one()
    assert (task.done, states()) == (["a"], [("a", "done", 2)])


def test_a_renewed_lease_is_not_taken(task: Task) -> None:
    services.enqueue(NAME, "a")
    job = services.take()
    assert job is not None
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    services.renew(job)
    assert services.take() is None


def test_a_database_that_fails_costs_a_job_no_try(task: Task) -> None:
    services.enqueue(NAME, "full disk")
    for _ in range(7):
        with pytest.raises(OperationalError):
            services.work_one()
    task.mended = True
    assert services.work_one()
    assert states() == [("full disk", "done", 1)]


def test_a_worker_that_takes_over_waits_for_no_lease(task: Task) -> None:
    services.enqueue(NAME, "a")
    assert services.take() is not None
    assert services.take_over() == 1
    assert services.work_one()
    assert (task.done, states()) == (["a"], [("a", "done", 2)])


def test_a_job_that_takes_its_worker_down_each_time_is_given_up(task: Task) -> None:
    services.enqueue(NAME, "deadly")
    services.enqueue(NAME, "good")
    for _ in range(5):
        job = services.take()
        assert job is not None
        assert job.argument == "deadly"
        Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert services.work_one()
    assert states() == [("deadly", "failed", 5), ("good", "done", 1)]
    assert "ended in the middle" in Job.objects.get(argument="deadly").error


def test_a_name_is_registered_once(task: Task) -> None:
    services.register(NAME, task)
    with pytest.raises(ConfigurationError):
        services.register(NAME, Task())


@pytest.mark.django_db(transaction=True)
def test_workers_share_the_queue_without_doing_a_job_twice() -> None:
    task = Task()
    services.register(NAME, task)
    for i in range(20):
        services.enqueue(NAME, str(i))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while services.work_one():
                pass
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        del services._tasks[NAME]
    assert failures == []
    assert sorted(task.done, key=int) == [str(i) for i in range(20)]
    assert {attempts for _, _, attempts in states()} == {1}
