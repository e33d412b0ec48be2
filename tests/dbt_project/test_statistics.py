"""Each statistic against a second implementation or a hand-computed value, and its limits on any input."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from earshot_statistics import anomaly, bootstrap, drivers, evidence, nps_months
from earshot_statistics.driver_table import driver_rows
from earshot_statistics.nps_months import clustered_intervals
from earshot_statistics.theme_weeks import judge_weeks

ANSWERS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)).filter(lambda counts: sum(counts) > 0),
    min_size=2,
    max_size=40,
)


def as_answers(rows: list[tuple[int, int, int]]) -> np.ndarray:
    """Promoters, detractors, answers per account from promoters, passives, detractors."""
    return np.array([(p, d, p + passive + d) for p, passive, d in rows])


# --- adjusted Wald ---------------------------------------------------------------------------------------------------


def test_adjusted_wald_by_hand() -> None:
    found = bootstrap.adjusted_wald(6, 4, 12)
    assert found.low == pytest.approx(13.3333 - 1.96 * 22.3441, abs=1e-3)
    assert found.high == pytest.approx(13.3333 + 1.96 * 22.3441, abs=1e-3)


@given(st.integers(2, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_adjusted_wald_holds_the_plain_nps_and_stays_on_the_scale(counts: tuple[int, int, int]) -> None:
    n, promoters, detractors = counts[0], counts[1], min(counts[2], counts[0] - counts[1])
    found = bootstrap.adjusted_wald(promoters, detractors, n)
    assert -100 <= found.low <= 100 * (promoters - detractors) / n <= found.high <= 100


# --- bootstrap -------------------------------------------------------------------------------------------------------


def test_expanded_tails_against_scipy_stats() -> None:
    for clusters in (2, 5, 12, 100):
        low, high = bootstrap.expanded_tails(clusters)
        expected = stats.norm.cdf(stats.t.ppf(0.025, clusters - 1) * math.sqrt(clusters / (clusters - 1)))
        assert (low, high) == (pytest.approx(expected), pytest.approx(1 - expected))
    assert bootstrap.expanded_tails(10**6)[0] == pytest.approx(0.025, abs=1e-5)


def test_profiles_are_resampled_like_accounts() -> None:
    """Drawing profiles by multinomial is the same as drawing accounts one by one, only faster."""
    rng = np.random.default_rng(3)
    answers = as_answers([(rng.integers(3), rng.integers(2), rng.integers(3) + 1) for _ in range(40)])
    slow = np.array([answers[rng.integers(0, 40, 40)].sum(axis=0) for _ in range(20_000)])
    fast = bootstrap.resample_totals(answers, np.random.default_rng(4), 20_000)
    assert fast.mean(axis=0) == pytest.approx(slow.mean(axis=0), rel=0.01)
    assert np.cov(fast.T) == pytest.approx(np.cov(slow.T), rel=0.06, abs=1.0)


def test_the_interval_widens_where_accounts_repeat_themselves() -> None:
    """The same 60 answers, once of 60 accounts, once of 12 that say the same five times: about √5 wider."""
    alone = as_answers([(1, 0, 0)] * 30 + [(0, 0, 1)] * 30)
    together = as_answers([(5, 0, 0)] * 6 + [(0, 0, 5)] * 6)
    narrow, wide = (bootstrap.nps_interval(cell, bootstrap.generator("x")) for cell in (alone, together))
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(math.sqrt(5), rel=0.2)


@settings(max_examples=40, deadline=None)
@given(ANSWERS)
def test_bootstrap_is_ordered_bounded_and_the_same_each_time(rows: list[tuple[int, int, int]]) -> None:
    answers = as_answers(rows)
    first, again = (bootstrap.nps_interval(answers, bootstrap.generator("smb", "2025-01-01"), 500) for _ in range(2))
    assert first == again
    assert -100 <= first.low <= first.high <= 100
    shuffled = bootstrap.nps_interval(answers[::-1], bootstrap.generator("smb", "2025-01-01"), 500)
    assert shuffled == first


def test_one_account_has_no_interval() -> None:
    found = bootstrap.nps_interval(as_answers([(3, 0, 0)]), bootstrap.generator("x"))
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_a_change_of_the_same_accounts_is_clearer_than_one_of_others() -> None:
    """30 loyal and 30 unhappy accounts; 6 of the unhappy turn loyal. Paired, the change stands out; unpaired, it does not."""
    before = as_answers([(1, 0, 0)] * 30 + [(0, 0, 1)] * 30)
    after = as_answers([(1, 0, 0)] * 36 + [(0, 0, 1)] * 24)
    same = bootstrap.pair_months(np.arange(60), before, np.arange(60), after)
    others = bootstrap.pair_months(np.arange(60), before, np.arange(60, 120), after)
    assert bootstrap.nps_change_interval(same, bootstrap.generator("x")).low > 0
    assert bootstrap.nps_change_interval(others, bootstrap.generator("x")).low < 0


def monthly(rows: list[tuple[date, str, int, int, int, int]]) -> pa.Table:
    names = ["month_start", "segment", "account", "promoters", "detractors", "answers"]
    return pa.table({name: [row[position] for row in rows] for position, name in enumerate(names)})


def test_only_months_with_repeated_accounts_are_resampled() -> None:
    january, february, april = date(2025, 1, 1), date(2025, 2, 1), date(2025, 4, 1)
    rows = [(january, "smb", account, 1, 0, 1) for account in range(10)]
    rows += [(february, "smb", account, 1, 0, 1) for account in range(5, 15)]
    rows += [(april, "smb", account, 0, 2, 2) for account in range(10)]
    rows += [(january, "enterprise", account, 1, 0, 1) for account in range(10)]
    found = {(row["segment"], row["month_start"]): row for row in clustered_intervals(monthly(rows)).to_pylist()}
    assert set(found) == {("smb", february), ("smb", april)}  # January has nobody twice; enterprise neither
    assert found["smb", february]["nps_low"] is None
    assert found["smb", february]["change_low"] is not None
    assert found["smb", april]["nps_low"] == -100
    assert found["smb", april]["change_low"] is None  # March is not there to compare with


def test_a_cell_does_not_move_when_other_cells_come() -> None:
    rows = [(date(2025, 1, 1), "smb", account, account % 2, (account + 1) % 2, 1) for account in range(20)]
    rows += [(date(2025, 1, 1), "smb", account, 1, 0, 2) for account in range(20, 25)]
    alone = clustered_intervals(monthly(rows)).to_pylist()
    more = clustered_intervals(monthly([(date(2025, 1, 1), "all", 1, 2, 0, 2), *rows])).to_pylist()
    assert [row for row in more if row["segment"] == "smb"] == alone


def test_only_what_accounts_answered_anew_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    january, february, march = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
    rows = [(month, "smb", account, account % 2, 1, 2) for month in (january, february) for account in range(20)]
    # Numbers of accounts are given anew by each build.
    later = [(month, segment, account + 7, *counts) for month, segment, account, *counts in rows]
    later += [(march, "smb", account, 1, 0, 2) for account in range(9)]
    before, whole = clustered_intervals(monthly(rows)), clustered_intervals(monthly(later))
    drawn: list[str] = []

    def counted(what: str) -> Callable[..., bootstrap.Interval]:
        real = getattr(bootstrap, f"{what}_interval")
        return lambda *arguments: drawn.append(what) or real(*arguments)

    for what in ("nps", "nps_change"):
        monkeypatch.setattr(nps_months, f"{what}_interval", counted(what))
    assert clustered_intervals(monthly(later), before).equals(whole)
    assert drawn == ["nps", "nps_change"]  # March and its change
    drawn.clear()
    assert clustered_intervals(monthly(later), before.drop_columns("nps_of")).equals(whole)  # an older build's table
    assert drawn == ["nps", "nps", "nps_change", "nps", "nps_change"]


def test_no_answers_no_rows() -> None:
    assert clustered_intervals(monthly([])).num_rows == 0


# --- false discovery and tails ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.integers(0, 5))
def test_benjamini_hochberg_against_statsmodels(values: list[float], missing: int) -> None:
    p = np.array(values + [np.nan] * missing)
    np.random.default_rng(len(values)).shuffle(p)
    found = anomaly.benjamini_hochberg(p[:, None])[:, 0]
    assert found[np.isfinite(p)] == pytest.approx(multipletests(p[np.isfinite(p)], method="fdr_bh")[1])
    assert np.isnan(found[np.isnan(p)]).all()


def test_negative_binomial_tails_against_scipy_stats() -> None:
    count, mean, variance = np.meshgrid([0.0, 1, 5, 40], [0.3, 2, 15], [1.2, 3.0])
    variance = variance * mean
    more, fewer = anomaly.negative_binomial_tails(count, mean, variance)
    size = mean**2 / (variance - mean)
    assert more == pytest.approx(stats.nbinom.sf(count - 1, size, mean / variance))
    assert fewer == pytest.approx(stats.nbinom.cdf(count, size, mean / variance))
    poisson, _ = anomaly.negative_binomial_tails(np.array([7.0]), np.array([3.0]), np.array([2.0]))
    assert poisson == pytest.approx(stats.poisson.sf(6, 3.0), rel=1e-4)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(1, 10), st.integers(0, 10))
def test_trailing_sum_against_a_loop(values: list[int], length: int, gap: int) -> None:
    found = anomaly.trailing_sum(np.array([values], dtype=float), length, gap)[0]
    looped = [sum(values[max(0, week + 1 - gap - length) : max(0, week + 1 - gap)]) for week in range(len(values))]
    assert found.tolist() == looped


# --- weeks -----------------------------------------------------------------------------------------------------------


def steady(weeks: int, mentions: float, feedback: float) -> tuple[np.ndarray, np.ndarray]:
    shape = (1, 1, weeks)
    return np.full(shape, mentions), np.full(shape, feedback)


def test_expected_mentions_by_hand() -> None:
    """26 weeks of 2 in 10, and half a mention for caution: 52.5/260 of this week's 10."""
    verdict = anomaly.judge(*steady(60, 2, 10))
    assert verdict.expected[0, 59] == pytest.approx(10 * 52.5 / 260)
    assert verdict.recent_expected[0, 59] == pytest.approx(80 * 52.5 / 260)
    assert verdict.trend[0, 59] == "stable"


