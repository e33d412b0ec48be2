"""Batches worked on ahead: nothing lost, nothing out of order, failures told after what was read before them."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ahead import worked_ahead


def counted(most, failure=None):
    yield from range(most)
    if failure:
        raise failure


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 12), st.integers(1, 4))
def test_everything_comes_back_in_order(most, threads):
    assert list(worked_ahead(lambda n: n * n, range(most), threads)) == [(n, n * n) for n in range(most)]


@pytest.mark.parametrize("most", [0, 1, 2, 7])
def test_what_was_read_before_a_failure_is_handed_out_first(most):
    got = []
    with pytest.raises(ValueError, match="torn"):
        got.extend(n for n, _ in worked_ahead(str, counted(most, ValueError("torn")), 2))
    assert got == list(range(most))


def test_a_failure_of_the_work_is_told():
    with pytest.raises(ZeroDivisionError):
        list(worked_ahead(lambda n: 1 // n, [1, 0, 1], 2))


def test_few_are_held_at_a_time():
    read = []

    def reading():
        for n in range(50):
            read.append(n)
            yield n

    for place, _ in enumerate(worked_ahead(str, reading(), 2)):
        assert len(read) <= place + 3


def test_two_are_worked_on_at_once():
    meeting = threading.Barrier(2, timeout=20)
    assert len(list(worked_ahead(lambda _: meeting.wait(), range(4), 2))) == 4
