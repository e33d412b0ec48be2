"""Linear algebra on one thread: these matrices are too small to share out, and one thread adds numbers in one order.

On two busy cores, OpenBLAS's waiting threads cost thirty times the work itself; and sums that were shared out differ in
their last bits from machine to machine, which judgements must not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def one_thread(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The same function, with numpy and its like held to one thread while it runs."""

    @functools.wraps(function)
    def held(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        with threadpool_limits(limits=1):
            return function(*args, **kwargs)

    return held