def test_nothing_is_said_of_the_first_weeks() -> None:
    verdict = anomaly.judge(*steady(60, 2, 10))
    first_known = anomaly.RECENT_WEEKS + anomaly.MINIMUM_BASELINE_WEEKS - 1
    assert np.isnan(verdict.q[0, :first_known]).all()
    assert (verdict.trend[0, :first_known] == "insufficient_data").all()
    assert np.isfinite(verdict.q[0, first_known])


def test_twice_the_feedback_is_no_news() -> None:
    mentions, feedback = steady(60, 4, 40)
    mentions[..., 50:] *= 5
    feedback[..., 50:] *= 5
    verdict = anomaly.judge(mentions, feedback)
    assert verdict.q[0, 50:].min() > 0.3
    assert (verdict.trend[0, 50:] == "stable").all()


def test_a_survey_week_is_no_news_for_what_surveys_always_mention() -> None:
    """Half of survey comments but no ticket mention the theme; a survey wave must not look like an outbreak."""
    feedback = np.tile(np.array([[4.0], [40.0]]), (1, 1, 60)).reshape(1, 2, 60)
    feedback[0, 0, 50] = 80
    mentions = np.stack([feedback[:, 0] / 2, np.zeros((1, 60))], axis=1)
    verdict = anomaly.judge(mentions, feedback)
    assert verdict.expected[0, 50] == pytest.approx(40, rel=0.05)
    assert verdict.q[0, 50] > 0.3


