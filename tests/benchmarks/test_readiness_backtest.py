"""The backtest of the readiness score tells skill from luck."""

from __future__ import annotations

import numpy as np

from benchmarks.readiness_backtest import backtest, brier, simulate


def test_brier_by_hand() -> None:
    assert brier(np.array([0.5, 0.0, 1.0]), np.array([True, False, False])) == (0.25 + 0 + 1) / 3


def test_readiness_beats_the_base_rate_and_awareness_only_where_it_matters() -> None:
    rows = [backtest(seed) for seed in range(6)]
    mean = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
    assert mean["readiness"] < mean["awareness_only"] - 0.01
    assert mean["readiness"] < mean["base_rate"] - 0.01


def test_where_failures_are_luck_nothing_is_claimed() -> None:
    rows = [backtest(seed, linked=False) for seed in range(6)]
    assert abs(np.mean([row["base_rate"] - row["readiness"] for row in rows])) < 0.01


def test_scores_are_on_the_ladder() -> None:
    launches = simulate(1, 50)
    for score in (launches.awareness, launches.readiness):
        assert score.min() >= 1
        assert score.max() <= 5
