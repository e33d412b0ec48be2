"""The interval of the health index allows for a judge that errs; one that does not allow for it misses the truth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.question_weeks import FIRST, SCORES, index_coverage

SAID = {"awareness": 0.05, "mechanics": 0.1, "readiness": 0.85}


def weeks(sure: float, size: int, draws: int = 200) -> list[tuple[int, str, float]]:
    """Weeks of what a judge says who is as sure of every label."""
    rng = np.random.default_rng(8)
    labels = rng.choice(list(SAID), size=(draws, size), p=list(SAID.values()))
    return [(FIRST + week, str(label), sure) for week, said in enumerate(labels) for label in said]


def truth(sure: float) -> float:
    """The index where the judge is right as often as it says, and errs to the two other labels alike."""
    others = sum(SCORES.values())
    return sum(share * (sure * SCORES[said] + (1 - sure) * (others - SCORES[said]) / 2) for said, share in SAID.items())


@pytest.mark.parametrize("sure", [0.99, 0.9, 0.8])
def test_the_interval_holds_the_truth_although_the_judge_errs(sure: float) -> None:
    ((with_errors, _),) = index_coverage(weeks(sure, 40), truth(sure), lambda week: week // FIRST).values()
    assert with_errors >= 0.95


def test_without_the_errors_it_would_miss_it() -> None:
    ((with_errors, plain),) = index_coverage(weeks(0.8, 80), truth(0.8), lambda week: week // FIRST).values()
    assert plain < 0.6
    assert with_errors >= 0.95