def test_a_week_without_feedback_is_unknown_not_quiet() -> None:
    mentions, feedback = steady(60, 2, 10)
    mentions[..., 55], feedback[..., 55] = 0, 0
    verdict = anomaly.judge(mentions, feedback)
    assert np.isnan(verdict.expected[0, 55])
    assert np.isnan(verdict.q[0, 55])


def test_new_rising_and_falling_are_told_apart() -> None:
    mentions = np.zeros((3, 1, 60))
    feedback = np.full((3, 1, 60), 50.0)
    mentions[0, 0, 55:] = 6
    mentions[1, 0] = 5
    mentions[1, 0, 52:] = 12
    mentions[2, 0] = 8
    mentions[2, 0, 52:] = 1
    assert anomaly.judge(mentions, feedback).trend[:, 59].tolist() == ["new", "rising", "falling"]


def company(
    rng: np.random.Generator, growth: float = 1.0, size: float = 1.0, themes: int = 20, weeks: int = 90
) -> tuple[np.ndarray, np.ndarray]:
    """Themes × segments in three channels with survey waves and overdispersed, uneven themes; theme 0 may grow in segment 1."""
    volume = size * np.array([20.0, 12.0, 8.0])[None, :, None] * np.array([1.0, 0.6])[:, None, None] * np.ones(weeks)
    volume[:, 0] *= np.where(np.arange(weeks) % 13 < 2, 4.0, 0.5)
    feedback = rng.poisson(volume).astype(float)
    share = rng.dirichlet(np.ones(themes)) * 1.2
    share[0] = 0.25
    scatter = np.where(np.arange(themes) % 5 == 4, 0.5, 0.05)
    mood = rng.gamma(1 / scatter[:, None, None], scatter[:, None, None], (themes, 2, weeks))
    mean = share[:, None, None, None] * mood[:, :, None] * feedback
    mean[0, 1, :, weeks - 8 :] *= growth
    said = np.minimum(rng.poisson(mean), feedback)
    cells = np.concatenate([said.sum(axis=1, keepdims=True), said], axis=1)
    heard = np.concatenate([feedback.sum(axis=0, keepdims=True), feedback])
    return cells.reshape(-1, 3, weeks), np.broadcast_to(heard, cells.shape).reshape(-1, 3, weeks)


