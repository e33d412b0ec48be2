"""What goes with a high or low NPS: shares of explained variance per theme, with account-clustered uncertainty.

Everything here is association: that mentioners of a theme answer lower does not say that mending it would raise them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from earshot_statistics.anomaly import benjamini_hochberg
from earshot_statistics.bootstrap import expanded_tails, generator

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESAMPLES = 600
ORDERINGS = 400
BOOTSTRAP_ORDERINGS = 24
# More accounts than this are resampled in so many groups of whole accounts, which bounds memory and stays valid.
MOST_CLUSTERS = 2000
MINIMUM_ANSWERS = 100
MINIMUM_ACCOUNTS = 30
MINIMUM_MENTIONS = 10
MINIMUM_MENTIONING_ACCOUNTS = 5
RIDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Drivers:
    """One value per theme, NaN where there is too little to say.

    Attributes:
        importance: share of the variance of the answers that goes with the theme (LMG).
        importance_low: lower end of its 95 % interval.
        importance_high: upper end.
        r2: sum of the importances.
        effect: NPS points by which mentioners differ, other themes equal.
        q: probability of so large an effect were there none, adjusted over the themes (Benjamini–Hochberg).
        impact: NPS of all answers less NPS of those that do not mention the theme.
        impact_low: lower end of its 95 % interval.
        impact_high: upper end.
    """

    importance: Floats
    importance_low: Floats
    importance_high: Floats
    r2: float
    effect: Floats
    q: Floats
    impact: Floats
    impact_low: Floats
    impact_high: Floats


def orderings(predictors: int, wanted: int, rng: np.random.Generator) -> Ints:
    """All orderings of the predictors where they are few, else random ones, each together with its reverse."""
    if math.factorial(min(predictors, 12)) <= wanted:
        return np.array(list(itertools.permutations(range(predictors))), dtype=np.int64).reshape(-1, predictors)
    drawn = rng.permuted(np.tile(np.arange(predictors), (wanted // 2, 1)), axis=1)
    return np.concatenate([drawn, drawn[:, ::-1]])


def lmg(covariance: Floats, orders: Ints) -> Floats:
    """Average gain in R² of each predictor over the orderings in which predictors enter (Lindeman, Merenda & Gold 1980).

    The gains of one ordering are the squares of the last row of the Cholesky factor of the predictors' and the
    response's correlations in that order, so they sum to R² whatever the ordering.

    Args:
        covariance: of shape (…, predictors + 1, predictors + 1), the response last.
        orders: orderings of the predictors, one per row.

    Returns:
        Array of shape (…, predictors).
    """
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    scale = np.sqrt(np.where(variance > 0, variance, 1.0))
    correlation = covariance / (scale[..., :, None] * scale[..., None, :])
    predictors = orders.shape[1]
    identity = np.eye(predictors + 1)
    constant = (variance <= 0)[..., :, None] * identity
    correlation = correlation + constant + RIDGE * identity
    gains = np.zeros((*covariance.shape[:-2], predictors))
    for order in orders:
        entered = np.append(order, predictors)
        factor = np.linalg.cholesky(correlation[..., entered[:, None], entered[None, :]])
        gains[..., order] += factor[..., -1, :-1] ** 2
    return np.asarray(gains / len(orders))


def _moments(values: Floats, cluster: Ints, clusters: int) -> Floats:
    """Σ zzᵀ of each cluster, flattened; z are the columns of `values`."""
    width = values.shape[1]
    moments = np.empty((clusters, width, width))
    for one in range(width):
        for other in range(one, width):
            product = np.bincount(cluster, weights=values[:, one] * values[:, other], minlength=clusters)
            moments[:, one, other] = moments[:, other, one] = product
    return moments.reshape(clusters, -1)


def _covariance(moments: Floats) -> Floats:
    """Covariances from Σ zzᵀ, the first column of z being 1; that column is dropped."""
    n = np.maximum(moments[..., :1, :1], 1.0)
    means = moments[..., 0, 1:] / n[..., 0, :]
    return np.asarray(moments[..., 1:, 1:] / n - means[..., :, None] * means[..., None, :])


def _effects(design: Floats, response: Floats, cluster: Ints, clusters: int) -> tuple[Floats, Floats]:
    """Least-squares effects of all predictors together, and their two-sided p-values, robust to clusters (CR1).

    The variance of a theme's effect is learnt from the clusters that mention it, so their number, not that of all
    clusters, sets the degrees of freedom.
    """
    n, width = design.shape
    bread = np.linalg.pinv(design.T @ design)
    beta = bread @ design.T @ response
    residual = response - design @ beta
    scores = _totals(design * residual[:, None], cluster, clusters)
    small_sample = clusters / (clusters - 1) * (n - 1) / max(n - width, 1)
    variance = np.diagonal(bread @ (scores.T @ scores) @ bread) * small_sample
    error = np.sqrt(np.maximum(variance, 0))
    t = np.divide(beta, error, out=np.zeros(width), where=error > 0)
    speakers = np.array([len(np.unique(cluster[design[:, column] > 0])) for column in range(width)])
    return beta[1:], np.asarray(2 * special.stdtr(np.maximum(speakers - 1, 1), -np.abs(t)))[1:]


def _resample(clusters: int, rng: np.random.Generator, totals: Floats) -> Floats:
    """`RESAMPLES` totals of clusters drawn with replacement, a few hundred draws at a time."""
    parts = [
        rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=100).astype(np.float64) @ totals
        for _ in range(RESAMPLES // 100)
    ]
    return np.concatenate(parts)


def _grouped(accounts: Ints) -> tuple[Ints, int]:
    """Clusters to resample: the accounts, or where they are very many a fixed number of groups of them."""
    _, cluster = np.unique(accounts, return_inverse=True)
    count = int(cluster.max()) + 1 if len(cluster) else 0
    if count <= MOST_CLUSTERS:
        return cluster.astype(np.int64), count
    group = np.random.default_rng(count).permutation(count) % MOST_CLUSTERS
    return group[cluster], MOST_CLUSTERS


def _totals(values: Floats, cluster: Ints, clusters: int) -> Floats:
    """Column sums of each cluster."""
    sums = [np.bincount(cluster, weights=column, minlength=clusters) for column in values.T]
    return np.asarray(np.column_stack(sums), dtype=np.float64)


def _impacts(net: Floats, mentions: Floats, accounts: Ints) -> tuple[Floats, Floats, Floats]:
    """NPS of all less NPS of those without each theme, with its interval by resampled accounts."""
    cluster, clusters = _grouped(accounts)
    columns = np.column_stack([np.ones(len(net)), net, mentions, mentions * net[:, None]])
    totals = _totals(columns, cluster, clusters)
    themes = mentions.shape[1]

    def impact(sums: Floats) -> Floats:
        n, score = sums[..., :1], sums[..., 1:2]
        without, score_without = n - sums[..., 2 : 2 + themes], score - sums[..., 2 + themes :]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(score / n - score_without / without)

    value = impact(totals.sum(axis=0))
    drawn = impact(_resample(clusters, generator("impact"), totals))
    low, high = np.nanquantile(drawn, expanded_tails(clusters), axis=0)
    return value, np.minimum(low, value), np.maximum(high, value)


def find_drivers(net: Floats, mentions: Floats, accounts: Ints, commented: npt.NDArray[np.bool_]) -> Drivers:
    """Importance, effect and impact of each theme.

    Importance and effect are of the answers with a comment: who says nothing cannot mention a theme. The impact is of all.

    Args:
        net: 100 per promoter, 0 per passive, −100 per detractor.
        mentions: 1 where the answer mentions the theme, of shape (answers, themes).
        accounts: who answered.
        commented: whether the answer has a comment.
    """
    themes = mentions.shape[1]
    nothing = np.full(themes, np.nan)
    often = mentions.sum(axis=0) >= MINIMUM_MENTIONS
    _, account = np.unique(accounts, return_inverse=True)
    speakers = np.array([len(np.unique(account[mentions[:, theme] > 0])) for theme in range(themes)])
    known = often & (speakers >= MINIMUM_MENTIONING_ACCOUNTS)
    enough = commented.sum() >= MINIMUM_ANSWERS and len(np.unique(account[commented])) >= MINIMUM_ACCOUNTS
    impacts = [nothing.copy() for _ in range(3)]
    if known.any() and len(np.unique(account)) >= MINIMUM_MENTIONING_ACCOUNTS:
        for target, found in zip(impacts, _impacts(net, mentions[:, known], accounts), strict=True):
            target[known] = found
    if not (enough and known.any()):
        return Drivers(nothing, nothing, nothing, math.nan, nothing, nothing, *impacts)
    importance, low, high, effect, q = (nothing.copy() for _ in range(5))
    x, y = mentions[commented][:, known], net[commented]
    cluster, clusters = _grouped(accounts[commented])
    columns = np.column_stack([np.ones(len(y)), x, y])
    moments = _moments(columns, cluster, clusters)
    width = columns.shape[1]
    orders = orderings(width - 2, ORDERINGS, generator("orderings"))
    importance[known] = lmg(_covariance(moments.sum(axis=0).reshape(width, width)), orders)
    drawn = _resample(clusters, generator("importance"), moments).reshape(-1, width, width)
    few = orderings(width - 2, BOOTSTRAP_ORDERINGS, generator("bootstrap orderings"))
    resampled = lmg(_covariance(drawn), few)
    # Resampled fits explain more than the sample does; centring them keeps that optimism out of the interval.
    centred = resampled - resampled.mean(axis=0) + importance[known]
    ends = np.quantile(centred, expanded_tails(clusters), axis=0)
    low[known] = np.clip(np.minimum(ends[0], importance[known]), 0.0, 1.0)
    high[known] = np.clip(np.maximum(ends[1], importance[known]), 0.0, 1.0)
    effect[known], p = _effects(columns[:, :-1], y, cluster, clusters)
    q[known] = benjamini_hochberg(p[:, None])[:, 0]
    return Drivers(importance, low, high, float(np.nansum(importance)), effect, q, *impacts)
