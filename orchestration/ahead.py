"""Work on several things at once, in their order and with few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def worked_ahead(work: Callable[[Item], Made], items: Iterable[Item], threads: int) -> Iterator[tuple[Item, Made]]:
    """Each item with what the work makes of it, while the next ones are read and worked on.

    What was read before a failure is still handed out, then the failure is raised.

    Args:
        work: done in other threads, on several items at the same time; worth it only where it leaves the interpreter.
        items: read in the caller's thread.
        threads: how many may work at once; as many items wait.
    """
    waiting: deque[tuple[Item, Future[Made]]] = deque()
    given = iter(items)
    failure: BaseException | None = None
    with ThreadPoolExecutor(threads) as pool:
        try:
            while failure is None:
                try:
                    item = next(given)
                except BaseException as trouble:
                    failure = trouble
                else:
                    waiting.append((item, pool.submit(work, item)))
                while waiting and (failure or len(waiting) > threads):
                    earliest, made = waiting.popleft()
                    yield earliest, made.result()
        finally:
            pool.shutdown(cancel_futures=True)
    if not isinstance(failure, StopIteration):
        raise failure


def followed_up(
    follow: Callable[[Item], Made], items: Iterable[Item], drop: Callable[[Item], object]
) -> Generator[Made, None, None]:
    """What comes of each item, one after the other in a thread of their own, while the caller's makes the next one.

    An item is followed up only once all before it were, without a failure.

    Args:
        follow: done in the other thread.
        items: made in the caller's thread; two at most are there at a time.
        drop: called with an item that is not followed up, because one before it failed.
    """
    with ThreadPoolExecutor(1) as pool:
        behind: Future[Made] | None = None
        try:
            for item in items:
                try:
                    if behind:
                        yield behind.result()
                except BaseException:
                    behind = None
                    drop(item)
                    raise
                behind = pool.submit(follow, item)
        finally:
            # Where the next item could not be made, those before it count all the same.
            if behind:
                made = behind.result()
        if behind:
            yield made
