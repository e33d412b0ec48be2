"""Weeks in which a theme is mentioned more often than its past explains: overdispersed counts, false discoveries bounded.

Counts are judged against the feedback they could have come from: in a week with twice the survey answers, twice the
mentions are no news. Expected mentions are therefore the past share per channel times this week's feedback per channel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

RECENT_WEEKS = 8
BASELINE_WEEKS = 26
MINIMUM_BASELINE_WEEKS = 8
MINIMUM_EXPECTED_WEEK = 0.25
MINIMUM_EXPECTED_RECENT = 2.0
MINIMUM_NEW_MENTIONS = 3
ALERT = 0.05
TRENDS = np.array(["insufficient_data", "stable", "rising", "falling", "new"], dtype=object)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the past says of each cell and week; arrays of shape (cells, weeks), NaN where the past is too thin.

    Attributes:
        expected: mentions expected of the week.
        p: probability of at least as many mentions as counted, were the past unchanged.
        q: `p` adjusted over all cells of the week (Benjamini–Hochberg).
        recent: mentions of the last `RECENT_WEEKS` weeks.
        recent_expected: what the weeks before them would lead to.
        trend_q: two-sided probability of `recent`, adjusted over all cells of the week.
        trend: insufficient_data, stable, rising, falling or new.
    """

    expected: Floats
    p: Floats
    q: Floats
    recent: Floats
    recent_expected: Floats
    trend_q: Floats
    trend: npt.NDArray[np.object_]


def trailing_sum(values: Floats, length: int, gap: int = 0) -> Floats:
    """Sum over `length` weeks that end `gap` weeks before each week; weeks before the first count as nothing."""
    weeks = values.shape[-1]
    total = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    stop = np.clip(np.arange(weeks) + 1 - gap, 0, weeks)
    start = np.clip(stop - length, 0, weeks)
    return np.asarray(total[..., stop] - total[..., start])