def test_at_most_five_percent_of_quiet_weeks_alert() -> None:
    alerts, moves, weeks = 0, 0, 0
    for seed in range(40):
        verdict = anomaly.judge(*company(np.random.default_rng(seed)))
        known = np.isfinite(verdict.q).any(axis=0)
        weeks += int(known.sum())
        alerts += int((verdict.q[:, known] < anomaly.ALERT).any(axis=0).sum())
        moves += int(np.isin(verdict.trend[:, known], ["new", "rising", "falling"]).any(axis=0).sum())
    assert weeks > 2000
    assert alerts / weeks <= 0.05
    assert moves / weeks <= 0.05


def test_a_planted_doubling_over_eight_weeks_is_found() -> None:
    """About 8 mentions a week become 16 in one segment; the same company without it is not called rising."""
    enterprise = 2  # the theme that grows, in the second segment
    found = [
        anomaly.judge(*company(np.random.default_rng(seed), growth=2.0, size=2)).trend[enterprise, -1] for seed in range(20)
    ]
    quiet = [anomaly.judge(*company(np.random.default_rng(seed), size=2)).trend[enterprise, -1] for seed in range(20)]
    assert found.count("rising") >= 12
    assert quiet.count("rising") <= 1


def sparse(cells: np.ndarray, **names: list[str]) -> pa.Table:
    """Rows of the non-zero entries of a dense array whose last axis is the week."""
    positions = np.nonzero(cells)
    columns = {name: [values[i] for i in positions[axis]] for axis, (name, values) in enumerate(names.items())}
    return pa.table({**columns, "week_index": positions[-1], "count": cells[positions].astype(int)})


