"""The voice-of-customer marts on a made-up company, built by dbt and recomputed here by other means."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

AS_OF = datetime(2025, 6, 25, 12, tzinfo=UTC)
WEEKS = 60
RAISED_AT = datetime(2025, 3, 5, tzinfo=UTC)
SEGMENTS = ("enterprise", "mid_market", "smb")
CHANNELS = ("nps", "support", "sales", "research")
RISING, MERGED, SURVIVOR = "data_export", "theme_08", "theme_02"
THEMES = ["theme_00", RISING, *(f"theme_{number:02d}" for number in range(2, 10))]
WHO = (
    "Finance",
    "The plant manager",
    "Our night shift",
    "Everybody in Lyon",
    "My colleague",
    "The auditor",
    "Procurement",
    "IT",
)
TASK = (
    "board packs",
    "stock counts",
    "shift plans",
    "safety reports",
    "invoices",
    "spare parts",
    "site audits",
    "energy bills",
)
WHEN = ("every month end", "before breakfast", "since the update", "on tablets", "for large sites", "at weekends", "in winter")
MARTS = ("nps_monthly", "theme_weekly", "theme_evidence", "theme_summary", "nps_driver", "heard_vs_building", "loop_closure")
MINE = ("--select", "path:models/intermediate/statistics", "path:models/marts/voc", "path:models/marts/trust")


def quote_of(rng: np.random.Generator, theme: str, mood: float) -> str:
    """A sentence about the theme that hardly any other item has."""
    who, task, when = (words[rng.integers(len(words))] for words in (WHO, TASK, WHEN))
    return f"{who} says {theme} {'helps' if mood > 0 else 'fails'} with {task} {when} – naïvely 😀"


def made_up_company(rng: np.random.Generator) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of the core marts: 90 accounts, about 25 items a week, one theme that bursts among enterprise at the end."""
    accounts = [
        (
            f"a{i:02d}",
            f"Account {i}",
            SEGMENTS[i % 3] if i % 10 else None,
            1000.0 * (i + 1) if i % 7 else None,
            [1.0, 0.95, 0.7][i % 3],
            "churned" if i % 20 == 3 else "customer",
        )
        for i in range(90)
    ]
    # Every account was worth half until it grew.
    history = [(name, RAISED_AT, None, arr, stage, False) for name, _, _, arr, _, stage in accounts]
    history += [(name, "2020-01-01", RAISED_AT, arr and arr / 2, stage, True) for name, _, _, arr, _, stage in accounts]
    rows: dict[str, list[tuple[Any, ...]]] = {"account": accounts, "feedback": [], "feedback_theme": [], "nps_response": []}
    rows["account_history"] = history
    number = 0
    for week in range(WEEKS):
        monday = date(2025, 6, 23) - timedelta(weeks=WEEKS - 1 - week)
        for _ in range(rng.poisson(25)):
            number += 1
            if week == WEEKS - 1:
                moment = datetime(2025, 6, 23, tzinfo=UTC) + timedelta(hours=float(rng.uniform(0, 60)))
            else:
                moment = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) + timedelta(
                    hours=float(rng.uniform(0, 168))
                )
            account = f"a{rng.integers(90):02d}" if rng.random() < 0.9 else None
            segment = accounts[int(account[1:])][2] if account else None
            channel = CHANNELS[rng.choice(4, p=[0.5, 0.3, 0.1, 0.1])]
            score = int(rng.choice(11, p=[0.04] * 7 + [0.11, 0.11, 0.25, 0.25])) if channel == "nps" else None
            weights = np.full(len(THEMES), 0.08)
            weights[0] = 0.7
            if segment == "enterprise" and week >= WEEKS - 8:
                weights[1] = 0.7
            said = [theme for theme, weight in zip(THEMES, weights, strict=True) if rng.random() < weight]
            moods = {theme: float(rng.uniform(-1, 0.8)) for theme in said}
            quotes = {theme: quote_of(rng, theme, mood) for theme, mood in moods.items()}
            text = " … ".join([f"Note {number}", *quotes.values()])
            contact = f"c{rng.integers(200)}" if channel == "nps" else None
            rows["feedback"].append((f"f{number}", channel, moment, account, contact, score, text))
            for theme, mood in moods.items():
                quote = quotes[theme]
                start = text.index(quote)
                digest = hashlib.sha256(quote.encode()).hexdigest()
                rows["feedback_theme"].append(
                    (f"f{number}", theme, float(rng.uniform(0.5, 1)), mood, quote, start, start + len(quote), digest, account)
                )
            if score is not None:
                group = "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
                rows["nps_response"].append((f"r{number}", moment, account, contact, score, group, f"f{number}"))
    return rows


