"""Work on ahead, and followed up behind: nothing lost, nothing out of order, failures told after what was read before them."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ahead import followed_up, worked_ahead


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


def nothing_dropped(item):
    raise AssertionError(f"{item} was dropped")


@pytest.mark.parametrize("most", [0, 1, 2, 7])
def test_each_is_followed_up_in_order(most):
    assert list(followed_up(lambda n: n * n, range(most), nothing_dropped)) == [n * n for n in range(most)]


def test_the_next_is_made_while_the_one_before_is_followed_up():
    meeting = threading.Barrier(2, timeout=20)

    def making():
        for n in range(4):
            if n:
                meeting.wait()
            yield n

    def follow(n):
        if n < 3:
            meeting.wait()
        return n

    assert list(followed_up(follow, making(), nothing_dropped)) == [0, 1, 2, 3]


def test_two_at_most_are_there_at_a_time():
    made, followed = [], []

    def making():
        for n in range(20):
            assert len(made) - len(followed) <= 1
            made.append(n)
            yield n

    assert list(followed_up(followed.append, making(), nothing_dropped)) == [None] * 20


def test_nothing_is_followed_up_after_a_failure_and_what_was_made_is_dropped():
    followed, dropped = [], []

    def follow(n):
        followed.append(n)
        return 1 // (2 - n)

    with pytest.raises(ZeroDivisionError):
        list(followed_up(follow, range(9), dropped.append))
    assert (followed, dropped) == ([0, 1, 2], [3])


def test_what_was_made_before_a_failure_to_make_is_followed_up():
    followed = []
    with pytest.raises(ValueError, match="torn"):
        list(followed_up(followed.append, counted(3, ValueError("torn")), nothing_dropped))
    assert followed == [0, 1, 2]


def test_the_earlier_of_two_failures_is_told():
    with pytest.raises(ZeroDivisionError):
        list(followed_up(lambda n: 1 // n, counted(1, ValueError("torn")), nothing_dropped))


def test_whoever_stops_early_leaves_nothing_undone_but_the_one_at_hand():
    dropped = []
    results = followed_up(str, range(9), dropped.append)
    assert next(results) == "0"
    results.close()
    assert dropped == [1]