def test_rows_of_a_theme_are_its_cells_and_all_weeks() -> None:
    counts = np.zeros((2, 2, 2, 40), dtype=int)
    counts[0, :, :, ::2] = 1  # themes, segments (all, smb), channels (all, nps)
    counts[1, :1, :, 5] = 2
    heard = np.full((2, 2, 40), 9)
    names = {"theme_id": ["export", "sso"], "segment": ["all", "smb"], "channel": ["all", "nps"]}
    mentions = sparse(counts, **names).rename_columns([*names, "week_index", "mentions"])
    mentions = mentions.append_column("series", pa.array(["restated"] * len(mentions)))
    feedback = sparse(heard, segment=["all", "smb"], channel=["all", "nps"]).rename_columns(
        ["segment", "channel", "week_index", "feedback_n"]
    )
    rows = judge_weeks(mentions, feedback, 40).to_pylist()
    cells = {(row["theme_id"], row["segment"], row["channel"]) for row in rows}
    assert cells == {("export", s, c) for s in ("all", "smb") for c in ("all", "nps")} | {
        ("sso", "all", c) for c in ("all", "nps")
    }
    assert len(rows) == 40 * len(cells)
    assert all(row["anomaly_q"] is None for row in rows if row["channel"] == "nps")
    assert any(row["anomaly_q"] is not None for row in rows if row["channel"] == "all")
    last = {
        (row["segment"], row["channel"]): row["recent_mentions"]
        for row in rows
        if row["week_index"] == 39 and row["theme_id"] == "export"
    }
    assert last == {(s, c): 4 for s in ("all", "smb") for c in ("all", "nps")}


def test_no_feedback_no_rows() -> None:
    mentions = pa.table({name: pa.array([], pa.string()) for name in ("series", "theme_id", "segment", "channel")})
    mentions = mentions.append_column("week_index", pa.array([], pa.int64())).append_column(
        "mentions", pa.array([], pa.int64())
    )
    feedback = pa.table({name: pa.array([], pa.string()) for name in ("segment", "channel")})
    feedback = feedback.append_column("week_index", pa.array([], pa.int64())).append_column(
        "feedback_n", pa.array([], pa.int64())
    )
    assert judge_weeks(mentions, feedback, 0).num_rows == 0


# --- evidence --------------------------------------------------------------------------------------------------------

QUOTES = [
    "The CSV export times out whenever a report has more than a few thousand rows",
    "The CSV export times out whenever the report has more than a few thousand rows",
    "Exporting to Excel drops the custom columns we rely on for the board pack",
    "Our finance team waits hours for the nightly data export to finish",
    "slow",
    "Nothing to do with it, the weather is nice and the coffee was cold this morning",
]


def choose(wanted: int, channels: list[str] | None = None) -> list[int]:
    return evidence.select_quotes(QUOTES, [0.9] * 6, channels or ["support"] * 6, ["smb"] * 6, wanted)


def test_the_same_words_are_not_shown_twice() -> None:
    first_three = choose(3)
    assert len({0, 1} & set(first_three)) == 1
    assert 4 not in first_three  # one word says nothing
    assert sorted(choose(10)) == list(range(6))


def test_a_channel_that_has_not_spoken_goes_first() -> None:
    assert choose(2, ["support", "support", "support", "nps", "support", "support"])[1] == 3


def test_fewer_ranks_are_a_prefix_of_more() -> None:
    assert choose(6)[:3] == choose(3)


@given(st.lists(st.text(max_size=30), max_size=12), st.integers(0, 15))
@settings(max_examples=60, deadline=None)
def test_any_quotes_give_distinct_positions(quotes: list[str], wanted: int) -> None:
    chosen = evidence.select_quotes(quotes, [0.5] * len(quotes), ["nps"] * len(quotes), ["all"] * len(quotes), wanted)
    assert len(chosen) == len(set(chosen)) == min(wanted, len(quotes))
    assert set(chosen) <= set(range(len(quotes)))