COLUMNS = {
    "account": "account_id, account_name, segment, arr, min_link_confidence, lifecycle_stage",
    "account_history": "account_id, valid_from, valid_to, arr, lifecycle_stage, is_earliest",
    "feedback": "feedback_id, channel, occurred_at, account_id, contact_key, nps_score, text",
    "feedback_theme": "feedback_id, theme_id, confidence, sentiment, quote, quote_start, quote_end, quote_sha256, raised_by",
    "nps_response": "response_id, responded_at, account_id, contact_key, score, nps_group, feedback_id",
}


def fill(warehouse: Any, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Puts rows into the core marts in place of their models; columns that are not named stay null."""
    with duckdb.connect(str(warehouse.marts)) as con:
        con.execute("set TimeZone = 'UTC'")
        for table, values in rows.items():
            # The contract's constraints are not under test here, and columns that do not matter stay null.
            con.execute(f"create or replace table core.{table} as select * from core.{table} limit 0")
            marks = ", ".join("?" for _ in values[0])
            con.executemany(f"insert into core.{table} ({COLUMNS[table]}) values ({marks})", values)
        con.execute("create or replace table core.theme as select * from core.theme limit 0")
        for theme in THEMES:
            merged = (theme, theme, "merged", SURVIVOR) if theme == MERGED else (theme, theme, "active", None)
            columns = "theme_id, theme_name, status, merged_into, valid_from"
            con.execute(f"insert into core.theme ({columns}) values (?, ?, ?, ?, '2020-01-01')", merged)
    with duckdb.connect(str(warehouse.build)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create or replace table intermediate.int_as_of as select ?::timestamptz as as_of", [AS_OF])


@pytest.fixture(scope="module")
def company() -> dict[str, list[tuple[Any, ...]]]:
    return made_up_company(np.random.default_rng(11))


@pytest.fixture(scope="module")
def built(
    empty_warehouse: Any, make_warehouse: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory, company: Any
) -> Iterator[Any]:
    """The marts of the made-up company."""
    made = make_warehouse(tmp_path_factory.mktemp("voc"))
    shutil.copy(empty_warehouse.build, made.build)
    shutil.copy(empty_warehouse.marts, made.marts)
    fill(made, company)
    made.must("build", *MINE)
    yield made


# --- nps_monthly -----------------------------------------------------------------------------------------------------


def test_nps_follows_from_the_answers(built: Any, company: Any) -> None:
    segment_of = {account: segment or "unknown" for account, _, segment, *_ in company["account"]}
    scores: dict[tuple[date, str], list[int]] = {}
    for _, moment, account, _, score, _, _ in company["nps_response"]:
        for segment in ("all", segment_of.get(account, "unknown")):
            scores.setdefault((moment.date().replace(day=1), segment), []).append(score)
    rows = built.query(
        "select month_start, segment, n, promoters, detractors, nps, state from marts.voc.nps_monthly where n > 0"
    )
    assert {(month, segment): n for month, segment, n, *_ in rows} == {cell: len(values) for cell, values in scores.items()}
    for month, segment, n, promoters, detractors, nps, state in rows:
        values = np.array(scores[month, segment])
        assert promoters == (values >= 9).sum()
        assert detractors == (values <= 6).sum()
        if state == "ok":
            assert nps == pytest.approx(100 * (promoters - detractors) / n)


def test_nps_intervals_hold_the_nps_and_thin_months_claim_nothing(built: Any) -> None:
    rows = built.query("select n, accounts, nps, nps_low, nps_high, method, state from marts.voc.nps_monthly")
    assert {row[6] for row in rows} == {"ok", "insufficient_data"}
    assert "account_cluster_bootstrap" in {row[5] for row in rows}
    for n, accounts, nps, low, high, method, state in rows:
        if state == "ok":
            assert min(n, accounts) >= 10
            assert -100 <= low <= nps <= high <= 100
        else:
            assert min(n, accounts) < 10
            assert (nps, low, high, method) == (None, None, None, "none")


def test_significance_says_that_the_interval_of_the_change_leaves_out_zero(built: Any) -> None:
    rows = built.query(
        "select change, change_low, change_high, change_is_significant from marts.voc.nps_monthly where change is not null"
    )
    assert rows
    for change, low, high, significant in rows:
        assert low <= change <= high
        assert significant == (low > 0 or high < 0)


# --- theme_weekly ----------------------------------------------------------------------------------------------------


def test_mentions_feedback_accounts_and_arr_are_those_of_the_records(built: Any, company: Any) -> None:
    accounts = {account: (segment or "unknown", arr, link) for account, _, segment, arr, link, _ in company["account"]}
    said: dict[str, set[str]] = {}
    for feedback_id, theme, *_ in company["feedback_theme"]:
        said.setdefault(feedback_id, set()).add(theme)
    cells: dict[tuple[Any, ...], list[str | None]] = {}
    heard: dict[tuple[Any, ...], int] = {}
    for feedback_id, channel, moment, account, *_ in company["feedback"]:
        week = moment.date() - timedelta(days=moment.weekday())
        own = accounts[account][0] if account else "unknown"
        for cell in ((week, s, c) for s in (own, "all") for c in (channel, "all")):
            heard[cell] = heard.get(cell, 0) + 1
            for theme in said.get(feedback_id, ()):
                cells.setdefault((theme, *cell), []).append(account)
    rows = built.query(
        "select theme_id, week_start, segment, channel, mentions, feedback_n, accounts, arr_exposed "
        "from marts.voc.theme_weekly where series = 'as_reported'"
    )
    assert sum(row[4] for row in rows) == sum(len(speakers) for speakers in cells.values())
    for theme, week, segment, channel, mentions, feedback_n, account_n, arr in rows:
        speakers = cells.get((theme, week, segment, channel), [])
        known = {account for account in speakers if account}
        assert (mentions, account_n) == (len(speakers), len(known))
        assert feedback_n == heard.get((week, segment, channel), 0)
        worth = 1 if week + timedelta(days=7) >= RAISED_AT.date() else 0.5
        arrs = [
            accounts[account][1] * worth
            for account in known
            if accounts[account][2] >= 0.8 and accounts[account][1] is not None
        ]
        assert arr == (sum(arrs) if arrs else None if speakers else 0)


def test_a_theme_has_every_week_since_it_was_first_heard(built: Any) -> None:
    rows = built.query(
        "select count(*), count(distinct week_start), date_diff('week', min(week_start), max(week_start)) + 1, "
        "max(week_start), min(mentions) from marts.voc.theme_weekly where channel = 'support' "
        "group by series, theme_id, segment"
    )
    assert all(count == weeks == span and last == date(2025, 6, 23) for count, weeks, span, last, _ in rows)
    assert any(fewest == 0 for *_, fewest in rows)


def test_shares_are_wilson_where_everybody_speaks_once(built: Any) -> None:
    rows = built.query(
        "select w.mentions, w.feedback_n, w.share, w.share_low, w.share_high from marts.voc.theme_weekly w "
        "join intermediate.int_voc__feedback_cell c using (week_start, segment, channel) "
        "where c.respondents = c.feedback_n and w.feedback_n >= 5"
    )
    assert len(rows) > 1000
    low, high = proportion_confint([row[0] for row in rows], [row[1] for row in rows], method="wilson")
    assert [row[3] for row in rows] == pytest.approx(low, abs=2e-5)  # 1.96 against 1.959964
    assert [row[4] for row in rows] == pytest.approx(high, abs=2e-5)
    assert [row[2] for row in rows] == pytest.approx([row[0] / row[1] for row in rows])


def test_repeating_accounts_widen_the_interval(built: Any) -> None:
    rows = built.query(
        "select w.mentions, w.feedback_n, w.share_low, w.share_high from marts.voc.theme_weekly w "
        "join intermediate.int_voc__feedback_cell c using (week_start, segment, channel) "
        "where c.respondents < c.feedback_n and w.feedback_n >= 5 and w.mentions > 0"
    )
    low, high = proportion_confint([row[0] for row in rows], [row[1] for row in rows], method="wilson")
    widths, plain = np.array([row[3] - row[2] for row in rows]), high - low
    assert (widths >= plain - 1e-4).all()
    assert (widths > plain * 1.02).mean() > 0.1


def test_every_number_keeps_its_interval_and_its_limits(built: Any) -> None:
    for value, low, high, n, least in (
        ("share", "share_low", "share_high", "feedback_n", 5),
        ("sentiment_mean", "sentiment_low", "sentiment_high", "sentiment_n", 5),
        ("nps", "nps_low", "nps_high", "nps_n", 10),
        ("detractor_share", "detractor_share_low", "detractor_share_high", "nps_n", 5),
    ):
        wrong = built.query(
            f"select count(*) from marts.voc.theme_weekly where {value} is not null and ({n} < {least} or not "
            f"coalesce({low} <= {value} + 1e-9 and {value} <= {high} + 1e-9, '{value}' = 'sentiment_mean'))"
        )
        assert wrong == [(0,)], value
        assert built.query(f"select count({value}) > 0 from marts.voc.theme_weekly") == [(True,)], value


def test_the_planted_theme_rises_in_its_segment_and_nothing_else_in_excess(built: Any) -> None:
    rows = built.query(
        "select theme_id, segment, week_start, trend, anomaly_q from marts.voc.theme_weekly "
        "where channel = 'all' and series = 'restated' and is_complete_week"
    )
    last = max(row[2] for row in rows)
    assert (RISING, "enterprise", last, "rising") in {row[:4] for row in rows}
    others = [row for row in rows if row[0] != RISING]
    weeks = {row[2] for row in others if row[4] is not None}
    alerts = {row[2] for row in others if row[4] is not None and row[4] < 0.05}
    assert len(alerts) <= 0.05 * len(weeks)


def test_a_merged_theme_is_restated_under_its_survivor(built: Any) -> None:
    def totals(series: str) -> dict[str, int]:
        return dict(
            built.query(
                "select theme_id, sum(mentions)::bigint from marts.voc.theme_weekly "
                f"where series = '{series}' and segment = 'all' and channel = 'all' group by all"
            )
        )

    reported, restated = totals("as_reported"), totals("restated")
    both = built.query(
        f"select count(distinct feedback_id) from marts.core.feedback_theme where theme_id in ('{MERGED}', '{SURVIVOR}')"
    )[0][0]
    assert MERGED in reported
    assert MERGED not in restated
    assert restated[SURVIVOR] == both < reported[SURVIVOR] + reported[MERGED]  # an item that said both says it once
    assert {theme: n for theme, n in restated.items() if theme != SURVIVOR} == {
        theme: n for theme, n in reported.items() if theme not in (SURVIVOR, MERGED)
    }


# --- theme_evidence --------------------------------------------------------------------------------------------------


def test_quotes_are_exact_hashed_and_say_both_sides(built: Any) -> None:
    rows = built.query(
        "select e.theme_id, e.stance, e.rank, e.quote, e.quote_sha256, "
        "substring(f.text, e.quote_start + 1, e.quote_end - e.quote_start), "
        "coalesce(f.account_id, f.contact_key, f.feedback_id), e.sentiment, f.occurred_at, e.channel "
        "from marts.voc.theme_evidence e join marts.core.feedback f using (feedback_id)"
    )
    assert {row[0] for row in rows} == set(THEMES) - {MERGED}
    for _, stance, _, quote, digest, substring, _, sentiment, moment, _ in rows:
        assert quote == substring
        assert digest == hashlib.sha256(quote.encode()).hexdigest()
        assert sentiment >= 0.3 if stance == "counter" else sentiment <= 0  # every theme here is mostly complaints
        assert moment > AS_OF - timedelta(weeks=52)
    for theme in {row[0] for row in rows}:
        for stance, most in (("supporting", 8), ("counter", 3)):
            chosen = [row for row in rows if row[:2] == (theme, stance)]
            assert sorted(row[2] for row in chosen) == list(range(1, most + 1))
            assert len({row[6] for row in chosen}) == most  # nobody speaks twice
        assert len({row[9] for row in rows if row[:2] == (theme, "supporting")}) >= 3


# --- summary, drivers, ledger ----------------------------------------------------------------------------------------


def test_the_summary_is_of_the_last_thirteen_weeks(built: Any, company: Any) -> None:
    accounts = {account: (arr, link, stage) for account, _, _, arr, link, stage in company["account"]}
    start = AS_OF - timedelta(weeks=13)
    who = {feedback_id: (moment, account) for feedback_id, _, moment, account, *_ in company["feedback"]}
    heard: dict[str, set[str]] = {}
    for feedback_id, theme, *_ in company["feedback_theme"]:
        if start < who[feedback_id][0] <= AS_OF:
            heard.setdefault(SURVIVOR if theme == MERGED else theme, set()).add(feedback_id)
    rows = built.query(
        "select theme_id, mentions, accounts, arr_exposed_low, arr_exposed, arr_exposed_high, churned_arr, severity_rank, "
        "heard_state, window_start, window_end from marts.voc.theme_summary"
    )
    assert {row[0]: row[1] for row in rows} == {theme: len(items) for theme, items in heard.items()}
    assert sorted(row[7] for row in rows) == list(range(1, len(rows) + 1))
    for theme, _, count, low, central, high, churned, _, state, first, last in rows:
        speakers = {who[item][1] for item in heard[theme] if who[item][1]}
        assert count == len(speakers)
        for found, least in ((low, 0.95), (central, 0.8), (high, 0.0)):
            assert found == sum(accounts[account][0] or 0 for account in speakers if accounts[account][1] >= least)
        assert churned == sum(accounts[account][0] or 0 for account in speakers if accounts[account][2] == "churned")
        assert state == "heard_not_building"  # no connected system delivers a roadmap
        assert (first, last) == (start.date(), AS_OF.date())


def test_importances_sum_to_r2_and_random_scores_have_no_drivers(built: Any) -> None:
    rows = built.query(
        "select importance, importance_low, importance_high, model_r2, state, leave_one_out_impact, leave_one_out_impact_low, "
        "leave_one_out_impact_high from marts.voc.nps_driver where importance is not null"
    )
    assert len(rows) >= 8
    assert sum(row[0] for row in rows) == pytest.approx(rows[0][3])
    for importance, low, high, r2, state, impact, impact_low, impact_high in rows:
        assert 0 <= low <= importance <= high <= 1
        assert impact_low <= impact <= impact_high
        assert r2 < 0.1
        assert state == "not_shown"


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ask(built: Any) -> Callable[[str], list[tuple[Any, ...]]]:
    """Runs one of the project's analyses on the built marts."""
    built.must("compile", "--select", "path:analyses")
    folder = built.target / "compiled" / "earshot" / "analyses"

    def answer(name: str) -> list[tuple[Any, ...]]:
        return built.query((folder / f"{name}.sql").read_text("utf-8"))

    return answer


def test_what_is_rising(ask: Any) -> None:
    ((segment, theme, trend, mentions, expected, times, q),) = ask("rising_themes")
    assert (segment, theme, trend) == ("enterprise", RISING, "rising")
    assert mentions > expected
    assert times == pytest.approx(mentions / expected, rel=0.1)
    assert q < 0.05


def test_what_is_said_in_their_own_words(ask: Any) -> None:
    rows = ask("quotes_of_a_theme")
    assert [row[:2] for row in rows] == [("supporting", rank) for rank in range(1, 9)] + [
        ("counter", rank) for rank in range(1, 4)
    ]
    assert all(RISING in row[2] for row in rows)


def test_nps_by_segment(ask: Any) -> None:
    rows = ask("nps_by_segment")
    assert {row[0] for row in rows} == {"all", "unknown", *SEGMENTS}
    assert all(row[4] <= row[3] <= row[5] for row in rows if row[-1] == "ok")


def test_themes_of_churned_accounts(ask: Any, company: Any) -> None:
    churned = {account: arr or 0 for account, _, _, arr, _, stage in company["account"] if stage == "churned"}
    author = {feedback_id: account for feedback_id, _, _, account, *_ in company["feedback"]}
    said = {
        (theme, author[feedback_id]) for feedback_id, theme, *_ in company["feedback_theme"] if author[feedback_id] in churned
    }
    found = {row[0]: (row[1], row[2]) for row in ask("themes_of_churned_accounts")}
    for theme in THEMES:
        speakers = [account for named, account in said if named == theme]
        assert found.get(theme, (0, 0)) == (len(speakers), sum(churned[account] for account in speakers))


def test_themes_in_one_channel(built: Any, ask: Any) -> None:
    lonely = built.query("select theme_id from marts.voc.theme_summary where only_channel is not null order by 1")
    assert sorted((row[0],) for row in ask("themes_in_one_channel")) == lonely


def test_every_analysis_runs_and_begins_with_its_question(ask: Any, built: Any) -> None:
    sources = sorted((Path(__file__).resolve().parents[2] / "dbt_project" / "analyses").glob("*.sql"))
    assert len(sources) >= 5
    for path in sources:
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith("-- ")
        assert "?" in first
        ask(path.stem)


# --- the whole -------------------------------------------------------------------------------------------------------


def test_the_same_data_give_the_same_marts(built: Any) -> None:
    def digest() -> list[tuple[Any, ...]]:
        return [built.query(f"select count(*), sum(hash(t)::hugeint)::varchar from marts.voc.{mart} t")[0] for mart in MARTS]

    before = digest()
    built.must("run", *MINE)
    assert digest() == before


def test_a_company_without_data_has_empty_marts(empty_warehouse: Any) -> None:
    for mart in MARTS:
        assert empty_warehouse.query(f"select count(*) from marts.voc.{mart}") == [(0,)]
