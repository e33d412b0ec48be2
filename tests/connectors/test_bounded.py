"""Memory follows the block, not the file: no more blocks are under way than the threads need."""

import time

import pyarrow as pa
import pytest

from connectors import reader
from connectors.parts import Batch
from connectors.rejects import reject_batch


def batch(number: int) -> Batch:
    return Batch(pa.record_batch([pa.array([number])], ["n"]), reject_batch([]))


def test_results_keep_the_order_and_few_items_are_ahead():
    taken, given = 0, 0

    def items():
        nonlocal taken
        for number in range(40):
            taken += 1
            assert taken - given <= reader.WORKERS + 2
            yield number

    def work(number: int) -> Batch:
        # Later items are done sooner.
        time.sleep(0.002 * (number % 3 == 0))
        return batch(number)

    seen = []
    for made in reader.in_order(items(), work):
        given += 1
        seen += made.rows.column(0).to_pylist()
    assert seen == list(range(40))


def test_a_failure_in_a_thread_reaches_the_caller():
    def work(number: int) -> Batch:
        if number == 3:
            raise ValueError("broken")
        return batch(number)

    with pytest.raises(ValueError, match="broken"):
        list(reader.in_order(iter(range(10)), work))
