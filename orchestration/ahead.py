"""Work on several batches at once, in the order of the batches and with few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
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
