"""Stages of work that go on beside each other, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """The same items in the same order; while one is used, the next one is made in a thread of its own.

    One at a time: at most one item is made and waits. What making one raises is raised where it would be given. Who
    stops early waits until the item that is being made is there, and `items` is closed.
    """
    with closing(items), ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item