def test_similarity_is_a_cosine() -> None:
    similar = evidence.similarities([*QUOTES, "😀 !!"])
    assert np.diag(similar)[:6] == pytest.approx(1)
    assert similar[6].sum() == 0  # no words: like nothing, not even itself
    assert similar[0, 1] > similar[0, 2]
    assert (similar <= 1 + 1e-12).all()
    assert (similar >= 0).all()


# --- drivers ---------------------------------------------------------------------------------------------------------


def r_squared(covariance: np.ndarray, chosen: tuple[int, ...]) -> float:
    if not chosen:
        return 0.0
    inside = covariance[np.ix_(chosen, chosen)]
    across = covariance[list(chosen), -1]
    return float(across @ np.linalg.solve(inside, across) / covariance[-1, -1])


def shapley(covariance: np.ndarray) -> list[float]:
    """LMG by its definition: over all subsets of the other predictors, weighted by how many orders put them first."""
    predictors = range(len(covariance) - 1)
    values = []
    for one in predictors:
        others = [other for other in predictors if other != one]
        total = 0.0
        for size in range(len(others) + 1):
            weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(others) + 1)
            for subset in itertools.combinations(others, size):
                total += weight * (r_squared(covariance, (*subset, one)) - r_squared(covariance, subset))
        values.append(total)
    return values


def test_lmg_against_its_definition() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    y = x @ np.array([1.0, -0.5, 0.0, 0.3]) + rng.normal(size=200)
    covariance = np.cov(np.column_stack([x, y]).T)
    found = drivers.lmg(covariance, drivers.orderings(4, 400, rng))
    assert found == pytest.approx(shapley(covariance), abs=1e-6)
    assert found.sum() == pytest.approx(r_squared(covariance, (0, 1, 2, 3)), abs=1e-6)


def test_few_orderings_of_many_predictors_still_sum_to_r2() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 15))
    covariance = np.cov(np.column_stack([x, x[:, 0] - x[:, 1] + rng.normal(size=300)]).T)
    found = drivers.lmg(covariance, drivers.orderings(15, 20, rng))
    assert found.sum() == pytest.approx(r_squared(covariance, tuple(range(15))), abs=1e-6)
    assert set(np.argsort(found)[-2:]) == {0, 1}


def test_a_predictor_that_never_varies_explains_nothing() -> None:
    covariance = np.array([[0.0, 0, 0], [0, 1, 0.5], [0, 0.5, 1]])
    assert drivers.lmg(covariance, np.array([[0, 1], [1, 0]])) == pytest.approx([0, 0.25], abs=1e-6)


def test_effects_against_statsmodels() -> None:
    import statsmodels.api as sm

    net, mentions, accounts, _ = answers_of(3, effects={0: -1.0})
    design = np.column_stack([np.ones(len(net)), mentions])
    _, cluster = np.unique(accounts, return_inverse=True)
    beta, p = drivers._effects(design, net, cluster, int(cluster.max()) + 1)
    fitted = sm.OLS(net, design).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    assert beta == pytest.approx(fitted.params[1:])
    speakers = [len(np.unique(cluster[mentions[:, theme] > 0])) for theme in range(mentions.shape[1])]
    t = np.abs(fitted.params[1:] / fitted.bse[1:])
    assert p == pytest.approx(2 * stats.t.sf(t, np.array(speakers) - 1), abs=1e-9)


