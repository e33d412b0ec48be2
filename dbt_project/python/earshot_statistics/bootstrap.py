"""Intervals of NPS where accounts answer more than once: a bootstrap that resamples whole accounts.

Accounts with the same answers are interchangeable, so a resample of G accounts is one multinomial draw over the few
distinct answer profiles: the cost of a cell follows the number of profiles, not the number of accounts.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESAMPLES = 4000
LEVEL = 0.95
SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval; both ends are NaN where there is nothing to resample."""

    low: float
    high: float


def generator(*key: str) -> np.random.Generator:
    """A generator that depends on the key alone, so a cell's interval does not move when other cells come or go."""
    return np.random.default_rng([SEED, zlib.crc32("\x1f".join(key).encode())])


def expanded_tails(clusters: int, level: float = LEVEL) -> tuple[float, float]:
    """Percentiles of the bootstrap distribution, widened for few clusters.

    A plain percentile interval is too narrow by the factor sqrt((G − 1) / G) · z / t. Hesterberg's expanded percentile
    interval (2015, The American Statistician 69:371) reads more extreme percentiles instead.

    Args:
        clusters: number of clusters that are resampled.
        level: nominal coverage.

    Returns:
        The lower and the upper percentile as shares.
    """
    if clusters < 2:
        return 0.0, 1.0
    quantile = special.stdtrit(clusters - 1, (1 - level) / 2) * math.sqrt(clusters / (clusters - 1))
    tail = float(special.ndtr(quantile))
    return tail, 1 - tail


def resample_totals(profiles: Ints, rng: np.random.Generator, resamples: int = RESAMPLES) -> Floats:
    """Column totals of `resamples` draws of whole clusters with replacement.

    Args:
        profiles: one row per cluster, one column per counted quantity.
        rng: source of randomness.
        resamples: number of draws.

    Returns:
        Array of shape (resamples, columns).
    """
    distinct, times = np.unique(profiles, axis=0, return_counts=True)
    weights = rng.multinomial(len(profiles), times / len(profiles), size=resamples)
    return np.asarray(weights @ distinct, dtype=np.float64)


def net_score(promoters: Floats, detractors: Floats, answers: Floats) -> Floats:
    """100 · (promoters − detractors) / answers; NaN where nobody answered."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(answers > 0, 100 * (promoters - detractors) / answers, np.nan))


def _percentiles(values: Floats, clusters: int) -> Interval:
    finite = values[np.isfinite(values)]
    if clusters < 2 or not len(finite):
        return Interval(math.nan, math.nan)
    low, high = np.quantile(finite, expanded_tails(clusters))
    return Interval(float(low), float(high))


def nps_interval(answers: Ints, rng: np.random.Generator, resamples: int = RESAMPLES) -> Interval:
    """Interval of one NPS from its accounts.

    Args:
        answers: one row per account: promoters, detractors, all answers.
        rng: source of randomness.
        resamples: number of bootstrap draws.
    """
    promoters, detractors, n = resample_totals(answers, rng, resamples).T
    return _percentiles(net_score(promoters, detractors, n), len(answers))


def nps_change_interval(answers: Ints, rng: np.random.Generator, resamples: int = RESAMPLES) -> Interval:
    """Interval of the difference between two months' NPS, drawing each account with its answers of both months.

    Args:
        answers: one row per account: promoters, detractors, all answers of the earlier month, then of the later one.
        rng: source of randomness.
        resamples: number of bootstrap draws.
    """
    totals = resample_totals(answers, rng, resamples)
    change = net_score(totals[:, 3], totals[:, 4], totals[:, 5]) - net_score(totals[:, 0], totals[:, 1], totals[:, 2])
    fewest = int(min((answers[:, 2] > 0).sum(), (answers[:, 5] > 0).sum()))
    return _percentiles(change, fewest)


def pair_months(earlier_account: Ints, earlier: Ints, later_account: Ints, later: Ints) -> Ints:
    """One row per account of either month: its three earlier counts, then its three later ones, 0 where it was silent."""
    accounts, row = np.unique(np.concatenate([earlier_account, later_account]), return_inverse=True)
    paired = np.zeros((len(accounts), 6), dtype=np.int64)
    paired[row[: len(earlier)], :3] = earlier
    paired[row[len(earlier) :], 3:] = later
    return paired


def adjusted_wald(promoters: int, detractors: int, n: int) -> Interval:
    """Rocks' adjusted Wald interval of an NPS (2016), for benchmarks; the marts compute it in SQL."""
    p, d, size = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3), n + 3
    margin = 1.96 * math.sqrt((p + d - (p - d) ** 2) / size)
    return Interval(max(-100.0, 100 * (p - d - margin)), min(100.0, 100 * (p - d + margin)))
