"""Prevalence from a labelled sample: a hand-worked example, coverage by simulation, and refusals."""

import math

import numpy as np
import pytest

from insights.prevalence import prevalence


def test_hand_worked_example():
    # 40 labelled: 10 true positives, 2 missed, 3 false alarms, 25 true negatives; 100 others, 30 of them flagged.
    truth = [1] * 12 + [0] * 28
    guess = [1] * 10 + [0] * 2 + [1] * 3 + [0] * 25
    rest = [1] * 30 + [0] * 70
    # Covariance of truth and guess (n - 1): (10 - 12*13/40)/39 = 6.1/39; variance of all 140 guesses: (43 - 43²/140)/139.
    power = (6.1 / 39) / ((1 + 40 / 100) * ((43 - 43**2 / 140) / 139))
    share = 12 / 40 - power * 13 / 40 + power * 30 / 100
    residual = np.array(truth) - power * np.array(guess)
    half = 1.959963984540054 * math.sqrt(residual.var(ddof=1) / 40 + power**2 * np.var(rest, ddof=1) / 100)
    found = prevalence(truth, guess, rest)
    assert found.method == "ppi++"
    assert found.power == pytest.approx(power)
    assert 0.5 < found.power < 0.6
    assert (found.share, found.low, found.high) == pytest.approx((share, share - half, share + half))


def simulate(accuracy, share, seed, *, runs=200):
    generator = np.random.default_rng(seed)
    covered, widths, plain = 0, [], []
    for _ in range(runs):
        truth = generator.random(1500) < share
        guess = np.where(generator.random(1500) < accuracy, truth, ~truth)
        found = prevalence(truth[:150], guess[:150], guess[150:])
        covered += found.low <= share <= found.high
        widths.append(found.high - found.low)
        plain.append(2 * 1.96 * math.sqrt(truth[:150].var(ddof=1) / 150))
    return covered / runs, float(np.mean(widths)), float(np.mean(plain))


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_intervals_cover_the_truth_and_good_predictions_narrow_them(share):
    coverage, width, plain = simulate(0.93, share, seed=3)
    assert 0.90 <= coverage <= 0.99
    assert width < 0.85 * plain


def test_useless_predictions_do_no_harm():
    coverage, width, plain = simulate(0.5, 0.3, seed=4)
    assert coverage >= 0.90
    assert width < 1.03 * plain


def test_a_biased_classifier_is_corrected():
    generator = np.random.default_rng(1)
    truth = generator.random(20_000) < 0.2
    guess = truth | (generator.random(20_000) < 0.25)
    found = prevalence(truth[:2000], guess[:2000], guess[2000:])
    assert guess.mean() > 0.38
    assert found.low < 0.2 < found.high < 0.25


def test_thin_data_gives_no_number():
    for found in (
        prevalence([1] * 10, [1] * 10, [1] * 500),
        prevalence([0] * 400, [0] * 400, [0] * 9000),
        prevalence([], [], []),
    ):
        assert (found.share, found.low, found.high, found.method) == (None, None, None, "insufficient_data")


def test_without_labels_the_raw_share_says_so():
    found = prevalence([], [], [1] * 20 + [0] * 80)
    assert (found.method, found.share) == ("classifier_share", 0.2)
    assert (found.low, found.high) == pytest.approx((0.1334, 0.2888), abs=1e-4)


def test_answers_of_one_account_count_together():
    truth = [1, 1, 1, 1, 0, 0, 0, 0] * 10
    groups = [n // 4 for n in range(80)]
    alone, clustered = prevalence(truth, truth[::-1], []), prevalence(truth, truth[::-1], [], groups=groups)
    assert clustered.high - clustered.low > 1.5 * (alone.high - alone.low)


def test_certainty_is_never_claimed():
    found = prevalence([1] * 40, [1] * 40, [1] * 100)
    assert found.low < 0.95
    with pytest.raises(ValueError, match="every labelled item needs a prediction"):
        prevalence([1, 0], [1], [0])