def answers_of(
    seed: int, effects: dict[int, float] | None = None, n: int = 700, themes: int = 12
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Answers of 110 accounts with opinions of their own; mentioning a theme shifts the mood by its effect."""
    rng = np.random.default_rng(seed)
    accounts = rng.integers(0, 110, n)
    mentions = (rng.random((n, themes)) < rng.uniform(0.04, 0.12, themes)).astype(float)
    mood = 0.4 + rng.normal(0, 0.4, 110)[accounts] + rng.normal(0, 1, n)
    for theme, effect in (effects or {}).items():
        mood += effect * mentions[:, theme]
    net = np.where(mood > 0.5, 100.0, np.where(mood > -0.3, 0.0, -100.0))
    return net, mentions, accounts, (mentions.sum(axis=1) > 0) | (rng.random(n) < 0.6)


def shown(found: drivers.Drivers) -> set[int]:
    return set(np.flatnonzero((found.q < 0.02) & (found.importance_low > 0)).tolist())


def test_planted_drivers_are_found_in_order() -> None:
    found = drivers.find_drivers(*answers_of(1, {2: -2.0, 7: -1.2, 9: 1.2}))
    assert shown(found) == {2, 7, 9}
    assert found.importance[2] > max(found.importance[7], found.importance[9])
    assert found.effect[2] < found.effect[7] < 0 < found.effect[9]
    assert found.impact_high[2] < 0 < found.impact_low[9]


def test_companies_without_drivers_show_none() -> None:
    assert np.mean([bool(shown(drivers.find_drivers(*answers_of(seed)))) for seed in range(20, 40)]) <= 0.05


def test_impact_by_hand() -> None:
    """100 answers of 100 accounts: 50 promoters, 50 detractors; 20 detractors and 5 promoters mention it: 0 − 100 · 15/75."""
    net = np.repeat([100.0, -100.0], 50)
    mentions = np.zeros((100, 1))
    mentions[:5] = mentions[50:70] = 1
    found = drivers.find_drivers(net, mentions, np.arange(100), np.ones(100, dtype=bool))
    assert found.impact[0] == pytest.approx(-20)
    assert found.impact_low[0] < -20 < found.impact_high[0] < 0


def test_too_little_is_said_to_be_too_little() -> None:
    net, mentions, accounts, commented = answers_of(1)
    mentions[:, 3] = 0
    mentions[:9, 3] = 1  # nine mentions
    mentions[:, 4] = (accounts < 4) * 1.0  # many mentions, by four accounts
    found = drivers.find_drivers(net, mentions, accounts, commented)
    assert np.isnan(found.importance[[3, 4]]).all()
    assert np.isnan(found.impact[[3, 4]]).all()
    assert np.nansum(found.importance) == pytest.approx(found.r2)
    few = drivers.find_drivers(net[:90], mentions[:90], accounts[:90], commented[:90])
    assert np.isnan(few.importance).all()


def test_drivers_do_not_depend_on_the_order_of_rows() -> None:
    net, mentions, accounts, commented = answers_of(1, {2: -2.0})
    shuffle = np.random.default_rng(1).permutation(len(net))
    first = drivers.find_drivers(net, mentions, accounts, commented)
    other = drivers.find_drivers(net[shuffle], mentions[shuffle], accounts[shuffle], commented[shuffle])
    assert other.importance == pytest.approx(first.importance, nan_ok=True)
    assert other.importance_low == pytest.approx(first.importance_low, nan_ok=True)


def test_very_many_accounts_are_resampled_in_groups() -> None:
    cluster, count = drivers._grouped(np.arange(5000).repeat(2))
    assert count == drivers.MOST_CLUSTERS
    assert (cluster[::2] == cluster[1::2]).all()  # an account stays whole
    assert np.bincount(cluster).max() - np.bincount(cluster).min() <= 2


def test_driver_rows_name_the_themes() -> None:
    net, mentions, accounts, commented = answers_of(1, {2: -2.0})
    answers = pa.table(
        {"answer": np.arange(len(net)), "account": accounts, "net": net.astype(int), "commented": commented.tolist()}
    )
    answer, theme = np.nonzero(mentions)
    said = pa.table({"answer": answer, "theme_id": [f"t{number:02d}" for number in theme]})
    rows = {row["theme_id"]: row for row in driver_rows(answers.slice(0).sort_by([("answer", "descending")]), said).to_pylist()}
    found = drivers.find_drivers(net, mentions, accounts, commented)
    assert [rows[f"t{number:02d}"]["importance"] for number in range(12)] == pytest.approx(found.importance.tolist())
    assert rows["t02"]["n"] == commented.sum()
    assert rows["t02"]["mentions"] == mentions[:, 2].sum()
    assert driver_rows(answers, said.slice(0, 0)).num_rows == 0
