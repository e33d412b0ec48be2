"""How common a theme really is: a classifier's share corrected by a labelled sample (prediction-powered inference).

PPI++ (Angelopoulos, Duchi & Zrnic 2023; the correction's weight is tuned to the data, so the interval is never wider
than the labelled sample alone would give, up to estimation error).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Method = Literal["ppi++", "classifier_share", "insufficient_data"]
MIN_LABELS = 30
MIN_PREVALENCE = 0.01
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Prevalence:
    """A share with its 95 % interval; nothing where the data is too thin.

    Attributes:
        share: the estimate.
        low: lower bound.
        high: upper bound.
        method: how it was made.
        labels: labelled items used.
        items: unlabelled items used.
        power: weight given to the predictions, 0 (labels alone) to 1.
    """

    share: float | None
    low: float | None
    high: float | None
    method: Method
    labels: int
    items: int
    power: float


def prevalence(
    labelled: npt.ArrayLike,
    predicted_labelled: npt.ArrayLike,
    predicted_rest: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
) -> Prevalence:
    """Estimate a share from a labelled random sample and predictions for the rest.

    Args:
        labelled: truth of the labelled items, 0 or 1.
        predicted_labelled: the classifier's answers (or probabilities) for the same items.
        predicted_rest: its answers for the items that nobody labelled.
        groups: what the labelled items belong to (accounts); their residuals are then clustered.
    """
    truth, guess, rest = (np.asarray(values, dtype=np.float64) for values in (labelled, predicted_labelled, predicted_rest))
    if truth.shape != guess.shape:
        raise ValueError("every labelled item needs a prediction: the first two arguments differ in length")
    n, items = len(truth), len(rest)
    raw = float(np.concatenate([guess, rest]).mean()) if n + items else 0.0
    if n == 0 and items:
        low, high = _wilson(raw, items)
        return Prevalence(raw, low, high, "classifier_share", 0, items, 0.0)
    if n < MIN_LABELS or max(raw, float(truth.mean())) < MIN_PREVALENCE:
        return Prevalence(None, None, None, "insufficient_data", n, items, 0.0)
    power = _power(truth, guess, rest)
    residual = truth - power * guess
    share = float(residual.mean() + (power * rest.mean() if items else 0.0))
    variance = _variance_of_mean(residual, groups) + (power**2 * float(rest.var(ddof=1)) / items if items > 1 else 0.0)
    half = _Z95 * math.sqrt(variance)
    low, high = share - half, share + half
    if variance == 0.0:  # a sample without variation still does not prove a certainty
        low, high = _wilson(share, n)
    return Prevalence(min(max(share, 0.0), 1.0), max(low, 0.0), min(high, 1.0), "ppi++", n, items, power)


def _power(truth: npt.NDArray[np.float64], guess: npt.NDArray[np.float64], rest: npt.NDArray[np.float64]) -> float:
    """The weight of the predictions that makes the variance smallest, within [0, 1]."""
    n, items = len(truth), len(rest)
    if items < 2:
        return 0.0
    spread = float(np.concatenate([guess, rest]).var(ddof=1))
    if spread == 0.0:
        return 0.0
    together = float(np.cov(truth, guess, ddof=1)[0, 1])
    return min(max(together / ((1 + n / items) * spread), 0.0), 1.0)


def _variance_of_mean(values: npt.NDArray[np.float64], groups: npt.ArrayLike | None) -> float:
    """Variance of the mean; with groups, between-cluster (items of one account are not independent)."""
    n = len(values)
    if groups is None:
        return float(values.var(ddof=1)) / n
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(codes, weights=values - values.mean())
    clusters = len(sums)
    if clusters < 2:
        return math.inf
    return clusters / (clusters - 1) * float((sums**2).sum()) / n**2


def _wilson(share: float, n: int) -> tuple[float, float]:
    scale = 1 + _Z95**2 / n
    middle = (share + _Z95**2 / (2 * n)) / scale
    half = _Z95 * math.sqrt(share * (1 - share) / n + _Z95**2 / (4 * n * n)) / scale
    return max(middle - half, 0.0), min(middle + half, 1.0)