def negative_binomial_tails(count: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """P(Y ≥ count) and P(Y ≤ count) of a negative binomial with the given mean and variance.

    A variance at or below the mean is raised to just above it, where the distribution is Poisson to all digits that matter.

    Args:
        count: what was counted.
        mean: expected count, above 0.
        variance: variance of the prediction.
    """
    excess = np.maximum(variance - mean, 1e-6 * mean)
    size = mean**2 / excess
    success = size / (size + mean)
    at_least = np.where(count > 0, special.betainc(np.maximum(count, 1.0), size, 1 - success), 1.0)
    return np.asarray(at_least), np.asarray(special.betainc(size, count + 1, success))


def with_estimated_scatter(p: Floats, mean: Floats, variance: Floats, weeks: Floats) -> Floats:
    """Tail probabilities that allow for a variance that was itself estimated from few weeks.

    The normal score of `p` is read off Student's t instead. Its degrees of freedom are Satterthwaite's: the Poisson part
    of the variance is known, only the rest was estimated, from `weeks` − 1 deviations.

    Args:
        p: tail probabilities with the variance taken as known.
        mean: mean of the prediction, its known variance.
        variance: variance of the prediction.
        weeks: weeks that the scatter was estimated from.
    """
    estimated = np.maximum(variance - mean, 1e-9 * np.maximum(variance, 1e-9))
    freedom = np.maximum(weeks - 1, 1) * (variance / estimated) ** 2
    return np.asarray(special.stdtr(freedom, special.ndtri(p)))


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted p-values down each column; NaN takes no part and stays NaN.

    Args:
        p: p-values of shape (tests, families).
    """
    tests = np.isfinite(p).sum(axis=0)
    order = np.argsort(p, axis=0)  # NaN sorts last
    ranked = np.take_along_axis(p, order, axis=0)
    scaled = ranked * tests / np.arange(1, len(p) + 1)[:, None]
    scaled[~np.isfinite(ranked)] = np.inf
    lowest = np.minimum(np.minimum.accumulate(scaled[::-1], axis=0)[::-1], 1.0)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, lowest, axis=0)
    adjusted[~np.isfinite(p)] = np.nan
    return adjusted


@dataclass(frozen=True, slots=True)
class _Past:
    """What the baseline weeks say; arrays of shape (cells, weeks) but for the first two, which are per channel.

    Attributes:
        rate: share of feedback with a mention.
        exposure: feedback of the baseline.
        weeks: baseline weeks with feedback.
        worth: how many equally busy weeks those are worth; a quarter's two survey waves outweigh its other weeks.
        dispersion: a of variance = mean + a · mean².
        spread: variance of the baseline's mentions over their mean.
    """

    rate: Floats
    exposure: Floats
    weeks: Floats
    worth: Floats
    dispersion: Floats
    spread: Floats


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise quotient, 0 where there is nothing to divide by."""
    nothing = np.zeros(np.broadcast_shapes(numerator.shape, denominator.shape))
    return np.asarray(np.divide(numerator, denominator, out=nothing, where=denominator > 0))


def _rates(mentions: Floats, feedback: Floats) -> tuple[Floats, Floats]:
    """Share of feedback with a mention, per cell, channel and week, over the baseline before the recent weeks.

    Half a mention is added per cell, spread like the feedback: a theme that was never heard is rare, not impossible.
    """
    counted = trailing_sum(mentions, BASELINE_WEEKS, RECENT_WEEKS)
    exposure = trailing_sum(feedback, BASELINE_WEEKS, RECENT_WEEKS)
    total = exposure.sum(axis=1, keepdims=True)
    overall = _ratio(counted.sum(axis=1, keepdims=True) + 0.5, total)
    rate = _ratio(counted + 0.5 * _ratio(exposure, total), exposure)
    # A channel without a past is expected to behave like the others together.
    return np.where(exposure > 0, rate, overall), exposure


def _sum_of_squared_means(rate: Floats, feedback: Floats, length: int, gap: int = 0) -> Floats:
    """Σ over the trailing weeks of (Σ over channels of rate · feedback)², by its products of two channels."""
    total = np.zeros((rate.shape[0], rate.shape[2]))
    for one in range(rate.shape[1]):
        for other in range(one, rate.shape[1]):
            products = trailing_sum(feedback[:, one] * feedback[:, other], length, gap)
            total += (1 if one == other else 2) * rate[:, one] * rate[:, other] * products
    return total


def _past(mentions: Floats, feedback: Floats) -> _Past:
    rate, exposure = _rates(mentions, feedback)
    window = (BASELINE_WEEKS, RECENT_WEEKS)
    weekly, answered = mentions.sum(axis=1), feedback.sum(axis=1)
    weeks = trailing_sum((answered > 0).astype(np.float64), *window)
    worth = _ratio(trailing_sum(answered**2, *window) ** 2, trailing_sum(answered**4, *window))
    means = (rate * exposure).sum(axis=1)
    mean_squares = _sum_of_squared_means(rate, feedback, *window)
    crossed = (rate * trailing_sum(weekly[:, None] * feedback, *window)).sum(axis=1)
    squares = trailing_sum(weekly**2, *window) - 2 * crossed + mean_squares
    surplus = np.where(worth > 1, squares * _ratio(worth, worth - 1) - means, 0.0)  # one rate was fitted to the very weeks
    own = _ratio(surplus, mean_squares)
    pooled = _ratio(surplus.sum(axis=0), mean_squares.sum(axis=0))
    # A quiet stretch must not make a theme look steadier than its peers, so the pooled scatter is the floor. Its estimate
    # is skewed, mostly too low and sometimes far too high, the more so from few weeks; hence the last factor.
    dispersion = np.maximum(np.maximum(own, pooled) * _ratio(weeks - 1, weeks - 3), 0.0)
    return _Past(rate, exposure, weeks, worth, dispersion, 1 + dispersion * _ratio(mean_squares, means))


def _prediction(past: _Past, feedback: Floats, squared: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a count over feedback (cells, channels, weeks); `squared`: Σ of its weekly means squared."""
    means = past.rate * feedback
    mean = means.sum(axis=1)
    # Uncertainty of each channel's rate; a channel without a past borrows the others' weight of evidence.
    borrowed = np.where(past.exposure > 0, past.exposure, past.exposure.sum(axis=1, keepdims=True))
    estimation = _ratio(means * feedback, borrowed).sum(axis=1) * past.spread
    return mean, mean + past.dispersion * squared + estimation


def _tails(tested: Bools, count: Floats, mean: Floats, variance: Floats, past: _Past) -> tuple[Floats, Floats]:
    """P(at least `count`) and P(at most `count`) where tested, NaN elsewhere."""
    more, fewer = (np.full(count.shape, np.nan) for _ in range(2))
    mean, variance, worth = mean[tested], variance[tested], past.worth[tested]
    for place, tail in zip((more, fewer), negative_binomial_tails(count[tested], mean, variance), strict=True):
        place[tested] = with_estimated_scatter(tail, mean, variance, worth)
    return more, fewer


def _trend(past: _Past, count: Floats, feedback: Floats) -> tuple[Floats, Floats, Floats, npt.NDArray[np.object_]]:
    """Mentions of the recent weeks, their expectation, its adjusted two-sided probability and the word for it."""
    recent = trailing_sum(count, RECENT_WEEKS)
    squared = _sum_of_squared_means(past.rate, feedback, RECENT_WEEKS)
    mean, variance = _prediction(past, trailing_sum(feedback, RECENT_WEEKS), squared)
    has_past = past.weeks >= MINIMUM_BASELINE_WEEKS
    judged = has_past & (mean >= MINIMUM_EXPECTED_RECENT)
    never_before = np.cumsum(count, axis=-1) == recent
    arrived = has_past & never_before & (recent >= MINIMUM_NEW_MENTIONS) & (mean > 0)
    more, fewer = _tails(judged | arrived, recent, mean, variance, past)
    q = benjamini_hochberg(np.minimum(1.0, 2 * np.minimum(more, fewer)))
    moved = np.nan_to_num(q, nan=1.0) < ALERT
    word = np.select([moved & arrived, moved & (recent > mean), moved, judged | arrived], [4, 2, 3, 1], default=0)
    return recent, np.where(has_past, mean, np.nan), q, TRENDS[word]


def judge(mentions: Floats, feedback: Floats) -> Verdict:
    """Judges every week of every cell against the weeks before it.

    Args:
        mentions: counts of shape (cells, channels, weeks).
        feedback: feedback items that could have mentioned the theme, same shape.
    """
    mentions, feedback = mentions.astype(np.float64), feedback.astype(np.float64)
    past = _past(mentions, feedback)
    count = mentions.sum(axis=1)
    mean, variance = _prediction(past, feedback, (past.rate * feedback).sum(axis=1) ** 2)
    known = (past.weeks >= MINIMUM_BASELINE_WEEKS) & (feedback.sum(axis=1) > 0)
    p, _ = _tails(known & (mean >= MINIMUM_EXPECTED_WEEK), count, mean, variance, past)
    recent, recent_expected, trend_q, trend = _trend(past, count, feedback)
    return Verdict(
        expected=np.where(known, mean, np.nan),
        p=p,
        q=benjamini_hochberg(p),
        recent=recent,
        recent_expected=recent_expected,
        trend_q=trend_q,
        trend=trend,
    )
