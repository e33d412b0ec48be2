"""The backtest of the readiness score tells skill from luck."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from walk_support import query

from benchmarks.readiness_backtest import ASSETS, backtest, brier, ladder, simulate


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


def test_the_score_is_reckoned_as_the_published_one(company: Path) -> None:
    """What the backtest judges is the score that readers see, team by team and launch by launch."""
    teams = query(
        company / "warehouse.duckdb",
        "SELECT launch_id, knowing_people, able_people, assets_there, aware_people, people, readiness, awareness "
        "FROM alignment.launch_team_readiness WHERE readiness IS NOT NULL",
    )
    assert len(teams) >= 10
    least: dict[str, float] = {}
    for launch, knowing, able, there, aware, people, readiness, awareness in teams:
        parts = np.array([knowing / people, able / people, there / ASSETS])
        assert readiness == pytest.approx(float(ladder(parts).min()))
        assert awareness == pytest.approx(float(ladder(np.array([aware / people]))[0]))
        least[launch] = min(readiness, least.get(launch, 5))
    published = dict(
        query(
            company / "warehouse.duckdb",
            "SELECT launch_id, readiness_score FROM alignment.launch_readiness WHERE readiness_score IS NOT NULL",
        )
    )
    assert published == pytest.approx(least)
